"""The build context: which files are sent, which are ignored, and what kind of files they are."""

from __future__ import annotations

import functools
import posixpath
import re
from bisect import bisect_left
from collections.abc import Collection, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boxwright.errors import ProjectError
from boxwright.syntax.go_match import is_pattern, matches_name
from boxwright.text.record import NamedTuple
from boxwright.text.source import Source

if TYPE_CHECKING:
    from boxwright.project.tree import Tree
    from boxwright.syntax.dockerignore import Dockerignore, Pattern


class Folder(NamedTuple):
    """A folder of the context that no image needs."""

    path: str
    what: str
    """`a virtual environment of the host`"""
    size: int
    """Of all files in it that are sent."""
    files: int


class Stub(NamedTuple):
    """A file that stands for a larger one that is kept elsewhere."""

    path: str
    kind: str
    """`Git LFS` or `DVC`."""
    size: int | None
    """Of what it stands for, if it says so."""
    stands_for: str = ""
    """The path of the real file, where that is another (`model.pt` for `model.pt.dvc`)."""


class Context:
    """
    The build context, on disk or in memory.

    Paths are relative to its root, with `/`. "Sent" is what no pattern ignores: only that
    can be copied.
    """

    def __init__(
        self,
        tree: Tree,
        *,
        dockerfile: str = "Dockerfile",
        own_ignore: Source | None = None,
    ) -> None:
        self.tree = tree
        """Rooted at the context."""
        self._dockerfile = dockerfile
        self._own_ignore = own_ignore

    @cached_property
    def ignore_path(self) -> str:
        """
        The ignore file in force, empty if there is none.

        `<Dockerfile>.dockerignore` beside the Dockerfile, if it is there, and then not the
        `.dockerignore` of the context.
        """
        if self._own_ignore is not None:
            return self._own_ignore.name
        own = f"{self._dockerfile}.dockerignore"
        for path in (own, ".dockerignore"):
            if self._has(path):
                return path
        return ""

    @cached_property
    def ignore_source(self) -> Source | None:
        """The text of the ignore file in force."""
        if self._own_ignore is not None:
            return self._own_ignore
        text = self.read_text(self.ignore_path) if self.ignore_path else None
        return None if text is None else Source(self.ignore_path, text)

    @cached_property
    def ignore(self) -> Dockerignore:
        """Its patterns; none where the file cannot be read or a pattern is not valid."""
        from boxwright.syntax.dockerignore import Dockerignore

        source = self.ignore_source
        if source is None:
            return Dockerignore()
        try:
            return Dockerignore.parse(source.text, source.name)
        except ProjectError:
            return Dockerignore()

    @cached_property
    def is_complete(self) -> bool:
        """Whether all files were listed: a very large context is not listed to its end."""
        try:
            return not any("more than" in skipped.reason for skipped in self.tree.skipped())
        except ProjectError:
            return False

    @cached_property
    def _all(self) -> tuple[str, ...]:
        try:
            return self.tree.paths()
        except ProjectError:
            return ()

    @cached_property
    def _all_set(self) -> frozenset[str]:
        return frozenset(self._all)

    @cached_property
    def _sent(self) -> tuple[str, ...]:
        ignore = self.ignore
        if not ignore.patterns:
            return self._all
        return tuple(path for path in self._all if not ignore.ignores(path))

    @cached_property
    def _sent_set(self) -> frozenset[str]:
        return frozenset(self._sent)

    def all_paths(self) -> tuple[str, ...]:
        """Return all files and links, the ignored ones too, sorted."""
        return self._all

    def paths(self) -> tuple[str, ...]:
        """Return the files and links that are sent, sorted."""
        return self._sent

    def exists(self, path: str) -> bool:
        """Tell whether *path* is a file or a folder in the context, ignored or not."""
        path = cleaned(path)
        return not path or path in self._all_set or path in self._folders

    def is_sent(self, path: str) -> bool:
        """Tell whether the file *path* is there and sent, or anything in the folder *path*."""
        path = cleaned(path)
        return path in self._sent_set or self._sent_below(path)[0] < self._sent_below(path)[1]

    def is_folder(self, path: str) -> bool:
        """Tell whether *path* is a folder in the context."""
        path = cleaned(path)
        return not path or path in self._folders

    def ignored_by(self, path: str) -> Pattern | None:
        """Return the pattern that leaves *path* out, None where nothing does."""
        return self.ignore.matching(cleaned(path)) if path else None

    def size(self, path: str) -> int:
        """Return the size of the file *path*, or of all sent files in the folder *path*."""
        path = cleaned(path)
        if path in self._all_set:
            return self._size_of(path)
        start, end = self._sent_below(path)
        return self._sums[end] - self._sums[start]

    @cached_property
    def total_size(self) -> int:
        """The size of everything that is sent."""
        return self._sums[-1]

    @cached_property
    def top_sizes(self) -> tuple[tuple[str, int], ...]:
        """What is sent, by the first part of its path, the largest first."""
        sizes: dict[str, int] = {}
        for path in self._sent:
            top = path.partition("/")[0]
            sizes[top] = sizes.get(top, 0) + self._size_of(path)
        return tuple(sorted(sizes.items(), key=lambda item: (-item[1], item[0])))

    def matches(
        self,
        pattern: str,
        *,
        excludes: Collection[str] = (),
        parents: bool = False,
        ignored: bool = False,
    ) -> tuple[str, ...]:
        """
        Return the files that a COPY or ADD of *pattern* takes, as BuildKit does it.

        A folder stands for all in it. Leaving the context ends at its root. With *ignored*
        the ignored files are looked at too, as if there was no ignore file.
        """
        found: dict[str, None] = {}
        for root in self._roots(cleaned(pattern), parents=parents):
            files = self._below(root, ignored=ignored)
            if excludes:
                files = _without(files, root, tuple(excludes))
            found.update(dict.fromkeys(files))
        return tuple(found)

    def sources(self, pattern: str, *, parents: bool = False) -> tuple[str, ...]:
        """Return the files and folders that *pattern* itself names, ignored ones among them."""
        return self._roots(cleaned(pattern), parents=parents)

    def leaves(self, pattern: str) -> bool:
        """Tell whether *pattern* points above the root of the context (`../data`)."""
        return _is_above(posixpath.normpath(pattern.lstrip("/") or "."))

    def link(self, path: str) -> str | None:
        """Return what the symbolic link *path* points to, None where it is none."""
        try:
            return self.tree.link(path)
        except ProjectError:
            return None

    def link_leaves(self, path: str) -> bool:
        """Tell whether *path* is a link that points out of the context."""
        target = self.link(path)
        if target is None:
            return False
        return target.startswith("/") or _is_above(
            posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
        )

    def read_text(self, path: str) -> str | None:
        """Return the text of *path*, None where it is not there, not text, or larger than 4 MB."""
        path = cleaned(path)
        if path not in self._texts:
            self._texts[path] = self._read_text(path)
        return self._texts[path]

    @cached_property
    def _texts(self) -> dict[str, str | None]:
        return {}

    def _read_text(self, path: str) -> str | None:
        try:
            if self.tree.size(path) > _MOST_TEXT:
                return None
            return self.tree.read(path).decode("utf-8").removeprefix("\ufeff")
        except (ProjectError, UnicodeDecodeError):
            return None

    # What kind of files there are: of those that are sent.

    @cached_property
    def datasets(self) -> tuple[str, ...]:
        """The sent files that hold data, Git LFS pointers not among them."""
        return tuple(path for path in self._sent if is_dataset(path, self._size_of(path)))

    @cached_property
    def weights(self) -> tuple[str, ...]:
        """The sent files that hold weights or fitted models."""
        return tuple(path for path in self._sent if is_weights(path, self._size_of(path)))

    @cached_property
    def secret_files(self) -> tuple[str, ...]:
        """The sent files whose names say that they hold credentials."""
        return tuple(path for path in self._sent if is_secret_file(path))

    @cached_property
    def manifests(self) -> tuple[str, ...]:
        """All files that say which packages are wanted, ignored ones too, but not in packages."""
        heavy = _kinds().heavy
        return tuple(
            path
            for path in self._all
            if is_manifest(path) and heavy.keys().isdisjoint(path.split("/"))
        )

    @cached_property
    def heavy_folders(self) -> tuple[Folder, ...]:
        """
        The folders in it that no image needs and that are sent at least in part.

        A folder inside of another one is not listed.
        """
        kinds = _kinds()
        found: list[Folder] = []
        last = ""
        for folder in sorted(self._folders):
            if last and folder.startswith(last):
                continue
            name = posixpath.basename(folder)
            what = kinds.heavy.get(name) or kinds.heavy.get("/".join(folder.split("/")[-2:]))
            start, end = self._sent_below(folder)
            size = self._sums[end] - self._sums[start]
            if what is None and size >= kinds.heavy_from:
                what = kinds.heavy_above.get(name)
            if what is None and f"{folder}/pyvenv.cfg" in self._all_set:
                what = "a virtual environment of the host"
            if what and start < end:
                found.append(Folder(folder, what, size, end - start))
                last = f"{folder}/"
        return tuple(found)

    def stub(self, path: str) -> Stub | None:
        """Return what *path* stands for, if it is a Git LFS pointer or a `.dvc` file."""
        path = cleaned(path)
        if path not in self._all_set or self._size_of(path) > _MOST_STUB:
            return None
        text = self._read_text(path) or ""
        if text.startswith("version https://git-lfs.github.com/spec/"):
            return Stub(path, "Git LFS", _number_behind(text, "\nsize "))
        if path.endswith(".dvc") and "outs:" in text:
            return Stub(path, "DVC", _number_behind(text, " size: "), path.removesuffix(".dvc"))
        return None

    @cached_property
    def stubs(self) -> tuple[Stub, ...]:
        """The sent files that stand for larger ones; only data, weights and `.dvc` are opened."""
        found = []
        for path in self._sent:
            if path.endswith(".dvc") or (
                self._size_of(path) <= _MOST_STUB
                and (is_weights(path, _ANY_SIZE) or is_dataset(path, _ANY_SIZE))
            ):
                stub = self.stub(path)
                if stub is not None:
                    found.append(stub)
        return tuple(found)

    # Indexes.

    def _has(self, path: str) -> bool:
        """Tell whether the file *path* is there, without listing everything."""
        try:
            self.tree.read(path)
        except ProjectError:
            return False
        return True

    def _size_of(self, path: str) -> int:
        try:
            return self.tree.size(path)
        except ProjectError:
            return 0

    @cached_property
    def _sums(self) -> tuple[int, ...]:
        sums = [0]
        total = 0
        for path in self._sent:
            total += self._size_of(path)
            sums.append(total)
        return tuple(sums)

    @cached_property
    def _folders(self) -> frozenset[str]:
        try:
            folders: set[str] = set(self.tree.folders())
        except ProjectError:
            return frozenset()
        for path in (*self._all, *folders):
            folder = path.rpartition("/")[0]
            while folder and folder not in folders:
                folders.add(folder)
                folder = folder.rpartition("/")[0]
        return frozenset(folders)

    @cached_property
    def _children(self) -> Mapping[str, tuple[str, ...]]:
        children: dict[str, list[str]] = {}
        for path in sorted({*self._all, *self._folders}):
            folder, _, name = path.rpartition("/")
            children.setdefault(folder, []).append(name)
        return {folder: tuple(names) for folder, names in children.items()}

    def _sent_below(self, folder: str) -> tuple[int, int]:
        return _range_below(self._sent, folder)

    def _below(self, root: str, *, ignored: bool) -> tuple[str, ...]:
        paths = self._all if ignored else self._sent
        if root and root in (self._all_set if ignored else self._sent_set):
            return (root,)
        start, end = _range_below(paths, root)
        return paths[start:end]

    def _roots(self, pattern: str, *, parents: bool) -> tuple[str, ...]:
        if not is_pattern(pattern):
            return (pattern,) if self.exists(pattern) else ()
        found = [""]
        for part in pattern.split("/"):
            following: dict[str, None] = {}
            for folder in found:
                prefix = f"{folder}/" if folder else ""
                if part == "**" and parents:
                    following[folder] = None
                    following.update(dict.fromkeys(self._folders_below(folder)))
                elif not is_pattern(part):
                    if prefix + part in self._all_set or prefix + part in self._folders:
                        following[prefix + part] = None
                else:
                    for name in self._children.get(folder, ()):
                        if matches_name(part, name):
                            following[prefix + name] = None
            found = list(following)
        return tuple(found)

    def _folders_below(self, folder: str) -> list[str]:
        prefix = f"{folder}/" if folder else ""
        return sorted(below for below in self._folders if below.startswith(prefix))


