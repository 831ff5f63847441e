"""What the containers of a stage start, where that is written, and what may be put beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxwright.practices.insertions import keyword, lines_behind
from boxwright.syntax.dockerfile.instructions import Cmd, Entrypoint
from boxwright.text.edit import Edit

if TYPE_CHECKING:
    from boxwright.practices.stage_facts import StageFacts
    from boxwright.practices.subjects import Build
    from boxwright.syntax.dockerfile.instructions import Instruction
    from boxwright.syntax.shell.command import Command
    from boxwright.text.source import Span


def start_instruction(stage: StageFacts) -> Cmd | Entrypoint | None:
    """Return the instruction that holds the command which *stage* is started with."""
    start = stage.start
    for instruction in (stage.cmd, stage.entrypoint):
        if instruction is not None and (
            start is None
            or (
                instruction.span.start <= start.span.start
                and start.span.end <= instruction.span.end
            )
        ):
            return instruction
    # Words of both.
    return stage.entrypoint or stage.cmd


def insert_before_start(build: Build, stage: StageFacts, line: str) -> tuple[Edit, ...] | None:
    """
    Return the edits that put *line* before CMD and ENTRYPOINT of *stage*, or at its end.

    None where the file ends within a heredoc.
    """
    source = build.source
    name, blank, rest = line.partition(" ")
    line = keyword(name, build.dockerfile) + blank + rest
    starts: tuple[Instruction, ...] = (*stage.of(Cmd), *stage.of(Entrypoint))
    if starts:
        first = min(starts, key=lambda item: item.span.start)
        top = first.comments[0].line if first.comments else first.first_line
        at = source.line_span(top).start
        indent = source.text[source.line_span(first.first_line).start : first.span.start]
        return (Edit.insert(at, f"{indent}{line}{source.newline}"),)
    last = stage.instructions[-1] if stage.instructions else stage.stage.from_
    return lines_behind(last, line)


def without_words(build: Build, command: Command, span: Span) -> Edit | None:
    """
    Return the edit that takes the words in *span* off *command*, with what parts them.

    None for the first word, and where a comment stands before them.
    """
    before = [word for word in command.words if word.span.end <= span.start]
    if not before:
        return None
    start = before[-1].span.end
    between = build.source.text[start : span.start]
    return Edit(start, span.end, "") if "#" not in between else None


def place_of_start(stage: StageFacts) -> Span:
    """Return where to point for what *stage* starts: the command, or the FROM that brings it."""
    instruction = start_instruction(stage)
    return instruction.span if instruction is not None else stage.stage.from_.span


def is_for_development(stage: StageFacts) -> bool:
    """
    Tell whether *stage* is, by its name, an image for developers or tests.

    `dev`, `test-gpu`, `web_debug`; a stage without a name is for everybody.
    """
    words = stage.name.replace("_", "-").replace(".", "-").split("-")
    return not _DEVELOPMENT.isdisjoint(words)


_DEVELOPMENT = frozenset(
    {
        "dev", "devel", "develop", "development", "devcontainer", "debug", "debugger", "test",
        "tests", "testing", "lint", "local", "ci",
    }
)  # fmt: skip
