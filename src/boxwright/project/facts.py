"""A project as facts, each with where it was read; nothing here is decided."""

from __future__ import annotations

from dataclasses import dataclass

from boxwright.project.evidence import Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A text that was found somewhere."""

    value: str
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What was seen but could not be used, or may surprise."""

    text: str
    hint: str = ""
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """A distribution that the project asks for itself."""

    name: str
    """Normalised (PEP 503)."""
    extras: tuple[str, ...]
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependencies:
    """What the project needs, and the file that decides it."""

    source: str
    """`uv.lock`, `pylock.toml`, `requirements`, `pyproject` or `none`."""
    path: str = ""
    hashed: bool = False
    """Whether every requirement of a requirements file carries hashes."""
    why: str = ""
    direct: tuple[Dependency, ...] = ()
    is_complete: bool = True
    """False where what the project needs is known only after its build back end has run."""
    locked: frozenset[str] = frozenset()
    """All names in a lock file, those for development included."""
    providing: tuple[Dependency, ...] = ()
    """Servers that come with other dependencies, by name; not sought where one is direct."""

    def find(self, *names: str) -> Dependency | None:
        """Return the direct dependency of the first of *names* that there is."""
        for name in names:
            for dependency in self.direct:
                if dependency.name == name:
                    return dependency
        return None

    def has(self, name: str) -> bool:
        """Tell whether *name* is a dependency, as far as that is known."""
        return name in self.locked or any(item.name == name for item in self.direct)


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """The project as a distribution to install."""

    evidence: Evidence
    layout: str
    """`src`, or `flat`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleScript:
    """An entry of `[project.scripts]`."""

    name: str
    target: str
    """`package.module:function`."""
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A path that a web application answers to GET, without parameters in it."""

    path: str
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class WebApplication:
    """An application object, or a function that makes one, or a script for a framework."""

    framework: str
    """A name of `frameworks.toml`."""
    interface: str
    """`asgi`, `wsgi`, `script` (started as a program) or `streamlit`."""
    path: str
    """The file."""
    module: str
    """How it is imported: `package.module`."""
    root: str
    """The folder of the project that has to be on `sys.path` for that; empty for the project's."""
    name: str
    """The object's, or the function's; empty for scripts."""
    is_factory: bool
    evidence: Evidence
    routes: tuple[Route, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """A port that the project names."""

    number: int
    path: str
    """The file."""
    evidence: Evidence
    variable: str = ""
    """The environment variable that it is read from, where there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A Python file that is meant to be started."""

    path: str
    root: str
    """The folder of the project that has to be on `sys.path` for its imports."""
    module: str
    """How it would be imported from there."""
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Files that do not come into the image, and why."""

    paths: tuple[str, ...]
    reason: str
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """All that is known of a project."""

    name: Fact
    version: Fact | None
    description: Fact | None
    license: Fact | None
    urls: tuple[tuple[str, str], ...]
    requires_python: Fact | None
    preferred_python: Fact | None
    """`3.12`, from `.python-version` or `runtime.txt`: what the developers work with."""
    dependencies: Dependencies
    extras: tuple[str, ...]
    """Those that the project declares."""
    groups: tuple[str, ...]
    package: Package | None
    scripts: tuple[ConsoleScript, ...]
    applications: tuple[WebApplication, ...]
    """The likeliest first."""
    ports: tuple[Port, ...]
    local_hosts: tuple[Fact, ...]
    """Servers that listen on the machine's own address only."""
    programs: tuple[Program, ...]
    """The likeliest first."""
    names_sigterm: bool
    """Whether the code names SIGTERM, which it then may want to handle."""
    files: tuple[str, ...]
    models: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    remarks: tuple[Remark, ...]