_MOST_TEXT = 4_000_000
_MOST_STUB = 4096
_ANY_SIZE = 1 << 60


def cleaned(path: str) -> str:
    """
    Return *path* relative to the root of the context; what leaves it ends at the root.

    >>> cleaned("./src/../data/"), cleaned("/"), cleaned("../secrets")
    ('data', '', 'secrets')
    """
    return posixpath.normpath(f"/{path}").lstrip("/")


def _is_above(path: str) -> bool:
    return path == ".." or path.startswith("../")


def is_dataset(path: str, size: int) -> bool:
    """Tell whether a file of that name and *size* in bytes holds data."""
    least = _least(_kinds().dataset, path)
    return least is not None and size >= least


def is_weights(path: str, size: int) -> bool:
    """Tell whether a file of that name and *size* in bytes holds weights or a fitted model."""
    least = _least(_kinds().weights, path)
    return least is not None and size >= least


def is_secret_file(path: str) -> bool:
    """
    Tell whether the name of a file says that it holds credentials.

    >>> is_secret_file("conf/.env"), is_secret_file(".env.example"), is_secret_file("id_rsa.pub")
    (True, False, False)
    """
    kinds = _kinds()
    name = posixpath.basename(path)
    lowered = name.lower()
    is_secret = (
        name in kinds.secret_names
        or kinds.secret_globs.fullmatch(lowered) is not None
        or f"/{path}".endswith(kinds.secret_paths)
        or not kinds.secret_folders.isdisjoint(path.split("/")[:-1])
    )
    return is_secret and kinds.harmless.fullmatch(lowered) is None


