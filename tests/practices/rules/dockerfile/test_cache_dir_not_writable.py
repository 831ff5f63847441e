"""Tests of the rule `cache-dir-not-writable`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("cache-dir-not-writable")
HEAD = "FROM python:3.12-slim\nRUN useradd -m app\n"


def test_the_folder_is_made_and_handed_over() -> None:
    text = f"{HEAD}ENV HF_HOME=/models\nUSER app\n"

    assert JUDGE.messages(text) == ["`app` may not write to `/models`, where `HF_HOME` points"]
    assert JUDGE.fixed(text, unsafe=False) == (
        f"{HEAD}ENV HF_HOME=/models\nRUN mkdir -p /models && chown app /models\nUSER app\n"
    )


def test_a_folder_of_root_is_found_on_any_base() -> None:
    text = "FROM some/image\nENV TORCH_HOME=/root/.cache/torch\nUSER 1000\n"

    assert [(item.message, item.fix) for item in JUDGE.findings(text)] == [
        ("`1000` may not write to `/root/.cache/torch`, where `TORCH_HOME` points", None)
    ]


@pytest.mark.parametrize(
    "lines",
    [
        "ENV HF_HOME=/home/app/.cache/hf\nUSER app",
        "ENV HF_HOME=/tmp/hf\nUSER app",
        "ENV HF_HOME=/models\nRUN mkdir /models && chown app /models\nUSER app",
        "ENV HF_HOME=/models\nRUN install -d -o app $HF_HOME\nUSER app",
        "ENV HF_HOME=/models\nRUN chmod 777 /models\nUSER app",
        "ENV HF_HOME=/models\nCOPY --chown=app models /models\nUSER app",
        "ENV HF_HOME=/models HF_HUB_OFFLINE=1\nUSER app",
        "ENV HF_HOME=/models\nCOPY models /models\nUSER app",
        "ENV HF_HOME=/models\nRUN hf download a/b\nUSER app",
        "ENV HF_HOME=/models\nVOLUME /models\nUSER app",
        "ENV HF_HOME=/models",
        "ENV HF_HOME=$X\nUSER app",
        "ENV OTHER=/models\nUSER app",
    ],
)
def test_what_can_be_written_to_or_is_only_read_is_not_found(lines: str) -> None:
    assert JUDGE.messages(f"{HEAD}{lines}\n") == []
