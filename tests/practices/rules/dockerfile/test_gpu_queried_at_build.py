"""Tests of the rule `gpu-queried-at-build`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge(
    "gpu-queried-at-build",
    files={
        "warm.py": "import torch\nmodel = torch.zeros(1).cuda()\n",
        "careful.py": "import torch\nprint(torch.cuda.is_available())\n",
    },
)


def test_messages() -> None:
    text = "RUN nvidia-smi -L\nRUN python3 -c 'import torch; torch.cuda.is_available()'\n"

    assert JUDGE.messages(text) == [
        "`nvidia-smi` needs a GPU, and a build has none: it fails",
        "`torch.cuda.is_available` needs a GPU, and a build has none: it says that there is none",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "ONBUILD RUN nvidia-smi",
        "RUN python - <<EOF\nimport torch\ntorch.zeros(1).cuda()\nEOF",
        "FROM python\nCOPY . .\nRUN python warm.py",
        "FROM a AS a\nRUN echo && \\\n  nvidia-smi\nFROM b",
    ],
)
def test_every_place_counts(text: str) -> None:
    assert len(JUDGE.messages(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "CMD nvidia-smi",
        "HEALTHCHECK CMD nvidia-smi",
        "RUN nvidia-smi --help",
        "RUN echo nvidia-smi",
        "RUN python -c 'import torch; print(torch.__version__)'",
        "FROM python\nCOPY . .\nRUN python careful.py",
        "FROM python\nRUN python warm.py",
    ],
)
def test_what_is_fine(text: str) -> None:
    assert JUDGE.messages(text) == []
