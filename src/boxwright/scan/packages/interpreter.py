"""Pythons that no distribution's package brought: compiled into `/usr/local`, or unpacked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set

from boxwright.scan.layer_index import FILE, HARDLINK
from boxwright.scan.packages.lookup import Documents, normal
from boxwright.scan.packages.package import Package
from boxwright.scan.packages.words import Unread, decoded, is_word

_EXECUTABLE = re.compile(r"python(?P<version>\d\.\d{1,2}[tdm]?)")
_LIBRARY = re.compile(r"libpython(?P<version>\d\.\d{1,2}[tdm]?)\.so\.1\.0")
_MOST = 200
"""Pythons of an image; some have dozens, for tests against each."""


def find_interpreters(documents: Documents) -> dict[str, tuple[str, str]]:
    """Return the prefix and the version, `3.11`, of each Python, by its program or library."""
    found: dict[tuple[str, str], str] = {}
    for path, live in documents.files.items():
        if "bin/python" not in path and "lib/libpython" not in path:
            continue
        folder, _, name = path.rpartition("/")
        match = _EXECUTABLE.fullmatch(name) or _LIBRARY.fullmatch(name)
        if match is None or live.member.kind not in (FILE, HARDLINK):
            continue
        is_program = name.startswith("python")
        if not folder.endswith("bin" if is_program else "lib"):
            continue
        prefix = folder.removesuffix("bin" if is_program else "lib")
        if f"{prefix}pyvenv.cfg" in documents:
            continue  # a copy of another one
        # The program is what it is known by, where there are both.
        if is_program or (prefix, match["version"]) not in found:
            found[prefix, match["version"]] = path
        if len(found) >= _MOST:
            break
    return {path: key for key, path in found.items()}


def read_interpreters(
    found: dict[str, tuple[str, str]],
    owned: Set[str],
    packages: list[Package],
    documents: Documents,
    unread: Unread,
) -> Iterator[Package]:
    """Yield those that were *found* and are neither *owned* nor among Debian's *packages*."""
    names = {package.name for package in packages if package.type == "deb"}
    environments = [path for path in documents if path.endswith("pyvenv.cfg")]
    for path, (prefix, version) in found.items():
        # Without lists of files, as in old distroless images, names have to do.
        debian = {f"python{version}-minimal", f"libpython{version}-minimal", f"python{version}"}
        if path in owned or (prefix == "usr/" and names & debian):
            continue
        full = _from_headers(f"{prefix}include/python{version}/patchlevel.h", documents)
        full = full or _from_environments(environments, f"/{prefix}bin", version, documents)
        if not full:
            unread.append(f"`{path}` is a Python {version} of which no document tells the release")
        yield Package(
            type="generic",
            name="python",
            version=full,
            path=path,
            files=documents.owned(_files(path, prefix, version, documents)),
        )


def _from_headers(path: str, documents: Documents) -> str:
    for line in decoded(documents.find(path) or b"").splitlines():
        words = line.split()
        if words[:2] == ["#define", "PY_VERSION"] and len(words) > 2:
            version = words[2].strip('"')
            return version.removesuffix("+") if is_word(version) else ""
    return ""


def _from_environments(
    environments: list[str], home: str, version: str, documents: Documents
) -> str:
    """Return the release that a virtual environment, made with the Python in *home*, tells."""
    for path in environments:
        fields = {}
        for line in decoded(documents[path]).splitlines():
            name, _, value = line.partition("=")
            fields[name.strip().lower()] = value.strip()
        full = fields.get("version_info") or fields.get("version", "")
        full = ".".join(full.split(".")[:3])
        is_of_it = normal(fields.get("home", "")) == normal(home)
        if is_of_it and full.startswith(f"{version.rstrip('tdm')}.") and is_word(full):
            return full
    return ""


def _files(path: str, prefix: str, version: str, documents: Documents) -> Iterator[tuple[str, str]]:
    yield path, ""
    library = f"{prefix}lib/libpython{version}.so.1.0"
    if library != path and library in documents.files:
        yield library, ""
    for folder in (f"{prefix}lib/python{version}", f"{prefix}include/python{version}"):
        for file in documents.files_below(folder):
            if not file.startswith((f"{folder}/site-packages/", f"{folder}/dist-packages/")):
                yield file, ""
