"""conda: `environment.yml`, and what its names are to pip."""

from __future__ import annotations

import fnmatch
import functools
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from boxwright.errors import ProjectError
from boxwright.project.detectors.notation import Translated, from_conda
from boxwright.project.detectors.wanted import Wanted
from boxwright.project.document import read_text
from boxwright.project.evidence import Evidence
from boxwright.project.facts import Fact, Remark
from boxwright.project.tree import Tree
from boxwright.syntax.requirements import normalised
from boxwright.syntax.yaml.node import Mapping as YamlMapping
from boxwright.syntax.yaml.node import Node, Scalar, Sequence
from boxwright.syntax.yaml.tree import parse_yaml
from boxwright.text.source import Source

_SPEC = re.compile(r"(?:[^\s:=<>!~]+::)?([A-Za-z0-9_][A-Za-z0-9_.-]*)\s*([^\[]*)(?:\[(.*)\])?")
_PROGRAMS = frozenset(
    {
        "ffmpeg", "tesseract", "poppler", "graphviz", "ghostscript", "imagemagick", "sox",
        "espeak-ng", "pandoc", "exiftool", "openjdk", "git", "libsndfile", "portaudio",
    }
)  # fmt: skip
"""What code calls or loads by itself when it is asked for."""
_OF_NO_PYTHON = re.compile(r"h[0-9a-f]{7,}_\d+")
"""How the builds of packages end that are for no Python: those that are for one name it."""


@dataclass(slots=True)
class Environment:
    """What a conda environment comes to without conda."""

    name: Fact | None = None
    python: Fact | None = None
    """As a specifier."""
    wanted: list[Wanted] = field(default_factory=list)
    pip: list[tuple[str, int]] = field(default_factory=list)
    """Lines for pip, with where they stand."""
    debian: list[Fact] = field(default_factory=list)
    """Programs by Debian's names, where somebody wrote them down himself."""
    accelerator: Fact | None = None
    remarks: list[Remark] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Spec:
    """One line of conda's: `channel::name=version=build`."""

    name: str
    version: str
    build: str


@functools.cache
def _table() -> Mapping[str, dict[str, object]]:
    return tomllib.loads(Path(__file__).with_name("conda.toml").read_text("utf-8"))


def read_environment(tree: Tree, path: str) -> Environment:
    """Return what the `environment.yml` at *path* says."""
    text = read_text(tree, path)
    source = Source(path, text)
    file = parse_yaml(source)
    if file.problems:
        problem = file.problems[0]
        line = source.position(problem.span.start).line
        raise ProjectError(
            f"{path}:{line}: {problem.message}", hint="mend the line; YAML is indented by spaces"
        )
    found = Environment()
    root = file.root
    if root is None:
        return found
    if not isinstance(root, YamlMapping):
        raise _wrong(root, "a mapping with `dependencies`")
    name = root.get("name")
    if isinstance(name, Scalar) and isinstance(name.value, str):
        found.name = Fact(value=name.text, evidence=_evidence(name))
    items = root.get("dependencies")
    if items is None or (isinstance(items, Scalar) and items.is_null):
        return found
    if not isinstance(items, Sequence):
        raise _wrong(items, "a list of dependencies")
    collected = Collected(found)
    for item in items.items:
        if isinstance(item, Scalar):
            if not item.is_null:
                collected.add(item.text, _evidence(item))
        elif isinstance(item, YamlMapping):
            _read_pip(item, found)
        else:
            raise _wrong(item, "a package or `pip:`")
    collected.finish()
    return found


def _read_pip(item: YamlMapping, found: Environment) -> None:
    for key, node in item.items():
        if key != "pip":
            raise _wrong(node, "no table but `pip:`")
        if isinstance(node, Scalar) and node.is_null:
            continue
        if not isinstance(node, Sequence):
            raise _wrong(node, "a list of requirements")
        for line in node.items:
            if not isinstance(line, Scalar):
                raise _wrong(line, "a requirement")
            if not line.is_null:
                found.pip.append((line.text, _line(line)))


def _line(node: Node) -> int:
    return node.source.position(node.start).line


def _evidence(node: Node) -> Evidence:
    raw = node.raw if len(node.raw) <= 80 else f"{node.raw[:79]}…"
    return Evidence(node.source.name, _line(node), raw)


def _wrong(node: Node, expected: str) -> ProjectError:
    return ProjectError(
        f"{node.source.name}:{_line(node)}: expected {expected}",
        hint="write it as `conda env export --from-history` does",
    )


