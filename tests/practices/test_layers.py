"""Tests of what the layers of a stage hold."""

from __future__ import annotations

import pytest
from tests.practices.builds import build

from boxwright.practices.layers import build_tools, made_by, may_compile


@pytest.mark.parametrize(
    ("instruction", "paths"),
    [
        ("COPY . /app", ["/app"]),
        ("COPY a.bin b/c.bin models/", ["/srv/models/a.bin", "/srv/models/c.bin"]),
        ("COPY a.bin /b.bin", ["/b.bin"]),
        ("RUN git clone https://example.com/x.git", ["/srv/x"]),
        ("RUN mkdir /empty && wget -O /a/b https://example.com/b", ["/a/b"]),
        ("RUN --mount=type=cache,target=/c curl -o /c/a https://example.com/a", []),
        ("ENV A=b", []),
    ],
)
def test_what_an_instruction_makes(instruction: str, paths: list[str]) -> None:
    stage = build(f"FROM debian:12\nWORKDIR /srv\n{instruction}\n").stages[0]

    assert [made.path for made in made_by(stage, stage.instructions[-1])] == paths


def test_sizes_are_those_of_the_context() -> None:
    stage = build("FROM debian:12\nCOPY a /a\n", {"a/b": "12345"}).stages[0]

    assert [made.size for made in made_by(stage, stage.instructions[0])] == [5]


def test_tools_and_what_may_need_them() -> None:
    stage = build("FROM debian:12\nRUN apk add gcc git curl\nRUN make\n").stages[0]

    assert list(build_tools(stage)) == ["gcc"]
    assert may_compile(stage)
