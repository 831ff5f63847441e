"""Commands that unpack archives, and archives that are left lying about."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from boxwright.practices.programs.arguments import parse_arguments
from boxwright.practices.programs.downloads import Download, downloads
from boxwright.practices.programs.files import absolute, covers, directories, removal
from boxwright.practices.programs.remembered import remembered
from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    from boxwright.syntax.shell.command import Command, ShellWord


class Extraction(NamedTuple):
    """What a command unpacks."""

    tool: str
    archive: ShellWord | None
    """None where it comes from standard input."""
    destination: str
    """A folder, seen from the working directory; empty for the working directory itself."""
    destination_word: ShellWord | None
    removes_archive: bool
    """`gunzip` and its like put the unpacked file in the archive's place."""
    command: Command


class KeptArchive(NamedTuple):
    """An archive that is fetched and not removed again."""

    download: Download
    path: str
    """Where it stays, from the root."""
    used_by: Command | None
    """What unpacks or installs it; None where nothing does."""


@remembered
def extraction(command: Command) -> Extraction | None:
    """Return what *command* unpacks."""
    match command.program:
        case "tar" | "bsdtar" | "gtar":
            return _of_tar(command)
        case "unzip":
            arguments = parse_arguments(command.arguments, "dxP")
            if not arguments.operands or arguments.has("-l", "-t", "-v", "-Z"):
                return None
            target = arguments.value("-d")
            return Extraction(
                tool="unzip",
                archive=arguments.operands[0],
                destination=target.value if target else "",
                destination_word=target,
                removes_archive=False,
                command=command,
            )
        case "7z" | "7za" | "7zr" | "unrar":
            words = tuple(word for word in command.arguments if not word.value.startswith("-"))
            if len(words) < 2 or words[0].value not in {"x", "e"}:
                return None
            to = next((word for word in command.arguments if word.value.startswith("-o")), None)
            return Extraction(
                tool=command.program,
                archive=words[1],
                destination=to.value[2:] if to else "",
                destination_word=to,
                removes_archive=False,
                command=command,
            )
        case "gunzip" | "bunzip2" | "unxz" | "unzstd" | "gzip" | "bzip2" | "xz" | "zstd":
            return _of_single_file(command)
        case _:
            return None


def is_archive(path: str) -> bool:
    """
    Return whether *path* is an archive, an installer or a package, by its name.

    >>> is_archive("cuda_12.4.run"), is_archive("model.safetensors")
    (True, False)
    """
    return path.partition("?")[0].lower().endswith(_SUFFIXES)


def kept_archives(
    commands: Sequence[Command], directory: str | None = "/", home: str = "/root"
) -> Iterator[KeptArchive]:
    """
    Return the archives that *commands*, which start in *directory*, fetch and do not remove.

    Archives that lie where *directory* or a variable decides are left out if it is not known.
    """
    where = directories(commands, directory)
    fetched: dict[str, tuple[Download, Command | None]] = {}
    for command, current in zip(commands, where, strict=True):
        for download in downloads(command):
            path = absolute(download.output, current, home) if download.output else None
            if path is not None and (is_archive(path) or is_archive(download.name)):
                fetched[path] = (download, None)
        if not fetched:
            continue
        for path in _gone_after(command, current, home, fetched):
            del fetched[path]
        for word in command.words[1:]:
            seen = absolute(word.value, current, home)
            if seen in fetched and fetched[seen][0].command is not command:
                fetched[seen] = (fetched[seen][0], command)
    for path, (download, user) in fetched.items():
        yield KeptArchive(download, path, user)


_SUFFIXES = (
    ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tbz", ".tar.xz", ".txz", ".tar.zst", ".tzst",
    ".zip", ".gz", ".bz2", ".xz", ".zst", ".7z", ".rar", ".run", ".deb", ".rpm", ".apk", ".whl",
    ".conda",
)  # fmt: skip


def _gone_after(
    command: Command, current: str | None, home: str, paths: Collection[str]
) -> list[str]:
    """Return those of *paths* that are not there any more after *command*."""
    unpacked = extraction(command)
    if unpacked is not None and unpacked.removes_archive and unpacked.archive is not None:
        path = absolute(unpacked.archive.value, current, home)
        return [path] if path is not None and path in paths else []
    removed = removal(command)
    if removed is None:
        return []
    patterns = [absolute(word.value, current, home) for word in removed.paths]
    return [
        path
        for path in paths
        if any(
            pattern is not None and covers(pattern, path, is_recursive=removed.is_recursive)
            for pattern in patterns
        )
    ]


def _of_tar(command: Command) -> Extraction | None:
    words = command.arguments
    # The first word may be letters without a hyphen: `tar xzf file`.
    old_style = bool(words) and words[0].value[:1] not in {"-", ""}
    if old_style:
        return _of_old_tar(command)
    arguments = parse_arguments(words, "fCbgHIKLNTVXF", _TAR)
    if not arguments.has("-x", "--extract", "--get"):
        return None
    archive = arguments.value("-f", "--file")
    if archive is not None and archive.value == "-":
        archive = None
    target = arguments.value("-C", "--directory")
    return Extraction(
        tool="tar",
        archive=archive,
        destination=target.value if target else "",
        destination_word=target,
        removes_archive=False,
        command=command,
    )


def _of_old_tar(command: Command) -> Extraction | None:
    letters, *rest = command.arguments
    if "x" not in letters.value:
        return None
    # The values of its letters follow in their order.
    values = [letter for letter in letters.value if letter in "fCbI"]
    named = dict(zip(values, rest, strict=False))
    arguments = parse_arguments(rest[len(values) :], "C", _TAR)
    target = arguments.value("-C", "--directory") or named.get("C")
    archive = named.get("f")
    if archive is not None and archive.value == "-":
        archive = None
    return Extraction(
        tool="tar",
        archive=archive,
        destination=target.value if target else "",
        destination_word=target,
        removes_archive=False,
        command=command,
    )


_TAR = (
    "file", "directory", "exclude", "exclude-from", "files-from", "owner", "group", "mode",
    "transform", "strip", "strip-components", "use-compress-program", "warning", "one-top-level",
)  # fmt: skip


def _of_single_file(command: Command) -> Extraction | None:
    arguments = parse_arguments(command.arguments, "So", ("suffix", "output-dir-flat"))
    unpacks = command.program.startswith(("gun", "bun", "un")) or arguments.has(
        "-d", "--decompress", "--uncompress"
    )
    if not unpacks or arguments.has("-l", "-t", "--list", "--test"):
        return None
    keeps = arguments.has("-k", "--keep", "-c", "--stdout", "--to-stdout")
    # zstd keeps what it unpacks unless it is told to remove it.
    keeps = keeps or (command.program in {"zstd", "unzstd"} and not arguments.has("--rm"))
    archive = arguments.operands[0] if arguments.operands else None
    return Extraction(
        tool=command.program,
        archive=archive,
        destination=posixpath.dirname(archive.value) if archive else "",
        destination_word=None,
        removes_archive=not keeps,
        command=command,
    )
