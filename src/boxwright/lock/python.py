"""Which Python distributions go in: asked of uv, chosen by PEP 751 for the target."""

from __future__ import annotations

import itertools
import os
import re
import sys
import tempfile
import tomllib
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boxwright.errors import LockError, ProjectError
from boxwright.lock.accelerator import FAMILY, cuda_packages, local_cpu_builds, names_own_source
from boxwright.lock.model import LockedSource, LockedWheel
from boxwright.lock.requirements import read_hashes
from boxwright.lock.target import Target
from boxwright.lock.uv import HINTS, Uv, UvError, UvNetworkError, cause_of
from boxwright.oci.digest import Digest
from boxwright.plan.model import Plan
from boxwright.progress import Progress
from boxwright.project.detectors.lock_files import TOOLS, read_locked
from boxwright.project.tree import FolderTree
from boxwright.project.workspace import find_workspace
from boxwright.store.transport import redact_any

if TYPE_CHECKING:
    from packaging.pylock import (
        Package,
        PackageArchive,
        PackageDirectory,
        PackageSdist,
        PackageVcs,
        PackageWheel,
    )

    _File = PackageVcs | PackageDirectory | PackageArchive | PackageWheel | PackageSdist


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A distribution that goes in, and where its file was seen."""

    wheel: LockedWheel
    """Without digest where the index told none."""
    url: str = ""
    """Of the wheel, or of the source archive; a URL or an absolute path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """What the dependencies of a plan come to for one target."""

    target: Target
    chosen: tuple[Chosen, ...]

    @property
    def from_source(self) -> int:
        """How many distributions nobody publishes as a wheel for the target."""
        return sum(
            1 for one in self.chosen if one.wheel.source and one.wheel.source.kind == "sdist"
        )


def resolve(
    plan: Plan,
    target: Target,
    uv: Uv,
    *,
    preferences: Iterable[LockedWheel] = (),
    progress: Progress,
) -> Resolution:
    """
    Return what goes into the image of *plan* on *target*.

    *preferences* are the versions of an earlier lock, kept where they still do. Raises
    LockError where the requirements contradict each other, where a distribution has
    nothing for the target, or where an index cannot be reached.
    """
    declared = plan.dependencies
    base = uv.folder
    if declared.source == "none":
        document: dict[str, Any] = {}
    elif declared.source == "uv.lock":
        document = _export(plan, uv, progress)
    elif declared.source == "pylock.toml":
        path = uv.folder / (declared.path or "pylock.toml")
        document, base = _read_pylock(path), path.parent
    elif declared.source in TOOLS:
        document = _from_lock(plan, target, uv)
    else:
        document, base = _compile(plan, target, uv, tuple(preferences))
    if declared.source == "requirements" and declared.hashed:
        hashes = read_hashes(uv.folder / declared.path)
        document = _only_hashed(document, lambda _name: hashes, declared.path)
    chosen = [
        _chosen(package, file, base, uv.folder) for package, file in _select(document, plan, target)
    ]
    chosen = _with_project(plan, chosen)
    if plan.accelerator == "cpu":
        _tell_of_cuda(chosen, progress)
    return Resolution(target=target, chosen=tuple(sorted(chosen, key=lambda one: one.wheel.name)))


def read_urls(uv: Uv) -> Iterator[tuple[str, str]]:
    """Yield (digest, URL) of the files that the project's own lock files name."""
    documents: list[dict[str, Any]] = []
    if (uv.folder / "uv.lock").is_file() or find_workspace(uv.folder) is not None:
        arguments = ["--all-extras", "--all-groups", "--frozen", *_ANY_PYTHON]
        documents.append(_parse(uv.run(["export", *_PYLOCK, *arguments]), "uv's answer"))
    documents += (_read_pylock(path) for path in sorted(uv.folder.glob("pylock*.toml")))
    for document in documents:
        yield from urls_of(document, uv.folder)


