"""What `pyproject.toml` declares: dependencies, extras and groups, in every table that has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from boxwright.errors import ProjectError
from boxwright.project.detectors.metadata import PYPROJECT, Pyproject
from boxwright.project.detectors.shapes import At, strings, table
from boxwright.project.detectors.wanted import Wanted, wanted_of
from boxwright.syntax.requirements import normalised, parse_requirement
from boxwright.syntax.toml_lines import line_of, line_of_text

_POETRY = ("tool", "poetry")


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """The dependencies of a `pyproject.toml`."""

    pyproject: Pyproject

    @property
    def extras(self) -> Mapping[str, Any]:
        """The optional dependencies, by their normalised names."""
        tables = self.pyproject.table("project", "optional-dependencies")
        found = {normalised(name): items for name, items in tables.items()}
        return found or {
            normalised(name): items
            for name, items in self.pyproject.table(*_POETRY, "extras").items()
        }

    @property
    def groups(self) -> Mapping[str, Any]:
        """The dependency groups (PEP 735, Poetry's, PDM's), by their normalised names."""
        found: dict[str, Any] = {}
        for place in (
            (*_POETRY, "group"),
            ("tool", "pdm", "dev-dependencies"),
            ("dependency-groups",),
        ):
            tables = self.pyproject.table(*place)
            found |= {normalised(name): items for name, items in tables.items()}
        if self.pyproject.table(*_POETRY, "dev-dependencies"):
            found.setdefault("dev", {})
        return found

    @property
    def is_standard(self) -> bool:
        """Whether `[project]` has the dependencies."""
        return "dependencies" in self.pyproject.table("project")

    @property
    def is_dynamic(self) -> bool:
        """Whether `[project]` leaves them to the build back end."""
        dynamic = self.pyproject.table("project").get("dynamic", ())
        return isinstance(dynamic, list) and "dependencies" in dynamic

    @property
    def is_poetry(self) -> bool:
        """Whether only Poetry's own table has them."""
        return not self.is_standard and not self.is_dynamic and bool(self._poetry())

    def _poetry(self) -> Mapping[str, Any]:
        return self.pyproject.table(*_POETRY, "dependencies")

    def wanted(self, extras: Sequence[str], groups: Sequence[str]) -> Iterator[Wanted]:
        """Yield the dependencies with those of the chosen *extras* and *groups*, all normalised."""
        project = self.pyproject.table("project")
        given = list(self._listed(project.get("dependencies", []), ("project", "dependencies")))
        yield from given
        optional = self.pyproject.table("project", "optional-dependencies")
        by_extra = {normalised(name): name for name in optional}
        for extra in extras:
            if extra in by_extra:
                place = ("project", "optional-dependencies", by_extra[extra])
                yield from self._listed(optional[by_extra[extra]], place)
        # Where `[project]` has a name too, Poetry's table only says where it comes from.
        yield from self._from_poetry(extras, frozenset(each.name for each in given))
        for group in groups:
            yield from self.grouped(group, ())

    def _from_poetry(self, extras: Sequence[str], given: frozenset[str]) -> Iterator[Wanted]:
        rows = self._poetry()
        if not rows:
            return
        from boxwright.project.detectors.poetry import is_optional

        place = (*_POETRY, "dependencies")
        brought: set[str] = set()
        for extra, names in self.pyproject.table(*_POETRY, "extras").items():
            if normalised(extra) in extras:
                at = At(PYPROJECT, self._line((*_POETRY, "extras", extra)), "tool.poetry.extras")
                brought.update(map(normalised, strings(names, at.below(extra))))
        for name, value in rows.items():
            is_left_out = is_optional(value) and normalised(name) not in brought
            if name.lower() != "python" and normalised(name) not in given and not is_left_out:
                yield from self._one_of_poetry(name, value, (*place, name))

    def _one_of_poetry(self, name: str, value: object, place: tuple[str, ...]) -> Iterator[Wanted]:
        from boxwright.project.detectors.poetry import read_wanted

        at = At(PYPROJECT, self._line(place), ".".join(place))
        for wanted in read_wanted(name, value, at, ".".join(place)):
            if wanted.place not in (".", "./."):
                yield wanted

    def grouped(self, group: str, above: tuple[str, ...]) -> Iterator[Wanted]:
        """Yield what a group has, and the groups that it includes (PEP 735)."""
        standard = self.pyproject.table("dependency-groups")
        named = {normalised(name): items for name, items in standard.items()}
        items = named.get(group)
        if items is None and group in self.groups and group not in above:
            yield from self._own_group(group)
            return
        if items is None or group in above:
            problem = "includes itself" if group in above else "is not declared"
            raise ProjectError(
                f"{PYPROJECT}: dependency-groups: the group `{group}` {problem}",
                hint=f"the way there was {' → '.join((*above, group))}",
            )
        place = ("dependency-groups", group)
        if not isinstance(items, list):
            raise ProjectError(f"{PYPROJECT}: {'.'.join(place)}: expected an array")
        yield from self._listed([item for item in items if isinstance(item, str)], place)
        for item in items:
            if isinstance(item, dict) and isinstance(item.get("include-group"), str):
                yield from self.grouped(normalised(item["include-group"]), (*above, group))

    def _own_group(self, group: str) -> Iterator[Wanted]:
        """Yield what a group of Poetry or of PDM has."""
        for name, value in self.pyproject.table(*_POETRY, "group").items():
            if normalised(name) == group:
                place = (*_POETRY, "group", name, "dependencies")
                at = At(PYPROJECT, self._line(place), ".".join(place[:-1]))
                rows = table(table(value, at).get("dependencies"), at.below("dependencies"))
                for key, row in rows.items():
                    yield from self._one_of_poetry(key, row, (*place, key))
        if group == "dev":
            early = (*_POETRY, "dev-dependencies")
            for key, row in self.pyproject.table(*early).items():
                yield from self._one_of_poetry(key, row, (*early, key))
        pdm = ("tool", "pdm", "dev-dependencies")
        for name, items in self.pyproject.table(*pdm).items():
            if normalised(name) == group:
                yield from self._listed(items, (*pdm, name))

    def _listed(self, items: object, place: tuple[str, ...]) -> Iterator[Wanted]:
        """Yield the requirements in an array of `pyproject.toml`."""
        if not isinstance(items, list):
            raise ProjectError(
                f"{PYPROJECT}: {'.'.join(place)}: expected an array of requirements",
                hint='write an array such as ["numpy>=2"]',
            )
        start = self._line(place) or 1
        for number, item in enumerate(items):
            if not isinstance(item, str):
                raise ProjectError(f"{PYPROJECT}: {'.'.join(place)}[{number}]: expected a string")
            line = line_of_text(self.pyproject.text, item, start) or start
            requirement = parse_requirement(item, line, PYPROJECT)
            if requirement.name:
                yield wanted_of(requirement, PYPROJECT)

    def _line(self, place: tuple[str, ...]) -> int | None:
        return line_of(self.pyproject.text, place)

    def dynamic_files(self) -> tuple[str, ...]:
        """Return the files that setuptools or Hatch is told to read the dependencies from."""
        place: tuple[str, ...] = ("tool", "setuptools", "dynamic")
        row = self.pyproject.table(*place).get("dependencies")
        files = row.get("file") if isinstance(row, Mapping) else None
        if files is None:
            place = ("tool", "hatch", "metadata", "hooks", "requirements_txt")
            files = self.pyproject.table(*place).get("files")
        files = [files] if isinstance(files, str) else files
        return strings(files, At(PYPROJECT, self._line(place), ".".join(place)))
