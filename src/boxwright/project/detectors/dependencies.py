"""Where the dependencies are declared, and which ones the project asks for itself."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from boxwright.errors import ProjectError
from boxwright.project.detectors.lock_files import TOOLS
from boxwright.project.detectors.metadata import PYPROJECT, Pyproject
from boxwright.project.detectors.requirements_files import (
    MainFile,
    ReadRequirements,
    find_compiled,
    find_main_file,
    not_taken,
    read_requirements,
)
from boxwright.project.detectors.source_reader import (
    ONCE,
    PIPFILE,
    PIXI,
    SETUP_CFG,
    SETUP_PY,
    SourceReader,
    direct_of,
    lines_of,
)
from boxwright.project.document import parse_toml
from boxwright.project.evidence import Evidence
from boxwright.project.facts import Dependencies, Dependency, Remark
from boxwright.project.tree import Tree
from boxwright.settings import Settings
from boxwright.syntax.requirements import normalised
from boxwright.text.record import NamedTuple

_ENVIRONMENTS = (
    "environment.yml", "environment.yaml", "conda.yml", "conda.yaml", "env.yml", "env.yaml",
    "conda/environment.yml", "conda/environment.yaml",
)  # fmt: skip
_OF_CONDA = ("conda-lock.yml", "conda-lock.yaml", "pixi.lock")
"""Locks of conda's own builds, which no image of ours has."""
SERVERS = ("uvicorn", "hypercorn", "granian", "gunicorn", "waitress")
_BRINGS_UVICORN = {
    ("fastapi", "standard"), ("fastapi", "all"), ("fastapi-cli", ""), ("fastapi-cli", "standard"),
    ("gradio", ""), ("litestar", "standard"), ("litestar", "full"), ("litserve", ""),
    ("bentoml", ""), ("vllm", ""),
}  # fmt: skip
"""Distributions, with the extra where it takes one, that depend on uvicorn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundDependencies:
    """The dependencies and what else was met on the way."""

    dependencies: Dependencies
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()


def find_dependencies(
    tree: Tree, pyproject: Pyproject, settings: Settings, files: Sequence[str] | None = None
) -> FoundDependencies:
    """
    Return the dependencies by the first source that there is; a lock goes before a wish.

    *files* are those that go into the image, whose imports count where nothing is declared;
    None for all that are not for developers.
    """
    reader = _Chooser(tree=tree, pyproject=pyproject, settings=settings, files=files)
    found = reader.asked() if settings.dependencies is not None else reader.first()
    found = replace(found, providing=reader.providing(found))
    return FoundDependencies(
        dependencies=found,
        extras=tuple(sorted(reader.declared_extras)),
        groups=tuple(sorted(reader.declared_groups)),
        remarks=tuple(reader.remarks),
    )


class _Source(NamedTuple):
    """A file that declares dependencies, and how it is read."""

    path: str
    read: Callable[[], Dependencies]
    made_from: tuple[str, ...] = ()
    """Files that say the same less exactly."""
    reads: tuple[str, ...] = ()
    """Files that it has its requirements from."""


@dataclass(slots=True, kw_only=True)
class _Chooser(SourceReader):
    """Finds the source that decides."""

    def asked(self) -> Dependencies:
        """Return what the file says that the settings name."""
        path = self.settings.dependencies or ""
        if path not in self.tree.paths():
            raise ProjectError(
                f"{self.settings.source}: {self.settings.key('dependencies')}:"
                f" `{path}` is not in the project",
                hint="name a file of the project, relative to its folder",
            )
        why = f"`{self.settings.key('dependencies')}` names it"
        name = posixpath.basename(path)
        if name == "uv.lock":
            return self.uv_lock(path, why)
        if re.fullmatch(r"pylock(\.[^.]+)?\.toml", name):
            return self.pylock(path, why)
        if name in TOOLS:
            return self.tool_lock(path, why)
        if name == PYPROJECT:
            return self.from_pyproject(why)
        if name in (SETUP_PY, SETUP_CFG):
            return self.from_setuptools(why)
        if name == PIPFILE:
            return self.from_pipfile(why)
        if name == PIXI:
            return self.from_pixi(path, why)
        if name in _OF_CONDA:
            raise ProjectError(
                f"{self.settings.source}: {self.settings.key('dependencies')}:"
                f" `{path}` locks conda's own builds, which no index has",
                hint="name the file that it was made from",
            )
        if name.endswith((".yml", ".yaml")):
            return self.from_conda(path, why)
        return self.from_requirements(MainFile(path), why)

    def first(self) -> Dependencies:
        """Return what the first source says, in the order of how exact they are."""
        sources = list(self.sources())
        if not sources:
            return self.undeclared()
        chosen = sources[0]
        found = chosen.read()
        others = [
            source
            for source in sources[1:]
            if source.path not in (found.path, *chosen.made_from) and found.path not in source.reads
        ]
        if found.source in ("environment.yml", PIXI):
            self.tell_of_conda_locks()
        if not others:
            return found
        self.compare(found, others)
        named = " and ".join(f"`{source.path}`" for source in others)
        verb = "is" if len(others) == 1 else "are"
        return replace(found, why=f"{found.why}; {named} {verb} there too, but not used")

    def tell_of_conda_locks(self) -> None:
        for lock in (path for path in _OF_CONDA if path in self.tree.paths()):
            self.remark(
                f"`{lock}` is not used: it pins conda's own builds, which no index has",
                "for exact versions lock with uv, Poetry or PDM; `boxwright.lock` pins what is used",
                lock,
            )

    def sources(self) -> Iterator[_Source]:
        """Yield the sources that there are, the first that counts first."""
        paths = set(self.tree.paths())
        is_declared = self.is_declared()
        if "uv.lock" in paths:
            if PYPROJECT in paths:
                why = "a lock of uv names every version and digest"
                yield _Source("uv.lock", partial(self.uv_lock, "uv.lock", why), (PYPROJECT,))
            else:
                self.lonely("uv.lock")
        if "pylock.toml" in paths:
            why = "a lock names every version and digest"
            made_from = (PYPROJECT, "requirements.txt", "requirements.in")
            yield _Source("pylock.toml", partial(self.pylock, "pylock.toml", why), made_from)
        main, read = self.main_file(may_fail=paths.isdisjoint({"uv.lock", "pylock.toml"}))
        if main and read and read.is_hashed:
            why = "every requirement carries its hashes"
            yield self.requirements_source(main, read, why)
        yield from self.tool_locks(paths, is_declared=is_declared)
        environment = next((path for path in _ENVIRONMENTS if path in paths), None)
        if main and read and not read.is_hashed and not main.is_guess:
            if environment and self.includes(environment, main.path):
                # It says the same and more.
                why = f"it includes `{main.path}`; {ONCE}"
                yield self.conda_source(environment, why, (main.path,))
                environment = None
            else:
                yield self.requirements_source(main, read, "")
        if is_declared and not self.has_pixi_table():
            yield _Source(PYPROJECT, partial(self.from_pyproject, ONCE), (SETUP_PY, SETUP_CFG))
        if not is_declared and self.is_setuptools():
            yield self.setuptools_source()
        if main and read and not read.is_hashed and main.is_guess:
            yield self.requirements_source(main, read, "")
        if PIPFILE in paths and "Pipfile.lock" not in paths:
            yield _Source(PIPFILE, partial(self.from_pipfile, ONCE))
        for path, _, _ in self.pixi_manifests():
            yield self.pixi_source(path)
        if environment:
            yield self.conda_source(environment, ONCE, ())

    def main_file(self, *, may_fail: bool) -> tuple[MainFile | None, ReadRequirements | None]:
        """Return the requirements file that is meant; nothing that is not used may fail."""
        try:
            main = find_main_file(self.tree, self.settings.accelerator or "cpu")
            return main, read_requirements(self.tree, main.path) if main else None
        except ProjectError:
            if may_fail:
                raise
            return None, None

    def tool_locks(self, paths: set[str], *, is_declared: bool) -> Iterator[_Source]:
        for path in TOOLS:
            if path not in paths:
                continue
            if path == "Pipfile.lock":
                made_from: tuple[str, ...] = (PIPFILE,)
            elif is_declared:
                made_from = (PYPROJECT,)
            else:
                self.lonely(path)
                continue
            yield self.lock_source(path, made_from)

    def lock_source(self, path: str, made_from: tuple[str, ...]) -> _Source:
        why = f"a lock of {TOOLS[path].capitalize()} names every version and digest"
        why = why.replace("Pdm", "PDM")
        return _Source(path, partial(self.tool_lock, path, why), made_from)

    def requirements_source(self, main: MainFile, read: ReadRequirements, why: str) -> _Source:
        made_from: tuple[str, ...] = tuple(path for path, _ in read.texts)
        if compiled := find_compiled(self.tree, main.path, read.texts[0][1]):
            made_from = (*made_from, compiled.source)
        return _Source(main.path, partial(self.from_requirements, main, why), made_from)

    def setuptools_source(self) -> _Source:
        setup = self.setup()
        reads = setup.requires.files if setup.requires else ()
        path = setup.path or SETUP_PY
        return _Source(path, partial(self.from_setuptools, ONCE), reads, reads)

    def conda_source(self, path: str, why: str, made_from: tuple[str, ...]) -> _Source:
        return _Source(path, partial(self.from_conda, path, why), made_from)

    def pixi_source(self, path: str) -> _Source:
        return _Source(path, partial(self.from_pixi, path, ONCE), (PYPROJECT,))

    def lonely(self, path: str) -> None:
        self.remark(
            f"`{path}` is not used, because there is no `pyproject.toml`"
            if PYPROJECT not in self.tree.paths()
            else f"`{path}` is not used, because `pyproject.toml` declares no dependencies",
            f"add the `{PYPROJECT}` that it was made from",
            path,
        )

    def includes(self, environment: str, path: str) -> bool:
        """Tell whether an environment of conda includes the requirements file *path*."""
        from boxwright.project.detectors import conda

        try:
            found = conda.read_environment(self.tree, environment)
        except ProjectError:
            return False
        folder = posixpath.dirname(environment)
        return any(
            posixpath.normpath(posixpath.join(folder, match[1])) == path
            for text, _ in found.pip
            if (match := re.match(r"(?:-r|--requirement)[\s=]*(\S+)", text))
        )

    def undeclared(self) -> Dependencies:
        """Return what the code imports, where no file declares anything."""
        from boxwright.project.detectors.imported import infer

        self.tell_of_conda_locks()
        found = infer(self.tree, self.files)
        left = not_taken(self.tree)
        if left:
            named = ", ".join(f"`{path}`" for path in left)
            self.remark(
                f"{named}: none of them is the one that an image is meant to have",
                "set `dependencies` to the file that the image needs",
                left[0],
            )
        self.remarks += found.remarks
        if not found.wanted:
            return Dependencies(source="none", why="no file declares any")
        self.remarks.append(
            Remark(
                text="no file declares dependencies: they are those that the code imports,"
                " in their newest versions",
                hint="declare them in `requirements.txt` or `pyproject.toml`",
                evidence=(found.wanted[0].evidence,),
            )
        )
        return Dependencies(
            source="imports",
            why="no file declares any: these are what the code imports",
            direct=direct_of(found.wanted),
            requirements=lines_of(found.wanted),
        )

    def compare(self, found: Dependencies, others: Sequence[_Source]) -> None:
        """Say what other sources ask for that the chosen one lacks."""
        before = len(self.remarks)
        for other in others:
            try:
                missing = [
                    item for item in other.read().direct if item.name and not found.has(item.name)
                ]
            except ProjectError:
                # What is not used may be wrong.
                missing = []
            del self.remarks[before:]
            if missing and found.is_complete:
                names = list(dict.fromkeys(f"`{item.name}`" for item in missing))
                more = f" and {len(names) - 5} more" if len(names) > 5 else ""
                self.remarks.append(
                    Remark(
                        text=f"`{other.path}` asks for {', '.join(names[:5])}{more},"
                        f" which `{found.path}` lacks",
                        hint=f"`{found.path}` decides; to change that, set `dependencies`",
                        evidence=(missing[0].evidence,),
                    )
                )
                before = len(self.remarks)

    def providing(self, found: Dependencies) -> tuple[Dependency, ...]:
        """Return the servers that come with other dependencies."""
        if found.find(*SERVERS) is not None:
            return ()
        result = [
            replace(item, name="uvicorn")
            for item in found.direct
            if any((item.name, extra) in _BRINGS_UVICORN for extra in ("", *item.extras))
        ]
        if not result and found.source == "uv.lock" and found.locked.intersection(SERVERS):
            result += self.locked_servers(found)
        if not result and found.source in TOOLS:
            chosen = {re.split(r"[\s=@]", line, maxsplit=1)[0] for line in found.requirements}
            result += (
                Dependency(name=name, extras=(), evidence=Evidence(found.path))
                for name in SERVERS
                if name in chosen
            )
        return tuple(result)

    def locked_servers(self, found: Dependencies) -> list[Dependency]:
        """Return the servers in `uv.lock` that the project's own dependencies need."""
        packages = parse_toml(self.tree, found.path).get("package", [])
        needs: dict[str, list[str]] = {}
        for package in packages:
            wanted = [*package.get("dependencies", ())]
            for extra in package.get("optional-dependencies", {}).values():
                # Which extras are asked for is not followed: that costs more than it tells.
                wanted += extra if package.get("source", {}).get("registry") else ()
            needs[normalised(package["name"])] = [normalised(item["name"]) for item in wanted]
        came: dict[str, Dependency] = {item.name: item for item in found.direct}
        queue = list(came)
        while queue:
            name = queue.pop()
            for needed in needs.get(name, ()):
                if needed not in came:
                    came[needed] = replace(came[name], name=needed)
                    queue.append(needed)
        return [came[name] for name in SERVERS if name in came]
