"""How the notebook servers of a Dockerfile are told whom to let in, wherever that is written."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from boxwright.practices.processes import start_instruction, without_words
from boxwright.practices.programs.jupyter import (
    JupyterSetting,
    is_jupyter,
    jupyter_settings,
    setting_of_variable,
    settings_of_file,
)
from boxwright.syntax.dockerfile.instructions import Env
from boxwright.text.edit import Edit
from boxwright.text.joined import Joined
from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    from boxwright.practices.stage_facts import StageFacts
    from boxwright.practices.subjects import Build
    from boxwright.syntax.shell.command import Command
    from boxwright.text.source import Span


class NotebookSetting(NamedTuple):
    """A setting of Jupyter, and where the Dockerfile makes it."""

    setting: JupyterSetting
    span: Span
    """In the Dockerfile; for what a copied file says, the COPY."""
    where: str
    """How the place is called: the option, or the file."""
    command: Command | None
    """The command of CMD or ENTRYPOINT that it is an option of."""

    def removed(self, build: Build) -> Edit | None:
        """Return the edit that takes the option away, None for what is no option."""
        return without_words(build, self.command, self.span) if self.command is not None else None


def notebook_settings(build: Build, stage: StageFacts) -> tuple[NotebookSetting, ...]:
    """Return the settings that the instructions of *stage* itself make."""
    return tuple(_settings(stage)) if _names_notebooks(build) else ()


@lru_cache(maxsize=1)
def _names_notebooks(build: Build) -> bool:
    # Asked for each stage of a file that may be long.
    return "upyter" in build.source.text or "otebook" in build.source.text


def _settings(stage: StageFacts) -> Iterator[NotebookSetting]:
    for env in stage.of(Env):
        for pair in env.pairs:
            value = stage.expanded(pair.value.raw, env)
            found = setting_of_variable(pair.name.value, value if value is not None else "?")
            if found is not None:
                yield NotebookSetting(found, pair.span, f"`{pair.name.value}`", None)
    for run in stage.runs:
        for command in run.commands:
            # What a RUN starts is gone afterwards: only what it writes counts.
            if is_jupyter(command):
                continue
            for setting in jupyter_settings(command):
                yield NotebookSetting(setting, setting.span, f"`{setting.written}`", None)
    yield from _copied(stage)
    yield from _started(stage)


def _copied(stage: StageFacts) -> Iterator[NotebookSetting]:
    for copy in stage.copies:
        for heredoc in copy.heredocs:
            for setting in settings_of_file(heredoc.content):
                yield NotebookSetting(setting, setting.span, f"`{setting.written}`", None)
        if copy.from_ is not None or stage.context is None:
            continue
        for word in copy.sources:
            name = word.value.rpartition("/")[2]
            if not (name.startswith("jupyter") and name.endswith(("config.py", "config.json"))):
                continue
            text = stage.context.read_text(word.value)
            for setting in settings_of_file(Joined(text or "", (0,), (0,))):
                yield NotebookSetting(
                    setting, word.span, f"`{setting.written}` in `{word.value}`", None
                )


def _started(stage: StageFacts) -> Iterator[NotebookSetting]:
    script = stage.start_script
    start = start_instruction(stage)
    if start is None or start.stage is not stage.stage:
        return
    for command in stage.start_commands if script is None else ():
        for setting in jupyter_settings(command):
            yield NotebookSetting(
                setting,
                setting.span if setting.span.end else command.span,
                f"`{setting.written}`",
                command if setting.span.end and is_jupyter(command) else None,
            )
    for command in script.commands if script is not None else ():
        for setting in jupyter_settings(command):
            where = f"`{setting.written}` in `{script.path if script is not None else ''}`"
            yield NotebookSetting(setting, start.span, where, None)
