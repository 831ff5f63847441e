"""COPY and ADD of all that the build is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxwright.syntax.dockerfile.instructions import Add, Copy

if TYPE_CHECKING:
    from boxwright.practices.subjects import Build
    from boxwright.text.joined import Word


def broad_copies(build: Build) -> tuple[tuple[Copy | Add, Word], ...]:
    """Return the instructions that copy the whole context, with the word that says so."""
    found: list[tuple[Copy | Add, Word]] = []
    copies: list[Copy | Add] = [*build.of(Copy), *build.of(Add)]
    for copy in copies:
        if copy.from_ is not None:
            continue
        for word in copy.sources:
            source = word.value.lstrip("/")
            if word.value and source.strip("./") in {"", "*"} and ".." not in source:
                found.append((copy, word))
                break
    return tuple(sorted(found, key=lambda item: item[1].span))
