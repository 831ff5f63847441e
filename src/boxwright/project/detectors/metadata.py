"""What the project says of itself: name, version, description, Python, scripts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from boxwright.errors import ProjectError
from boxwright.project.detectors.notation import from_poetry
from boxwright.project.document import parse_toml, read_text
from boxwright.project.evidence import Evidence
from boxwright.project.facts import ConsoleScript, Fact, Package
from boxwright.project.tree import Tree
from boxwright.syntax.toml_lines import line_of

PYPROJECT = "pyproject.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """Name, version, description and Python from `setup.cfg`, `setup.py` or `pixi.toml`."""

    name: Fact | None = None
    version: Fact | None = None
    description: Fact | None = None
    requires_python: Fact | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pyproject:
    """`pyproject.toml`: its document, and its text for lines; both empty where there is none."""

    document: Mapping[str, Any]
    text: str
    elsewhere: Elsewhere | None = None
    """What other files say, where `[project]` and `[tool.poetry]` are not there."""

    def table(self, *path: str) -> Mapping[str, Any]:
        """Return the table at *path*, an empty one where there is none."""
        value: object = self.document
        for key in path:
            value = value.get(key) if isinstance(value, Mapping) else None
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            raise _wrong(path, "a table")
        return value

    def string(self, *path: str) -> Fact | None:
        """Return the string at *path*, None where there is none."""
        value = self.table(*path[:-1]).get(path[-1])
        if value is None:
            return None
        if not isinstance(value, str):
            raise _wrong(path, "a string")
        return Fact(value=value, evidence=self.evidence(*path))

    def evidence(self, *path: str) -> Evidence:
        """Return where *path* stands."""
        return Evidence(PYPROJECT, line_of(self.text, path), ".".join(path))


def _wrong(path: tuple[str, ...], expected: str) -> ProjectError:
    return ProjectError(
        f"{PYPROJECT}: {'.'.join(path)}: expected {expected}",
        hint="see the specification of pyproject.toml",
    )


def read_pyproject(tree: Tree) -> Pyproject:
    """Return the project's `pyproject.toml`, with what other files say in its place."""
    if PYPROJECT not in tree.paths():
        return Pyproject(document={}, text="", elsewhere=_read_elsewhere(tree))
    document = parse_toml(tree, PYPROJECT)
    tool = document.get("tool")
    is_described = "project" in document or (isinstance(tool, dict) and "poetry" in tool)
    return Pyproject(
        document=document,
        text=read_text(tree, PYPROJECT),
        elsewhere=None if is_described else _read_elsewhere(tree),
    )


def _read_elsewhere(tree: Tree) -> Elsewhere | None:
    paths = tree.paths()
    if "setup.cfg" in paths or "setup.py" in paths:
        from boxwright.project.detectors.setup_py import read_setup

        try:
            setup = read_setup(tree)
        except ProjectError:
            # Said where it is the source of the dependencies.
            return None
        return Elsewhere(
            name=setup.name,
            version=setup.version,
            description=setup.description,
            requires_python=setup.requires_python,
        )
    if "pixi.toml" in paths:
        document, text = parse_toml(tree, "pixi.toml"), read_text(tree, "pixi.toml")
        for key in ("workspace", "project"):
            row = document.get(key)
            if isinstance(row, dict):
                found = {
                    name: Fact(
                        value=value,
                        evidence=Evidence("pixi.toml", line_of(text, (key, name)), f"{key}.{name}"),
                    )
                    for name in ("name", "version", "description")
                    if isinstance(value := row.get(name), str)
                }
                return Elsewhere(**found)
    return None


def find_name(pyproject: Pyproject, folder: str) -> Fact:
    """Return the project's name; without one, that of its folder."""
    for path in (("project", "name"), ("tool", "poetry", "name")):
        found = pyproject.string(*path)
        if found is not None:
            return found
    if pyproject.elsewhere is not None and pyproject.elsewhere.name is not None:
        return pyproject.elsewhere.name
    return Fact(value=folder or "app", evidence=Evidence(".", None, "the folder's name"))


def image_name(text: str) -> str:
    """
    Return *text* as the name of a repository (distribution-spec): lower case, no odd characters.

    >>> image_name("My Project__v2!")
    'my-project__v2'
    """
    lowered = re.sub(r"[^a-z0-9._-]+", "-", text.lower())
    lowered = re.sub(r"\.{2,}|_{3,}|[._-]*(?:\.[_-]|_[.-]|-[._])[._-]*", "-", lowered)
    return lowered.strip("._-")[:128].strip("._-") or "app"


def find_version(pyproject: Pyproject) -> Fact | None:
    """Return the version, where it is written down as such."""
    return (
        pyproject.string("project", "version")
        or pyproject.string("tool", "poetry", "version")
        or (pyproject.elsewhere.version if pyproject.elsewhere else None)
    )


def find_description(pyproject: Pyproject) -> Fact | None:
    """Return the description in a line."""
    return (
        pyproject.string("project", "description")
        or pyproject.string("tool", "poetry", "description")
        or (pyproject.elsewhere.description if pyproject.elsewhere else None)
    )


