"""`apt-get`, `apt` and `aptitude`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxwright.practices.programs.arguments import Arguments, parse_arguments
from boxwright.practices.programs.remembered import remembered
from boxwright.practices.programs.system_package import SystemPackage, named_packages
from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    from boxwright.syntax.shell.command import Command, ShellWord


class AptCommand(NamedTuple):
    """What apt is told to do."""

    command: Command
    program: str
    """`apt-get`, `apt` or `aptitude`."""
    action: str
    """`install`, `update`, `upgrade`, `remove`, `clean`; others as they are written."""
    subcommand: ShellWord
    arguments: Arguments
    packages: tuple[SystemPackage, ...]
    unknown: tuple[ShellWord, ...]
    """The operands that a variable or a pattern makes."""
    yes: bool
    no_recommends: bool

    @property
    def insert_at(self) -> int:
        """Where an option may be put: behind the subcommand, with a blank before it."""
        return self.subcommand.span.end


@remembered
def apt_command(command: Command) -> AptCommand | None:
    """Return what *command* is to apt; None where it is something else."""
    if command.program not in {"apt-get", "apt", "aptitude"}:
        return None
    arguments = parse_arguments(command.arguments, "otca", _VALUED)
    if not arguments.operands:
        return None
    subcommand, *operands = arguments.operands
    action = _ACTIONS.get(subcommand.value, subcommand.value)
    if action not in {"install", "remove", "build-dep"}:
        operands = []
    # `install name-` removes it.
    kept = (word for word in operands if not word.value.endswith("-"))
    packages, unknown = named_packages(kept, _split)
    return AptCommand(
        command=command,
        program=command.program,
        action=action,
        subcommand=subcommand,
        arguments=arguments,
        packages=packages,
        unknown=unknown,
        yes=_says_yes(arguments),
        no_recommends=_leaves_recommends(arguments),
    )


_ACTIONS = {
    "reinstall": "install",
    "full-upgrade": "upgrade",
    "dist-upgrade": "upgrade",
    "safe-upgrade": "upgrade",
    "purge": "remove",
    "autoremove": "remove",
    "autopurge": "remove",
    "auto-remove": "remove",
    "autoclean": "clean",
    "auto-clean": "clean",
    "distclean": "clean",
    "dist-clean": "clean",
}
_VALUED = (
    "option", "target-release", "default-release", "config-file", "host-architecture",
    "build-profiles", "solver",
)  # fmt: skip


def _split(text: str) -> tuple[str, str]:
    name, _, version = text.partition("=")
    # `curl/bookworm-backports` asks for what that release has.
    name, _, release = name.partition("/")
    return name.partition(":")[0], version or release


def _says_yes(arguments: Arguments) -> bool:
    if arguments.has("-y", "--yes", "--assume-yes", "--force-yes"):
        return True
    # From the second level of quiet on, apt asks nothing.
    quiet = sum(option.name in {"-q", "--quiet"} for option in arguments.options)
    level = arguments.text("--quiet") or ("2" if arguments.has("-2") else "")
    return quiet > 1 or level == "2" or _setting(arguments, "apt::get::assume-yes") in _TRUE


def _leaves_recommends(arguments: Arguments) -> bool:
    if arguments.has("--no-install-recommends", "--without-recommends", "-R"):
        return True
    return _setting(arguments, "apt::install-recommends") in {"false", "0", "no", "off", "without"}


_TRUE = frozenset({"true", "1", "yes", "on", "with"})


def _setting(arguments: Arguments, name: str) -> str:
    """Return the value of `-o name=value`, in lower case."""
    value = ""
    for option in arguments.options:
        if option.name in {"-o", "--option"} and option.value is not None:
            key, _, text = option.value.value.partition("=")
            if key.lower() == name:
                value = text.strip("'\"").lower()
    return value
