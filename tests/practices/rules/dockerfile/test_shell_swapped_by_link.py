"""Tests of the rule `shell-swapped-by-link`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("shell-swapped-by-link")


@pytest.mark.parametrize(
    "run",
    [
        "RUN ln -sf /bin/bash /bin/sh",
        "RUN rm /bin/sh && ln -s /bin/bash /bin/sh",
        "run rm /bin/sh \\\r\n  && ln -s bash /bin/sh",
    ],
)
def test_a_run_that_does_nothing_else_becomes_a_shell(run: str) -> None:
    text = f"FROM debian\r\n{run}\r\nRUN a\r\n"

    assert JUDGE.fixed(text) == 'FROM debian\r\nSHELL ["/bin/bash", "-c"]\r\nRUN a\r\n'
    assert JUDGE.fixed(text, unsafe=False) == text


@pytest.mark.parametrize(
    "text",
    [
        "RUN a && ln -sf /bin/bash /bin/sh",
        "RUN ln -sf /usr/bin/dash /usr/bin/sh",
        "ONBUILD RUN ln -sf /bin/bash /bin/sh",
    ],
)
def test_others_are_found_and_left(text: str) -> None:
    assert len(JUDGE.messages(f"FROM debian\n{text}\n")) == 1
    assert JUDGE.fixed(f"FROM debian\n{text}\n") == f"FROM debian\n{text}\n"


def test_messages_name_both() -> None:
    assert JUDGE.messages("RUN ln -snf /bin/bash /bin/sh") == [
        "`/bin/sh` becomes `/bin/bash` for the whole image"
    ]


@pytest.mark.parametrize(
    "text", ["RUN ln -s /usr/bin/python3 /usr/bin/python", "RUN ln -s /bin/sh /bin/x", "RUN ln -sf"]
)
def test_other_links_are_fine(text: str) -> None:
    assert JUDGE.messages(text) == []
