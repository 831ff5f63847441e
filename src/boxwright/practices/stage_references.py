"""Where a stage names another by `COPY --from` or `RUN --mount=from=`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from boxwright.syntax.dockerfile.instructions import Copy, Run
from boxwright.text.record import NamedTuple
from boxwright.text.source import Span

if TYPE_CHECKING:
    from boxwright.practices.stage_facts import StageFacts
    from boxwright.practices.subjects import Build
    from boxwright.syntax.dockerfile.words import Flag


class StageReference(NamedTuple):
    """A name, or a number, after `from=`."""

    stage: StageFacts
    """The stage that it stands in."""
    instruction: Copy | Run
    name: str
    """As written, quotes gone."""
    span: Span
    """Of the name; of the whole flag where it cannot be told from it."""
    is_plain: bool
    """Whether *span* is the name and nothing else."""

    @property
    def number(self) -> int | None:
        """The stage's number where it is called by that."""
        is_number = self.name.isascii() and self.name.isdecimal() and len(self.name) < 9
        return int(self.name) if is_number else None

    @property
    def target(self) -> StageFacts | None:
        """The stage that is meant, before or behind; None for an image."""
        return self.stage.stage_named(self.name)


def stage_references(build: Build) -> Iterator[StageReference]:
    """
    Yield the references of all stages, in the order of the file.

    What ONBUILD triggers is left out: it names stages of another Dockerfile.
    """
    for stage in build.stages:
        for instruction in stage.instructions:
            if isinstance(instruction, Copy):
                flag = instruction.from_
                if flag is not None and flag.value and "$" not in flag.value:
                    yield _reference(stage, instruction, flag, flag.value)
            elif isinstance(instruction, Run) and instruction.flags:
                for mount in instruction.mounts:
                    if mount.from_ and "$" not in mount.from_:
                        yield _reference(stage, instruction, mount.flag, mount.from_)


def _reference(stage: StageFacts, instruction: Copy | Run, flag: Flag, name: str) -> StageReference:
    text = instruction.source.text
    span = flag.value_span if isinstance(instruction, Copy) else flag.span
    written = text[span.start : span.end]
    key = "" if isinstance(instruction, Copy) else "from="
    at = written.find(key + name)
    # Behind `from=` in a mount comes a comma or the end; quotes and continuations are rare.
    end = at + len(key) + len(name)
    before, behind = written[at - 1 : at] if at else "", written[end : end + 1]
    if at < 0 or behind not in ("", ",", '"', "'") or before not in ("", ",", "=", '"', "'"):
        return StageReference(stage, instruction, name, flag.span, is_plain=False)
    start = span.start + at + len(key)
    return StageReference(stage, instruction, name, Span(start, start + len(name)), is_plain=True)
