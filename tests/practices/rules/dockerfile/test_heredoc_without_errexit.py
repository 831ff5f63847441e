"""Tests of the rule `heredoc-without-errexit`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("heredoc-without-errexit")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("RUN <<EOF\na\nb\nEOF\n", "RUN <<EOF\nset -e\na\nb\nEOF\n"),
        ("RUN <<-EOF\n\ta; b\n\tEOF\n", "RUN <<-EOF\n\tset -e\n\ta; b\n\tEOF\n"),
        ("RUN <<EOF\n#!/bin/bash\na\nb\nEOF\n", "RUN <<EOF\n#!/bin/bash\nset -e\na\nb\nEOF\n"),
        ("RUN bash <<EOF\n  a\n  b\nEOF\n", "RUN bash <<EOF\n  set -e\n  a\n  b\nEOF\n"),
        ("ONBUILD RUN <<EOF\na\nb\nEOF\n", "ONBUILD RUN <<EOF\nset -e\na\nb\nEOF\n"),
        ("RUN --network=none <<'X'\na\nb\nX\n", "RUN --network=none <<'X'\nset -e\na\nb\nX\n"),
    ],
)
def test_the_script_begins_with_set(before: str, after: str) -> None:
    assert JUDGE.fixed(f"FROM debian\n{before}") == f"FROM debian\n{after}"
    assert JUDGE.fixed(f"FROM debian\n{before}", unsafe=False) == f"FROM debian\n{before}"


def test_line_ends_of_windows_stay() -> None:
    assert JUDGE.fixed("FROM debian\r\nRUN <<EOF\r\na\r\nb\r\nEOF\r\n") == (
        "FROM debian\r\nRUN <<EOF\r\nset -e\r\na\r\nb\r\nEOF\r\n"
    )


def test_the_first_command_whose_failure_is_lost_is_the_place() -> None:
    text = "FROM debian\nRUN <<EOF\necho x\ncd /y && make\nmake install\nEOF\n"

    assert JUDGE.messages(text) == ["when `make` fails the script goes on: there is no `set -e`"]
    assert JUDGE.places(text) == ["make"]


@pytest.mark.parametrize(
    "text",
    [
        "RUN <<EOF\nset -e\na\nb\nEOF",
        "RUN <<EOF\nset -euo pipefail\na\nb\nEOF",
        "RUN <<EOF\n#!/bin/bash -eu\na\nb\nEOF",
        "RUN <<EOF\na &&\nb\nEOF",
        "RUN <<EOF\na\nEOF",
        "RUN <<EOF\necho a\nb\nEOF",
        "RUN <<EOF\n#!/usr/bin/env python3\na\nb\nEOF",
        "RUN python3 <<EOF\na\nb\nEOF",
        "RUN cat <<EOF > /x\na\nb\nEOF",
        "COPY <<EOF /x\na\nb\nEOF",
        'SHELL ["/bin/bash", "-e", "-c"]\nRUN <<EOF\na\nb\nEOF',
        "RUN a; b",
    ],
)
def test_the_rest_is_fine(text: str) -> None:
    assert JUDGE.messages(f"FROM debian\n{text}\n") == []
