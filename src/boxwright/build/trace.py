"""Which modules the application imports when it starts: for `bytecode = "imported"`."""

from __future__ import annotations

import json
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

from boxwright.build import trace_worker
from boxwright.build.interpreter import Interpreter
from boxwright.errors import BuildError
from boxwright.image.compression import TRANSFORM
from boxwright.image.filesystem import open_tar
from boxwright.image.image import Layer
from boxwright.oci.canonical import canonical_json
from boxwright.oci.digest import Digest, digest_of
from boxwright.plan.model import SITE, ProcessPlan
from boxwright.store.cache import Cache

_PATIENCE = 600
"""Seconds that the application has for importing what it needs."""

_SHOWN = 2000
"""How much of what a failing application says is shown."""


def imports_key(process: ProcessPlan, layers: Sequence[Layer], compiled_by: Digest) -> Digest:
    """Return the digest of all that decides what the start of *process* imports."""
    return digest_of(
        canonical_json(
            {
                "transform": TRANSFORM,
                "worker": digest_of(Path(trace_worker.__file__).read_bytes()),
                "interpreter": compiled_by,
                "command": process.entrypoint,
                "env": process.env,
                "layers": [layer.diff_id for layer in layers],
            }
        )
    )


def recall_imports(key: Digest, cache: Cache) -> frozenset[str] | None:
    """Return the sources that were found to be imported, None if nobody looked."""
    record, is_borrowed = cache.recall("imports", key), False
    if record is None and cache.shared is not None:
        record, is_borrowed = cache.shared.recall("imports", key), True
    sources = None if record is None else record.get("sources")
    if not isinstance(sources, list) or not all(isinstance(source, str) for source in sources):
        return None
    cache.use("imports", key, record if is_borrowed else None)
    return frozenset(sources)


def trace_imports(
    process: ProcessPlan, layers: Sequence[Layer], interpreter: Interpreter, cache: Cache
) -> frozenset[str]:
    """
    Return the sources that the start of *process* imports, by their absolute paths in the image.

    *layers* are all that it needs above the base. The application is really imported,
    on this machine, as the user who builds: whoever asks for it trusts the project.
    """
    with tempfile.TemporaryDirectory(prefix="boxwright-trace-") as name:
        root = Path(name)
        for layer in layers:
            with open_tar(layer) as members:
                _unpack(members, root)
        sources = _trace(process, root, interpreter)
    key = imports_key(process, layers, interpreter.digest)
    cache.remember("imports", key, {"sources": sources})
    cache.use("imports", key)
    return frozenset(sources)


def _unpack(members: tarfile.TarFile, root: Path) -> None:
    """
    Write what the tar holds below *root*.

    Links that lead out of their folder are left out: those of the environment lead to the
    base, which is not here.
    """
    inside = root.resolve()
    for member in members:
        path = root / member.name
        if not path.parent.resolve().is_relative_to(inside):
            continue
        if member.isdir():
            path.mkdir(exist_ok=True)
            continue
        path.unlink(missing_ok=True)
        if member.issym() and "/" not in member.linkname:
            path.symlink_to(member.linkname)
        elif member.islnk():
            path.hardlink_to(root / member.linkname)
        elif member.isreg() and (content := members.extractfile(member)):
            with path.open("wb") as file:
                shutil.copyfileobj(content, file)


def _trace(process: ProcessPlan, root: Path, interpreter: Interpreter) -> list[str]:
    site = f"{SITE}/lib/python{interpreter.python}/site-packages"
    job = {
        "root": str(root),
        "site": site.strip("/"),
        "working_dir": process.working_dir.strip("/"),
        "command": process.entrypoint,
        # Where it looks for programs is where they are in the image, not here.
        "env": {name: value for name, value in process.env if name not in ("PATH", "HOME")},
    }
    # The libraries that were added to the base stand beside it here.
    libraries = [str(path) for path in sorted(root.glob("usr/lib/*-linux-gnu"))]
    argv = list(interpreter.argv)
    at = argv.index("--library-path") + 1
    argv[at] = ":".join([argv[at], *libraries])
    try:
        done = subprocess.run(
            [*argv, str(Path(trace_worker.__file__))],
            input=json.dumps(job).encode(),
            env={**dict(interpreter.env), "HOME": str(root)},
            capture_output=True,
            check=False,
            timeout=_PATIENCE,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise _failed(str(error)) from error
    try:
        sources = json.loads(done.stdout)
    except ValueError:
        raise _failed(done.stderr.decode(errors="replace").strip()[-_SHOWN:]) from None
    return [str(source) for source in sources]


def _failed(why: str) -> BuildError:
    return BuildError(
        f"the application could not be imported to see which modules it needs: {why}",
        hint='it must be importable without its services; or set `bytecode = "all"`',
    )
