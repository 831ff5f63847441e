"""Where the dependencies are declared, and which ones the project asks for itself."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from boxwright.errors import ProjectError
from boxwright.project.detectors.metadata import PYPROJECT, Pyproject
from boxwright.project.document import parse_toml, read_text
from boxwright.project.evidence import Evidence
from boxwright.project.facts import Dependencies, Dependency, Remark
from boxwright.project.tree import Tree
from boxwright.settings import Settings
from boxwright.syntax.requirements import (
    Requirements,
    normalised,
    parse_requirement,
    parse_requirements,
)
from boxwright.syntax.toml_lines import line_of, line_of_text

_REQUIREMENTS = (
    "requirements.txt",
    "requirements.lock",
    "requirements/production.txt",
    "requirements/prod.txt",
    "requirements/base.txt",
    "requirements/requirements.txt",
    "requirements-prod.txt",
    "requirements-production.txt",
    "requirements_prod.txt",
)
_UNREAD = {
    "Pipfile.lock": "pipenv",
    "Pipfile": "pipenv",
    "conda-lock.yml": "conda",
    "environment.yml": "conda",
    "environment.yaml": "conda",
    "pixi.lock": "pixi",
}
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


def find_dependencies(tree: Tree, pyproject: Pyproject, settings: Settings) -> FoundDependencies:
    """Return the dependencies by the first source that there is; a lock goes before a wish."""
    reader = _Reader(tree=tree, pyproject=pyproject, settings=settings)
    found = reader.asked() if settings.dependencies is not None else reader.first()
    found = replace(found, providing=reader.providing(found))
    return FoundDependencies(
        dependencies=found,
        extras=tuple(sorted(reader.declared_extras)),
        groups=tuple(sorted(reader.declared_groups)),
        remarks=tuple(reader.remarks),
    )


@dataclass(slots=True, kw_only=True)
class _Reader:
    tree: Tree
    pyproject: Pyproject
    settings: Settings
    remarks: list[Remark] = field(default_factory=list)

    @property
    def declared_extras(self) -> Mapping[str, Any]:
        """The optional dependencies, by their normalised names."""
        tables = self.pyproject.table("project", "optional-dependencies")
        return {normalised(name): items for name, items in tables.items()}

    @property
    def declared_groups(self) -> Mapping[str, Any]:
        """The dependency groups (PEP 735), by their normalised names."""
        tables = self.pyproject.table("dependency-groups")
        return {normalised(name): items for name, items in tables.items()}

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
        if name in (PYPROJECT, "setup.py", "setup.cfg"):
            return self.declared(path, why)
        requirements, direct = self.requirements(path)
        return Dependencies(
            source="requirements", path=path, hashed=requirements.is_hashed, why=why, direct=direct
        )

    def first(self) -> Dependencies:
        """Return what the first source says, in the order of how exact they are."""
        paths = set(self.tree.paths())
        if "uv.lock" in paths:
            if PYPROJECT in paths:
                return self.uv_lock("uv.lock", "a lock of uv names every version and digest")
            self.remark(
                "`uv.lock` is not used, because there is no `pyproject.toml`",
                "add the `pyproject.toml` that it was made from",
                "uv.lock",
            )
        if "pylock.toml" in paths:
            return self.pylock("pylock.toml", "a lock names every version and digest")
        read = None
        for path in _REQUIREMENTS:
            if path not in paths:
                continue
            read = path, *self.requirements(path)
            break
        if read and read[1].is_hashed:
            return Dependencies(
                source="requirements",
                path=read[0],
                hashed=True,
                why="every requirement carries its hashes",
                direct=read[2],
            )
        is_declared = self.is_declared()
        for lock, tool in (("poetry.lock", "Poetry"), ("pdm.lock", "PDM")):
            if lock in paths and is_declared:
                self.remark(
                    f"`{lock}` is not read: versions are decided anew from `{PYPROJECT}`",
                    f"to keep the versions that {tool} locked, export them to `pylock.toml`"
                    " or to a requirements file with hashes",
                    lock,
                )
                return self.declared(PYPROJECT, f"`{lock}` cannot be read yet")
        if read:
            return Dependencies(
                source="requirements",
                path=read[0],
                why="versions that it leaves open are decided once, in `boxwright.lock`",
                direct=read[2],
            )
        if is_declared:
            return self.declared(PYPROJECT, "versions are decided once, in `boxwright.lock`")
        if "setup.py" in paths:
            return self.declared("setup.py", "versions are decided once, in `boxwright.lock`")
        for path, tool in _UNREAD.items():
            if path in paths:
                self.remark(
                    f"`{path}` is not read: {tool} projects are not supported yet",
                    "list the dependencies in `pyproject.toml` or `requirements.txt`",
                    path,
                )
                break
        return Dependencies(source="none", why="no file declares any")

    def is_declared(self) -> bool:
        project = self.pyproject.table("project")
        return bool(
            "dependencies" in project
            or "dependencies" in project.get("dynamic", ())
            or self.pyproject.table("tool", "poetry", "dependencies")
            or self.settings.extras
            or self.settings.groups
        )

    def uv_lock(self, path: str, why: str) -> Dependencies:
        """Return what `uv.lock` says; parsing a large one whole takes long, so names only."""
        text = read_text(self.tree, path)
        if "<<<<<<<" in text:
            line = line_of_text(text, "<<<<<<<")
            raise ProjectError(
                f"{path}:{line}: the lock has the marks of an unfinished merge",
                hint="settle the merge and run `uv lock`",
            )
        names = re.findall(r'^name = "([^"]+)"$', text, re.MULTILINE)
        return Dependencies(
            source="uv.lock",
            path=path,
            why=why,
            direct=tuple(self.from_pyproject()),
            locked=frozenset(map(normalised, names)),
        )

    def pylock(self, path: str, why: str) -> Dependencies:
        packages = parse_toml(self.tree, path).get("packages", [])
        text = read_text(self.tree, path)
        named = [
            item["name"]
            for item in packages
            if isinstance(item, dict) and isinstance(item.get("name"), str)
        ]
        direct = tuple(self.from_pyproject()) or tuple(
            Dependency(
                name=normalised(name),
                extras=(),
                evidence=Evidence(path, line_of_text(text, f'name = "{name}"'), name),
            )
            for name in named
        )
        return Dependencies(
            source="pylock.toml",
            path=path,
            why=why,
            direct=direct,
            locked=frozenset(map(normalised, named)),
        )

    def declared(self, path: str, why: str) -> Dependencies:
        return Dependencies(
            source="pyproject",
            path=path,
            why=why,
            direct=tuple(self.from_pyproject()),
            is_complete=path == PYPROJECT
            and "dependencies" not in self.pyproject.table("project").get("dynamic", ()),
        )

    def from_pyproject(self) -> Iterator[Dependency]:
        """Yield the project's dependencies with those of the chosen extras and groups."""
        project = self.pyproject.table("project")
        yield from self.listed(project.get("dependencies", []), ("project", "dependencies"))
        for extra in self.chosen("extras", self.settings.extras, self.declared_extras):
            place = ("project", "optional-dependencies", extra)
            yield from self.listed(self.declared_extras[extra], place)
        for group in self.chosen("groups", self.settings.groups, self.declared_groups):
            yield from self.grouped(group, ())
        poetry = self.pyproject.table("tool", "poetry", "dependencies")
        for name, wanted in poetry.items():
            if name == "python" or (isinstance(wanted, dict) and wanted.get("optional")):
                continue
            extras = wanted.get("extras", ()) if isinstance(wanted, dict) else ()
            evidence = self.pyproject.evidence("tool", "poetry", "dependencies", name)
            yield Dependency(name=normalised(name), extras=tuple(extras), evidence=evidence)

    def chosen(self, key: str, names: Sequence[str], known: Mapping[str, Any]) -> list[str]:
        chosen = [normalised(name) for name in names]
        for number, name in enumerate(chosen):
            if name not in known:
                import difflib

                near = difflib.get_close_matches(name, known, n=1)
                listed = ", ".join(f"`{item}`" for item in sorted(known)) or "none"
                raise ProjectError(
                    f"{self.settings.source}: {self.settings.key(key)}[{number}]:"
                    f" the project declares no `{names[number]}`",
                    hint=f"did you mean `{near[0]}`?" if near else f"it declares {listed}",
                )
        return chosen

    def grouped(self, group: str, above: tuple[str, ...]) -> Iterator[Dependency]:
        """Yield what a group has, and the groups that it includes (PEP 735)."""
        place = ("dependency-groups", group)
        items = self.declared_groups.get(group)
        if items is None or group in above:
            problem = "includes itself" if group in above else "is not declared"
            raise ProjectError(
                f"{PYPROJECT}: dependency-groups: the group `{group}` {problem}",
                hint=f"the way there was {' → '.join((*above, group))}",
            )
        if not isinstance(items, list):
            raise ProjectError(f"{PYPROJECT}: {'.'.join(place)}: expected an array")
        yield from self.listed([item for item in items if isinstance(item, str)], place)
        for item in items:
            if isinstance(item, dict) and isinstance(item.get("include-group"), str):
                yield from self.grouped(normalised(item["include-group"]), (*above, group))

    def listed(self, items: object, place: tuple[str, ...]) -> Iterator[Dependency]:
        """Yield the requirements in an array of `pyproject.toml`."""
        if not isinstance(items, list):
            raise ProjectError(
                f"{PYPROJECT}: {'.'.join(place)}: expected an array of requirements",
                hint='write an array such as ["numpy>=2"]',
            )
        start = line_of(self.pyproject.text, place) or 1
        for number, item in enumerate(items):
            if not isinstance(item, str):
                raise ProjectError(f"{PYPROJECT}: {'.'.join(place)}[{number}]: expected a string")
            line = line_of_text(self.pyproject.text, item, start) or start
            requirement = parse_requirement(item, line, PYPROJECT)
            if requirement.name:
                yield Dependency(
                    name=requirement.name,
                    extras=requirement.extras,
                    evidence=Evidence(PYPROJECT, line, item),
                )

    def requirements(self, path: str) -> tuple[Requirements, tuple[Dependency, ...]]:
        """Return the requirements file *path* with all that it includes."""
        direct: list[Dependency] = []
        parts: list[Requirements] = []
        self.read_requirements(path, (), direct, parts)
        joined = Requirements(
            requirements=tuple(item for part in parts for item in part.requirements)
        )
        return joined, tuple(direct)

    def read_requirements(
        self,
        path: str,
        above: tuple[str, ...],
        direct: list[Dependency],
        parts: list[Requirements],
    ) -> None:
        parsed = parse_requirements(read_text(self.tree, path), path)
        parts.append(parsed)
        direct += [
            Dependency(
                name=item.name, extras=item.extras, evidence=Evidence(path, item.line, item.text)
            )
            for item in parsed.requirements
            if item.name
        ]
        for include in parsed.includes:
            if include.constrains or "://" in include.path:
                continue
            target = posixpath.normpath(posixpath.join(posixpath.dirname(path), include.path))
            if target in (*above, path):
                raise ProjectError(
                    f"{path}:{include.line}: `-r {include.path}` includes a file that includes it",
                    hint=f"the way there was {' → '.join((*above, path, target))}",
                )
            try:
                self.read_requirements(target, (*above, path), direct, parts)
            except RecursionError:
                raise ProjectError(
                    f"{path}:{include.line}: includes are nested too deeply"
                ) from None
            except ProjectError as error:
                if error.message != f"`{target}` is not in the project":
                    raise
                raise ProjectError(
                    f"{path}:{include.line}: `-r {include.path}` is not in the project",
                    hint="include files of the project only, relative to the including file",
                ) from None

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

    def remark(self, text: str, hint: str, path: str) -> None:
        self.remarks.append(Remark(text=text, hint=hint, evidence=(Evidence(path),)))
