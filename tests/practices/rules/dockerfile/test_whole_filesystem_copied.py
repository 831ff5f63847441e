"""Tests of the rule `whole-filesystem-copied`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("whole-filesystem-copied")
TWO = "FROM debian:12 AS build\nFROM debian:12\n"


@pytest.mark.parametrize("sources", ["/", "//", "/.", ".", "/etc / ", "./"])
def test_the_root_is_found_in_all_its_spellings(sources: str) -> None:
    assert JUDGE.messages(f"{TWO}COPY --from=build {sources} /b/\n") == [
        "all of `build` is copied, from `/` on"
    ]


def test_the_place_is_the_source() -> None:
    text = f'{TWO}COPY --from=0 ["/", "/"]\nCOPY --from=debian:12 / /x\n'

    assert JUDGE.places(text) == ['"/"', "/"]


@pytest.mark.parametrize(
    "text",
    [
        f"{TWO}COPY --from=build /usr /",
        f"{TWO}COPY / /x\nCOPY . /",
        "FROM scratch AS files\nCOPY a /\nFROM debian:12\nCOPY --from=files / /",
        "FROM tonistiigi/xx AS xx\nFROM debian:12\nCOPY --from=xx / /",
        "FROM debian:12\nCOPY --from=registry.example.com/plugin:1 / /",
    ],
)
def test_parts_and_images_of_files_are_fine(text: str) -> None:
    assert JUDGE.messages(text) == []
