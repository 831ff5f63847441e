"""What `git` fetches, and which commit of it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

from boxwright.practices.programs.arguments import Arguments, parse_arguments
from boxwright.practices.programs.downloads import host_of
from boxwright.practices.programs.files import absolute, directories
from boxwright.practices.programs.remembered import remembered
from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    from boxwright.syntax.shell.command import Command, ShellWord


class Clone(NamedTuple):
    """`git clone`."""

    url: ShellWord
    directory: str
    """Where it goes, seen from the working directory; git's own choice if it is not said."""
    directory_word: ShellWord | None
    ref: ShellWord | None
    """The branch, tag or commit (`--branch`, `--revision`) that is asked for."""
    depth: ShellWord | None
    is_recursive: bool
    is_single_branch: bool
    command: Command

    @property
    def host(self) -> str:
        """The host that it is from; empty where that is not known."""
        return host_of(git_https_url(self.url.value))


class Checkout(NamedTuple):
    """`git checkout`, `git switch` or `git reset --hard` to something other than a file."""

    ref: ShellWord
    command: Command

    @property
    def is_commit(self) -> bool:
        """Whether it names a commit, so that it is the same every time."""
        return is_commit(self.ref.value)


class PinnedClone(NamedTuple):
    """A clone, and what is checked out of it."""

    clone: Clone
    checkout: Checkout | None
    """None where what was cloned stays as it is."""

    @property
    def ref(self) -> str:
        """What is there in the end: a branch, a tag or a commit; empty for what HEAD is then."""
        if self.checkout is not None:
            return self.checkout.ref.value
        return self.clone.ref.value if self.clone.ref else ""


class GitRequirement(NamedTuple):
    """A repository as pip is told of it: `git+https://…@ref`."""

    url: str
    """Without `git+`, the ref and what is behind `#`."""
    ref: str
    """Empty where it is whatever the default branch is then."""


@remembered
def clone(command: Command) -> Clone | None:
    """Return what *command* clones."""
    arguments = _subcommand(command, "clone", "bcjou", _CLONE)
    if arguments is None or not arguments.operands:
        return None
    url, *rest = arguments.operands
    word = rest[0] if rest else None
    return Clone(
        url=url,
        directory=word.value if word else _directory(url.value),
        directory_word=word,
        ref=arguments.value("--revision") or arguments.value("-b", "--branch"),
        depth=arguments.value("--depth"),
        is_recursive=arguments.has("--recursive", "--recurse-submodules"),
        is_single_branch=arguments.has("--single-branch") or arguments.has("--depth"),
        command=command,
    )


@remembered
def checkout(command: Command) -> Checkout | None:
    """Return what *command* checks out."""
    for name in ("checkout", "switch"):
        arguments = _subcommand(command, name, "bBcC", ("orphan", "conflict", "pathspec-from-file"))
        if arguments is None:
            continue
        # `git checkout -- file` is about files.
        before = [word for word in arguments.operands if word.span.start < _end_of_refs(command)]
        return Checkout(before[0], command) if before else None
    arguments = _subcommand(command, "reset")
    if arguments is not None and arguments.has("--hard") and arguments.operands:
        return Checkout(arguments.operands[0], command)
    return None


def fetched_ref(command: Command) -> ShellWord | None:
    """Return what `git fetch remote ref` asks for, which `FETCH_HEAD` is afterwards."""
    arguments = _subcommand(command, "fetch", "jo", ("depth", "deepen", "filter", "jobs"))
    if arguments is None or len(arguments.operands) < 2:
        return None
    return arguments.operands[1]


def pulls_large_files(command: Command) -> bool:
    """Return whether *command* fetches what Git LFS keeps."""
    arguments = _subcommand(command, "lfs", "IX", ("include", "exclude"))
    return (
        arguments is not None
        and bool(arguments.operands)
        and arguments.operands[0].value in {"pull", "fetch", "clone", "checkout"}
    )


