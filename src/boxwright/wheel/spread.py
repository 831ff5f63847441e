"""
Where each file of a wheel lands in a virtual environment, and what is written beside it.

Binary distribution format, "Installing a wheel": the steps "Spread" but without running
or unpacking anything.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, replace

from boxwright.errors import PackageError
from boxwright.wheel.archive import Member, WheelArchive
from boxwright.wheel.filename import canonical_name
from boxwright.wheel.metadata import Metadata, Script, read_metadata
from boxwright.wheel.record import Row, Verifier, print_record, read_record, row_of, unrecorded

INSTALLER = b"boxwright\n"

_PLACEHOLDER = b"#!python"
_MOST_SCRIPT_BYTES = 64_000_000
_NOT_KEPT = ("INSTALLER", "REQUESTED", "direct_url.json")
"""Files that the one who installs writes, never the one who builds."""

_PROGRAM = """\
#!{python}
# -*- coding: utf-8 -*-
import sys
from {module} import {name}
if __name__ == "__main__":
    if sys.argv[0].endswith("-script.pyw"):
        sys.argv[0] = sys.argv[0][:-11]
    elif sys.argv[0].endswith(".exe"):
        sys.argv[0] = sys.argv[0][:-4]
    sys.exit({function}())
"""
"""As uv writes it, to the byte; pip's differs in how it takes the suffix off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """The virtual environment that wheels are spread over."""

    prefix: str
    """Its absolute path in the image."""
    python: str
    """The interpreter's minor version: `3.13`."""

    @property
    def interpreter(self) -> str:
        """The interpreter as scripts name it."""
        return f"{self.prefix}/bin/python"

    @property
    def site_packages(self) -> str:
        """Where modules are, relative to the prefix."""
        return f"lib/python{self.python}/site-packages"


@dataclass(frozen=True, slots=True)
class Target:
    """A file of the environment: a *member* as it is, or else *content*."""

    path: str
    """Relative to the image's root."""
    mode: int
    row: Row
    """What RECORD says of it, with a path relative to site-packages."""
    member: Member | None = None
    content: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """A wheel as it is installed; *targets* are sorted by path."""

    metadata: Metadata
    targets: tuple[Target, ...]


def spread(wheel: WheelArchive, environment: Environment, *, direct_url: str = "") -> Spread:
    """
    Return what *wheel* becomes in *environment*.

    *direct_url* is the content of direct_url.json (PEP 610) for what came from no index.
    Raises PackageError where two of its files land in one place, and what `read_metadata`
    and `read_record` raise.
    """
    metadata = read_metadata(wheel)
    rows = read_record(wheel, metadata.dist_info)
    found: dict[str, Target] = {}
    for target in (
        *_members(wheel, metadata, rows, environment),
        *(_program(script, environment) for script in metadata.scripts),
    ):
        if found.setdefault(target.path, target) is not target:
            raise PackageError(
                f"wheel `{wheel.filename}` installs `/{target.path}` twice",
                hint="report it to the wheel's publisher, and pin another version",
            )
    notes = {"INSTALLER": INSTALLER}
    if direct_url:
        notes["direct_url.json"] = direct_url.encode()
    for name, content in notes.items():
        target = _written(f"{metadata.dist_info}/{name}", content, environment)
        found[target.path] = target
    own = f"{metadata.dist_info}/RECORD"
    record = print_record((target.row for target in found.values()), own)
    target = _written(own, record, environment)
    found[target.path] = target
    return Spread(
        metadata=metadata,
        targets=tuple(sorted(found.values(), key=lambda target: target.path)),
    )


def _members(
    wheel: WheelArchive, metadata: Metadata, rows: dict[str, Row], environment: Environment
) -> Iterator[Target]:
    """Yield a target for each member that is installed."""
    site = f"{environment.prefix}/{environment.site_packages}/".lstrip("/")
    data = f"{metadata.data}/"
    # The signatures are of the RECORD that was; nobody could verify them any more.
    left_out = unrecorded(metadata.dist_info) | {
        f"{metadata.dist_info}/{name}" for name in _NOT_KEPT
    }
    for member in wheel.members:
        name = member.name
        # Byte code that nobody can check against its source; ours is made from the source.
        if name in left_out or "__pycache__/" in name:
            continue
        mode = 0o755 if member.is_executable else 0o644
        if name.startswith(data):
            yield _moved(wheel, member, rows[name], metadata, environment, mode)
        else:
            yield Target(site + name, mode, rows[name], member)


def _moved(
    wheel: WheelArchive,
    member: Member,
    row: Row,
    metadata: Metadata,
    environment: Environment,
    mode: int,
) -> Target:
    """Return the target of *member*, which is in the `.data` folder."""
    key, _, rest = member.name.removeprefix(f"{metadata.data}/").partition("/")
    include = f"include/site/python{environment.python}/{canonical_name(metadata.name)}"
    schemes = {
        "purelib": environment.site_packages,
        "platlib": environment.site_packages,
        "headers": include,
        "scripts": "bin",
        "data": "",
    }
    if key not in schemes or not rest:
        raise PackageError(
            f"wheel `{wheel.filename}` has `{member.name}`, which belongs to no known place",
            hint=f"below `{metadata.data}` there may be {', '.join(sorted(schemes))}",
        )
    inner = posixpath.join(schemes[key], rest)
    path = f"{environment.prefix}/{inner}".lstrip("/")
    row = replace(row, path=_recorded(inner, environment))
    if key != "scripts":
        return Target(path, mode, row, member)
    if not _starts_with(wheel, member, _PLACEHOLDER):
        return Target(path, 0o755, row, member)
    verifier = Verifier(wheel, member, row)
    script = wheel.content(member, limit=_MOST_SCRIPT_BYTES)
    verifier.update(script)
    verifier.check()
    return _rewritten(inner, _with_interpreter(script, environment), environment)


def _starts_with(wheel: WheelArchive, member: Member, start: bytes) -> bool:
    if member.size < len(start):
        return False
    pieces = wheel.pieces(member)
    found = b""
    while len(found) < len(start):
        found += next(pieces)
    return found.startswith(start)


def _with_interpreter(script: bytes, environment: Environment) -> bytes:
    """Return *script* with `#!python` replaced; what follows it on the line stays, as in uv."""
    rest = script.removeprefix(_PLACEHOLDER)
    return b"#!" + environment.interpreter.encode() + rest.removeprefix(b"w")


def _program(script: Script, environment: Environment) -> Target:
    text = _PROGRAM.format(
        python=environment.interpreter,
        module=script.module,
        name=script.function.partition(".")[0],
        function=script.function,
    )
    return _rewritten(f"bin/{script.name}", text.encode(), environment)


def _rewritten(inner: str, content: bytes, environment: Environment) -> Target:
    """Return the target of the program *inner*, relative to the environment."""
    path = f"{environment.prefix}/{inner}".lstrip("/")
    return Target(path, 0o755, row_of(_recorded(inner, environment), content), content=content)


def _written(inner: str, content: bytes, environment: Environment) -> Target:
    """Return the target of *content* at *inner*, relative to site-packages."""
    path = f"{environment.prefix}/{environment.site_packages}/{inner}".lstrip("/")
    return Target(path, 0o644, row_of(inner, content), content=content)


def _recorded(inner: str, environment: Environment) -> str:
    """Return *inner*, relative to the environment, as RECORD writes it."""
    return posixpath.relpath(inner, environment.site_packages)
