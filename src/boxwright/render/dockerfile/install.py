"""How the dependencies get into `/opt/venv`: by the tool and the file that lock them."""

from __future__ import annotations

import functools
import posixpath
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from boxwright.plan.model import Plan
from boxwright.render.dockerfile.instruction import (
    Command,
    Instruction,
    Mount,
    mount,
    run,
    script,
)
from boxwright.render.dockerfile.place import SOURCES, Place, place_of
from boxwright.render.model import Surroundings

REQUIREMENTS_LOCK = "requirements.lock"
"""What the Dockerfile installs from where the project has no lock of its own."""

_OWN_LOCKS = frozenset(
    {"uv.lock", "pylock.toml", "poetry.lock", "pdm.lock", "Pipfile.lock", "none"}
)
_READ_BY_UV = frozenset({"requirements", "pyproject", "setup.py", "setup.cfg"})
_EXPORTED = "/locked/requirements.txt"
_DEVELOPMENT = "/locked/development.txt"
_PYPROJECT = "pyproject.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a target has beside the dependencies of the service."""

    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    development: bool = False
    """Whether it has what developers need too."""


class Installer:
    """The steps that install the dependencies of a plan."""

    def __init__(self, plan: Plan, around: Surroundings) -> None:
        self.declared = plan.dependencies
        self.place: Place = place_of(plan, around)
        self.source = self.declared.source
        if self.source not in _OWN_LOCKS and not self.declared.hashed:
            if around.requirements_lock:
                self.source = REQUIREMENTS_LOCK
            elif self.declared.requirements:
                self.source = "names"
            elif self.source not in _READ_BY_UV:
                self.source = "none"

    # What is needed of the context.

    def manifests(self) -> tuple[str, ...]:
        """Return the files that installing reads, relative to the context."""
        declared = self.declared
        folder = posixpath.dirname(declared.path)
        found = list(declared.manifests)
        match self.source:
            case "requirements.lock":
                # All that it was made from is in it.
                return (self.place.context(REQUIREMENTS_LOCK),)
            case "none" | "names":
                return ()
            case "uv.lock":
                found += [_PYPROJECT, posixpath.join(declared.workspace, _PYPROJECT)]
                found.append(posixpath.join(declared.workspace, "uv.lock"))
            case "poetry.lock" | "pdm.lock":
                found += [declared.path, posixpath.join(folder, _PYPROJECT)]
            case "Pipfile.lock":
                found += [declared.path, posixpath.join(folder, "Pipfile")]
            case _:
                found.append(declared.path or _PYPROJECT)
        return tuple(sorted({self.place.context(path) for path in found}))

    # Steps.

    @property
    def locked(self) -> Instruction | None:
        """What turns another tool's lock into requirements with hashes; None where uv reads it."""
        export = self._export()
        if not export:
            return None
        return run(
            ("mkdir", "/locked"), *export, mounts=[*self.mounts(), *self._binds(self.manifests())]
        ).because(
            f"`{self.declared.path}` decides: its own tool, for this step only, writes what it"
            " locked as requirements with hashes."
        )

    @property
    def install(self) -> Instruction | None:
        """What installs the dependencies of the service; None where there are none."""
        if self.source == "none":
            return None
        if self._export():
            return run(
                ("uv", "pip", "sync", *self._backend(), _EXPORTED),
                mounts=[*self.mounts(), _LOCKED],
            )
        step = run(self._command(Wanted()), mounts=[*self.mounts(), *self._binds(self.manifests())])
        if self.source in (*_OWN_LOCKS, REQUIREMENTS_LOCK) or self.declared.hashed:
            return step
        return step.because(
            "Without a lock each build takes what is newest then, and no two need be the same:"
            " `boxwright init` makes one where the package index can be reached.",
            *(["hadolint ignore=DL3013"] if self.source == "names" else []),
        )

    def more(self, wanted: Wanted) -> Instruction | None:
        """Return what installs *wanted* on top of that; None where there is nothing more."""
        commands: list[Command] = []
        mounts = self.mounts()
        bound = set(self.manifests())
        constraint: tuple[str, ...] = ()
        if self._export():
            mounts.append(_LOCKED)
            constraint = ("--constraints", _EXPORTED)
        elif self.source == REQUIREMENTS_LOCK:
            constraint = ("--constraints", self._requirements_lock())
        if self.source == "uv.lock":
            if wanted.extras or wanted.groups or wanted.development:
                commands.append(self._command(wanted))
        elif self._export() and wanted.development:
            commands.append(("uv", "pip", "sync", *self._backend(), _DEVELOPMENT))
        else:
            groups = wanted.groups
            if wanted.development:
                groups += self.declared.development
            words = _options("--group", groups)
            if wanted.extras:
                words += ("--requirements", _PYPROJECT, *_options("--extra", wanted.extras))
            if words:
                bound.add(self.place.context(_PYPROJECT))
                commands.append(("uv", "pip", "install", *constraint, *words))
        if wanted.requirements:
            commands.append(("uv", "pip", "install", *constraint, *sorted(wanted.requirements)))
        if not commands:
            return None
        return run(*commands, mounts=[*mounts, *self._binds(sorted(bound))])

    @property
    def project(self) -> Instruction:
        """What installs the project itself, and the packages beside it that it needs."""
        # For writing: build backends leave things beside the sources, which are thrown away.
        mounts = [*self.mounts(), mount("bind", target=SOURCES, rw="")]
        own = (".",) if self.declared.installs_project else ()
        folders = (*own, *(_as_path(folder) for folder in self.declared.packages))
        return run(("uv", "pip", "install", "--no-deps", *folders), mounts=mounts)

    def _requirements_lock(self) -> str:
        return self.place.target(self.place.context(REQUIREMENTS_LOCK))

    def mounts(self) -> list[Mount]:
        """Return what every installation has: the cache of downloads, and a private index."""
        return [
            mount("cache", target="/root/.cache/uv"),
            mount("secret", id="uv-config", target="/root/.config/uv/uv.toml"),
            mount("secret", id="netrc", target="/root/.netrc"),
        ]

    # Words.

    def _command(self, wanted: Wanted) -> tuple[str, ...]:
        """Return the command that installs from the file that decides."""
        declared = self.declared
        install = ("uv", "pip", "install", *self._backend())
        match self.source:
            case "uv.lock":
                default = () if wanted.development else ("--no-default-groups",)
                local = "--no-install-workspace" if declared.workspace else "--no-install-project"
                if declared.packages:
                    local = "--no-install-local"
                return ("uv", "sync", "--locked", *default, local, *self._chosen(wanted))
            case "requirements.lock":
                lock = self._requirements_lock()
                return ("uv", "pip", "sync", "--require-hashes", *self._backend(), lock)
            case "pylock.toml":
                return ("uv", "pip", "sync", *self._chosen(wanted), declared.path)
            case "names":
                return (*install, *sorted(declared.requirements))
            case "requirements":
                hashes = ("--require-hashes",) if declared.hashed else ()
                return (*install, *hashes, "--requirements", declared.path)
            case _:
                chosen = self._chosen(wanted)
                return (*install, "--requirements", declared.path or _PYPROJECT, *chosen)

    def _export(self) -> tuple[Command, ...]:
        """Return what writes requirements out of another tool's lock; none where uv reads it."""
        declared = self.declared
        match self.source:
            case "poetry.lock":
                poetry = (*_tool("poetry"), "export", "--format", "requirements.txt")
                poetry += _options("--extras", declared.extras)
                only = ",".join(("main", *declared.groups))
                return (
                    (*poetry, "--only", only, "--output", _EXPORTED),
                    (*poetry, "--all-groups", "--output", _DEVELOPMENT),
                    *self._without_packages(),
                )
            case "pdm.lock":
                pdm = (*_tool("pdm"), "export", "--format", "requirements")
                pdm += _options("--group", (*declared.extras, *declared.groups))
                return (
                    (*pdm, "--production", "--output", _EXPORTED),
                    (*pdm, "--output", _DEVELOPMENT),
                    *self._without_packages(),
                )
            case "Pipfile.lock":
                pipenv = " ".join((*_tool("pipenv"), "requirements", "--hash"))
                return (
                    script(f"{pipenv} > {_EXPORTED}"),
                    script(f"{pipenv} --dev > {_DEVELOPMENT}"),
                )
            case _:
                return ()

    def _without_packages(self) -> tuple[Command, ...]:
        """Return what takes packages in folders out, which have a step of their own."""
        if not self.declared.packages:
            return ()
        return (("sed", "--in-place", "/file:\\/\\//d", _EXPORTED, _DEVELOPMENT),)

    def _chosen(self, wanted: Wanted | None = None) -> tuple[str, ...]:
        extras = (*self.declared.extras, *(wanted.extras if wanted else ()))
        groups = (*self.declared.groups, *(wanted.groups if wanted else ()))
        return (*_options("--extra", extras), *_options("--group", groups))

    def _backend(self) -> tuple[str, ...]:
        backend = self.declared.torch_backend
        return ("--torch-backend", backend) if backend else ()

    def _binds(self, paths: Iterable[str]) -> list[Mount]:
        return [mount("bind", source=path, target=self.place.target(path)) for path in paths]


_LOCKED = mount("bind", from_="locked", source="/locked", target="/locked")


@functools.cache
def _tool(name: str) -> tuple[str, ...]:
    """Return the words that run the program *name* at its exact version."""
    text = Path(__file__).with_name("tools.toml").read_text("utf-8")
    row = tomllib.loads(text)[name]
    return ("uvx", "--from", row["from"], *_options("--with", row["with"]), name)


def _as_path(folder: str) -> str:
    """
    Return *folder* as an installer knows it for one.

    >>> _as_path("libs/common"), _as_path("../common")
    ('./libs/common', '../common')
    """
    return folder if folder.startswith(".") else f"./{folder}"


def _options(name: str, values: Iterable[str]) -> tuple[str, ...]:
    return tuple(word for value in dict.fromkeys(values) for word in (name, value))