class Collected:
    """Packages of conda, each put to where it belongs in *environment*."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self._absent: list[tuple[str, str, Evidence]] = []

    def add(self, text: str, evidence: Evidence, *, marker: str = "") -> None:
        """Take in one line of conda's."""
        spec = _parse(text, evidence)
        self.take(spec.name, spec.version, evidence, build=spec.build, marker=marker)

    def take(
        self, name: str, version: str, evidence: Evidence, *, build: str = "", marker: str = ""
    ) -> None:
        """Take in the package *name* of conda."""
        key = name.lower()
        table = _table()
        system, names, accelerator = table["system"], table["names"], table["accelerator"]
        if key == "python":
            specifier = _specifier(version, evidence).specifier
            if specifier and self.environment.python is None:
                self.environment.python = Fact(value=specifier, evidence=evidence)
            return
        if key in accelerator:
            self._accelerated(str(accelerator[key]), version, evidence)
        elif re.search(r"cuda|cu1\d\d|gpu", build):
            self._accelerated("cuda", "", evidence)
        if key in _PROGRAMS and not build:
            # With a build it is from an exported environment, which has all that others need too.
            for package in _names_of(system[key]):
                self.environment.debian.append(Fact(value=package, evidence=evidence))
        elif key in system:
            self._absent.append((name, _system_hint(system[key]), evidence))
        elif key in names:
            self._want(str(names[key]), version, evidence, marker)
        elif (hint := _absent_hint(key)) is not None:
            self._absent.append((name, hint, evidence))
        elif key == "tensorflow-cpu" or not (
            key in accelerator or _is_bundled(key) or _OF_NO_PYTHON.fullmatch(build)
        ):
            self._want(name, version, evidence, marker)

    def _accelerated(self, kind: str, version: str, evidence: Evidence) -> None:
        if self.environment.accelerator is not None or not kind:
            return
        match = re.search(r"\d+\.\d+", version)
        value = f"{kind} {match[0]}" if match and kind == "cuda" else kind
        self.environment.accelerator = Fact(value=value, evidence=evidence)

    def _want(self, target: str, version: str, evidence: Evidence, marker: str) -> None:
        found = _specifier(version, evidence)
        name, _, extras = target.removesuffix("]").partition("[")
        wanted = Wanted(
            name=normalised(name),
            evidence=evidence,
            extras=tuple(filter(None, extras.split(","))),
            specifier=found.specifier,
            marker=marker,
        )
        self.environment.wanted.append(wanted)
        if found.is_wider:
            self.environment.remarks.append(
                Remark(
                    text=f"`{evidence.says}` is taken as `{wanted.line}`, which admits more",
                    hint="write one range of versions",
                    evidence=(evidence,),
                )
            )

    def finish(self) -> None:
        """Say what cannot be had from an index."""
        for name, hint, evidence in self._absent:
            self.environment.remarks.append(
                Remark(
                    text=f"`{name}` is no Python distribution and is not installed",
                    hint=hint,
                    evidence=(evidence,),
                )
            )


def _names_of(packages: object) -> tuple[str, ...]:
    return tuple(map(str, packages)) if isinstance(packages, list) else ()


def _system_hint(packages: object) -> str:
    if isinstance(packages, list) and packages:
        listed = ", ".join(f'"{package}"' for package in packages)
        return f"if the program runs it, add {listed} to `debian.packages`"
    return "Debian has no package of it: install it in an image of your own"


def _absent_hint(name: str) -> str | None:
    for pattern, hint in _table()["absent"].items():
        if fnmatch.fnmatchcase(name, pattern):
            return str(hint)
    return None


def _is_bundled(name: str) -> bool:
    names, patterns, kept = _bundled()
    return name in names or (name not in kept and patterns.fullmatch(name) is not None)


@functools.cache
def _bundled() -> tuple[frozenset[str], re.Pattern[str], frozenset[str]]:
    def listed(key: str) -> list[str]:
        value = _table()["bundled"][key]
        assert isinstance(value, list)  # noqa: S101 (our own table)
        return value

    patterns = re.compile("|".join(fnmatch.translate(each) for each in listed("patterns")))
    return frozenset(listed("names")), patterns, frozenset(listed("kept"))


def _parse(text: str, evidence: Evidence) -> _Spec:
    """
    Return the parts of a line of conda's.

    >>> _parse("conda-forge::numpy=1.26.4=py311_0", Evidence(""))
    _Spec(name='numpy', version='==1.26.4', build='py311_0')
    >>> _parse("numpy >=1.20,<2", Evidence("")).version, _parse("torch==2.1", Evidence("")).version
    ('>=1.20,<2', '==2.1')
    """
    bare = re.sub(r"\s+#.*$", "", text).strip()
    match = _SPEC.fullmatch(bare)
    if match is None:
        raise ProjectError(
            f"{evidence}: `{text}` is no package of conda",
            hint="write a name and versions, such as `numpy=1.26` or `numpy>=1.26`",
        )
    rest = re.sub(r"\s*([,|]|(?<![=<>!~])[=<>!~]+)\s*", r"\1", match[2]).strip()
    version, _, build = rest.partition(" ")
    if exact := re.fullmatch(r"(==?)([^=<>!~,|]+)=([^=]*)", version):
        # With a build the version is meant as it is, and not as a beginning.
        operator = exact[1] if "*" in exact[2] or not exact[3] else "=="
        version, build = f"{operator}{exact[2]}", exact[3]
    for key, value in re.findall(r"(version|build)\s*=\s*['\"]?([^'\"\]]+)", match[3] or ""):
        if key == "version":
            version = value
        else:
            build = value
    return _Spec(match[1], version, build.strip())


def _specifier(version: str, evidence: Evidence) -> Translated:
    try:
        return from_conda(version) if version else Translated("")
    except ValueError:
        raise ProjectError(
            f"{evidence}: `{version}` is no version of conda",
            hint="write it as in `=1.26`, `==1.26.4` or `>=1.26,<2`",
        ) from None
