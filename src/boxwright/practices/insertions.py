"""Putting lines behind an instruction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxwright.text.edit import Edit

if TYPE_CHECKING:
    from boxwright.syntax.dockerfile.instructions import Instruction


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
    return (*_ended(instruction), behind)


def _ended(instruction: Instruction) -> list[Edit]:
    """Return the edits that take away the escapes that nothing follows."""
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
        edits.append(Edit(span.start + len(kept), span.start + len(line), ""))
        if kept:
            break
    return edits
