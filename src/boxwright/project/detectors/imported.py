"""What code imports, as distributions: for projects that declare nothing, and to compare with."""

from __future__ import annotations

import ast
import functools
import json
import posixpath
import re
import shlex
import sys
import tomllib
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from boxwright.errors import ProjectError
from boxwright.project.detectors.wanted import Wanted, wanted_of
from boxwright.project.document import read_text
from boxwright.project.evidence import Evidence
from boxwright.project.facts import Dependencies, Remark
from boxwright.project.tree import Tree
from boxwright.syntax.requirements import normalised, parse_requirement
from boxwright.text.record import NamedTuple

_MOST = 200
"""So many files are looked into, those nearest to the top first."""
_LARGEST = 2_000_000
"""A file with more bytes is generated data."""
_STANDARD = frozenset(sys.stdlib_module_names) | {"annotationlib", "compression", "tomllib"}
_NOT_STARTED = re.compile(
    r"(?:^|.*/)(?:tests?|testing|docs?|examples?|bench(?:marks?)?|\.[^/]+|site-packages|build|dist)/"
    r"|(?:.*/)?(?:test_[^/]*|[^/]*_test|conftest|setup|noxfile|fabfile)\.py$"
)
"""Files that are for developers."""
_PROGRAM = re.compile(
    r"^if[ (]+__name__\b|^(?:from|import)[ \t]+(?:fastapi|flask|streamlit|gradio|starlette)\b",
    re.MULTILINE,
)
_INSTALL = re.compile(
    r"^\s*[%!]\s*(?:\{?[\w.]*python[\w.]*\}?\s+-m\s+|\{sys\.executable\}\s+-m\s+|uv\s+)?"
    r"(?:pip3?|conda|mamba)\s+install\s+(?P<words>[^\n;&|]*)"
)
_WITH_VALUE = frozenset(
    {"-r", "-c", "-f", "-i", "-t", "-e", "--requirement", "--constraint", "--find-links",
     "--index-url", "--extra-index-url", "--target", "--editable", "--python", "-n", "--channel"}
)  # fmt: skip
"""Options of pip whose next word is no requirement."""

_SERVED_BY = {
    "django": "gunicorn",
    "fastapi": "uvicorn",
    "flask": "gunicorn",
    "litestar": "uvicorn",
    "starlette": "uvicorn",
}
"""Frameworks whose applications no other import of the code leads to a server for."""
_SERVERS = frozenset(
    {"uvicorn", "hypercorn", "granian", "gunicorn", "waitress", "gradio", "litserve"}
)


class Import(NamedTuple):
    """A statement that imports something."""

    module: str
    """With all packages before it."""
    names: tuple[str, ...]
    """What is taken from it, where that may be modules too."""
    evidence: Evidence
    is_optional: bool
    """Whether the code does without: where it is caught, or only for type checkers."""
    is_lazy: bool
    """Whether it is in a function."""


@dataclass(slots=True)
class Inferred:
    """What imports come to."""

    wanted: list[Wanted] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Table:
    differs: Mapping[str, str]
    same: frozenset[str]
    brings: Mapping[str, Sequence[str]]
    alike: Mapping[str, frozenset[str]]


@functools.cache
def _table() -> _Table:
    document = tomllib.loads(Path(__file__).with_name("imports.toml").read_text("utf-8"))
    alike: dict[str, frozenset[str]] = {}
    for group in document["alike"]["groups"]:
        alike |= dict.fromkeys(group, frozenset(group))
    return _Table(
        document["differs"], frozenset(document["same"]["names"]), document["brings"], alike
    )


def distribution_of(module: str) -> str | None:
    """
    Return the distribution that brings *module*; empty where none on an index does.

    >>> distribution_of("google.cloud.storage"), distribution_of("cv2"), distribution_of("numpy.fft")
    ('google-cloud-storage', 'opencv-python-headless', 'numpy')
    """
    table = _table()
    parts = module.split(".")
    for end in range(len(parts), 0, -1):
        found = table.differs.get(".".join(parts[:end]))
        if found is not None:
            return found
    return normalised(parts[0]) if parts[0].lower() in table.same else None


