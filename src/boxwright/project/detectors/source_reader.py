"""How each kind of file that declares dependencies is read."""

from __future__ import annotations

import contextlib
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from boxwright.errors import ProjectError
from boxwright.project.detectors.declared import Declared
from boxwright.project.detectors.lock_files import TOOLS, is_stale, read_locked
from boxwright.project.detectors.metadata import PYPROJECT, Pyproject
from boxwright.project.detectors.requirements_files import (
    MainFile,
    ReadRequirements,
    find_compiled,
    read_requirements,
    stale_names,
)
from boxwright.project.detectors.wanted import Wanted, parse_wanted, wanted_of
from boxwright.project.document import parse_toml, read_text
from boxwright.project.evidence import Evidence
from boxwright.project.facts import Dependencies, Dependency, Remark
from boxwright.project.tree import Tree
from boxwright.settings import Settings
from boxwright.syntax.requirements import normalised, parse_requirements
from boxwright.syntax.toml_lines import line_of_text

if TYPE_CHECKING:
    from boxwright.project.detectors.conda import Environment
    from boxwright.project.detectors.locked import Locked
    from boxwright.project.detectors.setup_py import Listed, Setup

PIPFILE, PIXI, SETUP_CFG, SETUP_PY = "Pipfile", "pixi.toml", "setup.cfg", "setup.py"
ONCE = "versions are decided once, in `boxwright.lock`"


