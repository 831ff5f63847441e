"""Tests of the rule `archive-left-in-layer`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("archive-left-in-layer")
URL = "https://example.com/a.tar.gz"


def test_message_and_place() -> None:
    text = f"FROM debian\nRUN wget -q {URL} -O /tmp/a.tgz && tar xf /tmp/a.tgz\n"

    assert JUDGE.messages(text) == ["`a.tgz` stays in this layer after `tar` is done with it"]
    assert JUDGE.places(text) == [URL]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            f"WORKDIR /x\nRUN curl -O {URL} && tar xf a.tar.gz\nUSER a",
            f"WORKDIR /x\nRUN curl -O {URL} && tar xf a.tar.gz && rm /x/a.tar.gz\nUSER a",
        ),
        (
            f"WORKDIR /x\r\nRUN curl -O {URL} \\\r\n  && tar xf a.tar.gz\r\n",
            (
                f"WORKDIR /x\r\nRUN curl -O {URL} \\\r\n  && tar xf a.tar.gz \\\r\n"
                "  && rm /x/a.tar.gz\r\n"
            ),
        ),
        (
            f"WORKDIR /x\nRUN curl -O {URL} && \\\n    tar xf a.tar.gz && \\\n    ls\n",
            (
                f"WORKDIR /x\nRUN curl -O {URL} && \\\n    tar xf a.tar.gz && \\\n    ls && \\\n"
                "    rm /x/a.tar.gz\n"
            ),
        ),
        (
            f"WORKDIR /x\nRUN <<EOF\nset -e\ncurl -O {URL}\ntar xf a.tar.gz\nEOF\n",
            f"WORKDIR /x\nRUN <<EOF\nset -e\ncurl -O {URL}\ntar xf a.tar.gz\nrm /x/a.tar.gz\nEOF\n",
        ),
    ],
)
def test_fix(before: str, after: str) -> None:
    head = "FROM debian\r\n" if "\r\n" in before else "FROM debian\n"

    assert JUDGE.fixed(head + before, unsafe=False) == head + after


@pytest.mark.parametrize(
    "text",
    [
        f"FROM debian\nWORKDIR /x\nRUN curl -O {URL} && tar xf a.tar.gz && rm a.tar.gz",
        f"FROM debian\nRUN curl {URL} | tar xz",
        f"FROM debian\nWORKDIR /x\nRUN curl -O {URL}",
        f"FROM debian\nRUN --mount=type=cache,target=/c cd /c && curl -O {URL} && tar xf a.tar.gz",
        f"FROM debian AS a\nWORKDIR /x\nRUN curl -O {URL} && tar xf a.tar.gz\nFROM debian",
        f"FROM debian\nRUN cd $X && curl -O {URL} && tar xf a.tar.gz",
    ],
)
def test_what_is_fine(text: str) -> None:
    assert JUDGE.messages(text) == []


def test_no_fix_where_a_later_instruction_names_it() -> None:
    text = f"FROM debian\nWORKDIR /x\nRUN curl -O {URL} && tar xf a.tar.gz\nRUN rm a.tar.gz"

    assert [each.fix for each in JUDGE.findings(text)] == [None]


def test_what_another_run_does_comes_too_late() -> None:
    text = f"FROM debian\nWORKDIR /x\nRUN curl -O {URL}\nRUN tar xf a.tar.gz\nRUN rm a.tar.gz\n"

    assert JUDGE.messages(text) == [
        "`a.tar.gz` stays in this layer after `tar` in line 4 is done with it"
    ]
    assert [each.fix for each in JUDGE.findings(text)] == [None]
