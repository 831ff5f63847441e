"""Which instructions a COPY may be moved past, so that what is built stays the same."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from boxwright.practices.dependency_installs import dependency_install
from boxwright.practices.image_files import absolute
from boxwright.practices.programs.conda import conda_command
from boxwright.practices.programs.creations import created_paths
from boxwright.practices.programs.files import directories, removed_paths
from boxwright.practices.programs.node import node_command
from boxwright.practices.programs.pip import pip_command
from boxwright.practices.programs.poetry import project_command
from boxwright.practices.programs.runners import invocation
from boxwright.practices.programs.system_packages import system_command
from boxwright.practices.programs.uv import uv_command
from boxwright.syntax.dockerfile.instructions import Add, Copy, Run

if TYPE_CHECKING:
    from boxwright.practices.stage_facts import StageFacts
    from boxwright.syntax.dockerfile.instructions import Instruction
    from boxwright.syntax.shell.command import Command


def destination_of(stage: StageFacts, copy: Copy | Add) -> str | None:
    """Return where *copy* puts what it brings, from the root; None where it is not known."""
    if copy.destination is None:
        return None
    written = stage.expanded(copy.destination.raw, copy)
    workdir = stage.workdir_at(copy)
    if written is None or (workdir is None and not written.startswith("/")):
        return None
    return absolute(written, workdir)


def may_move_past(
    stage: StageFacts,
    copy: Copy | Add,
    instructions: Iterable[Instruction],
    *,
    is_there: bool = False,
) -> bool:
    """
    Tell whether *copy* may come behind *instructions*, which follow it, as well.

    *is_there* says that the folder that it copies to exists without it.
    """
    destination = destination_of(stage, copy)
    if destination is None:
        return False
    is_relative = copy.destination is not None and not copy.destination.raw.startswith("/")
    for instruction in instructions:
        match instruction.keyword:
            case "RUN":
                if not isinstance(instruction, Run) or reads(
                    stage, instruction, destination, is_there=is_there
                ):
                    return False
            case "COPY" | "ADD":
                if not isinstance(instruction, Copy | Add):
                    return False
                other = destination_of(stage, instruction)
                if other is None or is_below(other, destination) or is_below(destination, other):
                    return False
            case "WORKDIR":
                if is_relative:
                    return False
            case "ENV" | "ARG":
                if "$" in copy.line.text:
                    return False
            case "LABEL" | "EXPOSE" | "USER" | "CMD" | "ENTRYPOINT" | "STOPSIGNAL" | "HEALTHCHECK":
                pass
            case _:
                return False
    return True


def reads(stage: StageFacts, run: Run, folder: str, *, is_there: bool = False) -> bool:
    """
    Tell whether *run* may read or change files below *folder*.

    What dependencies are installed from (`requirements.txt`) is not counted, and neither is
    changing into it where it *is_there*.
    """
    if run.exec is not None or not run.commands or run.script_problem or run.security:
        return True
    where = directories(run.commands, stage.workdir_at(run))
    for command, workdir in zip(run.commands, where, strict=True):
        if command.program == "cd":
            target = command.arguments[0].value if len(command.arguments) == 1 else "$"
            if "$" in target or not (is_there or not is_below(absolute(target, workdir), folder)):
                return True
        elif not is_apart(command, folder, workdir):
            return True
    return False


def is_below(path: str, folder: str) -> bool:
    """Tell whether *path* is *folder* or in it; both are from the root."""
    return path == folder or path.startswith(f"{folder.rstrip('/')}/")


_HARMLESS = frozenset(
    {
        "echo", "printf", "set", "true", ":", "export", "mkdir", "useradd", "groupadd", "adduser",
        "addgroup", "usermod", "update-ca-certificates", "ldconfig", "locale-gen", "uname", "arch",
        "dpkg", "apt-key", "add-apt-repository", "dpkg-reconfigure", "update-alternatives", "gpg",
        "curl", "wget", "nproc", "which", "command", "lsb_release", "sleep", "update-locale", "git",
        "date", "id", "corepack",
    }
)  # fmt: skip


def is_apart(command: Command, folder: str, workdir: str | None) -> bool:
    """Tell whether *command*, run in *workdir*, leaves what is below *folder* alone."""
    paths = [
        *created_paths(command),
        *(word.value for word in removed_paths(command)),
    ]
    if workdir is None and any(path[:1] not in {"/", "~"} for path in paths):
        return False
    if any(is_below(absolute(path, workdir), folder) for path in paths if path != "/dev/null"):
        return False
    system = system_command(command)
    if system is not None:
        return not any(package.is_file for package in system.packages)
    found = dependency_install(command)
    if found is not None:
        return not found.needs_project
    pip = pip_command(command)
    if pip is not None:
        return not any(package.is_local for package in pip.packages)
    uv = uv_command(command)
    if uv is not None:
        return uv.action in {"venv", "python install", "cache clean", "tool install"}
    project = project_command(command)
    if project is not None:
        return project.action in {"config", "self", "cache clear"}
    node = node_command(command)
    if node is not None:
        return node.action in {"cache clean", "config"} or (node.installs and node.global_)
    conda = conda_command(command)
    if conda is not None:
        return conda.action in {"clean", "config", "install", "create", "update", "init"}
    started = invocation(command)
    if started is not None and started.is_module:
        return started.name in {"venv", "virtualenv", "ensurepip"}
    if command.program in {"rm", "rmdir"}:
        return True
    if command.program == "git":
        return "clone" not in [word.value for word in command.arguments[:2]]
    if not command.program:
        return bool(command.assignments) and not command.words
    return command.program in _HARMLESS
