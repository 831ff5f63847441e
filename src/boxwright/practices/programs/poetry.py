"""`poetry`, `pdm`, `pipenv` and `hatch`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxwright.practices.programs.arguments import Arguments, parse_arguments
from boxwright.practices.programs.pip import requirements
from boxwright.practices.programs.python_requirement import PythonRequirement
from boxwright.practices.programs.remembered import remembered
from boxwright.practices.programs.runners import invocation
from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    from boxwright.syntax.shell.command import Command, ShellWord


class ProjectCommand(NamedTuple):
    """What a tool that keeps a project's lock file is told to do."""

    command: Command
    tool: str
    action: str
    """`install`, `sync`, `add`, `update`, `lock`, `export`; others as they are written."""
    subcommand: ShellWord
    """Its last word."""
    operands: tuple[ShellWord, ...]
    arguments: Arguments
    packages: tuple[PythonRequirement, ...]
    """What is added."""
    unknown: tuple[ShellWord, ...]
    no_root: bool
    """Whether the project itself stays out."""
    only: tuple[str, ...]
    with_: tuple[str, ...]
    without: tuple[str, ...]
    extras: tuple[str, ...]
    no_dev: bool
    """Whether groups for development stay out."""
    no_cache: bool
    frozen: bool
    """Whether it takes the lock file as it is, or fails."""
    no_interaction: bool
    system: bool
    """Whether it installs outside of an environment of its own."""

    @property
    def installs(self) -> bool:
        """Whether it puts distributions into an environment."""
        return self.action in {"install", "sync", "add", "update"}

    @property
    def insert_at(self) -> int:
        """Where an option may be put: behind the subcommand, with a blank before it."""
        return self.subcommand.span.end


@remembered
def project_command(command: Command) -> ProjectCommand | None:
    """Return what *command* is to one of these tools; None where it is something else."""
    if not command.program.startswith(("poetry", "pdm", "pipenv", "hatch", "python")):
        return None
    started = invocation(command)
    if started is None or started.name not in _VALUED:
        return None
    tool = started.name
    arguments = parse_arguments(started.arguments, _LETTERS[tool], _VALUED[tool])
    if not arguments.operands:
        return None
    subcommand, *operands = arguments.operands
    action = subcommand.value
    if action in _GROUPS and operands:
        subcommand = operands.pop(0)
        action = f"{action} {subcommand.value}"
    is_named = action == "add" or (tool == "pipenv" and action == "install")
    packages, unknown = requirements(operands if is_named else [], arguments)
    only = _names(arguments, "--only")
    without = _names(arguments, "--without")
    return ProjectCommand(
        command=command,
        tool=tool,
        action=action,
        subcommand=subcommand,
        operands=tuple(operands),
        arguments=arguments,
        packages=packages,
        unknown=unknown,
        no_root=arguments.has("--no-root", "--no-self"),
        only=only,
        with_=_names(arguments, "--with", "-G", "--group"),
        without=without,
        extras=_names(arguments, "-E", "--extras"),
        no_dev=_leaves_development(tool, arguments, only, without),
        no_cache=arguments.has("--no-cache"),
        frozen=_is_frozen(tool, action, arguments),
        no_interaction=arguments.has("-n", "--no-interaction", "--non-interactive"),
        system=arguments.has("--system", "-g", "--global"),
    )


_GROUPS = frozenset({"cache", "env", "self", "python", "dep", "source", "debug"})
_LETTERS = {"poetry": "CEGP", "pdm": "GLpd", "pipenv": "eir", "hatch": "epc"}
_VALUED = {
    "poetry": (
        "only", "with", "without", "extras", "directory", "project", "group", "python",
        "source", "output", "format",
    ),
    "pdm": (
        "group", "lockfile", "project", "config", "without", "with", "python", "override",
        "format", "output", "venv",
    ),
    "pipenv": ("python", "index", "requirements", "editable", "categories", "pypi-mirror"),
    "hatch": ("env", "project", "color", "data-dir", "cache-dir", "config"),
}  # fmt: skip


def _names(arguments: Arguments, *options: str) -> tuple[str, ...]:
    """Return the values of *options*, which may hold several with commas or blanks between."""
    return tuple(
        name for word in arguments.values(*options) for name in word.value.replace(",", " ").split()
    )


def _leaves_development(
    tool: str, arguments: Arguments, only: tuple[str, ...], without: tuple[str, ...]
) -> bool:
    if tool == "poetry":
        if only:
            return "dev" not in only
        return "dev" in without or arguments.has("--no-dev")
    if tool == "pdm":
        return arguments.has("--prod", "--production", "--no-dev", "--no-default")
    # pipenv installs those packages only where it is asked to.
    return tool == "pipenv" and not arguments.has("-d", "--dev")


def _is_frozen(tool: str, action: str, arguments: Arguments) -> bool:
    if tool == "pdm":
        return action == "sync" or arguments.has("--frozen-lockfile", "--frozen", "--no-lock")
    if tool == "pipenv":
        return action == "sync" or arguments.has("--deploy", "--ignore-pipfile")
    # poetry refuses a lock file that does not fit.
    return tool == "poetry" and action in {"install", "sync"}