def infer(tree: Tree, files: Sequence[str] | None = None) -> Inferred:
    """
    Return the distributions that the project's code imports.

    *files* are those that go into the image; None for all that are not for developers.
    Notebooks count where no file is meant to be started, or for the versions that they
    install.
    """
    result = Inferred()
    paths = tree.paths()
    sources = _sources(paths if files is None else files)
    if len(sources) > _MOST:
        result.remarks.append(
            Remark(
                text=f"of {len(sources)} Python files only {_MOST} were searched for imports",
                hint="declare the dependencies in `pyproject.toml`",
                evidence=(Evidence(sources[_MOST]),),
            )
        )
    notebooks = [path for path in paths if path.endswith(".ipynb") and not _NOT_STARTED.match(path)]
    imports: list[Import] = []
    is_program = False
    for path in sources[:_MOST]:
        text = _read(tree, path, result)
        is_program = is_program or _is_program(path, text)
        imports += read_imports(path, text)
    installed: dict[str, Wanted] = {}
    for path in notebooks[:_MOST]:
        found, wanted = _read_notebook(tree, path, result)
        for each in wanted:
            if each.name not in installed or each.specifier:
                installed[each.name] = each
        if not is_program:
            imports += found
    _settle(imports, installed, _Own(paths), result, with_installed=not is_program)
    return result


def _sources(paths: Iterable[str]) -> list[str]:
    found = [path for path in paths if path.endswith(".py") and not _NOT_STARTED.match(path)]
    found.sort(key=lambda path: (path.count("/"), path))
    return found


def _is_program(path: str, text: str) -> bool:
    name = posixpath.basename(path)
    return name in ("main.py", "app.py", "__main__.py") or _PROGRAM.search(text) is not None


def _read(tree: Tree, path: str, result: Inferred) -> str:
    try:
        return "" if tree.size(path) > _LARGEST else read_text(tree, path)
    except ProjectError as error:
        result.remarks.append(Remark(text=error.message, hint=error.hint))
        return ""


def _settle(
    imports: Iterable[Import],
    installed: Mapping[str, Wanted],
    own: _Own,
    result: Inferred,
    *,
    with_installed: bool,
) -> None:
    taken: dict[str, Wanted] = dict(installed) if with_installed else {}
    optional: dict[str, Import] = {}
    unknown: dict[str, Import] = {}
    for each in imports:
        for module in _modules(each, own):
            target = distribution_of(module)
            if target is None:
                unknown.setdefault(module.partition(".")[0], each)
                continue
            name, _, extras = target.removesuffix("]").partition("[")
            if not name:
                continue
            if each.is_optional:
                optional.setdefault(name, each)
            elif not (taken.keys() & _table().alike.get(name, {name})):
                taken[name] = installed.get(name) or Wanted(
                    name=name,
                    evidence=each.evidence,
                    extras=tuple(filter(None, extras.split(","))),
                )
    for framework, server in _SERVED_BY.items():
        if framework in taken and taken.keys().isdisjoint(_SERVERS):
            taken[server] = Wanted(name=server, evidence=taken[framework].evidence)
            result.remarks.append(
                Remark(
                    text=f"`{server}` is added: `{framework}` needs a server, and none is imported",
                    hint="declare the dependencies in `requirements.txt` or `pyproject.toml`",
                    evidence=(taken[framework].evidence,),
                )
            )
    result.wanted += (taken[name] for name in sorted(taken))
    for name, each in sorted(optional.items()):
        if not (taken.keys() & _table().alike.get(name, {name})):
            result.remarks.append(
                Remark(
                    text=f"`{name}` is not installed: the code does without it ({each.evidence})",
                    hint="if it is wanted, declare the dependencies in `pyproject.toml`",
                    evidence=(each.evidence,),
                )
            )
    for module, each in sorted(unknown.items()):
        if not each.is_optional:
            result.remarks.append(
                Remark(
                    text=f"`{module}` is imported ({each.evidence}), but which distribution"
                    " has it is not known",
                    hint="declare the dependencies in `requirements.txt` or `pyproject.toml`",
                    evidence=(each.evidence,),
                )
            )


def _modules(each: Import, own: _Own) -> Iterator[str]:
    """Yield the modules of others that an import names."""
    top = each.module.partition(".")[0]
    if top in _STANDARD or top == "__future__" or own.has(top, each.evidence.path):
        return
    below = [f"{each.module}.{name}" for name in each.names]
    # `from google.cloud import storage, vision` names two distributions.
    special = [name for name in below if name in _table().differs]
    yield from special or [each.module]