def find_urls(wanted: Sequence[LockedWheel], target: Target, uv: Uv) -> Iterator[tuple[str, str]]:
    """Ask the indexes where the files of *wanted* are: (digest, URL) of all their versions' files."""
    by_backend: dict[str, list[LockedWheel]] = {}
    for wheel in wanted:
        local = wheel.version.partition("+")[2]
        backend = local if wheel.name in FAMILY else ""
        by_backend.setdefault(backend, []).append(wheel)
    explicit = [index.url for index in uv.indexes.indexes if index.explicit and not index.flat]
    environ = uv.variables() | {
        # Only the digest decides what is taken, so that any index may be asked.
        "UV_INDEX": " ".join([*uv.variables().get("UV_INDEX", "").split(), *explicit]),
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        # A pinned pre-release was allowed when it was locked.
        "UV_PRERELEASE": "allow",
        # Nor may a rule for new versions get in the way of what is locked.
        "UV_EXCLUDE_NEWER": "",
    }
    environ = {
        name: value for name, value in environ.items() if value or name != "UV_EXCLUDE_NEWER"
    }
    for backend, wheels in by_backend.items():
        pins = "".join(f"{wheel.name}=={wheel.version}\n" for wheel in wheels)
        arguments = ["pip", "compile", "-", "--no-deps", "--no-sources", *_PYLOCK, *_for(target)]
        try:
            text = uv.run_in(arguments, environ, content=pins)
        except UvError:
            if not backend:
                raise
            text = uv.run_in([*arguments, "--torch-backend", backend], environ, content=pins)
        yield from urls_of(_parse(text, "uv's answer"), uv.folder)


def urls_of(document: Mapping[str, Any], base: Path) -> Iterator[tuple[str, str]]:
    """Yield (digest, URL or path) of every file that a pylock document names."""
    for package in document.get("packages", []):
        files = [*package.get("wheels", []), package.get("sdist"), package.get("archive")]
        for file in filter(None, files):
            digest = file.get("hashes", {}).get("sha256")
            if digest:
                yield f"sha256:{digest}", _location(file.get("url"), file.get("path"), base)


_PYLOCK = ("--format", "pylock.toml", "--no-header")
_ANY_PYTHON = ("--python", sys.executable)
_LOCAL_BUILDS_TRIED = 5


def _for(target: Target) -> tuple[str, ...]:
    return ("--python-version", target.python, "--python-platform", target.uv_platform)


def _export(plan: Plan, uv: Uv, progress: Progress) -> dict[str, Any]:
    """Read uv.lock; that is uv's to do, since the format is its own."""
    arguments = ["export", *_PYLOCK, "--no-default-groups"]
    arguments += _extras_and_groups(plan)
    if not plan.dependencies.installs_project:
        arguments.append("--no-emit-project")
    try:
        text = uv.run([*arguments, "--locked"])
    except UvError as error:
        if re.search(r"lockfile.*needs to be updated", error.text):
            raise LockError(
                "`uv.lock` does not fit `pyproject.toml` any more",
                hint="run `uv lock`, look at what changed, and build again",
            ) from error
        if cause_of(error.text) not in {"interpreter", "network", "offline"}:
            raise LockError(f"`uv.lock` cannot be read: {error.text}", hint=error.hint) from error
        # To compare it with pyproject.toml uv needs an interpreter that the project allows,
        # and at times an index; to read it, it needs neither.
        text = uv.run([*arguments, "--frozen", *_ANY_PYTHON])
        progress.note("whether `uv.lock` fits `pyproject.toml` cannot be checked here; it is used")
    return _parse(text, "`uv.lock`")


def _from_lock(plan: Plan, target: Target, uv: Uv) -> dict[str, Any]:
    """
    Find the files of exactly what a lock of another tool has, none but those with its digests.

    The index that the lock names may be one that this machine has another name or a mirror
    for: it is asked only where the machine's own indexes do not have the files.
    """
    declared = plan.dependencies
    try:
        locked = read_locked(
            FolderTree(uv.folder), declared.path, _toml(uv.folder / "pyproject.toml")
        )
    except ProjectError as error:
        raise LockError(error.message, hint=error.hint) from error
    content = "".join(f"{line}\n" for line in declared.requirements)
    arguments = ["pip", "compile", "-", "--no-deps", "--no-sources", *_PYLOCK, *_for(target)]
    environ = uv.variables() | {
        # Only the digest decides what is taken, so that any index may be asked.
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        # A pinned pre-release was allowed when it was locked, and so was a new one.
        "UV_PRERELEASE": "allow",
    }
    environ.pop("UV_EXCLUDE_NEWER", None)
    named = " ".join([*environ.get("UV_INDEX", "").split(), *locked.indexes])
    backends = {
        line.partition("+")[2].split()[0]
        for line in declared.requirements
        if line.partition("==")[0] in FAMILY and "+" in line
    }
    ways: list[tuple[list[str], dict[str, str]]] = [([], environ)]
    if locked.indexes:
        ways.append(([], environ | {"UV_INDEX": named}))
    # Builds of PyTorch's own indexes, which uv knows by their local versions.
    ways += ((["--torch-backend", backend], environ) for backend in sorted(backends))
    digests = locked.digests
    failure: LockError | None = None
    for more, variables in ways:
        try:
            text = uv.run_in([*arguments, *more], variables, content=content)
        except UvError as error:
            failure = failure or _unresolvable(error, plan, target)
            continue
        document = _parse(text, "uv's answer")
        try:
            return _only_hashed(document, digests.get, declared.path)
        except LockError as error:
            failure = error
    assert failure is not None  # noqa: S101 (there is at least one way)
    raise failure


