"""
setuptools' own files: `setup.cfg`, and what of `setup.py` can be read without running it.

Read are literal values, names bound to them, and lists that come from a requirements file
by one of the usual ways: whatever expression has the file's name in it, in place or in the
function that it calls. Of all else is said that it is decided by running code.
"""

from __future__ import annotations

import ast
import configparser
import posixpath
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field

from boxwright.errors import ProjectError
from boxwright.project.document import read_text
from boxwright.project.evidence import Evidence
from boxwright.project.facts import Fact
from boxwright.project.tree import Tree
from boxwright.syntax.requirements import normalised
from boxwright.syntax.toml_lines import line_of_text

SETUP_PY, SETUP_CFG = "setup.py", "setup.cfg"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Requirements that stand somewhere: lines with their evidence, or files that have them."""

    lines: tuple[tuple[str, Evidence], ...] = ()
    files: tuple[str, ...] = ()
    is_known: bool = True
    """False where only running code tells."""
    evidence: Evidence


@dataclass(slots=True, kw_only=True)
class Setup:
    """What setuptools is told."""

    path: str = ""
    """The file that the dependencies stand in; empty where none does."""
    name: Fact | None = None
    version: Fact | None = None
    description: Fact | None = None
    requires_python: Fact | None = None
    requires: Listed | None = None
    extras: dict[str, Listed] = field(default_factory=dict)


def read_setup(tree: Tree) -> Setup:
    """Return what `setup.cfg` and `setup.py` say; what is in both, `setup.cfg` decides."""
    paths = tree.paths()
    found = _read_cfg(tree) if SETUP_CFG in paths else Setup()
    if SETUP_PY not in paths:
        return found
    other = _read_py(tree)
    for key in ("name", "version", "description", "requires_python"):
        if getattr(found, key) is None:
            setattr(found, key, getattr(other, key))
    if found.requires is None:
        found.requires, found.path = other.requires, SETUP_PY
    found.extras = {**other.extras, **found.extras}
    return found


def _read_cfg(tree: Tree) -> Setup:
    text = read_text(tree, SETUP_CFG)
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text, SETUP_CFG)
    except configparser.Error as error:
        line = getattr(error, "lineno", None)
        errors = getattr(error, "errors", None)
        if line is None and errors:
            line = errors[0][0]
        raise ProjectError(
            f"{Evidence(SETUP_CFG, line)}: the file cannot be read as setuptools would",
            hint="write sections in brackets and `key = value` below them",
        ) from None
    found = Setup()
    for key, place in (("name", "metadata"), ("version", "metadata"), ("description", "metadata")):
        value = parser.get(place, key, fallback="").strip()
        # `attr:` and `file:` are for code to find out.
        if value and not re.match(r"(attr|file)\s*:", value):
            setattr(found, key, Fact(value=value.splitlines()[0], evidence=_in_cfg(text, key)))
    for key in ("python_requires", "python-requires"):
        if value := parser.get("options", key, fallback="").strip():
            evidence = _in_cfg(text, key)
            found.requires_python = Fact(value=value.replace(" ", ""), evidence=evidence)
    for key in ("install_requires", "install-requires"):
        if parser.has_option("options", key):
            found.requires = _listed_in_cfg(tree, text, key, parser.get("options", key))
            found.path = SETUP_CFG
    if parser.has_section("options.extras_require"):
        for key, value in parser.items("options.extras_require"):
            found.extras[normalised(key)] = _listed_in_cfg(tree, text, key, value)
    return found


def _in_cfg(text: str, key: str) -> Evidence:
    pattern = re.compile(rf"{re.escape(key)}\s*[=:]", re.IGNORECASE)
    for number, line in enumerate(text.splitlines(), start=1):
        if pattern.match(line):
            return Evidence(SETUP_CFG, number, line.strip())
    return Evidence(SETUP_CFG)


def _listed_in_cfg(tree: Tree, text: str, key: str, value: str) -> Listed:
    evidence = _in_cfg(text, key)
    named = re.match(r"\s*file\s*:(.*)", value, re.DOTALL)
    if named:
        files = tuple(filter(None, re.split(r"[,\s]+", named[1])))
        return Listed(files=_existing(tree, files, evidence), evidence=evidence)
    lines = []
    # In one line they are divided by semicolons, else by lines (setuptools, "list-semi").
    for line in value.splitlines() if "\n" in value else value.split(";"):
        item = line.strip()
        if item and not item.startswith("#"):
            at = line_of_text(text, item, evidence.line or 1)
            lines.append((item, Evidence(SETUP_CFG, at, item)))
    return Listed(lines=tuple(lines), evidence=evidence)


def _existing(tree: Tree, files: tuple[str, ...], evidence: Evidence) -> tuple[str, ...]:
    known = set(tree.paths())
    found = []
    for file in files:
        path = posixpath.normpath(file)
        if path not in known:
            raise ProjectError(
                f"{evidence}: the requirements file `{file}` is not in the project",
                hint="add the file, or list the requirements in its place",
            )
        found.append(path)
    return tuple(found)


def _read_py(tree: Tree) -> Setup:
    text = read_text(tree, SETUP_PY)
    try:
        with warnings.catch_warnings():
            # What Python has to say of a string's escapes is not our business.
            warnings.simplefilter("ignore")
            module = ast.parse(text, SETUP_PY)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = error.lineno if isinstance(error, SyntaxError) else None
        reason = error.msg if isinstance(error, SyntaxError) else "nested too deeply"
        raise ProjectError(
            f"{Evidence(SETUP_PY, line)}: the file cannot be read as Python: {reason}",
            hint="mend it, or move what it says to `pyproject.toml`",
        ) from None
    code = _Code(tree, module)
    call = code.call()
    found = Setup(path=SETUP_PY)
    if call is None:
        found.requires = Listed(is_known=False, evidence=Evidence(SETUP_PY))
        return found
    arguments, is_whole = code.arguments(call)
    for key, names in (
        ("name", ("name",)),
        ("version", ("version",)),
        ("description", ("description",)),
        ("requires_python", ("python_requires",)),
    ):
        node = next((arguments[name] for name in names if name in arguments), None)
        value = code.string(node)
        if value:
            value = value.replace(" ", "") if key == "requires_python" else value.splitlines()[0]
            setattr(found, key, Fact(value=value, evidence=_in_py(node, f"{names[0]}={value}")))
    if "install_requires" in arguments:
        found.requires = code.listed(arguments["install_requires"])
    elif is_whole:
        found.requires = Listed(evidence=_in_py(call, "setup()"))
    else:
        found.requires = Listed(is_known=False, evidence=_in_py(call, "setup()"))
    extras = code.resolved(arguments.get("extras_require"))
    if isinstance(extras, ast.Dict):
        for name, value_node in zip(extras.keys, extras.values, strict=True):
            extra = code.string(name)
            if extra:
                found.extras[normalised(extra)] = code.listed(value_node)
    return found


def _in_py(node: ast.AST | None, says: str) -> Evidence:
    return Evidence(SETUP_PY, getattr(node, "lineno", None), says)


class _Code:
    """A `setup.py` as a syntax tree."""

    def __init__(self, tree: Tree, module: ast.Module) -> None:
        self._paths = frozenset(tree.paths())
        self._module = module
        self._values: dict[str, ast.expr] = {}
        self._functions: dict[str, ast.FunctionDef] = {}
        self._unsure: set[str] = set()
        self._opened: dict[str, ast.expr] = {}
        for node in ast.walk(module):
            self._note(node)

    def _note(self, node: ast.AST) -> None:
        match node:
            case ast.FunctionDef(name=name):
                self._functions[name] = node
            case ast.With(items=items):
                for item in items:
                    if isinstance(item.optional_vars, ast.Name):
                        self._opened[item.optional_vars.id] = item.context_expr
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                if name in self._values:
                    self._unsure.add(name)
                self._values[name] = value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                self._values[name] = value
            case ast.AugAssign(target=ast.Name(id=name)):
                self._unsure.add(name)
            case ast.Call(
                func=ast.Attribute(
                    value=ast.Name(id=name),
                    attr="append" | "extend" | "insert" | "remove" | "update" | "setdefault",
                )
            ):
                self._unsure.add(name)
            case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=name))]):
                self._unsure.add(name)
            case _:
                pass

    def call(self) -> ast.Call | None:
        """Return the call of `setup`."""
        for node in ast.walk(self._module):
            if isinstance(node, ast.Call):
                function = node.func
                name = function.attr if isinstance(function, ast.Attribute) else ""
                name = function.id if isinstance(function, ast.Name) else name
                if name == "setup":
                    return node
        return None

    def arguments(self, call: ast.Call) -> tuple[dict[str, ast.expr], bool]:
        """Return the named arguments of *call*, and whether these are all."""
        found: dict[str, ast.expr] = {}
        is_whole = True
        for argument in call.keywords:
            if argument.arg is not None:
                found[argument.arg] = argument.value
                continue
            value = self.resolved(argument.value)
            match value:
                case ast.Dict(keys=keys, values=values) if self._is_sure(argument.value):
                    for key, item in zip(keys, values, strict=True):
                        if isinstance(key, ast.Constant) and isinstance(key.value, str):
                            found.setdefault(key.value, item)
                        else:
                            is_whole = False
                case ast.Call(func=ast.Name(id="dict"), args=[], keywords=words):
                    found.update({word.arg: word.value for word in words if word.arg})
                case _:
                    is_whole = False
        return found, is_whole

    def resolved(self, node: ast.expr | None) -> ast.expr | None:
        """Return what a name is bound to, other expressions as they are."""
        for _ in range(10):
            if not isinstance(node, ast.Name) or node.id not in self._values:
                return node
            node = self._values[node.id]
        return node

    def _is_sure(self, node: ast.expr | None) -> bool:
        for _ in range(10):
            if not isinstance(node, ast.Name):
                return True
            if node.id in self._unsure:
                return False
            node = self._values.get(node.id)
        return False

    def string(self, node: ast.expr | None, depth: int = 0) -> str | None:
        """Return the string that *node* is, None where that is not certain."""
        if node is None or depth > 20 or not self._is_sure(node):
            return None
        match self.resolved(node):
            case ast.Constant(value=str(text)):
                return text
            case ast.JoinedStr(values=values):
                parts = [self.string(part, depth + 1) for part in values]
                return None if None in parts else "".join(part or "" for part in parts)
            case ast.FormattedValue(value=value, format_spec=None):
                return self.string(value, depth + 1)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                first, second = self.string(left, depth + 1), self.string(right, depth + 1)
                return None if first is None or second is None else first + second
            case _:
                return None

    def listed(self, node: ast.expr) -> Listed:
        """Return the requirements that the expression *node* lists."""
        evidence = _in_py(node, "install_requires")
        lines: list[tuple[str, Evidence]] = []
        files: list[str] = []
        is_known = self._collect(node, lines, files, 0)
        return Listed(
            lines=tuple(lines) if is_known else (),
            files=tuple(dict.fromkeys(files)) if is_known else (),
            is_known=is_known,
            evidence=evidence,
        )

    def _collect(
        self, node: ast.expr, lines: list[tuple[str, Evidence]], files: list[str], depth: int
    ) -> bool:
        """Add what *node* lists; tell whether that is certain."""
        if depth > 20 or not self._is_sure(node):
            return False
        value = self.resolved(node)
        match value:
            case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
                return all(self._item(item, lines, files, depth) for item in items)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                first = self._collect(left, lines, files, depth + 1)
                return self._collect(right, lines, files, depth + 1) and first
            case ast.Call(func=ast.Name(id="list" | "sorted" | "tuple" | "set"), args=[only]):
                return self._collect(only, lines, files, depth + 1)
            case ast.Constant(value=str(text)):
                lines += (
                    (line.strip(), _in_py(value, line.strip()))
                    for line in text.splitlines()
                    if line.strip() and not line.strip().startswith("#")
                )
                return True
            case ast.expr():
                named = tuple(dict.fromkeys(self._files_in(value, 0)))
                files += named
                return len(named) == 1
            case _:
                return False

    def _item(
        self, item: ast.expr, lines: list[tuple[str, Evidence]], files: list[str], depth: int
    ) -> bool:
        if isinstance(item, ast.Starred):
            return self._collect(item.value, lines, files, depth + 1)
        text = self.string(item)
        if text is None:
            return False
        lines.append((text, _in_py(item, text)))
        return True

    def _files_in(self, node: ast.AST, depth: int) -> Iterator[str]:
        """Yield the requirements files of the project that *node*, or what it uses, names."""
        if depth > 8:
            return
        for part in ast.walk(node):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                path = posixpath.normpath(part.value.strip()).lstrip("/")
                if path.endswith((".txt", ".in", ".pip")) and path in self._paths:
                    yield path
            elif isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load):
                used = (
                    self._functions.get(part.id)
                    or self._opened.get(part.id)
                    or (self._values.get(part.id) if part.id not in self._unsure else None)
                )
                if used is not None and used is not node:
                    yield from self._files_in(used, depth + 1)
