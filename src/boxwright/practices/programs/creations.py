"""Every path that a command makes or fills, whatever its way to do so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxwright.practices.programs.archives import extraction
from boxwright.practices.programs.downloads import downloads
from boxwright.practices.programs.files import written_paths
from boxwright.practices.programs.git import clone

if TYPE_CHECKING:
    from boxwright.syntax.shell.command import Command


def created_paths(command: Command) -> tuple[str, ...]:
    """
    Return the files and folders that *command* makes or fills, seen from where it runs.

    A folder stands for what is put into it.
    """
    paths = [word.value for word in written_paths(command)]
    paths.extend(item.output for item in downloads(command) if item.output)
    unpacked = extraction(command)
    if unpacked is not None and unpacked.destination:
        paths.append(unpacked.destination)
    cloned = clone(command)
    if cloned is not None:
        paths.append(cloned.directory)
    return tuple(dict.fromkeys(paths))
