"""Writing instructions that were not there: their keywords, and lines behind another one."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from boxwright.text.edit import Edit

if TYPE_CHECKING:
    from boxwright.syntax.dockerfile.instructions import Dockerfile, Instruction


def keyword(name: str, dockerfile: Dockerfile) -> str:
    """Return the keyword *name* in the case that most keywords of *dockerfile* have."""
    return name.lower() if writes_small(dockerfile) else name


@lru_cache(maxsize=1)
def writes_small(dockerfile: Dockerfile) -> bool:
    """Tell whether most keywords of *dockerfile* are in small letters."""
    from boxwright.syntax.dockerfile.instructions import Unknown

    written = [
        each.written_keyword for each in dockerfile.instructions if not isinstance(each, Unknown)
    ]
    return sum(map(str.islower, written)) > sum(map(str.isupper, written))


def lines_behind(instruction: Instruction, text: str) -> tuple[Edit, ...] | None:
    """
    Return the edits that put *text* on lines of its own behind *instruction*.

    Where the file ends with a line that asks to be continued, which *text* would then be
    part of, its escape goes. None where a heredoc is not ended.
    """
    if any(not heredoc.is_terminated for heredoc in instruction.heredocs):
        return None
    source = instruction.source
    end = source.line_span(source.position(instruction.span.end).line).end
    behind = Edit.insert(end, f"{source.newline}{text}")
    ended = _ended(instruction)
    return None if ended is None else (*ended, behind)


def _ended(instruction: Instruction) -> list[Edit] | None:
    """Return the edits that take away the escapes that nothing follows; None if not sure."""
    source = instruction.source
    edits: list[Edit] = []
    if instruction.heredocs:
        return edits
    for number in range(instruction.last_line, instruction.first_line - 1, -1):
        span = source.line_span(number)
        line = source.text[span.start : span.end].rstrip()
        if number > instruction.first_line and (not line or line.lstrip().startswith("#")):
            continue
        if not line.endswith(instruction.escape):
            break
        kept = line[:-1].rstrip()
        if kept.endswith(instruction.escape):
            return None
        edits.append(Edit(span.start + len(kept), span.start + len(line), ""))
        if kept:
            break
    return edits
