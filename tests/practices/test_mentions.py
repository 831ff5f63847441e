from __future__ import annotations

from datetime import date

from boxwright.practices.mentions import mentions
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.parse import parse_dockerfile
from boxwright.text.source import Source


def test_names_are_found_in_heredocs_too() -> None:
    source = Source("Dockerfile", "FROM a\nARG TOKEN\nRUN <<EOF\nx ${TOKEN:-}\nEOF\nRUN TOKENS\n")
    build = Build("Dockerfile", source, parse_dockerfile(source), today=date(2026, 11, 22))

    found = mentions(build)["TOKEN"]

    assert [item.keyword for item in found] == ["ARG", "RUN"]