def find_license(pyproject: Pyproject) -> Fact | None:
    """Return the licence, where it is an SPDX expression (PEP 639)."""
    value = pyproject.table("project").get("license")
    if not isinstance(value, str):
        return None
    return Fact(value=value, evidence=pyproject.evidence("project", "license"))


def find_urls(pyproject: Pyproject) -> tuple[tuple[str, str], ...]:
    """Return `[project.urls]`, labels normalised as in PEP 753."""
    urls = pyproject.table("project", "urls")
    return tuple(
        sorted(
            (re.sub(r"[^a-z0-9]", "", label.lower()), url)
            for label, url in urls.items()
            if isinstance(url, str) and url.startswith(("https://", "http://"))
        )
    )


def find_requires_python(pyproject: Pyproject) -> Fact | None:
    """Return the versions of Python that the project declares."""
    found = pyproject.string("project", "requires-python")
    if found is not None:
        return found
    poetry = pyproject.table("tool", "poetry", "dependencies").get("python")
    if not isinstance(poetry, str):
        return pyproject.elsewhere.requires_python if pyproject.elsewhere else None
    evidence = pyproject.evidence("tool", "poetry", "dependencies", "python")
    return Fact(value=_from_poetry(poetry), evidence=evidence)


def _from_poetry(text: str) -> str:
    """
    Return Poetry's constraint as specifiers; what is none is passed on.

    >>> _from_poetry("^3.11"), _from_poetry("~3.11"), _from_poetry(">=3.10,<4")
    ('>=3.11,<4', '>=3.11,<3.12', '>=3.10,<4')
    """
    try:
        return from_poetry(text).specifier
    except ValueError:
        return text.replace(" ", "")


def find_preferred_python(tree: Tree) -> Fact | None:
    """Return the minor version that the developers work with, where a file names one."""
    paths = tree.paths()
    for path, pattern in _PYTHON_VERSIONS:
        if path not in paths:
            continue
        try:
            text = read_text(tree, path)
        except ProjectError:
            continue
        for number, line in enumerate(text.splitlines(), start=1):
            if match := pattern.match(line):
                return Fact(value=match[1], evidence=Evidence(path, number, line.strip()))
    return None


_MINOR = r"(3\.\d{1,2})(?:\.(?:\d+|\*))?"
_PYTHON_VERSIONS = tuple(
    (path, re.compile(pattern))
    for path, pattern in (
        (".python-version", rf"\s*(?:c?python-?)?{_MINOR}\s*(?:#.*)?$"),
        ("runtime.txt", rf"\s*(?:c?python-?)?{_MINOR}\s*(?:#.*)?$"),
        (".tool-versions", rf"\s*python\s+{_MINOR}(?:\s|$)"),
        ("python_env.yaml", rf"\s*python:\s*['\"]?{_MINOR}['\"]?\s*$"),
        ("Pipfile", rf"\s*python_(?:full_)?version\s*=\s*['\"]{_MINOR}['\"]"),
        ("pixi.toml", rf"\s*python\s*=\s*['\"](?:==?|~=)?\s*{_MINOR}['\"]"),
        *(
            (
                path,
                rf"\s*-\s*['\"]?(?:[\w-]+::)?python\s*(?:==?|~=)?\s*{_MINOR}(?:=[^'\"\s]*)?['\"]?\s*(?:#.*)?$",
            )
            for path in ("environment.yml", "environment.yaml", "conda.yml", "conda.yaml")
        ),
    )
)
"""Files with a line for the Python, in the order in which they count."""


def find_package(tree: Tree, pyproject: Pyproject, asked: bool | None) -> Package | None:
    """Return the project as something to install, None where it is a folder of files."""
    if asked is False:
        return None
    layout = "src" if any(path.startswith("src/") for path in tree.paths()) else "flat"
    uv = pyproject.table("tool", "uv").get("package")
    poetry = pyproject.table("tool", "poetry").get("package-mode")
    if asked is None and (uv is False or poetry is False):
        return None
    if pyproject.table("build-system"):
        return Package(evidence=pyproject.evidence("build-system"), layout=layout)
    if uv is True:
        return Package(evidence=pyproject.evidence("tool", "uv", "package"), layout=layout)
    if "setup.py" in tree.paths():
        return Package(evidence=Evidence("setup.py"), layout=layout)
    if asked and pyproject.table("project"):
        return Package(evidence=pyproject.evidence("project"), layout=layout)
    return None


def find_scripts(pyproject: Pyproject) -> tuple[ConsoleScript, ...]:
    """Return `[project.scripts]`, or poetry's."""
    for path in (("project", "scripts"), ("tool", "poetry", "scripts")):
        scripts = pyproject.table(*path)
        if scripts:
            return tuple(
                ConsoleScript(name=name, target=target, evidence=pyproject.evidence(*path, name))
                for name, target in sorted(scripts.items())
                if isinstance(target, str)
            )
    return ()