class _Own:
    """The project's own modules."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._modules: set[str] = set()
        for path in paths:
            if path.endswith((".py", ".pyi", ".pyx", ".so")):
                folder, name = posixpath.split(path)
                self._modules.add(posixpath.join(folder, name.partition(".")[0]))
                while folder:
                    self._modules.add(folder)
                    folder = posixpath.dirname(folder)

    def has(self, name: str, path: str) -> bool:
        """Tell whether code in *path* that imports *name* gets it from the project."""
        folder = posixpath.dirname(path)
        places = {"", "src", folder}
        while folder:
            folder = posixpath.dirname(folder)
            places.add(folder)
        return any(posixpath.join(place, name) in self._modules for place in places)


def read_imports(path: str, text: str) -> tuple[Import, ...]:
    """Return what the Python *text* imports; nothing where it is no Python."""
    try:
        with warnings.catch_warnings():
            # What Python has to say of a string's escapes is not our business.
            warnings.simplefilter("ignore")
            module = ast.parse(text, path)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        # That it cannot be read is said where modules are looked at.
        return ()
    found: list[Import] = []
    stack: list[tuple[ast.AST, bool, bool]] = [(module, False, False)]
    while stack:
        node, is_optional, is_lazy = stack.pop()
        if isinstance(node, ast.Import):
            found += (
                Import(
                    alias.name,
                    (),
                    Evidence(path, node.lineno, f"import {alias.name}"),
                    is_optional,
                    is_lazy,
                )
                for alias in node.names
            )
        elif isinstance(node, ast.ImportFrom):
            if not node.level and node.module:
                names = tuple(alias.name for alias in node.names)
                evidence = Evidence(path, node.lineno, f"from {node.module} import {names[0]}")
                found.append(Import(node.module, names, evidence, is_optional, is_lazy))
        else:
            for child, optional, lazy in _children(node):
                stack.append((child, is_optional or optional, is_lazy or lazy))
    found.sort(key=lambda each: each.evidence.line or 0)
    return tuple(found)


def _children(node: ast.AST) -> Iterator[tuple[ast.AST, bool, bool]]:
    """Yield the statements in *node*, whether they are optional there, and whether lazy."""
    if isinstance(node, (ast.Try, ast.TryStar)):
        handled = [each for handler in node.handlers for each in handler.body]
        # Who raises again, or ends, does not do without.
        catches = any(_catches(handler.type) for handler in node.handlers) and not any(
            isinstance(each, ast.Raise) or "exit" in _names(each) for each in handled
        )
        yield from ((each, catches, False) for each in (*node.body, *node.orelse))
        yield from ((each, catches, False) for each in (*handled, *node.finalbody))
    elif isinstance(node, ast.If):
        for_types = "TYPE_CHECKING" in _names(node.test)
        yield from ((each, for_types, False) for each in node.body)
        yield from ((each, False, False) for each in node.orelse)
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        yield from ((each, False, True) for each in node.body)
    elif isinstance(node, ast.With):
        # `with contextlib.suppress(ImportError):`
        catches = any("ImportError" in _names(item.context_expr) for item in node.items)
        yield from ((each, catches, False) for each in node.body)
    elif isinstance(node, ast.match_case | ast.stmt | ast.Module):
        yield from (
            (each, False, False)
            for each in ast.iter_child_nodes(node)
            if isinstance(each, ast.stmt | ast.match_case)
        )


def _catches(kind: ast.expr | None) -> bool:
    if kind is None:
        return True
    return not _names(kind).isdisjoint({"ImportError", "ModuleNotFoundError", "Exception"})


def _names(node: ast.AST) -> set[str]:
    """Return the names and attributes in *node*."""
    parts = list(ast.walk(node))
    return {part.id for part in parts if isinstance(part, ast.Name)} | {
        part.attr for part in parts if isinstance(part, ast.Attribute)
    }


def _read_notebook(tree: Tree, path: str, result: Inferred) -> tuple[list[Import], list[Wanted]]:
    """Return what the notebook *path* imports, and what it installs."""
    text = _read(tree, path, result)
    try:
        cells = json.loads(text)["cells"] if text else []
        sources = [_source(cell) for cell in cells if cell.get("cell_type") == "code"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        result.remarks.append(
            Remark(
                text=f"`{path}` cannot be read as a notebook",
                hint="open it in Jupyter and save it again",
                evidence=(Evidence(path),),
            )
        )
        return [], []
    lines = text.splitlines()
    imports: list[Import] = []
    wanted: list[Wanted] = []
    for source in sources:
        if source.lstrip().startswith("%%") and not re.match(r"\s*%%(?:time|capture)", source):
            continue
        code = []
        for line in source.splitlines():
            match = _INSTALL.match(line)
            if match:
                at = _line_of(lines, line)
                wanted += _installed(match["words"], Evidence(path, at, line.strip()))
            # Blank, so that the rest is Python.
            code.append("" if re.match(r"\s*(?:%|!|\?|.*\?\s*$)", line) else line)
        for each in read_imports(path, "\n".join(code)):
            written = code[(each.evidence.line or 1) - 1]
            evidence = Evidence(path, _line_of(lines, written), each.evidence.says)
            imports.append(
                Import(each.module, each.names, evidence, each.is_optional, each.is_lazy)
            )
    return imports, wanted


def _source(cell: Mapping[str, Any]) -> str:
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(map(str, source))


def _line_of(lines: Sequence[str], wanted: str) -> int | None:
    """Return the line of a notebook's file that holds the line *wanted* of a cell."""
    written = json.dumps(wanted, ensure_ascii=False)[1:-1]
    return next((number for number, line in enumerate(lines, start=1) if written in line), None)