def is_manifest(path: str) -> bool:
    """Tell whether *path* says which packages are wanted: `requirements-dev.txt`, `uv.lock`."""
    kinds = _kinds()
    folder, _, name = path.rpartition("/")
    return (
        name in kinds.manifest_names
        or kinds.manifest_globs.fullmatch(name) is not None
        or (name.endswith((".txt", ".in")) and posixpath.basename(folder) in kinds.manifest_folders)
    )


def heavy_folder(name: str) -> str | None:
    """Return what the folder *name* is if no image needs it, whatever is in it."""
    return _kinds().heavy.get(name.strip("/"))


class _Kinds:
    """The table of kinds."""

    def __init__(self) -> None:
        import tomllib

        path = Path(__file__).with_name("data") / "context.toml"
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        self.weights = _suffixes(document["weights"])
        self.dataset = _suffixes(document["dataset"])
        secrets = document["secrets"]
        self.secret_names = frozenset(secrets["names"])
        self.secret_globs = _any_of(secrets["globs"])
        self.secret_paths = tuple(f"/{path}" for path in secrets["paths"])
        self.secret_folders = frozenset(secrets["folders"])
        self.harmless = _any_of(secrets["harmless"])
        self.heavy: Mapping[str, str] = document["heavy"]
        self.heavy_from: int = document["heavy_from"]["from"]
        self.heavy_above: Mapping[str, str] = document["heavy_from"]["folders"]
        manifests = document["manifests"]
        self.manifest_names = frozenset(manifests["names"])
        self.manifest_globs = _any_of(manifests["globs"])
        self.manifest_folders = frozenset(manifests["folders"])


