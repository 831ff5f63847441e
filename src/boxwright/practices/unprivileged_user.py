"""Whom a container should run as instead of root, and the lines that make it so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from boxwright.findings.finding import Applicability, Fix
from boxwright.practices.insertions import keyword, lines_behind
from boxwright.practices.programs.runners import interpreter_at, invocation
from boxwright.practices.programs.users import NewUser, new_user
from boxwright.practices.stage_facts import UserFact
from boxwright.practices.user_folders import closed_caches, is_plain_path, is_within
from boxwright.syntax.dockerfile.instructions import Pair, User
from boxwright.text.edit import Edit

if TYPE_CHECKING:
    from boxwright.practices.base_images import BaseImage
    from boxwright.practices.stage_facts import StageFacts
    from boxwright.practices.subjects import Build
    from boxwright.syntax.dockerfile.instructions import Instruction

UID = 65532
"""The user that images without root have by convention."""

_DROPS = frozenset({"gosu", "su-exec", "setpriv", "runuser", "chroot", "s6-setuidgid", "su"})
_STEPPERS = frozenset({"gosu", "su-exec"})
"""Packages that are there to give root up."""
_STEP_DOWN = frozenset({"redis", "postgres", "nginx"})
"""Families of images that start as root and go on as somebody else."""
_START = frozenset({"CMD", "ENTRYPOINT", "HEALTHCHECK"})
_OF_SYSTEM = ("/tmp/", "/usr/", "/etc/", "/var/", "/proc/", "/bin/")  # noqa: S108
"""Folders that are nobody's to own."""
_NEEDS_NO_ROOT = _START | {"EXPOSE", "STOPSIGNAL", "LABEL", "ENV", "ARG", "SHELL"}


def drops_root(stage: StageFacts) -> bool:
    """Return whether what *stage* starts gives root up by itself, with `gosu` for one."""
    commands = list(stage.start_commands)
    for script in (stage.start_script, stage.entrypoint_script):
        if script is not None:
            commands.extend(script.commands)
    if any(_DROPS & {command.program, *command.wrappers} for command in commands):
        return True
    if stage.entrypoint is not None and stage.entrypoint_script is None:
        # What is installed to step down is taken to be used by a script that cannot be read.
        commands = list(stage.entrypoint.commands)
        is_script = bool(commands) and commands[-1].program.endswith(".sh")
        if is_script and not _STEPPERS.isdisjoint(stage.system_packages):
            return True
    facts = stage.base.facts
    return stage.entrypoint is None and facts is not None and facts.family in _STEP_DOWN


def running(stage: StageFacts, *, may: bool = False) -> str:
    """Return what *stage* starts, with its verb: "`uvicorn` runs"; "containers run" if unknown."""
    command = stage.start
    if command is None:
        return "containers may run" if may else "containers run"
    started = invocation(command)
    name = started.name if started is not None else command.program
    if name == "python":
        at = interpreter_at(command.arguments)
        file = command.arguments[at].value if at < len(command.arguments) else ""
        name = file if file.endswith(".py") else name
    elif name in _SHELLS:
        script = next((word.value for word in command.arguments if word.value[:1] != "-"), "")
        name = script.rpartition("/")[2] or name
    if not name or "$" in name:
        return "containers may run" if may else "containers run"
    return f"`{name}` {'may run' if may else 'runs'}"


_SHELLS = frozenset({"sh", "bash", "dash", "ash"})


def shown(base: BaseImage) -> str:
    """Return what messages call *base*: its name and tag, without the registry of Docker."""
    if base.is_scratch:
        return "scratch"
    return f"{base.name}:{base.tag}" if base.tag else base.name


def idle_user(build: Build) -> NewUser | None:
    """
    Return the user that the Dockerfile makes for the container, and that nothing becomes.

    None where a USER follows, the start command or the entrypoint names it, or a server is
    known to become it.
    """
    final = build.final
    if final is None or final.user.is_root is False or drops_root(final):
        return None
    if final.user.instruction is not None:
        return None
    if final.user.is_root is None and final.entrypoint is None and final.cmd is None:
        # A base that is not known starts something that may change the user.
        return None
    users = [user for user in new_users(build) if user.name.value not in _OF_SERVERS]
    if not users or any(_is_named(final, user.name.value) for user in users):
        return None
    return users[-1]


_OF_SERVERS = frozenset(
    {
        "mysql", "postgres", "redis", "nginx", "www-data", "mongodb", "rabbitmq", "memcache",
        "sshd", "messagebus", "git", "vscode", "mpiuser",
    }
)  # fmt: skip
"""Users that a server or an editor becomes by itself."""


def _is_named(final: StageFacts, name: str) -> bool:
    """Return whether what is started says *name*."""
    texts = [item.arguments.text for item in (final.entrypoint, final.cmd) if item is not None]
    texts += [
        script.text
        for script in (final.start_script, final.entrypoint_script)
        if script is not None
    ]
    for mark in "\"',=:[]":
        texts = [text.replace(mark, " ") for text in texts]
    return any(name in text.split() for text in texts)


def new_users(build: Build) -> tuple[NewUser, ...]:
    """Return the users that commands of the layers that ship make."""
    found = (
        new_user(found.command)
        for found in build.shipped_commands_of("useradd", "adduser")
        if found.run.parent is None
    )
    return tuple(user for user in found if user is not None and user.name.is_static)


