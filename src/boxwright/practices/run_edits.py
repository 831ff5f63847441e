"""Changing the script of a RUN: adding a command at its end, taking one out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxwright.text.edit import Edit

if TYPE_CHECKING:
    from boxwright.syntax.dockerfile.instructions import Instruction, Run
    from boxwright.syntax.shell.command import Command, Statement
    from boxwright.text.source import Source


def appended(run: Run, command: str) -> Edit | None:
    """
    Return the edit that runs *command* after all that *run* does; None where that is not sure.

    It is written as the lines before it are.
    """
    script = run.parsed_script
    if script is None or script.has_error or not script.statements:
        return None
    source = run.source
    last = script.statements[-1]
    if run.heredocs:
        if not run.is_heredoc_only or run.interpreter:
            return None
        line = source.line(source.position(last.span.start).line)
        indent = line[: len(line) - len(line.lstrip())]
        return Edit.insert(_line_end(source, last.span.end), f"{source.newline}{indent}{command}")
    if last.span.end != run.span.end:
        return None  # A `;` or `&` is behind it.
    if run.first_line == run.last_line:
        return Edit.insert(run.span.end, f" && {command}")
    line = source.line(run.last_line)
    indent = line[: len(line) - len(line.lstrip())] or "    "
    before = source.line(source.position(last.span.start).line - 1).rstrip().rstrip(run.escape)
    if before.rstrip().endswith("&&"):
        return Edit.insert(run.span.end, f" && {run.escape}{source.newline}{indent}{command}")
    return Edit.insert(run.span.end, f" {run.escape}{source.newline}{indent}&& {command}")


def without_command(run: Run, command: Command) -> tuple[Edit, bool] | None:
    """
    Return the edit that takes *command* out of *run*, and whether all of *run* goes with it.

    None where it is not a step of its own, or where a comment would go with it.
    """
    script = run.parsed_script
    if script is None or script.has_error:
        return None
    statements = script.statements
    at = next(
        (at for at, each in enumerate(statements) if [*each.commands] == [command]),
        None,
    )
    if at is None:
        return None
    if len(statements) == 1:
        return without_lines(run), True
    source = run.source
    one = statements[at]
    following = statements[at + 1] if at + 1 < len(statements) else None
    if not _may_go(one, first=at == 0) or (following is not None and not _may_go(following)):
        return None
    if at:
        edit = Edit(statements[at - 1].span.end, one.span.end, "")
    else:
        edit = Edit(one.span.start, statements[1].span.start, "")
    if "#" in source.text[edit.start : edit.end] and any(
        edit.start <= comment.span.start < edit.end for comment in run.dockerfile.comments
    ):
        return None
    return edit, False


def without_lines(instruction: Instruction) -> Edit:
    """Return the edit that takes all lines of *instruction* away."""
    source = instruction.source
    start = source.line_span(instruction.first_line).start
    last = source.position(instruction.span.end).line
    end = source.starts[last] if last < len(source.starts) else len(source.text)
    return Edit(start, end, "")


def _may_go(statement: Statement, *, first: bool = False) -> bool:
    return first or statement.operator_before in {"&&", ";", "\n"}


def _line_end(source: Source, offset: int) -> int:
    return source.line_span(source.position(offset).line).end
