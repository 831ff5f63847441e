"""Builds in memory, from the text of a Dockerfile and the files around it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from textwrap import dedent

from boxwright.practices.context import Context
from boxwright.practices.stage_facts import StageFacts
from boxwright.practices.subjects import Build
from boxwright.project.tree import MemoryTree
from boxwright.syntax.dockerfile.parse import parse_dockerfile
from boxwright.text.source import Source

TODAY = date(2026, 11, 21)


def build(
    text: str,
    files: Mapping[str, str] | None = None,
    *,
    arguments: Mapping[str, str] | None = None,
    target: str = "",
) -> Build:
    """Return the build of the Dockerfile *text*, with a context where *files* are given."""
    source = Source("Dockerfile", dedent(text).lstrip())
    return Build(
        "Dockerfile",
        source,
        parse_dockerfile(source),
        today=TODAY,
        context=None if files is None else context(files),
        arguments=arguments,
        target=target,
    )


def context(
    files: Mapping[str, str],
    *,
    sizes: Mapping[str, int] | None = None,
    links: Mapping[str, str] | None = None,
    dockerfile: str = "Dockerfile",
) -> Context:
    """Return the context that has *files*; those of *sizes* are said to be so large."""
    contents = {path: text.encode() for path, text in files.items()}
    empty = dict.fromkeys(sizes or {}, b"")
    tree = MemoryTree({**empty, **contents}, sizes=sizes, links=links)
    return Context(tree, dockerfile=dockerfile)


def final(
    text: str,
    files: Mapping[str, str] | None = None,
    *,
    arguments: Mapping[str, str] | None = None,
) -> StageFacts:
    """Return the facts of the last stage of the Dockerfile *text*."""
    stage = build(text, files, arguments=arguments).final
    assert stage is not None
    return stage