def pinned_clones(
    commands: Sequence[Command], directory: str | None = "/"
) -> Iterator[PinnedClone]:
    """
    Return each clone among *commands*, which start in *directory*, with its checkout.

    The checkout is the first one behind it that runs in the clone's folder, or a later one
    that names a commit. Where folders are not known it is one before the next clone.
    """
    where = directories(commands, directory)
    clones: list[tuple[Clone, str | None, str | None]] = []
    found: dict[int, Checkout] = {}
    fetched: ShellWord | None = None
    latest: dict[str, int] = {}
    for command, current in zip(commands, where, strict=True):
        if command.program != "git":
            continue
        made = clone(command)
        if made is not None:
            base = _working_directory(command, current)
            target = absolute(made.directory, base)
            if target is not None:
                latest[target] = len(clones)
            clones.append((made, target, base))
            fetched = None
            continue
        fetched = fetched_ref(command) or fetched
        done = checkout(command)
        if done is None or not clones:
            continue
        if done.ref.value == "FETCH_HEAD" and fetched is not None:
            done = done._replace(ref=fetched)
        place = _working_directory(command, current)
        at = _clone_around(place, latest)
        if at is None and (place is None or clones[-1][1] is None):
            at = len(clones) - 1
        if at is not None:
            before = found.setdefault(at, done)
            if is_commit(done.ref.value) and not is_commit(before.ref.value):
                found[at] = done
    for at, (made, _, _) in enumerate(clones):
        yield PinnedClone(made, found.get(at))


def is_commit(ref: str) -> bool:
    """
    Return whether *ref* names a commit, by at least seven hexadecimal digits.

    >>> is_commit("3f2a9c1"), is_commit("v1.2.0"), is_commit("$COMMIT")
    (True, False, False)
    """
    return _commit().fullmatch(ref) is not None


def git_https_url(url: str) -> str:
    """
    Return *url* with a scheme, where it is in the short form of SSH.

    >>> git_https_url("git@github.com:pytorch/pytorch.git")
    'ssh://git@github.com/pytorch/pytorch.git'
    """
    if "://" in url:
        return url.removeprefix("git+")
    host, found, path = url.partition(":")
    if found and "/" not in host and "." in host:
        return f"ssh://{host}/{path.lstrip('/')}"
    return url


def git_requirement(text: str) -> GitRequirement | None:
    """
    Return the repository that *text*, a requirement of pip, is taken from.

    >>> git_requirement("x @ git+https://github.com/a/b.git@main#egg=x")
    GitRequirement(url='https://github.com/a/b.git', ref='main')
    """
    _, found, rest = text.partition("git+")
    if not found:
        return None
    rest = rest.split("#", 1)[0].split(";", 1)[0].strip()
    scheme, slashes, address = rest.partition("://")
    if not slashes:
        return None
    host, slash, path = address.partition("/")
    path, _, ref = path.partition("@")
    return GitRequirement(f"{scheme}://{host}{slash}{path}", ref)


_CLONE = (
    "branch", "revision", "config", "depth", "filter", "jobs", "origin", "reference",
    "reference-if-able", "separate-git-dir", "server-option", "shallow-exclude", "shallow-since",
    "template", "upload-pack", "bundle-uri", "ref-format",
)  # fmt: skip


def _subcommand(
    command: Command, name: str, letters: str = "", names: Sequence[str] = ()
) -> Arguments | None:
    """Return what `git *name*` is given; None where *command* is another."""
    if command.program != "git":
        return None
    words = command.arguments
    at = _subcommand_at(words)
    if at >= len(words) or words[at].value != name:
        return None
    return parse_arguments(words[at + 1 :], letters, names)


def _subcommand_at(words: Sequence[ShellWord]) -> int:
    """Return where the subcommand is, behind the options of git itself."""
    at = 0
    while at < len(words) and words[at].value.startswith("-"):
        at += 2 if words[at].value in {"-C", "-c", "--git-dir", "--work-tree", "--namespace"} else 1
    return at


def _end_of_refs(command: Command) -> int:
    """Return where `--` is, behind which there are files."""
    for word in command.arguments:
        if word.value == "--":
            return word.span.start
    return command.span.end


def _working_directory(command: Command, current: str | None) -> str | None:
    """Return where git works: in *current*, or in what `-C` says."""
    words = command.arguments
    for at, word in enumerate(words[: _subcommand_at(words)]):
        if word.value == "-C" and at + 1 < len(words):
            return absolute(words[at + 1].value, current)
    return current


def _clone_around(place: str | None, latest: dict[str, int]) -> int | None:
    """Return which clone *place* is in."""
    for _ in range(50):
        if place is None or place == "/":
            return None
        if place in latest:
            return latest[place]
        place = posixpath.dirname(place)
    return None


def _directory(url: str) -> str:
    """Return the folder that git makes for *url*."""
    name = posixpath.basename(url.rstrip("/").removesuffix("/.git"))
    return name.rpartition(":")[2].removesuffix(".git")


@cache
def _commit() -> re.Pattern[str]:
    return re.compile(r"[0-9a-f]{7,64}", re.IGNORECASE)
