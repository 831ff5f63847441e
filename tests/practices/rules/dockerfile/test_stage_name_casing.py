"""Tests of the rule `stage-name-casing`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("stage-name-casing")


def test_the_name_and_all_that_use_it_are_mended() -> None:
    text = (
        "FROM debian:12 AS Build\nFROM Build AS Test\nFROM alpine:3.22\n"
        "COPY --chown=1 --from=BUILD /Build /Build\n"
        "RUN --mount=type=bind,from=Build,source=/Build,target=/mnt true\n"
        "COPY --from=Other:1 /a /a\n"
    )

    assert JUDGE.messages(text) == [
        "the stage `Build` has capitals in its name",
        "the stage `Test` has capitals in its name",
    ]
    assert JUDGE.fixed(text) == (
        "FROM debian:12 AS build\nFROM build AS test\nFROM alpine:3.22\n"
        "COPY --chown=1 --from=build /Build /Build\n"
        "RUN --mount=type=bind,from=build,source=/Build,target=/mnt true\n"
        "COPY --from=Other:1 /a /a\n"
    )


def test_line_ends_and_quotes_stay() -> None:
    text = 'FROM debian:12 \\\r\n  AS Build\r\nFROM debian:12\r\nCOPY --from="Build" a b\r\n'

    assert JUDGE.fixed(text) == text.replace("Build", "build")


@pytest.mark.parametrize("text", ["FROM a AS b", "FROM ghcr.io/a/b:V AS c", "COPY --from=A b c"])
def test_other_capitals_are_fine(text: str) -> None:
    assert JUDGE.messages(text) == []
