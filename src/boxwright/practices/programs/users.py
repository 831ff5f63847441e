"""Commands that make users and groups, and set their passwords."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from boxwright.practices.programs.arguments import Arguments, parse_arguments
from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    from boxwright.syntax.shell.command import Command, ShellWord


class NewUser(NamedTuple):
    """A user that a command makes."""

    name: ShellWord
    uid: ShellWord | None
    """None where the system chooses."""
    group: ShellWord | None
    """The main one: a name or number."""
    groups: tuple[str, ...]
    """Those that it is in besides."""
    home: ShellWord | None
    makes_home: bool
    is_system: bool
    logs: bool
    """
    Whether it writes into `lastlog` and `faillog`, which grow to the highest user's place.

    They are sparse files, but a layer holds their holes.
    """
    command: Command


class NewGroup(NamedTuple):
    """A group that a command makes."""

    name: ShellWord
    gid: ShellWord | None
    is_system: bool
    command: Command


class NewPassword(NamedTuple):
    """A password that a command sets."""

    user: str
    """Empty where it is not to be seen."""
    is_known: bool
    """Whether the password itself stands in the command or what it is fed by."""
    word: ShellWord
    """Where it is set; it may hold the password, so it is for pointing only."""
    command: Command


def new_user(command: Command) -> NewUser | None:
    """Return the user that *command* makes."""
    match command.program:
        case "useradd":
            return _of_useradd(command)
        case "adduser":
            return _of_adduser(command)
        case _:
            return None


def new_group(command: Command) -> NewGroup | None:
    """Return the group that *command* makes."""
    if command.program not in {"groupadd", "addgroup"}:
        return None
    arguments = parse_arguments(command.arguments, "gKpPRU", (*_GROUPADD, "gid"))
    # `addgroup user group` puts somebody in a group that is there.
    if len(arguments.operands) != 1:
        return None
    is_system = arguments.has("-r", "-S", "--system")
    return NewGroup(arguments.operands[0], arguments.value("-g", "--gid"), is_system, command)


def joined_groups(command: Command) -> tuple[str, tuple[str, ...]] | None:
    """Return the user that *command* puts into groups that are there, and these groups."""
    match command.program:
        case "usermod":
            arguments = parse_arguments(command.arguments, _USERMOD_LETTERS, _USERMOD)
            groups = arguments.text("-G", "--groups")
            if groups and arguments.operands:
                return arguments.operands[-1].value, tuple(groups.split(","))
        case "gpasswd":
            arguments = parse_arguments(command.arguments, "adAM", ("add", "delete"))
            user = arguments.text("-a", "--add")
            if user and arguments.operands:
                return user, (arguments.operands[-1].value,)
        case "adduser" | "addgroup":
            operands = _adduser_arguments(command).operands
            if len(operands) == 2:
                return operands[0].value, (operands[1].value,)
        case _:
            pass
    return None


def new_passwords(commands: Sequence[Command]) -> Iterator[NewPassword]:
    """Return the passwords that *commands* set: `echo user:password | chpasswd` and others."""
    before: Command | None = None
    for command in commands:
        if command.program == "chpasswd":
            yield from _of_chpasswd(command, before)
        elif command.program in {"useradd", "usermod"}:
            arguments = parse_arguments(
                command.arguments,
                _USERADD_LETTERS if command.program == "useradd" else _USERMOD_LETTERS,
                _USERADD if command.program == "useradd" else _USERMOD,
            )
            word = arguments.value("-p", "--password")
            if word is not None:
                user = arguments.operands[-1].value if arguments.operands else ""
                is_locked = word.value in {"", "*", "!", "x"}
                yield NewPassword(user, word.is_static and not is_locked, word, command)
        elif command.program == "passwd":
            arguments = parse_arguments(command.arguments, "inwxR")
            takes_none = arguments.option("-d", "--delete")
            if takes_none is not None:
                user = arguments.operands[-1].value if arguments.operands else "root"
                yield NewPassword(user, is_known=True, word=takes_none.word, command=command)
            elif arguments.has("--stdin") and before is not None and before.arguments:
                user = arguments.operands[-1].value if arguments.operands else "root"
                word = before.arguments[-1]
                yield NewPassword(user, word.is_static, word, command)
        before = command


def _of_chpasswd(command: Command, before: Command | None) -> Iterator[NewPassword]:
    feeds: tuple[ShellWord, ...] = tuple(
        redirect.target
        for redirect in command.redirects
        if redirect.operator == "<<<" and redirect.target is not None
    )
    if before is not None and before.pipeline == command.pipeline:
        feeds += tuple(word for word in before.arguments if ":" in word.value)
    lines = command.stdin.text.splitlines() if command.stdin is not None else []
    for word in feeds:
        lines = lines or word.value.replace("\\n", "\n").splitlines()
        user, _, password = (lines[0] if lines else "").partition(":")
        yield NewPassword(user, bool(password) and "$" not in password, word, command)
        return
    user, _, password = (lines[0] if lines else "").partition(":")
    if user and command.words:
        yield NewPassword(user, bool(password) and "$" not in password, command.words[0], command)


_USERADD_LETTERS = "bcdefgGkKpRPsuZ"
_USERADD = (
    "base-dir", "comment", "home-dir", "home", "expiredate", "inactive", "gid", "groups", "skel",
    "key", "password", "root", "prefix", "shell", "uid", "selinux-user",
)  # fmt: skip
_USERMOD_LETTERS = "cdefgGlpRPsuvVwWZ"
_USERMOD = (
    "comment", "home", "expiredate", "inactive", "gid", "groups", "login", "password", "root",
    "prefix", "shell", "uid", "selinux-user", "add-subuids", "add-subgids",
)  # fmt: skip
_GROUPADD = ("key", "password", "root", "prefix", "users")
_ADDUSER = (
    "home", "shell", "uid", "firstuid", "lastuid", "gid", "firstgid", "lastgid", "ingroup",
    "gecos", "comment", "conf", "add_extra_groups", "groups",
)  # fmt: skip


def _of_useradd(command: Command) -> NewUser | None:
    arguments = parse_arguments(command.arguments, _USERADD_LETTERS, _USERADD)
    if not arguments.operands:
        return None
    # Without `-m` it depends on the distribution: Debian makes none.
    return NewUser(
        name=arguments.operands[-1],
        uid=arguments.value("-u", "--uid"),
        group=arguments.value("-g", "--gid"),
        groups=_listed(arguments.text("-G", "--groups")),
        home=arguments.value("-d", "--home-dir", "--home"),
        makes_home=arguments.has("-m", "--create-home"),
        is_system=arguments.has("-r", "--system"),
        logs=not arguments.has("-l", "--no-log-init"),
        command=command,
    )


def _of_adduser(command: Command) -> NewUser | None:
    """Return the user of Debian's script, of BusyBox's applet or of Fedora's other `useradd`."""
    arguments = _adduser_arguments(command)
    if len(arguments.operands) != 1:
        return None
    is_system = arguments.has("-S", "-r", "--system")
    return NewUser(
        name=arguments.operands[0],
        uid=arguments.value("-u", "--uid"),
        group=arguments.value("-G", "--ingroup", "--gid"),
        groups=_listed(arguments.text("--groups", "--add_extra_groups")),
        home=arguments.value("-h", "-d", "--home", "--home-dir"),
        makes_home=not arguments.has("-H", "-M", "--no-create-home"),
        is_system=is_system,
        # BusyBox has no such files, Debian's script takes care of them.
        logs=False,
        command=command,
    )


def _adduser_arguments(command: Command) -> Arguments:
    return parse_arguments(command.arguments, "uGghskdc", (*_ADDUSER, "home-dir"))


def _listed(text: str) -> tuple[str, ...]:
    return tuple(name for name in text.split(",") if name)