def _compile(
    plan: Plan, target: Target, uv: Uv, preferences: tuple[LockedWheel, ...]
) -> tuple[dict[str, Any], Path]:
    """Resolve requirements or a pyproject's dependencies; paths are relative to what is returned."""
    declared = plan.dependencies
    content = "".join(f"{line}\n" for line in declared.requirements)
    arguments = ["pip", "compile", "-" if content else declared.path or "pyproject.toml"]
    arguments += _extras_and_groups(plan)
    for constraint in uv.indexes.constraints:
        arguments += ["--constraints", constraint]
    arguments += [*_PYLOCK, *_for(target)]
    failure: UvError | None = None
    for way in _ways(plan, target, uv):
        with tempfile.TemporaryDirectory(prefix="boxwright-") as name:
            folder = Path(name).resolve()
            output = folder / "pylock.toml"
            if preferences:
                output.write_text(_as_preferences(preferences), "utf-8")
            more = [*way.arguments, "--output-file", str(output)]
            if way.constraint:
                (folder / "constraints.txt").write_text(way.constraint, "utf-8")
                more += ["--constraints", str(folder / "constraints.txt")]
            try:
                uv.run([*arguments, *more], content=content)
            except UvError as error:
                if way.is_plain:
                    raise _unresolvable(error, plan, target) from error
                failure = error
                continue
            document = _parse(output.read_text("utf-8"), "uv's answer")
        if way.refuses_cuda and failure and _names_cuda(document):
            # The requirements can be met, but not from where CPU builds are.
            raise _no_cpu_builds(failure, target) from failure
        return document, folder
    raise AssertionError  # the last way is plain


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """One way to ask for the wheels of an accelerator."""

    arguments: tuple[str, ...] = ()
    constraint: str = ""
    refuses_cuda: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether nothing is asked for but what the project requires."""
        return not (self.arguments or self.constraint)


def _ways(plan: Plan, target: Target, uv: Uv) -> Iterator[_Way]:
    # With UV_NO_SOURCES what the project says of sources counts for nothing.
    named = not uv.environ.get("UV_NO_SOURCES") and names_own_source(
        _toml(uv.folder / "pyproject.toml")
    )
    obeyed = uv.environ.get("UV_TORCH_BACKEND") or named
    if plan.accelerator != "cpu" or obeyed:
        yield _Way()
        return
    builds = local_cpu_builds(uv.indexes.local_folders(), target)
    for version in itertools.islice(builds, _LOCAL_BUILDS_TRIED):
        yield _Way(constraint=f"torch=={version}\n")
    yield _Way(arguments=("--torch-backend", "cpu"))
    # PyTorch's index may be out of reach where a mirror with CPU builds is not.
    yield _Way(refuses_cuda=True)


def _extras_and_groups(plan: Plan) -> list[str]:
    if plan.dependencies.source == "requirements" or plan.dependencies.requirements:
        return []
    extras = [word for extra in plan.dependencies.extras for word in ("--extra", extra)]
    return extras + [word for group in plan.dependencies.groups for word in ("--group", group)]


def _as_preferences(wheels: Iterable[LockedWheel]) -> str:
    """Return the versions of *wheels* as the output of an earlier run, which uv keeps to."""
    lines = ['lock-version = "1.0"', 'created-by = "boxwright"']
    for wheel in wheels:
        if wheel.version and not (wheel.source and wheel.source.kind != "sdist"):
            lines += ["[[packages]]", f'name = "{wheel.name}"', f'version = "{wheel.version}"']
    return "\n".join(lines) + "\n"


def _unresolvable(error: UvError, plan: Plan, target: Target) -> LockError:
    what = f"the requirements in `{plan.dependencies.path or 'pyproject.toml'}`"
    if plan.dependencies.source == "imports":
        what = "the distributions that the code imports"
    if isinstance(error, UvNetworkError):
        return UvNetworkError(
            f"{what} cannot be resolved: {error.text}", text=error.text, hint=error.hint
        )
    kind = cause_of(error.text)
    said = {
        "wheel": f"{what} have no wheels for {target}",
        "conflict": f"{what} contradict each other for {target}",
        "unknown": f"{what} name what no index has",
    }.get(kind, f"{what} cannot be resolved for {target}")
    return LockError(f"{said}: {error.text}", hint=HINTS[kind])


def _no_cpu_builds(error: UvError, target: Target) -> LockError:
    return LockError(
        f"CPU builds of PyTorch for {target} cannot be had: {error.text}",
        hint="make PyTorch's CPU index reachable, name a find-links folder that has the build, "
        'name the index in `tool.uv.sources`, or set `accelerator = "cuda"`',
    )


def _select(
    document: Mapping[str, Any], plan: Plan, target: Target
) -> Iterator[tuple[Package, _File]]:
    """Choose a file of each package that the target needs (PEP 751, "Installation")."""
    from packaging.pylock import Pylock, PylockSelectError, PylockValidationError

    where = f"`{plan.dependencies.path or plan.dependencies.source}`"
    extras = plan.dependencies.extras
    # None: the default groups, as the document has them.
    groups = plan.dependencies.groups or None
    seen: set[str] = set()
    for entry in document.get("packages", []):
        # One at a time, so that a failure can be told with the package's name.
        try:
            lock = Pylock.from_dict({**document, "packages": [entry]})
            found = list(
                lock.select(
                    environment=target.environment,
                    tags=target.tags,
                    extras=extras,
                    dependency_groups=groups,
                )
            )
        except PylockValidationError as error:
            raise LockError(
                f"{where} is not valid: {error}",
                hint="make the file again with the tool that wrote it",
            ) from error
        except PylockSelectError as error:
            raise _does_not_fit(entry, where, target, str(error)) from error
        for package, file in found:
            if package.name in seen:
                raise LockError(
                    f"{where} has several versions of `{package.name}` for {target}",
                    hint="make the file again with the tool that wrote it",
                )
            seen.add(package.name)
            yield package, file


def _does_not_fit(entry: Mapping[str, Any], where: str, target: Target, reason: str) -> LockError:
    what = f"`{entry.get('name')}` {entry.get('version', '')}".rstrip()
    tags = sorted({tag for file in entry.get("wheels", []) for tag in _tags_of(file)})
    if not tags:
        return LockError(
            f"{where} does not fit {target}: {reason}",
            hint="choose another suite of the base, or lock for this Python too",
        )
    shown = ", ".join(tags[:6]) + (f" and {len(tags) - 6} more" if len(tags) > 6 else "")
    return LockError(
        f"{what} has no wheel for {target} in {where}; there are wheels for {shown}",
        hint="allow another version of the package, or another suite of the base",
    )


def _tags_of(file: Mapping[str, Any]) -> Iterator[str]:
    name = file.get("name") or str(file.get("url") or file.get("path") or "").rpartition("/")[2]
    parts = urllib.parse.unquote(name).removesuffix(".whl").split("-")
    if len(parts) >= 5:
        yield "-".join(parts[-3:])


def _only_hashed(
    document: dict[str, Any], allowed: Callable[[str], frozenset[str] | None], where: str
) -> dict[str, Any]:
    """
    Return *document* with the files whose hashes are *allowed*.

    For what name they are asked; None allows all.
    """
    packages = []
    for package in document.get("packages", []):
        kept = dict(package)
        files = [*package.get("wheels", []), package.get("sdist"), package.get("archive")]
        hashes = allowed(str(package.get("name")))
        if any(files) and hashes is not None:
            kept["wheels"] = [
                wheel for wheel in package.get("wheels", []) if _sha256(wheel) in hashes
            ]
            for key in ("sdist", "archive"):
                if key in kept and _sha256(kept[key]) not in hashes:
                    del kept[key]
            if not kept["wheels"]:
                del kept["wheels"]
            if not any(key in kept for key in ("wheels", "sdist", "archive")):
                raise LockError(
                    f"hash mismatch: no file of `{package['name']}` {package.get('version', '')} "
                    f"for this target has one of the hashes in `{where}`",
                    hint="the file on the index was replaced, or the hash is missing; "
                    "lock the requirements again",
                )
        packages.append(kept)
    return {**document, "packages": packages}


def _sha256(file: Mapping[str, Any]) -> str:
    return str(file.get("hashes", {}).get("sha256", ""))


def _chosen(package: Package, file: _File, base: Path, folder: Path) -> Chosen:
    """Return what to lock of *file*, whose paths are relative to *base*."""
    from packaging import pylock

    version = str(package.version or "")
    if isinstance(file, pylock.PackageDirectory):
        source = LockedSource(
            kind="directory",
            location=_relative(file.path, base, folder),
            subdirectory=file.subdirectory or "",
        )
        # Its version may change with its files, which the lock does not fix.
        return Chosen(wheel=LockedWheel(name=package.name, version="", source=source))
    if isinstance(file, pylock.PackageVcs):
        place = _without_secret(file.url) if file.url else _file_url(file.path or ".", base)
        source = LockedSource(
            kind="vcs",
            location=f"{file.type}+{place}",
            revision=file.commit_id,
            subdirectory=file.subdirectory or "",
        )
        return Chosen(wheel=LockedWheel(name=package.name, version=version, source=source))
    url = _location(file.url, file.path, base)
    digest = file.hashes.get("sha256")
    known = Digest(f"sha256:{digest}") if digest else None
    if isinstance(file, pylock.PackageArchive):
        name = urllib.parse.unquote(url.rpartition("/")[2].partition("#")[0])
        location = redact_any(file.url) if file.url else _relative(file.path or "", base, folder)
    else:
        name, location = file.filename, ""
    if name.endswith(".whl"):
        direct = LockedSource(kind="url", location=location) if location else None
        return Chosen(
            wheel=LockedWheel(
                name=package.name,
                version=version or name.split("-")[1],
                file=name,
                digest=known,
                size=file.size or 0,
                source=direct,
            ),
            url=url,
        )
    source = LockedSource(
        kind="sdist",
        file=name,
        digest=known,
        size=file.size or 0,
        location=location,
        subdirectory=getattr(file, "subdirectory", None) or "",
    )
    return Chosen(wheel=LockedWheel(name=package.name, version=version, source=source), url=url)


def _with_project(plan: Plan, chosen: list[Chosen]) -> list[Chosen]:
    """Add the project itself where it is installed, and leave it out where it is not."""

    def is_project(one: Chosen) -> bool:
        source = one.wheel.source
        return source is not None and source.kind == "directory" and source.location == "."

    if not plan.dependencies.installs_project:
        return [one for one in chosen if not is_project(one)]
    if any(is_project(one) for one in chosen):
        return chosen
    from packaging.utils import canonicalize_name

    source = LockedSource(kind="directory", location=".")
    return [
        *chosen,
        Chosen(wheel=LockedWheel(name=canonicalize_name(plan.name), version="", source=source)),
    ]


def _names_cuda(document: Mapping[str, Any]) -> bool:
    packages = document.get("packages", [])
    names = {str(entry.get("name")) for entry in packages}
    pairs = ((str(entry.get("name")), str(entry.get("version", ""))) for entry in packages)
    return bool(names & FAMILY) and bool(cuda_packages(pairs))


def _tell_of_cuda(chosen: Iterable[Chosen], progress: Progress) -> None:
    pairs = [(one.wheel.name, one.wheel.version) for one in chosen]
    if found := cuda_packages(pairs):
        names = {name for name, _ in pairs}
        way_out = (
            "`xgboost-cpu` does without"
            if "xgboost" in names and not names & FAMILY
            else ('lock the CPU builds, or set `accelerator = "cuda"`')
        )
        progress.note(
            f"the image is planned for the CPU, but its lock has packages that only serve a GPU: "
            f"{', '.join(found)}; {way_out}"
        )


def _location(url: str | None, path: str | None, base: Path) -> str:
    """Return where a file is: a URL, or a path made absolute."""
    if url:
        return url
    return os.path.normpath(base / (path or ""))


def _relative(path: str, base: Path, folder: Path) -> str:
    """Return *path*, which is relative to *base*, relative to *folder*, with `/`."""
    return Path(os.path.relpath(base / path, folder.resolve())).as_posix()


def _file_url(path: str, base: Path) -> str:
    return Path(os.path.normpath(base / path)).as_uri()


def _without_secret(url: str) -> str:
    """
    Return *url* without what may be a password or a token.

    >>> _without_secret("ssh://git@host.example/a.git"), _without_secret("https://t0ken@host/a")
    ('ssh://git@host.example/a.git', 'https://host/a')
    """
    parts = urllib.parse.urlsplit(url)
    if parts.scheme == "ssh" and parts.username and parts.password is None:
        return url
    return redact_any(url)


def _read_pylock(path: Path) -> dict[str, Any]:
    try:
        return _parse(path.read_text("utf-8"), f"`{path.name}`")
    except (OSError, UnicodeDecodeError) as error:
        raise LockError(
            f"`{path.name}` cannot be read: {error}", hint="check the file and its permissions"
        ) from error


def _parse(text: str, what: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except ValueError as error:
        raise LockError(
            f"{what} is no valid TOML: {error}",
            hint="make the file again with the tool that wrote it",
        ) from error


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        # What is wrong with it, uv tells.
        return {}
