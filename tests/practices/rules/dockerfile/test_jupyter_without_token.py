"""Tests of the rule `jupyter-without-token`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("jupyter-without-token")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('CMD ["jupyter", "lab", "--ServerApp.token=\'\'", "--ip=x"]', 'CMD ["jupyter", "lab", "--ip=x"]'),
        ("CMD jupyter notebook --NotebookApp.token= --a", "CMD jupyter notebook --a"),
        ("CMD jupyter lab \\\n  --IdentityProvider.token='' \\\n  --ip=x", "CMD jupyter lab \\\n  --ip=x"),
        ('ENTRYPOINT ["sh", "-c", "jupyter lab --LabApp.token=\'\'"]', 'ENTRYPOINT ["sh", "-c", "jupyter lab"]'),
    ],
)  # fmt: skip
def test_the_option_is_taken_off(before: str, after: str) -> None:
    assert JUDGE.fixed(f"FROM debian\n{before}\n") == f"FROM debian\n{after}\n"


@pytest.mark.parametrize(
    "text",
    [
        "FROM debian\nRUN echo \"c.NotebookApp.token = ''\" >> /root/.jupyter/jupyter_notebook_config.py",
        "FROM debian\nCOPY <<EOF /etc/jupyter/jupyter_server_config.py\nc.ServerApp.token = ''\nEOF",
        'FROM debian AS lab\nCMD jupyter lab --ServerApp.token=""\nFROM debian\nCMD jupyter lab',
        'FROM jupyter/base-notebook\nENV JUPYTER_TOKEN=""',
        "RUN printf \"c.ServerApp.token = ''\\nc.ServerApp.password = ''\" > jupyter_server_config.py",
    ],
)  # fmt: skip
def test_files_variables_and_other_stages_count(text: str) -> None:
    assert len(JUDGE.messages(text)) == 1


def test_copied_files_are_read() -> None:
    judge = Judge(
        "jupyter-without-token", files={"jupyter_server_config.py": "c.ServerApp.token = ''"}
    )
    text = "FROM debian\nCOPY jupyter_server_config.py /etc/jupyter/\nCMD jupyter lab"

    assert judge.messages(text) == [
        "Jupyter asks for no token: `c.ServerApp.token` in `jupyter_server_config.py` is empty"
    ]
    assert judge.places(text) == ["jupyter_server_config.py"]


@pytest.mark.parametrize(
    "text",
    [
        "FROM debian\nCMD jupyter lab",
        "FROM debian\nCMD jupyter lab --ServerApp.token=$TOKEN",
        "FROM debian\nCMD jupyter lab --ServerApp.token=abc",
        "FROM debian\nCMD jupyter lab --NotebookApp.token='' --NotebookApp.password=sha1:abc",
        "FROM debian\nENV JUPYTER_TOKEN=$TOKEN",
        "FROM debian\nRUN jupyter lab --NotebookApp.token=''",
        "FROM debian\nCMD jupyter nbconvert --token=''",
        "FROM debian\nCMD jupyter lab --NotebookApp.password=''",
    ],
)
def test_what_is_set_or_left_alone_is_fine(text: str) -> None:
    assert JUDGE.messages(text) == []
