"""The home of a stage's user, and which folders that user may write to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from boxwright.practices.image_files import absolute
from boxwright.practices.model_caches import cache_variables
from boxwright.practices.programs.files import permissions, written_paths
from boxwright.practices.programs.users import NewUser, new_user
from boxwright.syntax.dockerfile.instructions import Pair, Volume, Workdir
from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    from boxwright.practices.stage_facts import EnvValue, StageFacts, UserFact
    from boxwright.syntax.dockerfile.instructions import Run
    from boxwright.syntax.shell.command import ShellWord


class Home(NamedTuple):
    """The folder that `~` is."""

    path: str | None
    """None where it is not known."""
    exists: bool | None
    uid: str = ""
    """The number of the user, empty where it is not known."""
    is_set: bool = False
    """Whether an ENV says it."""


_UNKNOWN = Home(None, None)
_NOWHERE = "/nonexistent"
_EVERYBODYS = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108 (they are judged, not used)


def home_of(
    stage: StageFacts, user: UserFact, environment: Mapping[str, EnvValue] | None = None
) -> Home:
    """
    Return the home of *user* in the image of *stage*; what is not sure is None.

    *environment* is what is set, where that is not what the image has in the end.
    """
    found = _home(stage, user)
    said = (stage.environment if environment is None else environment).get("HOME")
    facts = stage.base.facts
    if said is not None and (facts is None or facts.environment.get("HOME") != said.value):
        exists = found.exists if said.value == found.path else None
        return Home(said.value, exists, found.uid, is_set=True)
    return found


def has_no_home(stage: StageFacts, home: Home) -> bool:
    """Tell whether *home*, of the user of *stage*, is for certain none to write to."""
    if stage.user.is_root is not False or home.path is None:
        return False
    if home.is_set:
        return is_writable(stage, home.path, stage.user) is False
    return home.exists is False or home.path == "/"


def _home(stage: StageFacts, user: UserFact) -> Home:
    if user.is_root:
        return Home("/root", exists=True, uid="0")
    if user.is_root is None or not user.name:
        return _UNKNOWN
    made = _made(stage, user.name)
    if made is not None:
        return _of_new_user(stage, made)
    return _of_base(stage, user)


def is_writable(stage: StageFacts, path: str, user: UserFact) -> bool | None:
    """
    Tell whether *user* may write to *path*, or make it, at the end of *stage*.

    False only where nothing in the Dockerfile hands over the folder, or one above it.
    """
    if user.is_root is not False:
        return user.is_root
    path = absolute(path, "/")
    if any(is_within(path, folder) for folder in _EVERYBODYS):
        return True
    home = _home(stage, user)
    has_home = home.path is not None and home.path != "/" and home.exists is not False
    if has_home and is_within(path, home.path or "/"):
        return home.exists
    if any(_hands_over(below, path) for below in stage.chain):
        return None
    return False if stage.base.facts is not None or is_within(path, "/root") else None


def closed_caches(stage: StageFacts, user: UserFact) -> Iterator[tuple[str, Pair, str]]:
    """
    Yield the variables that send what libraries keep where *user* may not write, with the path.

    A cache that the build fills is only read.
    """
    is_offline = stage.env("HF_HUB_OFFLINE") in {"1", "true", "True"}
    for name, value in stage.environment.items():
        pair = value.pair
        if name not in cache_variables() or not isinstance(pair, Pair) or not value.value:
            continue
        if is_offline and not name.startswith(("NUMBA", "MPL", "TRITON")):
            continue
        path = absolute(value.value, stage.workdir)
        if is_writable(stage, path, user) is False and not _is_filled(stage, path):
            yield name, pair, path


def _is_filled(stage: StageFacts, path: str) -> bool:
    """Tell whether the build puts something into the folder *path*, or a volume may be there."""
    from boxwright.practices.programs.models import model_downloads

    for below in stage.chain:
        if any(
            is_within(item.destination, path) or is_within(path, item.destination)
            for item in below.copied
            if item.instruction.from_ is not None or is_within(item.destination, path)
        ):
            return True
        if any(model_downloads(command) for run in below.runs for command in run.commands):
            return True
        for volume in below.of(Volume):
            if any(is_within(path, absolute(word.value, "/")) for word in volume.paths):
                return True
    return False


def is_plain_path(path: str) -> bool:
    """
    Tell whether a shell takes *path* for one word, and for what it is.

    >>> is_plain_path("/opt/ml-models"), is_plain_path("/my models")
    (True, False)
    """
    return path.replace("/", "").replace("-", "_").replace(".", "_").isidentifier()


def is_within(path: str, folder: str) -> bool:
    """
    Tell whether *path* is *folder* or in it.

    >>> is_within("/root/.cache", "/root"), is_within("/rooted", "/root")
    (True, False)
    """
    return f"{path}/".startswith(f"{folder.rstrip('/')}/")


def _hands_over(stage: StageFacts, path: str) -> bool:
    """Tell whether an instruction of *stage* may let somebody else write to *path*."""
    for item in stage.copied:
        is_given = item.instruction.chown is not None or item.instruction.chmod is not None
        if is_given and is_within(path, item.destination):
            return True
    for workdir in stage.of(Workdir):
        if workdir.path is not None and stage.user_at(workdir).is_root is False:
            written = stage.expanded(workdir.path.raw, workdir)
            if written is None:
                return True
            if is_within(absolute(written, stage.workdir_at(workdir)), path) or is_within(
                path, absolute(written, stage.workdir_at(workdir))
            ):
                return True
    for run in stage.runs:
        if run.parsed_script is None and not run.is_exec:
            return True
        workdir_of_run = stage.workdir_at(run)
        is_theirs = stage.user_at(run).is_root is False
        for command in run.commands:
            given = permissions(command)
            words = given.paths if given is not None else ()
            if is_theirs:
                words = (*words, *written_paths(command))
            if command.program == "install" and command.arguments:
                words = (*words, command.arguments[-1])
            for word in words:
                text = stage.expanded(word.value, run) if "$" in word.value else word.value
                if text is None or "`" in text or "*" in text or text.startswith("~"):
                    return True
                target = absolute(text, workdir_of_run)
                if is_within(path, target) or is_within(target, path):
                    return True
    return False


def _made(stage: StageFacts, name: str) -> NewUser | None:
    """Return how the user *name*, who may be a number, is made."""
    for below in stage.chain:
        for run in reversed(below.runs):
            for command in reversed(run.commands):
                found = new_user(command)
                if found is None:
                    continue
                words = [found.name, *([found.uid] if found.uid is not None else [])]
                if name in [below.expanded(word.value, run) for word in words]:
                    return _expanded(found, below, run)
    return None


def _expanded(user: NewUser, stage: StageFacts, run: Run) -> NewUser:
    def value(word: ShellWord) -> ShellWord:
        return word._replace(value=stage.expanded(word.value, run) or "")

    return user._replace(
        name=value(user.name),
        uid=value(user.uid) if user.uid is not None else None,
        home=value(user.home) if user.home is not None else None,
    )


def _of_new_user(stage: StageFacts, made: NewUser) -> Home:
    uid = made.uid.value if made.uid is not None and made.uid.value.isdecimal() else ""
    name = made.name.value
    facts = stage.base.facts
    distribution = facts.distribution or "" if facts is not None else ""
    is_debian = distribution.startswith(("debian", "ubuntu"))
    if made.home is not None:
        path = made.home.value or None
    elif made.command.program == "adduser" and made.is_system:
        if any(word.value == "--system" for word in made.command.arguments):
            if not is_debian or distribution in {"debian:10", "debian:11"}:
                return Home(None, None, uid)
            # Since `adduser` 3.122.
            return Home(_NOWHERE, exists=False, uid=uid)
        path = f"/home/{name}"
    else:
        path = f"/home/{name}"
    if path is None or path == _NOWHERE:
        return Home(path, exists=False if path else None, uid=uid)
    if made.makes_home:
        return Home(path, exists=True, uid=uid)
    if made.command.program == "useradd" and not is_debian and not made.is_system:
        # Red Hat's makes one unless it is told not to.
        return Home(path, None, uid)
    return Home(path, None if _hands_over_any(stage, path) else False, uid)


def _hands_over_any(stage: StageFacts, path: str) -> bool:
    return any(_hands_over(below, path) for below in stage.chain)


def _of_base(stage: StageFacts, user: UserFact) -> Home:
    facts = stage.base.facts
    if facts is None:
        return _UNKNOWN
    release = facts.distribution or ""
    is_own = user.name in {facts.user, facts.user_name}
    home = facts.environment.get("HOME")
    if is_own and home is not None:
        return Home(home, exists=True, uid=user.name if user.name.isdecimal() else "")
    if user.name in {"nobody", "65534"}:
        return (
            Home(_NOWHERE, exists=False) if release.startswith(("debian", "ubuntu")) else _UNKNOWN
        )
    if user.name in {"nonroot", "65532"} and facts.family in {"distroless", "chainguard"}:
        return Home("/home/nonroot", exists=True, uid="65532")
    if user.name in {"1000", "ubuntu"} and release >= "ubuntu:23" and release < "ubuntu:99":
        return Home("/home/ubuntu", exists=True, uid="1000")
    if user.name in {"1000", "node"} and facts.family == "node":
        return Home("/home/node", exists=True, uid="1000")
    if is_own and not user.name.isdecimal():
        return Home(f"/home/{user.name}", exists=True)
    if is_own or facts.family not in _PLAIN or not user.name.isdecimal():
        return _UNKNOWN
    # Whom `/etc/passwd` does not know gets the root of the file system, which is root's.
    is_common = int(user.name[:10]) < _FIRST_FREE
    return _UNKNOWN if is_common else Home("/", exists=True, uid=user.name)


_FIRST_FREE = 1000
_PLAIN = frozenset({"python", "debian", "ubuntu", "alpine", "cuda", "pytorch", "tensorflow", "uv"})
