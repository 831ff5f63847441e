"""uv, run as a program: it resolves, reads its own lock and builds; we read what it says."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from boxwright.errors import FetchError, LockError
from boxwright.lock.indexes import Indexes

_USERINFO = re.compile(r"(?P<scheme>[a-zA-Z][a-zA-Z0-9+.-]*://)[^/\s`'\"@]*@")
_QUERY = re.compile(r"(?P<url>[a-z]+://[^\s`'\"?#]*)[?#][^\s`'\"]*")
_MARK = re.compile("^(error: |cause: |\N{MULTIPLICATION SIGN} |[╰├]─▶ )")
"""What uv puts before a line, in its present and its earlier manner."""
_SHOWN_LINES = 12


class UvError(LockError):
    """
    uv refused.

    *text* is what it said and *heard* the last line that a program of its own said
    before, a build backend say; both without credentials.
    """

    def __init__(self, message: str, *, text: str, heard: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.text = text
        self.heard = heard


class UvNetworkError(UvError, FetchError):
    """uv could not reach an index or a repository."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Uv:
    """uv with the indexes of this machine, run in *folder*."""

    folder: Path
    indexes: Indexes
    environ: Mapping[str, str] = field(repr=False)
    offline: bool = False

    def run(
        self,
        arguments: Sequence[str],
        *,
        content: str = "",
        extra_environ: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> str:
        """Return what `uv` with *arguments* prints, given *content* on its standard input."""
        environ = self.variables() | dict(extra_environ or {})
        return self.run_in(arguments, environ, content=content, folder=folder)

    def run_in(
        self,
        arguments: Sequence[str],
        environ: Mapping[str, str],
        *,
        content: str = "",
        folder: Path | None = None,
    ) -> str:
        """Return what `uv` prints in an environment that is *environ* and nothing else."""
        command = [_find(self.environ), *arguments]
        if self.offline:
            command.append("--offline")
        if self.indexes.no_index:
            # There is no variable for it that every version of uv reads.
            command.append("--no-index")
        process = subprocess.Popen(
            command,
            cwd=folder or self.folder,
            env=dict(environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # What a build backend packs must not depend on the user's.
            umask=0o022,
            # A group of its own, so that what it has started ends with it.
            start_new_session=True,
        )
        try:
            output, errors = process.communicate(content.encode())
        except BaseException:
            _end(process)
            raise
        if process.returncode:
            raise explain(errors.decode("utf-8", "replace"), offline=self.offline)
        return output.decode("utf-8", "replace")

    def variables(self) -> dict[str, str]:
        """Return uv's environment: the user's, the indexes, nothing that changes its output."""
        variables = {
            name: value
            for name, value in self.environ.items()
            if name not in {"UV_WORKING_DIR", "UV_PROJECT", "UV_FROZEN", "UV_LOCKED"}
        }
        variables |= {
            "NO_COLOR": "1",
            "UV_NO_PROGRESS": "1",
            "UV_PREVIEW": "0",
            # The interpreter of the image is none that runs here; do not fetch it to plan.
            "UV_PYTHON_DOWNLOADS": variables.get("UV_PYTHON_DOWNLOADS", "never"),
        }
        if "UV_SYSTEM_CERTS" not in variables and _has_certificates():
            # An authority that only this machine trusts is as good for uv as for pip and us.
            variables["UV_SYSTEM_CERTS"] = "1"
        variables |= self.indexes.uv_environ
        variables["PATH"] = _with_interpreters(variables.get("PATH", os.defpath))
        return variables


def _has_certificates() -> bool:
    """Return whether this machine has certificates of its own; a minimal container has none."""
    import ssl

    paths = ssl.get_default_verify_paths()
    return bool(paths.cafile or (paths.capath and any(Path(paths.capath).iterdir())))


def _find(environ: Mapping[str, str]) -> str:
    """Return the program: the one that boxwright was installed with, else that in PATH."""
    import shutil

    import uv

    try:
        return uv.find_uv_bin()
    except FileNotFoundError as error:
        if found := shutil.which("uv", path=environ.get("PATH")):
            return found
        raise LockError(
            "the program `uv` is not found", hint="install it: `pip install uv`"
        ) from error


def _with_interpreters(path: str) -> str:
    """
    Return PATH with pyenv's stand-ins replaced by the interpreters themselves.

    A stand-in fails for every version that is not selected, and uv gives up there.
    """
    entries: list[str] = []
    found: list[str] = []
    for entry in path.split(os.pathsep):
        versions: list[Path] = []
        if Path(entry).name == "shims":
            # Those of another user may not be looked at.
            with contextlib.suppress(OSError):
                versions = sorted((Path(entry).parent / "versions").iterdir(), reverse=True)
        if versions:
            found += (str(folder / "bin") for folder in versions)
        else:
            entries.append(entry)
    # Last, so that none of them becomes the `python` of a build.
    return os.pathsep.join([*entries, *found])


def _end(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        process.kill()
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def clean(text: str) -> str:
    r"""
    Return what uv said without credentials, warnings and its own hints.

    >>> clean("warning: a\nerror: Failed to fetch: `https://me:secret@host/simple/?a=b`")
    'Failed to fetch: `https://host/simple/`'
    """
    text = _USERINFO.sub(r"\g<scheme>", text)
    text = _QUERY.sub(r"\g<url>", text)
    lines: list[str] = []
    wanted = False
    for line in text.splitlines():
        if line.startswith(("error: ", "  \N{MULTIPLICATION SIGN} ", "  cause: ")):
            wanted = True
        elif line and not line[0].isspace():
            wanted = False
        if wanted and line.strip():
            lines.append(_MARK.sub("", line.strip()))
    if len(lines) > 1 and lines[0].startswith("No solution found"):
        del lines[0]
    if not lines:
        lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > _SHOWN_LINES:
        # The beginning says what failed, the end why.
        half = _SHOWN_LINES // 2
        lines = [*lines[:half], "…", *lines[-half:]]
    return "\n".join(lines)


_CAUSES: tuple[tuple[str, str], ...] = (
    (r"no wheels with a matching|no usable wheels|no wheel(s)? with|not supported on", "wheel"),
    (r"network (was|is) disabled|--offline", "offline"),
    (
        r"error sending request|Request failed|Failed to fetch|Failed to download|dns error",
        "network",
    ),
    (r"\b40[13]\b|Unauthorized|Forbidden", "network"),
    (r"[Hh]ash mismatch", "hash"),
    (r"was not found in the (package registry|provided)", "unknown"),
    (r"No interpreter found|inspect Python interpreter|Querying Python", "interpreter"),
    (r"requirements are unsatisfiable|are incompatible|No solution found", "conflict"),
)

HINTS = {
    "wheel": "allow another version of the package, or another suite of the base",
    "offline": "run once without `--offline` to fill uv's cache",
    "network": "check the network, the proxy and the credentials of the index",
    "hash": "the file was replaced or the hash is old; lock the requirements again",
    "unknown": "check the spelling of the name and the index that it should come from",
    "interpreter": "`uv python list` shows what uv finds; `uv python install` adds one",
    "conflict": "loosen one of the requirements that are named",
    "": "correct what uv names; `uv pip compile` shows the same",
}


def cause_of(text: str) -> str:
    """
    Return which kind of failure uv's *text* tells of, a key of the hints.

    >>> cause_of("Failed to build `/tmp/el374016/one.tar.gz`: No interpreter found")
    'interpreter'
    """
    return next((kind for pattern, kind in _CAUSES if re.search(pattern, text)), "")


def explain(stderr: str, *, offline: bool = False) -> UvError:
    """Return uv's failure as an error of ours."""
    said = clean(stderr)
    kind = cause_of(said if not offline else stderr)
    if kind in {"network", "offline"}:
        said = _shortened(said)
        return UvNetworkError(said, text=said, hint=HINTS[kind])
    before = [line.strip() for line in stderr.partition("\nerror: ")[0].splitlines()]
    heard = _USERINFO.sub(r"\g<scheme>", next(filter(None, reversed(before)), ""))
    return UvError(said, text=said, heard=heard, hint=HINTS[kind])


def _shortened(said: str) -> str:
    r"""
    Return what could not be reached and why, of a chain of causes.

    >>> _shortened("Request failed\nFailed to fetch: http://host/a/\nclient error\ndns error")
    'Failed to fetch: http://host/a/ (dns error)'
    """
    lines = said.splitlines()
    place = next((line for line in lines if "://" in line), lines[0] if lines else "")
    return place if not lines or lines[-1] == place else f"{place} ({lines[-1]})"
