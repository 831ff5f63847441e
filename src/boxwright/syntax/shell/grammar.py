"""The grammar of bash as tree-sitter has it: text to syntax tree."""

from __future__ import annotations

import re
from functools import cache
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from time import thread_time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Parser, Point, Tree


def parse_bash(data: bytes) -> Tree | None:
    """
    Return the syntax tree of *data*, UTF-8; None where that takes unreasonably long.

    Recovering from an error takes the parser time in proportion to what it has read, so
    that a text made of errors would take hours. A script as people write them needs a
    tenth of the time that is allowed here.
    """
    if _is_knotted(data):
        return None
    limit = thread_time() + 0.05 + 2e-6 * len(data)
    parser = _parser()

    def read(at: int, _point: Point) -> bytes:
        return data[at : at + 65536]

    def progress(_at: int, _has_error: bool) -> bool:
        return thread_time() > limit

    try:
        return parser.parse(read, progress_callback=progress)
    except ValueError:
        parser.reset()
        return None


def _is_knotted(data: bytes) -> bool:
    """
    Tell whether so much hangs together in *data* that it may take the parser seconds.

    Pipes, backticks and redirections in their hundreds, and nothing that ends a command, it
    at times goes through again for each of them, and cannot be interrupted meanwhile.
    """
    if sum(map(data.count, (b"|", b"`", b"<", b"("))) <= _MOST_MARKS:
        return False
    marks = 0
    for found in _marks().finditer(data):
        mark = found[0]
        if mark in {b"|", b"`", b"<", b"("}:
            marks += 1
            if marks > _MOST_MARKS:
                return True
        elif mark in {b";", b"&"} or (
            mark == b"\n" and b"|" not in data[max(found.start() - 2, 0) : found.start()]
        ):
            marks = 0
    return False


_MOST_MARKS = 500


@cache
def _marks() -> re.Pattern[bytes]:
    # Quoted text is one word, whatever is in it, unless a substitution is.
    return re.compile(rb"'[^']*'|\"[^\"`(]*\"|[|`<(;&\n]")


@cache
def _parser() -> Parser:
    from tree_sitter import Language, Parser

    return Parser(Language(_bash()))


def _bash() -> object:
    # The package's own `__init__` imports a dozen modules to read files that are not needed.
    package = find_spec("tree_sitter_bash")
    folders = package.submodule_search_locations if package else None
    spec = PathFinder.find_spec("tree_sitter_bash._binding", folders)
    if spec is None or spec.loader is None:
        from tree_sitter_bash import language

        return language()
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    language_: object = module.language()
    return language_
