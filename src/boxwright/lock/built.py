"""Wheels that nobody publishes: built here from a source archive, a commit or a folder."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from boxwright.errors import FetchError, LockError, PackageError
from boxwright.image.compression import TRANSFORM
from boxwright.image.entry import MTIME
from boxwright.lock.files import digest_of_file
from boxwright.lock.model import LockedSource, LockedWheel
from boxwright.lock.target import Target
from boxwright.lock.uv import Uv, UvError, cause_of
from boxwright.oci.canonical import canonical_json
from boxwright.oci.digest import Digest, digest_of, parse_digest
from boxwright.project.tree import FolderTree
from boxwright.store.cache import Cache
from boxwright.store.transport import redact_any
from boxwright.wheel.filename import parse_wheel_filename
from boxwright.wheel.tags import fits

if TYPE_CHECKING:
    from boxwright.progress import Progress

_LEFT_OVERS = ("build", "dist", "*.egg-info", "src/*.egg-info")
"""What build backends leave in a folder; none of it is source."""
_SECRET_NAME = re.compile(r"UV_INDEX_.*_(USERNAME|PASSWORD)|UV_PUBLISH_.*|TWINE_.*|.*PYPI.*TOKEN.*")
_INDEX_NAME = re.compile(r"UV_(DEFAULT_)?INDEX|UV_(EXTRA_)?INDEX_URL|UV_FIND_LINKS|PIP_.*")
_USERINFO = re.compile(r"://[^/\s@]*@")


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A wheel that was built here, in the cache."""

    file: str
    version: str
    digest: Digest
    size: int


def source_key(source: LockedSource, folder: Path, target: Target, cache: Cache) -> Digest:
    """
    Return the digest of all that the wheel built from *source* depends on.

    The platform is not among it: what is built here either is for this machine or for all.
    """
    identity: list[str] = [source.kind, source.location, source.revision, source.subdirectory]
    if source.kind == "directory":
        # Where the folder is makes no difference, what is in it does.
        place = folder / source.location
        if not place.is_dir():
            raise LockError(
                f"the folder `{source.location}`, which is a dependency, is missing",
                hint="check out the whole project, or lock again",
            )
        identity = [source.kind, source.subdirectory, _tree_digest(place, cache)]
    elif source.digest:
        identity = [source.kind, source.digest, source.subdirectory]
    return digest_of(canonical_json([*identity, target.python, TRANSFORM]))


def recall_built(key: Digest, target: Target, cache: Cache) -> Built | None:
    """Return the wheel that was built for *key*, if it is still in the cache and for *target*."""
    record = cache.recall("built", key) or {}
    try:
        digest = parse_digest(str(record.get("digest")))
        path = cache.find(digest)
        if path is None or not _is_for(str(record["file"]), target):
            return None
        return Built(
            file=str(record["file"]),
            version=str(record["version"]),
            digest=digest,
            size=path.stat().st_size,
        )
    except (ValueError, KeyError, OSError, PackageError):
        return None


def build_wheel(
    wheel: LockedWheel,
    key: Digest,
    *,
    archive: Path | None,
    target: Target,
    uv: Uv,
    cache: Cache,
    progress: Progress,
) -> Built:
    """
    Build *wheel* from its source in an isolated environment and keep it under *key*.

    *archive* is the source archive, its digest verified. Raises PackageError where it
    cannot be built, or where what comes out does not fit *target*.
    """
    source = wheel.source or LockedSource(kind="directory", location=".")
    what = f"{wheel.name} {wheel.version}".rstrip()
    if source.kind == "directory":
        progress.start(f"build {what}")
    else:
        progress.note(
            f"`{what}` is not published as a wheel for {target}: building it from source, "
            "which runs its code on this machine"
        )
        progress.start(f"build {what}")
    with tempfile.TemporaryDirectory(prefix="boxwright-build-") as name:
        work = Path(name).resolve()
        place = _place(wheel, source, archive, work, uv)
        output = work / "out"
        before = _left_overs(place)
        try:
            is_exact = _run_backend(place, output, target, uv, what, work)
        finally:
            for path in _left_overs(place) - before:
                shutil.rmtree(path, ignore_errors=True)
        found = sorted(output.glob("*.whl"))
        if len(found) != 1:
            raise PackageError(
                f"building `{what}` gave {len(found)} wheels instead of one",
                hint="run `uv build --wheel` in its folder to see what it does",
            )
        built = _keep(found[0], wheel, target, cache, is_exact=is_exact)
    cache.remember(
        "built", key, {"file": built.file, "version": built.version, "digest": built.digest}
    )
    progress.finish(f"build {what}", built.file)
    return built