@functools.cache
def _kinds() -> _Kinds:
    return _Kinds()


def _any_of(globs: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(glob).replace(r"\*", ".*") for glob in globs))


def _suffixes(rows: list[Mapping[str, Any]]) -> Mapping[str, int]:
    return {suffix: row["from"] for row in rows for suffix in row["suffixes"]}


def _least(suffixes: Mapping[str, int], path: str) -> int | None:
    """Return from which size on a file with the suffix of *path* counts."""
    name = posixpath.basename(path).lower()
    _, dot, suffix = name.rpartition(".")
    return suffixes.get(dot + suffix) if dot else None


def _range_below(paths: tuple[str, ...], folder: str) -> tuple[int, int]:
    """Return from where to where the files in *folder* are in the sorted *paths*."""
    if not folder:
        return 0, len(paths)
    # The sign after the slash ends the range.
    return bisect_left(paths, f"{folder}/"), bisect_left(paths, f"{folder}0")


def _without(files: tuple[str, ...], root: str, excludes: tuple[str, ...]) -> tuple[str, ...]:
    from boxwright.syntax.dockerignore import Dockerignore

    try:
        ignore = Dockerignore.of(excludes, "--exclude")
    except ProjectError:
        return files
    prefix = f"{root}/" if root else ""

    def is_excluded(path: str) -> bool:
        below = path.removeprefix(prefix) if path != root else posixpath.basename(path)
        return ignore.ignores(below) or ignore.ignores(path)

    return tuple(path for path in files if not is_excluded(path))


def _number_behind(text: str, mark: str) -> int | None:
    number = text.partition(mark)[2].partition("\n")[0].strip()
    return int(number) if number.isascii() and number.isdecimal() and len(number) < 16 else None
