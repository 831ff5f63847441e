"""`pip`, in all the ways in which it is started."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxwright.practices.programs.arguments import Arguments, parse_arguments
from boxwright.practices.programs.python_requirement import PythonRequirement, python_requirement
from boxwright.practices.programs.remembered import remembered
from boxwright.practices.programs.runners import invocation
from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    from boxwright.syntax.shell.command import Command, ShellWord


class PipCommand(NamedTuple):
    """What pip is told to do."""

    command: Command
    program: ShellWord
    """The word that names it: `pip3`, `/opt/venv/bin/pip`, the `pip` of `python -m pip`."""
    action: str
    """`install`, `download`, `wheel`, `uninstall`; `cache purge` and `config set` in two words."""
    subcommand: ShellWord
    arguments: Arguments
    packages: tuple[PythonRequirement, ...]
    """With paths, URLs and editable ones."""
    unknown: tuple[ShellWord, ...]
    """The operands that only the build can tell, such as `$PACKAGES`."""
    requirement_files: tuple[ShellWord, ...]
    constraint_files: tuple[ShellWord, ...]
    index_url: ShellWord | None
    extra_index_urls: tuple[ShellWord, ...]
    trusted_hosts: tuple[ShellWord, ...]
    find_links: tuple[ShellWord, ...]
    no_cache: bool
    no_deps: bool
    upgrade: bool
    pre: bool
    no_index: bool
    require_hashes: bool
    break_system_packages: bool
    user: bool
    target: ShellWord | None
    prefix: ShellWord | None

    @property
    def insert_at(self) -> int:
        """Where an option may be put: behind the subcommand, with a blank before it."""
        return self.subcommand.span.end


@remembered
def pip_command(command: Command) -> PipCommand | None:
    """Return what *command* is to pip; None where it is something else."""
    if not (command.program.startswith(("pip", "py", "uv")) or command.program == "uvx"):
        return None
    started = invocation(command)
    if started is None or not is_pip(started.name):
        return None
    arguments = parse_arguments(started.arguments, "rcetifdwC", _VALUED)
    if not arguments.operands:
        return None
    subcommand, *operands = arguments.operands
    action = subcommand.value
    if action in {"cache", "config"} and operands:
        action = f"{action} {operands[0].value}"
        subcommand = operands.pop(0)
    installs = action in {"install", "download", "wheel", "uninstall"}
    packages, unknown = requirements(operands if installs else (), arguments)
    return PipCommand(
        command=command,
        program=started.word,
        action=action,
        subcommand=subcommand,
        arguments=arguments,
        packages=packages,
        unknown=unknown,
        requirement_files=arguments.values("-r", "--requirement"),
        constraint_files=arguments.values("-c", "--constraint"),
        index_url=arguments.value("-i", "--index-url", "--pypi-url"),
        extra_index_urls=arguments.values("--extra-index-url"),
        trusted_hosts=arguments.values("--trusted-host"),
        find_links=arguments.values("-f", "--find-links"),
        # pip takes what an option's name begins with, if it is the only one.
        no_cache=arguments.has("--no-cache-dir", "--no-cache", "--no-cache-di", "--no-cache-d"),
        no_deps=arguments.has("--no-deps", "--no-dependencies"),
        upgrade=arguments.has("-U", "--upgrade"),
        pre=arguments.has("--pre"),
        no_index=arguments.has("--no-index"),
        require_hashes=arguments.has("--require-hashes"),
        break_system_packages=arguments.has("--break-system-packages"),
        user=arguments.has("--user"),
        target=arguments.value("-t", "--target"),
        prefix=arguments.value("--prefix"),
    )


def is_pip(name: str) -> bool:
    """
    Tell whether the program *name* is a pip.

    >>> is_pip("pip3.11"), is_pip("pipx")
    (True, False)
    """
    version = name.removeprefix("pip")
    return name == "pip" or (version != name and version.lstrip("-").replace(".", "").isdecimal())


def requirements(
    operands: list[ShellWord] | tuple[()], arguments: Arguments
) -> tuple[tuple[PythonRequirement, ...], tuple[ShellWord, ...]]:
    """Return what *operands* and `-e` ask for, and the words that only the build can tell."""
    packages = []
    unknown = []
    editables = arguments.values("-e", "--editable")
    for word, editable in (
        *((word, False) for word in operands),
        *((word, True) for word in editables),
    ):
        requirement = python_requirement(word, editable=editable)
        if requirement is None:
            unknown.append(word)
        else:
            packages.append(requirement)
    return tuple(packages), tuple(unknown)


_VALUED = (
    "requirement", "constraint", "editable", "target", "index-url", "pypi-url", "find-links",
    "extra-index-url", "trusted-host", "prefix", "root", "src", "platform", "python-version",
    "implementation", "abi", "upgrade-strategy", "global-option", "build-option",
    "config-settings", "config-setting", "no-binary", "only-binary", "progress-bar",
    "root-user-action", "report", "dest", "destination-dir", "destination-directory",
    "wheel-dir", "hash", "group", "build-constraint", "log", "log-file", "proxy", "retries",
    "timeout", "default-timeout", "exists-action", "cert", "client-cert", "cache-dir", "python",
    "keyring-provider", "use-feature", "use-deprecated", "uploaded-prior-to", "format",
)  # fmt: skip
