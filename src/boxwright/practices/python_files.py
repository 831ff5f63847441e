"""Files that say which Python distributions are wanted: requirements, locks, environments."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache

from boxwright.errors import ProjectError
from boxwright.practices.python_package import (
    PythonPackage,
    conda_package,
    of_requirement,
    requirement,
)
from boxwright.text.record import NamedTuple


class Wanted(NamedTuple):
    """Which parts of a project are wanted."""

    extras: frozenset[str] = frozenset()
    """`*` is all of them."""
    development: bool = False
    """Whether the groups for development are, too."""


def requirements_of(
    text: str, name: str, index_url: str = ""
) -> tuple[list[PythonPackage], list[str]]:
    """
    Return what the requirements file *text* asks for, and the files that it includes.

    A line that pip would refuse is left out.
    """
    from boxwright.syntax.requirements import parse_requirements

    try:
        parsed = [parse_requirements(text, name)]
    except ProjectError:
        parsed = []
        for number, line in enumerate(text.splitlines(), start=1):
            try:
                found = parse_requirements("\n" * (number - 1) + line, name)
            except ProjectError:
                continue
            parsed.append(found)
            if number > 2000:
                break
    urls = [
        option.value
        for file in parsed
        for option in file.options
        if option.name in {"--index-url", "--extra-index-url", "--find-links"}
    ]
    url = next((url for url in (*urls, index_url) if tells_cuda().search(url)), index_url)
    packages = []
    for file in parsed:
        for item in file.requirements:
            if _is_elsewhere(item.marker):
                continue
            package = of_requirement(item, f"{name}:{item.line}", url)
            if package is not None:
                packages.append(package)
    includes = [item.path for file in parsed for item in file.includes if not item.constrains]
    return packages, includes


def _is_elsewhere(marker: str) -> bool:
    """Tell whether *marker* is for Windows or macOS only."""
    return (
        any(system in marker for system in ("darwin", "win32", "Darwin", "Windows", "nt'"))
        and "!=" not in marker
        and " or " not in marker
        and "not in" not in marker
        and "linux" not in marker.lower()
    )


def project_requirements(text: str, extras: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """Return the requirements in the `pyproject.toml` *text*, with those of *extras*."""
    import tomllib

    if len(text) > 300_000:
        return ()
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return ()
    found: list[str] = []
    project = document.get("project")
    if isinstance(project, dict):
        found += _strings(project.get("dependencies"))
        optional = project.get("optional-dependencies")
        if isinstance(optional, dict):
            for name, items in optional.items():
                if name in extras or "*" in extras:
                    found += _strings(items)
    tool = document.get("tool")
    poetry = tool.get("poetry") if isinstance(tool, dict) else None
    if isinstance(poetry, dict) and isinstance(poetry.get("dependencies"), dict):
        for name, wanted in poetry["dependencies"].items():
            version = wanted.get("version", "") if isinstance(wanted, dict) else wanted
            if name != "python" and isinstance(version, str):
                is_plain = version[:1].isdigit()
                found.append(f"{name}=={version}" if is_plain else name)
    return tuple(found)


def _strings(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


# Lock files may have megabytes: they are read line by line, not as TOML.


@cache
def _lock_line() -> re.Pattern[str]:
    return re.compile(r"(name|version|source|category|optional|groups) = (.*)")


@cache
def _lock_dependency() -> re.Pattern[str]:
    return re.compile(r'name = "([^"]+)"(?:.*?extra = \[([^\]]*)\])?(?:.*?marker = "([^"]*)")?')


class _Locked(NamedTuple):
    name: str
    version: str
    source: str
    category: str
    groups: str
    dependencies: tuple[tuple[str, str, str], ...]
    """Name, extras, and for which extra or group (`""`, `extra:x`, `dev:x`)."""


def _locked(text: str) -> list[_Locked]:
    """Return the packages of a lock file that consists of `[[package]]` tables."""
    found: list[_Locked] = []
    fields: dict[str, str] = {}
    dependencies: list[tuple[str, str, str]] = []
    section = ""
    inside = ""
    is_package = False

    def close() -> None:
        if is_package and fields.get("name"):
            found.append(
                _Locked(
                    fields["name"],
                    fields.get("version", ""),
                    fields.get("source", ""),
                    fields.get("category", ""),
                    fields.get("groups", ""),
                    tuple(dependencies),
                )
            )

    for line in text.splitlines():
        if line.startswith("[["):
            close()
            fields, dependencies, section, inside = {}, [], "", ""
            is_package = line.strip() in {"[[package]]", "[[packages]]"}
        elif line.startswith("["):
            section = line.strip("[] ")
            inside = ""
        elif not is_package:
            continue
        elif inside:
            if line.startswith("]"):
                inside = ""
            elif (match := _lock_dependency().search(line)) and not _is_elsewhere(match[3] or ""):
                dependencies.append((match[1], (match[2] or "").replace('"', ""), inside))
        elif line.endswith("= [") and not line.startswith((" ", "wheels", "files", "sdist")):
            key = line.partition(" ")[0]
            if section in {"", "package"} and key == "dependencies":
                inside = "all"
            elif section == "package.optional-dependencies":
                inside = f"extra:{key}"
            elif section == "package.dev-dependencies":
                inside = f"dev:{key}"
        elif section in {"", "package"} and (match := _lock_line().match(line)):
            fields.setdefault(match[1], match[2].strip().strip('"'))
        if line.startswith("dependencies = [") and line.endswith("]") and "{" in line:
            for match in _lock_dependency().finditer(line):
                dependencies.append((match[1], "", "all"))
    close()
    return found


def _package(item: _Locked) -> PythonPackage:
    from boxwright.syntax.requirements import normalised

    version, _, local = item.version.partition("+")
    url = item.source.partition('"')[2].partition('"')[0] if "registry" in item.source else ""
    return PythonPackage(
        normalised(item.name),
        version,
        f"=={item.version}" if item.version else "",
        local_version=local,
        index_url=url if tells_cuda().search(url) else "",
    )


def _uv_lock(text: str, wanted: Wanted) -> Iterator[PythonPackage]:
    """Yield what the projects in a `uv.lock` need, directly or not."""
    items = _locked(text)
    by_name: dict[str, list[_Locked]] = {}
    for item in items:
        by_name.setdefault(item.name, []).append(item)
    roots = [item for item in items if "editable" in item.source or "virtual" in item.source]
    if not roots:
        yield from (_package(item) for item in items)
        return
    extras = wanted.extras
    waiting: list[tuple[str, str]] = []
    for root in roots:
        for name, asked_extras, of in root.dependencies:
            kind, _, group = of.partition(":")
            if kind == "extra" and not (group in extras or "*" in extras):
                continue
            if kind == "dev" and not wanted.development:
                continue
            waiting.append((name, asked_extras))
    seen: set[tuple[str, str]] = set()
    given: set[str] = {root.name for root in roots}
    while waiting:
        name, asked_extras = waiting.pop()
        if (name, asked_extras) in seen:
            continue
        seen.add((name, asked_extras))
        asked = {extra.strip() for extra in asked_extras.split(",") if extra.strip()}
        for item in by_name.get(name, ()):
            waiting.extend(
                (other, extra)
                for other, extra, of in item.dependencies
                if of == "all" or of.removeprefix("extra:") in asked
            )
            if name not in given:
                yield _package(item)
        given.add(name)


def _grouped_lock(text: str, wanted: Wanted) -> Iterator[PythonPackage]:
    """Yield what a `poetry.lock`, `pdm.lock` or `pylock.toml` has, but for groups left out."""
    for item in _locked(text):
        is_dev = item.category == "dev" or (
            item.groups.startswith("[")
            and not any(group in item.groups for group in ('"main"', '"default"'))
        )
        if not is_dev or wanted.development:
            yield _package(item)


def _pipfile_lock(text: str, wanted: Wanted) -> Iterator[PythonPackage]:
    import json

    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return
    sections = ("default", "develop") if wanted.development else ("default",)
    for section in sections:
        table = document.get(section) if isinstance(document, dict) else None
        for name, row in table.items() if isinstance(table, dict) else ():
            version = row.get("version", "") if isinstance(row, dict) else ""
            package = requirement(f"{name}{version}", origin="Pipfile.lock")
            if package is not None:
                yield package


LOCKS: dict[str, Callable[[str, Wanted], Iterator[PythonPackage]]] = {
    "uv.lock": _uv_lock,
    "poetry.lock": _grouped_lock,
    "pdm.lock": _grouped_lock,
    "pylock.toml": _grouped_lock,
    "Pipfile.lock": _pipfile_lock,
}


def environment_file(text: str, name: str) -> tuple[PythonPackage, ...]:
    """Return what conda's environment file *text* asks for, by conda and by pip."""
    found: list[PythonPackage] = []
    inside = in_pip = False
    indent = 0
    # The format is so small that its lines say it: a list, with one more list behind `pip:`.
    for number, line in enumerate(text.splitlines(), start=1):
        bare = line.split(" #")[0].rstrip()
        stripped = bare.lstrip()
        if not stripped or stripped.startswith("#"):
            continue
        depth = len(bare) - len(stripped)
        if not stripped.startswith("-"):
            inside = stripped == "dependencies:"
            in_pip = False
            continue
        if not inside:
            continue
        item = stripped[1:].strip().strip("\"'")
        if item == "pip:":
            in_pip, indent = True, depth
            continue
        in_pip = in_pip and depth > indent
        where = f"{name}:{number}"
        package = requirement(item, origin=where) if in_pip else conda_package(item, where)
        if package is not None:
            found.append(package)
    return tuple(with_conda_cuda(found))


def with_conda_cuda(packages: Iterable[PythonPackage]) -> list[PythonPackage]:
    """Return *packages*, those of torch with the CUDA that packages beside them say."""
    packages = list(packages)
    said = ""
    for package in packages:
        if package.name == "cpuonly":
            said = "cpu"
        elif package.name in {"pytorch-cuda", "cudatoolkit", "cuda-version"} and package.version:
            said = f"cuda{'.'.join(package.version.split('.')[:2])}"
    if not said:
        return packages
    return [
        package._replace(index_url=said)
        if package.manager == "conda" and package.name in {"torch", "torchvision", "torchaudio"}
        else package
        for package in packages
    ]


@cache
def tells_cuda() -> re.Pattern[str]:
    """Return what an index has in its address if it decides for a CUDA, or for none."""
    return re.compile(r"(?:^|[/=_-])(?:cu\d{2,3}|cpu|rocm[\d.]*|xpu)(?:$|[/._-])")
