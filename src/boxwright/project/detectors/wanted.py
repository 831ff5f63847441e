"""A requirement as some file states it, in whatever notation, and as a line of PEP 508."""

from __future__ import annotations

import re

from boxwright.errors import ProjectError
from boxwright.project.evidence import Evidence
from boxwright.project.facts import Dependency
from boxwright.syntax.requirements import Requirement, parse_requirement
from boxwright.text.record import NamedTuple


class Wanted(NamedTuple):
    """A distribution that is asked for."""

    name: str
    """Normalised (PEP 503); empty where only a place is given."""
    evidence: Evidence
    extras: tuple[str, ...] = ()
    specifier: str = ""
    """As in PEP 440: `>=2,<3`; empty where any version will do."""
    marker: str = ""
    place: str = ""
    """A URL, or a path of the project that begins with a dot, instead of an index."""

    @property
    def line(self) -> str:
        """The requirement as it stands in a requirements file."""
        extras = f"[{','.join(self.extras)}]" if self.extras else ""
        what = f"{self.name}{extras}"
        what += f" @ {self.place}" if self.place else self.specifier
        what = what if self.name else self.place
        return f"{what} ; {self.marker}" if self.marker else what

    @property
    def dependency(self) -> Dependency:
        """What the plan needs to know of it."""
        return Dependency(
            name=self.name,
            extras=self.extras,
            evidence=self.evidence,
            specifier="" if self.place or self.marker else self.specifier,
        )


def wanted_of(requirement: Requirement, path: str) -> Wanted:
    """Return the *requirement* of the file *path*, which has a name."""
    return Wanted(
        name=requirement.name,
        evidence=Evidence(path, requirement.line, requirement.text),
        extras=requirement.extras,
        specifier=requirement.specifier,
        marker=requirement.marker,
        place=requirement.url,
    )


def parse_wanted(text: str, line: int | None, path: str) -> Wanted:
    """Return the requirement (PEP 508) *text*, which stands in *line* of *path* and has a name."""
    found = parse_requirement(text, line or 1, path)
    if not found.name:
        raise ProjectError(
            f"{Evidence(path, line)}: `{text}` has no name",
            hint="write the name before the place: `name @ https://…`",
        )
    return wanted_of(found, path)


def joined_markers(*markers: str) -> str:
    """
    Return the marker that holds where all of *markers* do.

    >>> joined_markers("", 'os_name == "nt"', 'extra == "a" or extra == "b"')
    'os_name == "nt" and (extra == "a" or extra == "b")'
    """
    given = [marker.strip() for marker in markers if marker.strip()]
    if len(given) == 1:
        return given[0]
    return " and ".join(f"({each})" if " or " in each else each for each in given)


def python_marker(specifier: str) -> str:
    """
    Return the marker for the Pythons of a *specifier*.

    >>> python_marker(">=3.9,<3.12")
    'python_version >= "3.9" and python_version < "3.12"'
    """
    parts = []
    for clause in filter(None, specifier.split(",")):
        match = re.fullmatch(r"(~=|===?|!=|<=|>=|<|>)(.+)", clause)
        if match is None:
            continue
        operator, version = match[1], match[2]
        # `python_version` has two parts: `<= "3.11"` would leave 3.11.2 out otherwise.
        digits = version.removesuffix(".*")
        is_patch = digits.count(".") >= 2
        if version.endswith(".*") and is_patch:
            digits = version
        variable = "python_full_version" if is_patch else "python_version"
        parts.append(f'{variable} {operator} "{digits}"')
    return " and ".join(parts)


def repository_place(url: str, revision: str, subdirectory: str = "") -> str:
    """
    Return the place of a commit in a Git repository.

    >>> repository_place("git@host.example:team/tool.git", "abc")
    'git+ssh://git@host.example/team/tool.git@abc'
    """
    short = re.fullmatch(r"([\w.-]+@[\w.-]+):(?!//)(.+)", url)
    whole = f"ssh://{short[1]}/{short[2]}" if short else url
    at = f"@{revision}" if revision else ""
    below = f"#subdirectory={subdirectory}" if subdirectory else ""
    return f"git+{whole.removeprefix('git+')}{at}{below}"


def path_place(path: str) -> str:
    """
    Return a path of the project as the place of a requirement.

    >>> path_place("libs/tool"), path_place("../tool")
    ('./libs/tool', '../tool')
    """
    return path if path.startswith((".", "/")) else f"./{path}"
