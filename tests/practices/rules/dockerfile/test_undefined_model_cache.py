"""Tests of the rule `undefined-model-cache`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("undefined-model-cache")
HEAD = "FROM python:3.12-slim\nRUN pip install transformers numba\n"


def test_the_variables_are_set_before_the_user() -> None:
    text = f"{HEAD}# nobody\nUSER 10001\nCMD serve\n"

    assert JUDGE.messages(text) == [
        (
            "`transformers` and `numba` write to the home of `10001`, who has none, and `HF_HOME` and"
            " `NUMBA_CACHE_DIR` are not set"
        )
    ]
    assert JUDGE.fixed(text, unsafe=False) == (
        f"{HEAD}ENV HF_HOME=/tmp/cache/huggingface \\\n    NUMBA_CACHE_DIR=/tmp/cache/numba\n"
        "# nobody\nUSER 10001\nCMD serve\n"
    )


@pytest.mark.parametrize(
    "lines",
    [
        "RUN useradd -m app\nUSER app",
        "RUN adduser --system --home /home/app app\nUSER app",
        "ENV HF_HOME=/c NUMBA_CACHE_DIR=/c\nUSER 10001",
        "ENV XDG_CACHE_HOME=/c NUMBA_CACHE_DIR=/c\nUSER 10001",
        "ENV HF_HUB_OFFLINE=1 NUMBA_CACHE_DIR=/c\nUSER 10001",
        "ENV HOME=/tmp\nUSER 10001",
        "USER root",
        "USER $APP",
    ],
)
def test_who_has_a_home_or_a_variable_is_fine(lines: str) -> None:
    assert JUDGE.messages(f"{HEAD}{lines}\n") == []


@pytest.mark.parametrize("text", ["FROM some/image\nUSER 10001", "FROM python:3.12\nUSER 10001"])
def test_without_such_a_library_or_a_known_base_nothing_is_found(text: str) -> None:
    assert JUDGE.messages(f"{text}\n") == []