def unprivileged_fix(build: Build, stage: StageFacts, root: User | None) -> Fix | None:
    """
    Return the change that lets *stage*, the final one, run as somebody else than root.

    *root* is the USER that says root, None where the base image does.
    """
    if root is not None and (root.stage is not stage.stage or _is_given(root)):
        return None
    if is_within(stage.workdir or "/", "/root") or is_within(stage.env("HOME") or "/", "/root"):
        # Only root may look into it.
        return None
    if _has_programs_of_root(stage):
        return None
    name, commands = _known_user(build, stage, root)
    if not name:
        name = f"{UID}:{UID}"
        made = _creation(stage)
        if made is None:
            return None
        commands = made
    opened = _opened_caches(stage, name, root)
    if opened is None:
        return None
    newline = build.source.newline
    steps = ([commands] if commands else []) + opened
    script = f" {stage.stage.from_.escape}{newline}    && ".join(steps)
    lines = [f"{keyword('RUN', build.dockerfile)} {script}"] if script else []
    changes = ["+RUN"] if script else []
    if root is not None and root.user is not None and not _needs_root_after(stage, root):
        edits = [Edit.replace(root.user.span, name)]
        if lines:
            start = build.source.line_span(root.first_line).start
            edits.insert(0, Edit.insert(start, lines[0] + newline))
    else:
        lines.append(f"{keyword('USER', build.dockerfile)} {name}")
        changes.append("+USER")
        placed = _placed(stage, newline.join(lines))
        if placed is None:
            return None
        edits = [*placed]
    return Fix(
        title=f"Run as `{name}`",
        edits=tuple(edits),
        applicability=Applicability.UNSAFE,
        changes=tuple(changes),
    )


def _has_programs_of_root(stage: StageFacts) -> bool:
    """Tell whether a folder of PATH is one that only root may look into."""
    path = stage.environment.get("PATH")
    if path is None:
        return False
    written = path.pair.value.value if isinstance(path.pair, Pair) else ""
    return any(folder.startswith("/root/") for folder in f"{path.value or ''}:{written}".split(":"))


def _known_user(build: Build, stage: StageFacts, root: User | None) -> tuple[str, str]:
    if root is not None:
        before = stage.user_at(root)
        if before.is_root is False and before.name:
            written = before.instruction.user if before.instruction is not None else None
            return written.raw if written is not None else before.name, ""
    for user in reversed(new_users(build)):
        if user.uid is not None and user.uid.value.isdecimal():
            return user.uid.value, ""
        return user.name.value, ""
    facts = stage.base.facts
    if facts is not None and facts.user not in {None, "root", "0"}:
        return str(facts.user), ""
    return "", ""


def _creation(stage: StageFacts) -> str | None:
    """Return the commands that make the user; empty where a number is enough."""
    facts = stage.base.facts
    if stage.base.is_scratch:
        return ""
    if facts is None or facts.distribution is None:
        return "" if facts is not None and facts.family == "distroless" else None
    if facts.family == "distroless":
        return ""
    escape = stage.stage.from_.escape
    newline = stage.stage.from_.source.newline
    distribution = facts.distribution.partition(":")[0]
    if distribution == "alpine":
        commands = [
            f"addgroup -S -g {UID} app",
            f"adduser -S -u {UID} -G app app",
        ]
    elif distribution in {"debian", "ubuntu", "rhel", "redhat", "rocky", "fedora", "centos"}:
        commands = [
            f"groupadd --gid {UID} app",
            f"useradd --no-log-init --create-home --uid {UID} --gid {UID} app",
        ]
    else:
        return None
    folder = stage.workdir
    if folder and re.fullmatch(r"/[\w./-]+", folder) and not f"{folder}/".startswith(_OF_SYSTEM):
        commands.append(f"chown {UID}:{UID} {folder}")
    return f" {escape}{newline}    && ".join(commands)


def _is_given(user: User) -> bool:
    """Return whether a variable says who it is, which whoever builds may set."""
    return user.user is not None and "$" in user.user.raw


def _needs_root_after(stage: StageFacts, root: User) -> bool:
    behind = stage.instructions[stage.position(root) + 1 :]
    return any(item.keyword not in _NEEDS_NO_ROOT for item in behind)


def _opened_caches(stage: StageFacts, name: str, root: User | None) -> list[str] | None:
    """Return the commands that hand caches over to the user; None where that is not sure."""
    user, _, group = name.partition(":")
    closed = closed_caches(stage, UserFact(user, is_root=False, group=group))
    paths = list(dict.fromkeys(path for _, _, path in closed))
    if not paths:
        return []
    facts = stage.base.facts
    has_shell = facts is not None and facts.family != "distroless" and not stage.base.is_scratch
    is_root = root is None or stage.user_at(root).is_root is True
    if not has_shell or not is_root or "$" in name:
        return None
    if not all(is_plain_path(path) and not is_within(path, "/root") for path in paths):
        return None
    folders = " ".join(paths)
    return [f"mkdir -p {folders}", f"chown {name} {folders}"]


def _placed(stage: StageFacts, lines: str) -> tuple[Edit, ...] | None:
    """Return the edits that put *lines* before the start command, or at the end."""
    source = stage.stage.from_.source
    first: Instruction | None = None
    for item in reversed(stage.instructions):
        if item.keyword not in _NEEDS_NO_ROOT:
            break
        if item.keyword in _START:
            first = item
    if first is None:
        last = stage.instructions[-1] if stage.instructions else stage.stage.from_
        return lines_behind(last, lines)
    line = first.comments[0].line if first.comments else first.first_line
    return (Edit.insert(source.line_span(line).start, lines + source.newline),)
