"""A Python distribution that an image gets, as a requirement or a conda specification says it."""

from __future__ import annotations

import posixpath
import re
from functools import cache
from typing import TYPE_CHECKING

from boxwright.errors import ProjectError
from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    from boxwright.syntax.dockerfile.instructions import Instruction
    from boxwright.syntax.requirements import Requirement
    from boxwright.text.source import Span


class PythonPackage(NamedTuple):
    """A Python distribution that is installed, as far as commands and files say it."""

    name: str
    """Normalised (PEP 503)."""
    version: str = ""
    """Without a local part; empty where it is not said (a range, a URL, nothing)."""
    specifier: str = ""
    """As written: `==2.4.0+cu121`, `>=2,<3`."""
    extras: tuple[str, ...] = ()
    origin: str = ""
    """`pip install`, `requirements.txt:12`, `uv.lock`, `conda install`."""
    instruction: Instruction | None = None
    """The RUN that installs it."""
    word_span: Span | None = None
    """The word of the RUN that names it, None where a file does."""
    index_url: str = ""
    """The index, page of links, or backend that was asked for; the one that says a CUDA."""
    local_version: str = ""
    """`cu121`, `cpu`."""
    manager: str = "pip"
    """`pip` for everything that takes wheels from an index, else `conda`."""
    url: str = ""
    """Of a direct reference."""

    @property
    def is_exact(self) -> bool:
        """Whether one version is asked for."""
        return bool(self.version)


def requirement(text: str, *, origin: str, index_url: str = "") -> PythonPackage | None:
    """
    Return the distribution that the requirement *text* asks for, None if its name is not to be seen.

    >>> found = requirement("torch[opt]==2.4.0+cu121", origin="pip install")
    >>> found.name, found.version, found.local_version, found.extras
    ('torch', '2.4.0', 'cu121', ('opt',))
    """
    from boxwright.syntax.requirements import parse_requirement

    if not text or text.startswith("-") or len(text) > 2000:
        return None
    try:
        parsed = parse_requirement(text, 1, origin)
    except ProjectError:
        match = _name_form().match(text)
        if match is None or "/" in text:
            return None
        from boxwright.syntax.requirements import normalised

        return PythonPackage(normalised(match[0]), origin=origin, index_url=index_url)
    return of_requirement(parsed, origin, index_url)


def of_requirement(parsed: Requirement, origin: str, index_url: str) -> PythonPackage | None:
    """Return the distribution that *parsed* asks for, None if its name is not to be seen."""
    name, version, local = parsed.name, "", ""
    if not name:
        name, version, local = _named_by(parsed.url or parsed.text)
        if not name:
            return None
    elif parsed.url:
        _, version, local = _named_by(parsed.url)
    pinned = _pinned().search(parsed.specifier)
    if pinned and "," not in parsed.specifier and "*" not in parsed.specifier:
        version, local = pinned[1], pinned[2] or ""
    return PythonPackage(
        name=name,
        version=version,
        specifier=parsed.specifier,
        extras=parsed.extras,
        origin=origin,
        index_url=index_url,
        local_version=local,
        url=parsed.url,
    )


def _named_by(url: str) -> tuple[str, str, str]:
    """
    Return name, version and local version of the wheel or repository at *url*.

    >>> _named_by("https://host/torch-2.4.0%2Bcu121-cp312-cp312-linux_x86_64.whl")
    ('torch', '2.4.0', 'cu121')
    """
    from boxwright.syntax.requirements import normalised

    name = posixpath.basename(url.partition("#")[0].partition("?")[0]).replace("%2B", "+")
    if url.startswith("git+"):
        return normalised(name.partition("@")[0].removesuffix(".git")), "", ""
    if not name.endswith(".whl"):
        return "", "", ""
    parts = name.removesuffix(".whl").split("-")
    if len(parts) < 5 or "*" in parts[0]:
        return "", "", ""
    version, _, local = parts[1].partition("+")
    return normalised(parts[0]), version, local


_CONDA_ALIASES = {"pytorch": "torch", "pytorch-gpu": "torch", "pytorch-cpu": "torch"}


def conda_package(text: str, origin: str) -> PythonPackage | None:
    """
    Return the package that conda's match specification *text* asks for.

    >>> conda_package("pytorch::pytorch=2.4.0=py3.12_cuda12.1", "conda install")[:3]
    ('torch', '2.4.0', '=2.4.0')
    """
    from boxwright.syntax.requirements import normalised

    spec = text.rpartition("::")[2].strip().strip("\"'")
    match = _name_form().match(spec)
    if match is None or spec.startswith((".", "/", "$")):
        return None
    name = _CONDA_ALIASES.get(normalised(match[0]), normalised(match[0]))
    rest = spec[match.end() :].strip()
    version, _, build = rest.lstrip("= ").partition("=")
    is_exact = rest.startswith("=") and version[:1].isdigit() and "*" not in version
    local = ""
    if "cpu" in build:
        local = "cpu"
    elif "cuda" in build:
        local = build[build.index("cuda") :].partition("_")[0]
    return PythonPackage(
        name,
        version.strip() if is_exact and "," not in version else "",
        rest if not build else f"={version}",
        origin=origin,
        local_version=local,
        manager="conda",
    )


@cache
def _name_form() -> re.Pattern[str]:
    return re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")


@cache
def _pinned() -> re.Pattern[str]:
    return re.compile(r"={2,3}\s*v?([0-9][0-9A-Za-z.!_-]*)(?:\+([0-9A-Za-z._-]+))?$")
