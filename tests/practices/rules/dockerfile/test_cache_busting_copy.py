"""Tests of the rule `cache-busting-copy`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("cache-busting-copy", files={"main.py": "", "src/a.py": ""})
APT = "RUN apt-get update && apt-get install -y libgomp1"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            f"FROM a\n# The program\nCOPY . /app\nENV A=b\n{APT}\nCMD x\n",
            f"FROM a\nENV A=b\n{APT}\n# The program\nCOPY . /app\nCMD x\n",
        ),
        (
            f"FROM a\r\nCOPY src /srv/src/\r\n{APT} \\\r\n  curl\r\n",
            f"FROM a\r\n{APT} \\\r\n  curl\r\nCOPY src /srv/src/\r\n",
        ),
        (
            f"FROM a\nARG BUILD_DATE\n{APT}\nRUN pip install torch\nLABEL b=$BUILD_DATE",
            f"FROM a\n{APT}\nRUN pip install torch\nARG BUILD_DATE\nLABEL b=$BUILD_DATE",
        ),
    ],
)
def test_fix(before: str, after: str) -> None:
    assert JUDGE.fixed(before, unsafe=False) == after


def test_messages() -> None:
    text = f"FROM a\nARG GIT_COMMIT=x\nCOPY . /app\n{APT}\n"

    assert JUDGE.messages(text) == [
        "`GIT_COMMIT` is new for every build, so `apt-get install` is never taken from the cache",
        "`.` is copied before `apt-get install`: every change of a file does that again",
    ]


@pytest.mark.parametrize(
    "text",
    [
        f"FROM a\nCOPY . /app\n{APT} && make -C /app",
        f"FROM a\nCOPY . /app\n{APT}\nRUN pip install torch",
        f"FROM a\nCOPY config.txt /etc/\n{APT}",
        f"FROM a\nARG CACHEBUST\n{APT}",
        f"FROM a\nARG VLLM_COMMIT\n{APT}",
        "ARG GIT_SHA\nFROM a\nRUN apt-get install -y a",
        f"FROM a\nARG GIT_SHA\nRUN echo $GIT_SHA > /v && {APT[4:]}",
        f"FROM a\n{APT}\nCOPY . /app\nARG GIT_SHA",
    ],
)
def test_what_is_fine(text: str) -> None:
    assert JUDGE.messages(text) == []


def test_no_fix_where_something_in_between_needs_it() -> None:
    text = f"FROM a\nARG GIT_SHA\nENV SHA=$GIT_SHA\n{APT}"

    assert [each.fix for each in JUDGE.findings(text)] == [None]