def _installed(words: str, evidence: Evidence) -> Iterator[Wanted]:
    """Yield the requirements in the *words* behind `pip install`."""
    try:
        split = shlex.split(words, comments=True)
    except ValueError:
        return
    skips = False
    for word in split:
        if skips or word.startswith("-"):
            skips = not skips and word in _WITH_VALUE
            continue
        try:
            found = parse_requirement(word, evidence.line or 1, evidence.path)
        except ProjectError:
            continue
        if found.name and not word.startswith((".", "/")) and "{" not in word:
            each = wanted_of(found, evidence.path)
            yield Wanted(
                name=each.name,
                evidence=evidence,
                extras=each.extras,
                specifier=each.specifier,
                marker=each.marker,
                place=each.place,
            )


def find_undeclared(
    tree: Tree, dependencies: Dependencies, starts: Iterable[str]
) -> tuple[Remark, ...]:
    """
    Return a remark for each distribution that is imported on the way from *starts* but not declared.

    Only what runs when a file is imported counts, and only what is certain: not what the
    code does without, and not what another dependency is known to bring.
    """
    if dependencies.source in ("none", "imports") or not dependencies.is_complete:
        return ()
    own = _Own(tree.paths())
    declared = _declared(tree, dependencies)
    seen: set[str] = set()
    missing: dict[str, Import] = {}
    waiting = list(starts)
    while waiting and len(seen) < _MOST:
        path = waiting.pop()
        if path in seen or not path.endswith(".py"):
            continue
        seen.add(path)
        for each in read_imports(path, _read(tree, path, Inferred())):
            if each.is_optional or each.is_lazy:
                continue
            if own.has(each.module.partition(".")[0], path):
                waiting += _own_files(tree, each, path)
                continue
            for module in _modules(each, own):
                name = (distribution_of(module) or "").partition("[")[0]
                if name and not (declared & _table().alike.get(name, frozenset({name}))):
                    missing.setdefault(name, each)
    where = f"`{dependencies.path}`" if dependencies.path else "the dependencies"
    return tuple(
        Remark(
            text=f"`{name}` is imported ({each.evidence}), but not among the dependencies",
            hint=f"add it to {where}; what only comes with another dependency may be gone with"
            " its next version",
            evidence=(each.evidence,),
        )
        for name, each in sorted(missing.items())
    )


def _declared(tree: Tree, dependencies: Dependencies) -> frozenset[str]:
    """Return what is declared, locked, or known to come along."""
    names = {*dependencies.locked, *(item.name for item in dependencies.direct)}
    for item in dependencies.direct:
        # An extra often is called after what it brings: `celery[redis]`.
        names.update(item.extras, (f"{item.name}[{extra}]" for extra in item.extras))
    if "boxwright.lock" in tree.paths():
        try:
            text = read_text(tree, "boxwright.lock")
        except ProjectError:
            text = ""
        names.update(re.findall(r'^name = "([^"]+)"$', text, re.MULTILINE))
    brings = _table().brings
    waiting = list(names)
    while waiting:
        new = [name for name in brings.get(waiting.pop(), ()) if name not in names]
        names.update(new)
        waiting += new
    return frozenset(names)


def _own_files(tree: Tree, each: Import, path: str) -> Iterator[str]:
    """Yield the files of the project that an import reads."""
    known = set(tree.paths())
    folder = posixpath.dirname(path)
    places = [folder, "", "src"]
    modules = [each.module, *(f"{each.module}.{name}" for name in each.names)]
    for module in modules:
        parts = module.split(".")
        for end in range(1, len(parts) + 1):
            inside = "/".join(parts[:end])
            for place in places:
                base = posixpath.join(place, inside)
                yield from (file for file in (f"{base}.py", f"{base}/__init__.py") if file in known)