def _place(
    wheel: LockedWheel, source: LockedSource, archive: Path | None, work: Path, uv: Uv
) -> Path:
    """Return what to build: a folder, or a source archive under its own name."""
    if source.kind == "directory":
        return (uv.folder / source.location / source.subdirectory).resolve()
    if source.kind == "vcs":
        return _check_out(wheel, source, work / "source", uv.environ, offline=uv.offline) / (
            source.subdirectory
        )
    if archive is None:
        raise LockError(
            f"`{wheel.name}` has neither a wheel nor a source that can be built",
            hint="run `boxwright lock` to make the lock again",
        )
    named = work / source.file
    shutil.copyfile(archive, named)
    if not source.subdirectory:
        return named
    folder = work / "unpacked"
    shutil.unpack_archive(named, folder, filter="data")
    tops = list(folder.iterdir())
    return (tops[0] if len(tops) == 1 else folder) / source.subdirectory


def _check_out(
    wheel: LockedWheel,
    source: LockedSource,
    folder: Path,
    environ: Mapping[str, str],
    *,
    offline: bool,
) -> Path:
    """Clone the repository at the locked commit, with git's own credentials."""
    system, _, url = source.location.partition("+")
    if system != "git":
        raise LockError(
            f"`{wheel.name}` comes from {system}, which is not supported",
            hint="publish it as a wheel, or move the repository to git",
        )
    if offline and not url.startswith("file:"):
        raise FetchError(
            f"`{wheel.name}` has to be cloned, which `--offline` forbids",
            hint="run once without `--offline` to fill the cache",
        )
    url = (
        urllib.request.url2pathname(urllib.parse.urlsplit(url).path) if url[:5] == "file:" else url
    )
    quiet = {**environ, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    steps = (
        ["clone", "--quiet", "--no-checkout", "--", url, str(folder)],
        ["-C", str(folder), "checkout", "--quiet", "--detach", source.revision],
        ["-C", str(folder), "submodule", "--quiet", "update", "--init", "--recursive"],
    )
    for step in steps:
        try:
            answer = subprocess.run(
                ["git", *step],  # noqa: S607 (found by PATH, as pip and uv do)
                env=quiet,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
            )
        except OSError as error:
            raise LockError(
                f"`{wheel.name}` comes from a git repository, but `git` cannot be run",
                hint="install git",
            ) from error
        if answer.returncode:
            said = _USERINFO.sub("://", answer.stderr.strip()).splitlines()
            raise FetchError(
                f"`{wheel.name}`: commit {source.revision[:12]} of `{redact_any(url)}` cannot be "
                f"had: {said[-1] if said else 'git failed'}",
                hint="check the network and git's credentials for this repository",
            )
    return folder


def _run_backend(place: Path, output: Path, target: Target, uv: Uv, what: str, work: Path) -> bool:
    """Build *place*; return whether it was with the target's Python."""
    arguments = ["build", "--wheel", "--no-create-gitignore", "--out-dir", str(output)]
    environ = _build_environ(uv.variables(), uv.environ)
    if environ is None:
        # Credentials stay out of the environment, which the backend's code can read.
        arguments += ["--config-file", str(_write_config(uv, work))]
        environ = _scrubbed(uv.variables())
        environ |= _same_every_time(uv.environ)
    try:
        uv.run_in([*arguments, "--python", target.python, str(place)], environ)
    except UvError as error:
        # One that could not be fetched is as good as one that is not there.
        if cause_of(error.text) != "interpreter" and "/cpython-" not in error.text:
            raise _failed(error, what) from error
    else:
        return True
    try:
        uv.run_in([*arguments, "--python", sys.executable, str(place)], environ)
    except UvError as error:
        raise _failed(error, what) from error
    return False


def _failed(error: UvError, what: str) -> PackageError:
    # What the backend itself said last is nearer to the cause than uv's account of it.
    reason = error.heard if "build backend" in error.text and error.heard else error.text
    return PackageError(
        f"`{what}` cannot be built from source: {reason}",
        hint="install what its build needs, or put a wheel of it into a find-links folder",
    )


def _keep(path: Path, wheel: LockedWheel, target: Target, cache: Cache, *, is_exact: bool) -> Built:
    name = parse_wheel_filename(path.name)
    if target.is_foreign and not _is_pure(name.tags):
        raise PackageError(
            f"`{wheel.name}` has to be compiled, which cannot be done here for {target}",
            hint="build on a machine of that platform, or compile the wheel there and put it "
            "into a find-links folder",
        )
    if not fits(name.tags, map(str, target.tags)):
        hint = (
            "put a wheel that fits into a find-links folder"
            if is_exact
            else f"install that Python to compile with: `uv python install {target.python}`"
        )
        raise PackageError(f"the wheel built here, `{path.name}`, does not fit {target}", hint=hint)
    with cache.writer() as writer, path.open("rb") as file:
        while chunk := file.read(1 << 20):
            writer.write(chunk)
        digest = writer.commit(what=path.name)
        size = writer.size
    return Built(file=path.name, version=name.version, digest=digest, size=size)


def _is_for(file: str, target: Target) -> bool:
    """Return whether the wheel *file*, which fits the Python of *target*, runs on its machine."""
    tags = parse_wheel_filename(file).tags
    return _is_pure(tags) or any(tag.endswith(f"_{target.machine}") for tag in tags)


def _is_pure(tags: Iterable[str]) -> bool:
    return all(tag.endswith("-none-any") for tag in tags)


def _same_every_time(environ: Mapping[str, str]) -> dict[str, str]:
    return {
        "SOURCE_DATE_EPOCH": environ.get("SOURCE_DATE_EPOCH") or str(MTIME),
        # Zip times are local, and west of Greenwich the epoch above is before 1980.
        "TZ": "UTC",
        "LC_ALL": "C.UTF-8",
        "PYTHONHASHSEED": "0",
        # The folder that is built is the user's.
        "PYTHONDONTWRITEBYTECODE": "1",
        # Here an interpreter may be fetched, if uv's settings allow it: it is needed.
        "UV_PYTHON_DOWNLOADS": environ.get("UV_PYTHON_DOWNLOADS", "automatic"),
    }


def _build_environ(variables: dict[str, str], environ: Mapping[str, str]) -> dict[str, str] | None:
    """Return the environment to build in, None where indexes have credentials."""
    for name, value in variables.items():
        if _SECRET_NAME.fullmatch(name) and name.startswith("UV_INDEX_") and value:
            return None
        if _INDEX_NAME.fullmatch(name) and _USERINFO.search(value):
            return None
    return _scrubbed(variables) | _same_every_time(environ)


def _scrubbed(variables: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in variables.items()
        if not _SECRET_NAME.fullmatch(name)
        and not (_INDEX_NAME.fullmatch(name) and _USERINFO.search(value))
        and name not in {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}
    }


def _write_config(uv: Uv, work: Path) -> Path:
    """Write a uv.toml, readable by the user alone, with the indexes and their credentials."""
    import tomli_w

    indexes = []
    for number, index in enumerate(uv.indexes.indexes):
        entry: dict[str, object] = {"name": index.name or f"index-{number}", "url": index.url}
        if index.auth:
            parts = urllib.parse.urlsplit(index.url)
            userinfo = ":".join(urllib.parse.quote(part, safe="") for part in index.auth)
            host = parts.netloc.rpartition("@")[2]
            entry["url"] = urllib.parse.urlunsplit(parts._replace(netloc=f"{userinfo}@{host}"))
        if index.default:
            entry["default"] = True
        if index.explicit:
            entry["explicit"] = True
        if index.flat:
            entry["format"] = "flat"
        indexes.append(entry)
    path = work / "uv.toml"
    path.touch(0o600)
    path.write_text(tomli_w.dumps({"index": indexes}), "utf-8")
    return path


def _tree_digest(folder: Path, cache: Cache) -> Digest:
    """Return the digest of what a wheel of *folder* may be made of."""
    tree = FolderTree(folder)
    paths = tree.paths()
    # Images that were written into the project are not part of it.
    layouts = tuple(f"{path.rpartition('/')[0]}/" for path in paths if path.endswith("/oci-layout"))
    entries: list[list[str]] = []
    for path in paths:
        if _is_left_over(path) or path.startswith(layouts):
            continue
        link = tree.link(path)
        content = link if link is not None else digest_of_file(folder / path, cache)[0]
        executable = "x" if tree.mode(path) & 0o111 and link is None else ""
        entries.append([path, executable, content])
    return digest_of(canonical_json(entries))


def _is_left_over(path: str) -> bool:
    """Return whether *path* is what a build leaves behind, be it the wheel's or the image's."""
    if path == "boxwright.lock" or ("/" not in path and path.endswith(".tar")):
        return True
    pure = PurePosixPath(path)
    parents = {str(parent) for parent in pure.parents}
    return any(
        PurePosixPath(parent).match(pattern) and parent.count("/") == pattern.count("/")
        for parent in parents
        for pattern in _LEFT_OVERS
    )


def _left_overs(place: Path) -> set[Path]:
    if not place.is_dir():
        return set()
    return {path for pattern in _LEFT_OVERS for path in place.glob(pattern) if path.is_dir()}