@dataclass(slots=True, kw_only=True)
class SourceReader:
    """A project's files of dependencies, and what there is to say of them."""

    tree: Tree
    pyproject: Pyproject
    settings: Settings
    files: Sequence[str] | None
    remarks: list[Remark] = field(default_factory=list)

    @property
    def declared(self) -> Declared:
        """What `pyproject.toml` declares."""
        return Declared(pyproject=self.pyproject)

    @property
    def declared_extras(self) -> Mapping[str, Any]:
        """All extras, by their normalised names."""
        found = dict(self.declared.extras)
        if not found and not self.is_declared() and self.is_setuptools():
            found = dict(self.setup().extras)
        return found

    @property
    def declared_groups(self) -> Mapping[str, Any]:
        """All groups, by their normalised names: categories of Pipenv and features of pixi too."""
        found = dict(self.declared.groups)
        if PIPFILE not in self.tree.paths() and not self.has_pixi():
            return found
        from boxwright.project.detectors import pipenv, pixi

        # What is wrong with a file is said where it is used.
        with contextlib.suppress(ProjectError):
            if PIPFILE in self.tree.paths():
                found |= dict.fromkeys(pipenv.categories(self.pipfile()))
            for path, document, _ in self.pixi_manifests():
                found |= dict.fromkeys(pixi.features(document, path))
        return found

    def extras(self) -> list[str]:
        """Return the chosen extras, normalised."""
        return self.chosen("extras", self.settings.extras, self.declared_extras)

    def groups(self) -> list[str]:
        """Return the chosen groups, normalised."""
        return self.chosen("groups", self.settings.groups, self.declared_groups)

    def chosen(self, key: str, names: Sequence[str], known: Mapping[str, Any]) -> list[str]:
        """Return *names*, the setting *key*, normalised; all of them have to be *known*."""
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

    def is_declared(self) -> bool:
        """Tell whether `pyproject.toml` says what the project needs."""
        declared = self.declared
        return (
            declared.is_standard
            or declared.is_dynamic
            or declared.is_poetry
            or any(normalised(extra) in declared.extras for extra in self.settings.extras)
            or any(normalised(group) in declared.groups for group in self.settings.groups)
        )

    def is_setuptools(self) -> bool:
        """Tell whether setuptools' own files are there."""
        return not {SETUP_PY, SETUP_CFG}.isdisjoint(self.tree.paths()) and (
            SETUP_PY in self.tree.paths() or self.setup().requires is not None
        )

    def setup(self) -> Setup:
        """Return what setuptools' own files say."""
        from boxwright.project.detectors.setup_py import read_setup

        return read_setup(self.tree)

    def pipfile(self) -> Mapping[str, Any]:
        """Return the `Pipfile`."""
        return parse_toml(self.tree, PIPFILE)

    def has_pixi_table(self) -> bool:
        """Tell whether `[tool.pixi]` has dependencies, an interpreter apart."""
        table = self.pyproject.table("tool", "pixi")
        return bool(set(table.get("dependencies", ())) - {"python"} or "pypi-dependencies" in table)

    def has_pixi(self) -> bool:
        """Tell whether there is a manifest of pixi."""
        return PIXI in self.tree.paths() or self.has_pixi_table()

    def pixi_manifests(self) -> Iterator[tuple[str, Mapping[str, Any], tuple[str, ...]]]:
        """Yield the manifests of pixi: path, document, and where that stands in the file."""
        if PIXI in self.tree.paths():
            yield PIXI, parse_toml(self.tree, PIXI), ()
        elif self.has_pixi_table():
            yield PYPROJECT, self.pyproject.table("tool", "pixi"), ("tool", "pixi")

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
        versions = re.findall(r'^name = "([^"]+)"\nversion = "([^"]+)"$', text, re.MULTILINE)
        return Dependencies(
            source="uv.lock",
            path=path,
            why=why,
            direct=self.direct(),
            locked=frozenset(map(normalised, names)),
            versions=tuple((normalised(name), version) for name, version in versions),
        )

    def pylock(self, path: str, why: str) -> Dependencies:
        """Return what a `pylock.toml` (PEP 751) says."""
        packages = parse_toml(self.tree, path).get("packages", [])
        text = read_text(self.tree, path)
        named = [
            item["name"]
            for item in (packages if isinstance(packages, list) else ())
            if isinstance(item, dict) and isinstance(item.get("name"), str)
        ]
        direct = self.direct() or tuple(
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
            versions=tuple(
                (normalised(item["name"]), item["version"])
                for item in packages
                if isinstance(item, dict)
                and isinstance(item.get("name"), str)
                and isinstance(item.get("version"), str)
            ),
        )

    def tool_lock(self, path: str, why: str) -> Dependencies:
        """Return what a lock of Poetry, PDM or Pipenv says, for the chosen extras and groups."""
        name = posixpath.basename(path)
        from boxwright.project.detectors.locked import MAIN, choose

        locked = read_locked(self.tree, path, self.pyproject.document)
        extras, groups = self.extras(), self.groups()
        roots = list(self.roots(name))
        document: Mapping[str, Any] = self.pyproject.document
        made_from = PYPROJECT
        if name == "Pipfile.lock":
            made_from = PIPFILE
            document = self.pipfile() if PIPFILE in self.tree.paths() else {}
        if document and is_stale(locked, document):
            self.remarks.append(
                Remark(
                    text=f"`{made_from}` was changed after `{path}` was made, whose versions are"
                    " taken all the same",
                    hint=f"run `{TOOLS[name]} lock`",
                    evidence=(Evidence(path), Evidence(made_from)),
                )
            )
            # What is new in it has no version yet.
            roots = [root for root in roots if root.name in locked.names]
        wanted = {MAIN, *groups, *(extras if name == "pdm.lock" else ())}
        self.require_groups(locked, wanted - {MAIN})
        choices = choose(locked, roots, wanted, extras)
        if unhashed := [
            f"`{each.package.name}`"
            for each in choices
            if not (each.package.digests or each.package.place)
        ]:
            self.remark(
                f"`{path}` has no digests of {', '.join(unhashed[:3])}"
                + (f" and {len(unhashed) - 3} more" if len(unhashed) > 3 else ""),
                "what the index has now is taken; lock again to have them checked",
                path,
            )
        direct = tuple(root.dependency for root in roots) or tuple(
            Dependency(name=each.package.name, extras=(), evidence=each.package.evidence)
            for each in choices
            if each.package.name
        )
        return Dependencies(
            source=name,
            path=path,
            hashed=not unhashed,
            why=why,
            direct=direct,
            locked=locked.names,
            requirements=tuple(each.package.line(each.marker) for each in choices),
        )

    def require_groups(self, locked: Locked, groups: set[str]) -> None:
        """Refuse groups that a lock, which has groups, was not made for."""
        if any(package.groups is None for package in locked.packages):
            return
        have = {group for package in locked.packages for group in package.groups or ()}
        for group in sorted(groups - have):
            raise ProjectError(
                f"`{locked.path}` has nothing of the group `{group}`",
                hint=f"lock it: `{TOOLS[posixpath.basename(locked.path)]} lock`",
            )

    def roots(self, name: str) -> Iterator[Wanted]:
        """Yield what the project itself asks for, of which the lock *name* was made."""
        if name != "Pipfile.lock":
            yield from self.declared.wanted(self.extras(), self.groups())
        elif PIPFILE in self.tree.paths():
            yield from self.from_categories()

    def from_requirements(self, main: MainFile, why: str) -> Dependencies:
        """Return what a requirements file says."""
        read = read_requirements(self.tree, main.path)
        self.remarks += main.remarks
        compiled = find_compiled(self.tree, main.path, read.texts[0][1])
        if not why:
            why = (
                "every version is pinned; digests are, in `boxwright.lock`"
                if read.is_pinned
                else "versions that it leaves open are decided once, in `boxwright.lock`"
            )
        if compiled:
            source = f" from `{compiled.source}`" if compiled.source else ""
            why = f"`{compiled.tool}` wrote it{source}: {why}"
            self.check_compiled(main.path, compiled.source, read)
        if main.why:
            why = f"{main.why}; {why}"
        return Dependencies(
            source="requirements",
            path=main.path,
            hashed=read.is_hashed,
            why=why,
            direct=read.direct,
        )

    def check_compiled(self, path: str, source: str, read: ReadRequirements) -> None:
        """Say what *source* asks for and *path*, which was compiled from it, lacks."""
        if not source or source.endswith(".toml"):
            return
        for missing in stale_names(self.tree, source, read.direct):
            self.remarks.append(
                Remark(
                    text=f"`{source}` asks for `{missing.name}`, which `{path}` lacks",
                    hint="compile it again",
                    evidence=(missing.evidence, Evidence(path)),
                )
            )

    def from_pyproject(self, why: str) -> Dependencies:
        """Return what `pyproject.toml` says, which uv reads itself where it is standard."""
        declared = self.declared
        wanted = list(declared.wanted(self.extras(), self.groups()))
        lines: list[Wanted] = list(wanted) if declared.is_poetry else []
        is_complete = True
        if declared.is_dynamic:
            files = declared.dynamic_files()
            is_complete = bool(files)
            for file in files:
                read = read_requirements(self.tree, posixpath.normpath(file))
                wanted = [*read.wanted, *wanted]
                why = f"its dependencies are those in `{file}`; {ONCE}"
            lines = wanted if files else []
        return Dependencies(
            source="pyproject",
            path=PYPROJECT,
            why=why,
            direct=direct_of(wanted),
            is_complete=is_complete,
            requirements=lines_of(lines),
        )

    def from_setuptools(self, why: str) -> Dependencies:
        """Return what `setup.cfg` or `setup.py` says, as far as that can be read."""
        setup = self.setup()
        path = setup.path or SETUP_PY
        parts = [setup.requires, *(setup.extras.get(extra) for extra in self.extras())]
        listed = [part for part in parts if part is not None]
        unknown = next((part for part in listed if not part.is_known), None)
        if unknown is not None:
            self.remarks.append(
                Remark(
                    text=f"what `{path}` requires is decided by running it ({unknown.evidence})",
                    hint="list the dependencies in `pyproject.toml`: nothing has to be run then",
                    evidence=(unknown.evidence,),
                )
            )
            return Dependencies(source=path, path=path, why=why, is_complete=False)
        wanted = [each for part in listed for each in self.of_setup(part)]
        files = [f"`{file}`" for part in listed for file in part.files]
        if files:
            why = f"it reads its requirements from {' and '.join(files)}; {why}"
        return Dependencies(
            source=path, path=path, why=why, direct=direct_of(wanted), requirements=lines_of(wanted)
        )

    def of_setup(self, listed: Listed) -> Iterator[Wanted]:
        """Yield the requirements that setuptools is told of in one place."""
        for text, evidence in listed.lines:
            yield parse_wanted(text, evidence.line, evidence.path)
        for file in listed.files:
            yield from read_requirements(self.tree, file).wanted

    def from_categories(self) -> Iterator[Wanted]:
        """Yield what a Pipfile asks for in its packages and the chosen categories."""
        from boxwright.project.detectors import pipenv

        text, document = read_text(self.tree, PIPFILE), self.pipfile()
        for category in ("packages", *self.groups()):
            for wanted in pipenv.read_wanted(PIPFILE, text, document, category):
                if wanted.place not in (".", "./."):
                    yield wanted

    def from_pipfile(self, why: str) -> Dependencies:
        """Return what a `Pipfile` without a lock says."""
        wanted = list(self.from_categories())
        return Dependencies(
            source=PIPFILE,
            path=PIPFILE,
            why=why,
            direct=direct_of(wanted),
            requirements=lines_of(wanted),
        )

    def from_conda(self, path: str, why: str) -> Dependencies:
        """Return what an environment of conda comes to on the index."""
        from boxwright.project.detectors import conda

        return self.without_conda(
            "environment.yml", path, why, conda.read_environment(self.tree, path)
        )

    def from_pixi(self, path: str, why: str) -> Dependencies:
        """Return what a manifest of pixi comes to on the index."""
        from boxwright.project.detectors import pixi

        above: tuple[str, ...] = () if posixpath.basename(path) == PIXI else ("tool", "pixi")
        document: Mapping[str, Any] = (
            self.pyproject.table(*above) if above else parse_toml(self.tree, path)
        )
        text = read_text(self.tree, path)
        found = pixi.read_manifest(path, text, document, above=above, chosen=self.groups())
        if above:
            found.wanted += self.declared.wanted(self.extras(), ())
        return self.without_conda(PIXI, path, why, found)

    def without_conda(self, source: str, path: str, why: str, found: Environment) -> Dependencies:
        """Return what *found*, of the file *path*, comes to on the index."""
        wanted = [*found.wanted, *self.of_pip(path, found.pip)]
        self.remarks += found.remarks
        return Dependencies(
            source=source,
            path=path,
            why=f"conda's packages by their names on the index; {why}",
            direct=direct_of(wanted),
            requirements=lines_of(wanted),
            accelerator=found.accelerator,
            debian=tuple(found.debian),
        )

    def of_pip(self, path: str, lines: Sequence[tuple[str, int]]) -> Iterator[Wanted]:
        """Yield the requirements under `pip:` in an environment of conda."""
        folder = posixpath.dirname(path)
        for text, line in lines:
            parsed = parse_requirements(text, path, line)
            for item in parsed.requirements:
                wanted = wanted_of(item, path)
                if wanted.place and wanted.place.startswith("."):
                    inside = posixpath.normpath(posixpath.join(folder, wanted.place))
                    if inside == ".":
                        # The project itself, which is installed where it is a package.
                        continue
                    wanted = wanted._replace(place=f"./{inside}")
                yield wanted
            for include in parsed.includes:
                if not include.constrains:
                    target = posixpath.normpath(posixpath.join(folder, include.path))
                    yield from self.included(target, f"{path}:{line}")
            for option in parsed.options:
                self.remarks.append(
                    Remark(
                        text=f"`{option.name}` under `pip:` is not used",
                        hint=f"name indexes in `{self.settings.key('index')}`",
                        evidence=(Evidence(path, line, option.name),),
                    )
                )

    def included(self, target: str, place: str) -> tuple[Wanted, ...]:
        """Return the requirements in the file *target*, which is included at *place*."""
        try:
            return read_requirements(self.tree, target).wanted
        except ProjectError as error:
            if error.message != f"`{target}` is not in the project":
                raise
            raise ProjectError(
                f"{place}: `-r {target}` is not in the project",
                hint="include files of the project only, relative to the including file",
            ) from None

    def direct(self) -> tuple[Dependency, ...]:
        """Return what `pyproject.toml` asks for, with the chosen extras and groups."""
        return direct_of(list(self.declared.wanted(self.extras(), self.groups())))

    def remark(self, text: str, hint: str, path: str) -> None:
        """Add a remark on the file *path*."""
        self.remarks.append(Remark(text=text, hint=hint, evidence=(Evidence(path),)))


def direct_of(wanted: Sequence[Wanted]) -> tuple[Dependency, ...]:
    """Return what is *wanted* by name."""
    return tuple(each.dependency for each in wanted if each.name)


def lines_of(wanted: Sequence[Wanted]) -> tuple[str, ...]:
    """Return what is *wanted* as lines of a requirements file, each once."""
    return tuple(dict.fromkeys(each.line for each in wanted))
