"""What a rule looks at: a Dockerfile, an ignore file, and what is known around them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from boxwright.practices.stage_facts import Graph, StageFacts
from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    from datetime import date

    from boxwright.practices.context import Context
    from boxwright.syntax.dockerfile.instructions import (
        AnyInstruction,
        Dockerfile,
        Instruction,
        Run,
    )
    from boxwright.syntax.dockerignore import Dockerignore
    from boxwright.syntax.shell.command import Command
    from boxwright.text.joined import Word
    from boxwright.text.source import Source


class StageCommand(NamedTuple):
    """A command that a RUN gives to a shell, and where."""

    stage: StageFacts
    run: Run
    command: Command


class Build:
    """
    A Dockerfile and what is known around it.

    Everything is worked out when it is first asked for, and once. What cannot be known
    is None: a rule that would need it says nothing.
    """

    def __init__(
        self,
        path: str,
        source: Source,
        dockerfile: Dockerfile,
        *,
        today: date,
        context: Context | None = None,
        arguments: Mapping[str, str] | None = None,
        target: str = "",
        options: Mapping[str, object] | None = None,
    ) -> None:
        self.path = path
        """The Dockerfile's path, as findings name it."""
        self.source = source
        self.dockerfile = dockerfile
        self.today = today
        """The day on which an end of life is judged."""
        self.context = context
        """The files that the build is sent, None where they are not known."""
        self.arguments = dict(arguments or {})
        """Build arguments that are known to be given: `build.args` of a compose file."""
        self.target = target
        """The stage that is asked for (`build.target`); empty for the last one."""
        self.options: Mapping[str, object] = options or {}
        """The settings of the rule that is running; whoever runs rules sets them for each."""

    @cached_property
    def _graph(self) -> Graph:
        return Graph(
            self.dockerfile, context=self.context, arguments=self.arguments, target=self.target
        )

    @property
    def stages(self) -> tuple[StageFacts, ...]:
        """All stages, in the order of the file."""
        return self._graph.stages

    @property
    def final(self) -> StageFacts | None:
        """The stage whose image comes out; None in a file without a FROM."""
        return self._graph.final

    @cached_property
    def shipped(self) -> tuple[StageFacts, ...]:
        """The final stage and those it is FROM, the base first: their layers ship."""
        return tuple(reversed(self.final.chain)) if self.final else ()

    def stage_of(self, instruction: Instruction) -> StageFacts | None:
        """Return the stage that *instruction* is in; None for an ARG before the first FROM."""
        stage = instruction.stage
        return self.stages[stage.index] if stage is not None else None

    @cached_property
    def commands(self) -> tuple[tuple[Run, Command], ...]:
        """Every command of every RUN, in the order of the file."""
        return tuple((run, command) for _, run, command in self._stage_commands)

    @cached_property
    def shipped_commands(self) -> tuple[tuple[Run, Command], ...]:
        """The commands whose layers ship."""
        return tuple((run, command) for stage, run, command in self._stage_commands if stage.ships)

    def commands_of(self, *programs: str) -> tuple[StageCommand, ...]:
        """
        Return the commands that start one of *programs*, in the order of the file.

        A program is a name without its folder, `pip3`. What it is under another name
        (`python -m pip`, `uv pip`) the modules in `programs` know.
        """
        return self._select(self._by_program, programs)

    def shipped_commands_of(self, *programs: str) -> tuple[StageCommand, ...]:
        """Return what `commands_of` does, of the layers that ship only."""
        return tuple(found for found in self.commands_of(*programs) if found.stage.ships)

    def of(self, kind: type[AnyInstruction]) -> tuple[AnyInstruction, ...]:
        """
        Return all instructions of a *kind*, in the order of the file.

        What ONBUILD triggers is among them: the mistakes in it are made all the same.
        """
        found = self._of.get(kind)
        if found is None:
            found = tuple(item for item in self._all if isinstance(item, kind))
            self._of[kind] = found
        return found  # type: ignore[return-value]

    @cached_property
    def _of(self) -> dict[type[Instruction], tuple[Instruction, ...]]:
        return {}

    @cached_property
    def _all(self) -> tuple[Instruction, ...]:
        found: list[Instruction] = []
        for instruction in self.dockerfile.instructions:
            found.append(instruction)
            if instruction.keyword == "ONBUILD":
                trigger = getattr(instruction, "instruction", None)
                if trigger is not None:
                    found.append(trigger)
        return tuple(found)

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        """All RUN instructions of stages, those that ONBUILD triggers among them."""
        from boxwright.syntax.dockerfile.instructions import Run

        return tuple(run for run in self.of(Run) if run.stage is not None)

    @cached_property
    def shipped_runs(self) -> tuple[Run, ...]:
        """The RUN instructions whose layers ship."""
        return tuple(run for stage in self.shipped for run in stage.runs)

    def reference(self, word: Word, instruction: Instruction) -> str | None:
        """Return *word* of *instruction* with its variables expanded, None where one is unknown."""
        return self._graph.expanded(word, instruction)

    @cached_property
    def _stage_commands(self) -> tuple[StageCommand, ...]:
        stages = self.stages
        return tuple(
            StageCommand(stages[run.stage.index], run, command)
            for run in self.runs
            if run.stage is not None
            for command in run.commands
        )

    @cached_property
    def _by_program(self) -> dict[str, list[tuple[int, StageCommand]]]:
        index: dict[str, list[tuple[int, StageCommand]]] = {}
        for number, found in enumerate(self._stage_commands):
            index.setdefault(found.command.program, []).append((number, found))
        return index

    @staticmethod
    def _select(
        index: Mapping[str, list[tuple[int, StageCommand]]], programs: tuple[str, ...]
    ) -> tuple[StageCommand, ...]:
        if len(programs) == 1:
            return tuple(found for _, found in index.get(programs[0], ()))
        found = [entry for program in dict.fromkeys(programs) for entry in index.get(program, ())]
        return tuple(command for _, command in sorted(found, key=lambda entry: entry[0]))


class IgnoreFile:
    """A `.dockerignore`, or the one of a single Dockerfile, and the files it is there for."""

    def __init__(
        self,
        path: str,
        source: Source,
        ignore: Dockerignore,
        *,
        context: Context | None = None,
        options: Mapping[str, object] | None = None,
    ) -> None:
        self.path = path
        self.source = source
        self.ignore = ignore
        self.context = context
        """The context that it is the ignore file of, None where that is not known."""
        self.options: Mapping[str, object] = options or {}
        """The settings of the rule that is running."""
