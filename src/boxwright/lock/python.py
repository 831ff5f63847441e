"""Which Python distributions go in: asked of uv, chosen by PEP 751 for the target."""

from __future__ import annotations

import itertools
import json
import os
import re
import tempfile
import tomllib
import urllib.parse
import urllib.request
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boxwright.errors import LockError
from boxwright.lock.accelerator import FAMILY, cuda_packages, local_cpu_builds, names_own_source
from boxwright.lock.model import LockedSource, LockedWheel
from boxwright.lock.requirements import read_hashes, references
from boxwright.lock.target import Target
from boxwright.lock.uv import Uv, UvError, UvNetworkError, cause_of
from boxwright.oci.digest import Digest, parse_digest
from boxwright.plan.model import Plan
from boxwright.store.transport import is_remote, redact_any

if TYPE_CHECKING:
    from packaging.pylock import Package, PackageSdist, PackageWheel

    from boxwright.progress import Progress


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
        return sum(1 for one in self.chosen if one.wheel.source and one.wheel.source.kind == "sdist")


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
    source = plan.dependencies.source
    if source == "none":
        document: dict[str, Any] = {}
    elif source == "uv.lock":
        document = _export(plan, uv, progress)
    elif source == "pylock.toml":
        document = _read_pylock(uv.folder / plan.dependencies.path)
    else:
        document = _compile(plan, target, uv, tuple(preferences))
    hashes = frozenset[str]()
    if source == "requirements" and plan.dependencies.hashed:
        hashes = read_hashes(uv.folder / plan.dependencies.path)
    base = uv.folder
    if source == "pylock.toml":
        base = (uv.folder / plan.dependencies.path).parent
    chosen = list(_choose(document, plan, target, uv.folder, base, hashes)) if document else []
    chosen = _with_project(plan, chosen)
    _tell_of_cuda(plan, chosen, progress)
    chosen.sort(key=lambda one: one.wheel.name)
    return Resolution(target=target, chosen=tuple(chosen))


def read_urls(uv: Uv) -> Iterator[tuple[str, str]]:
    """Yield (digest, URL) of the files that the project's own lock files name."""
    documents: list[dict[str, Any]] = []
    if (uv.folder / "uv.lock").is_file():
        arguments = ["--all-extras", "--all-groups", "--frozen", *_ANY_PYTHON]
        documents.append(_parse(uv.run(["export", *_PYLOCK, *arguments]), "uv's answer"))
    documents += (_read_pylock(path) for path in sorted(uv.folder.glob("pylock*.toml")))
    for document in documents:
        yield from urls_of(document, uv.folder)


def find_urls(
    wanted: Sequence[LockedWheel], target: Target, uv: Uv
) -> Iterator[tuple[str, str]]:
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
    environ = {name: value for name, value in environ.items() if value or name != "UV_EXCLUDE_NEWER"}
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
_ANY_PYTHON = ("--python", os.sys.executable)  # type: ignore[attr-defined]


def _for(target: Target) -> tuple[str, ...]:
    return ("--python-version", target.python, "--python-platform", target.uv_platform)


def _export(plan: Plan, uv: Uv, progress: Progress) -> dict[str, Any]:
    """Read uv.lock; that is uv's to do, since the format is its own."""
    arguments = ["export", *_PYLOCK, "--no-default-groups"]
    for extra in plan.dependencies.extras:
        arguments += ["--extra", extra]
    for group in plan.dependencies.groups:
        arguments += ["--group", group]
    if not plan.dependencies.installs_project:
        arguments.append("--no-emit-project")
    try:
        text = uv.run([*arguments, "--locked"])
    except UvError as error:
        if re.search(r"lockfile.*needs to be updated|needs to be updated", error.text):
            raise LockError(
                "`uv.lock` does not fit `pyproject.toml` any more",
                hint="run `uv lock`, look at what changed, and build again",
            ) from error
        if cause_of(error.text) not in {"interpreter", "network", "offline"}:
            raise LockError(f"`uv.lock` cannot be read: {error.text}", hint=error.hint) from error
        # To compare it with pyproject.toml uv needs an interpreter that the project allows,
        # and at times an index; to read it, it needs neither.
        progress.note("whether `uv.lock` fits `pyproject.toml` cannot be checked here; it is used")
        text = uv.run([*arguments, "--frozen", *_ANY_PYTHON])
    return _parse(text, "`uv.lock`")


def _compile(
    plan: Plan, target: Target, uv: Uv, preferences: tuple[LockedWheel, ...]
) -> dict[str, Any]:
    """Resolve requirements or a pyproject's dependencies."""
    arguments = ["pip", "compile", plan.dependencies.path or "pyproject.toml"]
    for extra in plan.dependencies.extras:
        arguments += ["--extra", extra]
    for group in plan.dependencies.groups:
        arguments += ["--group", group]
    for constraint in uv.indexes.constraints:
        arguments += ["--constraints", constraint]
    arguments += [*_PYLOCK, *_for(target)]
    failure: UvError | None = None
    for way in _ways(plan, target, uv):
        with tempfile.TemporaryDirectory(prefix="boxwright-") as folder:
            more = list(way.arguments)
            if way.constraint:
                path = Path(folder) / "constraints.txt"
                path.write_text(way.constraint, "utf-8")
                more += ["--constraints", str(path)]
            if preferences:
                path = Path(folder) / "pylock.toml"
                path.write_text(_as_preferences(preferences), "utf-8")
                more += ["--output-file", str(path)]
            try:
                text = uv.run([*arguments, *more])
            except UvError as error:
                failure = failure or error
                # Another way to the same wheels is no help against contradictions.
                if way.last:
                    break
                continue
            if preferences:
                text = path.read_text("utf-8")
                document = _rebased(_parse(text, "uv's answer"), Path(folder), uv.folder)
            else:
                document = _parse(text, "uv's answer")
        if way.only_cpu and _brings_cuda(document):
            continue
        return document
    assert failure is not None
    raise _unresolvable(failure, plan, target) from failure


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """One way to ask for the wheels of an accelerator."""

    arguments: tuple[str, ...] = ()
    constraint: str = ""
    only_cpu: bool = False
    """Whether an answer with CUDA in it does not count."""
    last: bool = False


def _ways(plan: Plan, target: Target, uv: Uv) -> Iterator[_Way]:
    if (
        plan.accelerator != "cpu"
        or uv.environ.get("UV_TORCH_BACKEND")
        or names_own_source(_toml(uv.folder / "pyproject.toml"))
    ):
        yield _Way(last=True)
        return
    for version in itertools.islice(local_cpu_builds(uv.indexes.local_folders(), target), 5):
        yield _Way(constraint=f"torch=={version}\n")
    yield _Way(arguments=("--torch-backend", "cpu"))
    # PyTorch's index may be out of reach where a mirror with CPU builds is not.
    yield _Way(only_cpu=True, last=True)
