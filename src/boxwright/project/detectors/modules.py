"""The project's Python files as syntax trees; nothing is ever imported."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from boxwright.errors import ProjectError
from boxwright.project.evidence import Evidence
from boxwright.project.facts import Remark
from boxwright.project.tree import Tree

_LARGEST = 2_000_000
"""A Python file with more bytes is generated data."""
_MOST = 200
"""So many files are parsed before anything refers to them, those nearest to the top first."""
_IMPORTS_A_SERVER = re.compile(
    rb"^[ \t]*(?:from|import)[ \t]+(?:[\w., ]*[, ])?(?:fastapi|starlette|flask|gradio|streamlit|litestar|quart|django"
    rb"|uvicorn|waitress|hypercorn|aiohttp)\b",
    re.MULTILINE,
)
_NAMES_AN_APPLICATION = re.compile(
    rb"^(?: {1,4}|\t)?(?:\w*_)?(?:app|application|server|service|api|asgi|wsgi)[ \t]*(?::[^=\n]*)?=[^=]",
    re.MULTILINE,
)
_HAS_MAIN_GUARD = re.compile(rb"^if[ (]+__name__\b", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """A Python file."""

    path: str
    root: str
    """The folder that has to be on `sys.path`; empty for the project's own."""
    name: str
    """How it is imported from there."""
    tree: ast.Module
    imports: Mapping[str, str]
    """Names of the module → what they are, with all packages before it."""
    calls: tuple[tuple[str, ast.Call], ...]
    """All calls, each with the top-level function that it is in."""
    decorators: tuple[tuple[str, ast.expr], ...]

    @property
    def is_package(self) -> bool:
        """Whether it is an `__init__.py`."""
        return self.path.endswith("__init__.py")

    def resolve(self, node: ast.expr | None) -> str:
        """Return the full name of a name or attribute; empty for anything else."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        first = self.imports.get(node.id, f"{self.name}.{node.id}")
        return ".".join([first, *reversed(parts)])

    def evidence(self, node: ast.AST, says: str = "") -> Evidence:
        """Return where *node* stands."""
        return Evidence(self.path, getattr(node, "lineno", None), says)


class Modules:
    """
    The project's Python files; those are parsed that may say how it is started.

    Others are parsed when a name leads to them (`module`).
    """

    def __init__(self, tree: Tree, paths: Sequence[str]) -> None:
        self.remarks: list[Remark] = []
        """What could not be parsed."""
        self.mentions_pyproject = False
        """Whether the code names `pyproject.toml`, which it then may want to read."""
        self.names_sigterm = False
        """Whether the code names SIGTERM, which it then may want to handle."""
        self._tree = tree
        python = [path for path in paths if path.endswith(".py") and tree.link(path) is None]
        python.sort(key=lambda path: (path.count("/"), path))
        self._files = frozenset(python)
        self._roots = _Roots(python)
        self._by_path: dict[str, Module | None] = {}
        self._by_name: dict[str, Module | None] = {}
        self.started = tuple(self._of_interest(python))
        """The modules that were parsed at the start."""

    def module(self, name: str) -> Module | None:
        """Return the project's module of that full name."""
        if name not in self._by_name:
            self._by_name[name] = self._find(name)
        return self._by_name[name]

    def _find(self, name: str) -> Module | None:
        place = name.replace(".", "/")
        for root in sorted({"", "src", *(each.root for each in self.started)}):
            inside = f"{root}/{place}" if root else place
            for path in (f"{inside}.py", f"{inside}/__init__.py"):
                if path in self._files:
                    found = self._load(path)
                    if found is not None and found.name == name:
                        return found
        return None

    def _of_interest(self, python: Sequence[str]) -> Iterator[Module]:
        count = 0
        for path in python:
            content = self._read(path)
            self.mentions_pyproject = self.mentions_pyproject or b"pyproject.toml" in content
            self.names_sigterm = self.names_sigterm or b"SIGTERM" in content
            depth = path.removeprefix("src/").count("/")
            if (
                count < _MOST
                and (
                    _IMPORTS_A_SERVER.search(content)
                    or _NAMES_AN_APPLICATION.search(content)
                    or (depth <= 1 and _HAS_MAIN_GUARD.search(content))
                )
                and (module := self._load(path)) is not None
            ):
                count += 1
                yield module

    def _read(self, path: str) -> bytes:
        if self._tree.size(path) > _LARGEST:
            return b""
        try:
            return self._tree.read(path)
        except ProjectError as error:
            self.remarks.append(Remark(text=error.message, hint=error.hint))
            return b""

    def _load(self, path: str) -> Module | None:
        if path not in self._by_path:
            self._by_path[path] = None
            parsed = _parse(self._read(path), path)
            if isinstance(parsed, Remark):
                self.remarks.append(parsed)
            else:
                self._by_path[path] = self._module(path, parsed)
        return self._by_path[path]

    def _module(self, path: str, parsed: ast.Module) -> Module:
        index = _Index.of(parsed)
        root = self._roots.root(path, index.imports)
        name = _module_name(path, root)
        is_package = path.endswith("__init__.py")
        return Module(
            path=path,
            root=root,
            name=name,
            tree=parsed,
            imports=dict(_imports(index.imports, name, is_package=is_package)),
            calls=tuple(index.calls),
            decorators=tuple(index.decorators),
        )


@dataclass(slots=True)
class _Index:
    """What is of interest in a syntax tree, found in one pass."""

    imports: list[ast.Import | ast.ImportFrom]
    calls: list[tuple[str, ast.Call]]
    decorators: list[tuple[str, ast.expr]]

    @classmethod
    def of(cls, tree: ast.Module) -> _Index:
        index = cls([], [], [])
        for top in tree.body:
            scope = top.name if isinstance(top, (ast.FunctionDef, ast.AsyncFunctionDef)) else ""
            for node in ast.walk(top):
                if isinstance(node, ast.Call):
                    index.calls.append((scope, node))
                elif isinstance(node, (ast.Import, ast.ImportFrom)):
                    index.imports.append(node)
                elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    index.decorators += ((scope, each) for each in node.decorator_list)
        return index


def _parse(content: bytes, path: str) -> ast.Module | Remark:
    try:
        with warnings.catch_warnings():
            # What Python has to say of a string's escapes is not our business.
            warnings.simplefilter("ignore")
            return ast.parse(content, path)
    except SyntaxError as error:
        line, reason = error.lineno, error.msg
    except RecursionError:
        line, reason = None, "nested too deeply"
    except (ValueError, MemoryError) as error:
        line, reason = None, str(error) or "nested too deeply"
    return Remark(
        text=f"`{path}` cannot be read as Python: {reason}",
        hint="if it needs a newer Python than boxwright runs on, name the start in `entrypoint`",
        evidence=(Evidence(path, line),),
    )


def _module_name(path: str, root: str) -> str:
    inside = path[len(root) + 1 :] if root else path
    dotted = inside.removesuffix(".py").replace("/", ".")
    return dotted.removesuffix(".__init__")


def _imports(
    nodes: Sequence[ast.Import | ast.ImportFrom], name: str, *, is_package: bool
) -> Iterator[tuple[str, str]]:
    """Yield local names and what they stand for, imports inside functions included."""
    package = name.split(".") if is_package else name.split(".")[:-1]
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.asname:
                    yield alias.asname, alias.name
                else:
                    top = alias.name.split(".")[0]
                    yield top, top
            continue
        base = node.module or ""
        if node.level:
            above = package[: len(package) - node.level + 1]
            base = ".".join([*above, base] if base else above)
        for alias in node.names:
            yield alias.asname or alias.name, f"{base}.{alias.name}" if base else alias.name


class _Roots:
    """Which folder a file's absolute imports are meant from."""

    def __init__(self, python: Sequence[str]) -> None:
        self._files = frozenset(python)
        self._folders = frozenset(
            path[: match.start()] for path in python for match in re.finditer("/", path)
        )

    def root(self, path: str, imports: Sequence[ast.Import | ast.ImportFrom]) -> str:
        """Return the folder that most *imports* are found in, `src` or the top if alike."""
        folders = [path[: match.start()] for match in re.finditer("/", path)]
        usual = [""]
        if folders and folders[0] == "src" and "src/__init__.py" not in self._files:
            usual = ["src", ""]
        names = set()
        for node in imports:
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif node.module and not node.level:
                names.add(node.module)
        candidates = [*usual, *(folder for folder in folders if folder not in usual)]
        counts = {root: sum(self._has(root, name) for name in names) for root in candidates}
        # `max` keeps the first of equals: the usual place.
        return max(candidates, key=lambda root: counts[root])

    def _has(self, root: str, name: str) -> bool:
        place = f"{root}/{name.replace('.', '/')}".lstrip("/")
        return f"{place}.py" in self._files or place in self._folders


def statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield statements that run when *body* does, those in `if`, `try` and `with` included."""
    # A stack, since a long chain of `elif` is nested as deeply as it is long.
    stack = list(reversed(body))
    while stack:
        node = stack.pop()
        yield node
        inner: list[ast.stmt] = []
        if isinstance(node, ast.If):
            inner = [*([] if is_main_guard(node) else node.body), *node.orelse]
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            inner = node.body
        elif isinstance(node, (ast.Try, ast.TryStar)):
            handled = [each for handler in node.handlers for each in handler.body]
            inner = [*node.body, *handled, *node.orelse, *node.finalbody]
        stack.extend(reversed(inner))


def is_main_guard(node: ast.stmt) -> bool:
    """Tell whether *node* is `if __name__ == "__main__":`."""
    return (
        isinstance(node, ast.If)
        and isinstance(node.test, ast.Compare)
        and any(
            isinstance(side, ast.Name) and side.id == "__name__"
            for side in (node.test.left, *node.test.comparators)
        )
    )


class Constants:
    """Values that can be read off the text: strings and numbers, by their full names."""

    def __init__(self, modules: Modules) -> None:
        self._modules = modules
        self._values: dict[str, dict[str, ast.expr]] = {}

    def _value(self, full: str) -> tuple[Module, ast.expr] | None:
        """Return what is assigned to the name *full*, through imports of other modules."""
        for _ in range(10):
            head, _, name = full.rpartition(".")
            module = self._modules.module(head) if head else None
            if module is None:
                return None
            if head not in self._values:
                assigned = (assignment(node) for node in statements(module.tree.body))
                self._values[head] = {target: value for target, value in assigned if value}
            value = self._values[head].get(name)
            if value is not None:
                return module, value
            if name not in module.imports:
                return None
            full = module.imports[name]
        return None

    def string(self, module: Module, node: ast.expr | None, depth: int = 0) -> str | None:
        """Return the string that *node* is, None where that is not certain."""
        if depth > 20 or node is None:
            return None
        match node:
            case ast.Constant(value=str(text)):
                return text
            case ast.JoinedStr(values=values):
                parts = [self.string(module, part, depth + 1) for part in values]
                return None if None in parts else "".join(part or "" for part in parts)
            case ast.FormattedValue(value=value, format_spec=None):
                return self.string(module, value, depth + 1)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                first = self.string(module, left, depth + 1)
                second = self.string(module, right, depth + 1)
                return None if first is None or second is None else first + second
            case ast.Name() | ast.Attribute():
                found = self._value(module.resolve(node))
                return self.string(*found, depth + 1) if found else None
            case _:
                return None

    def integer(
        self, module: Module, node: ast.expr | None, depth: int = 0
    ) -> tuple[int, str] | None:
        """Return the number that *node* is, with the environment variable that may change it."""
        if depth > 20 or node is None:
            return None
        match node:
            case ast.Constant(value=bool()):
                return None
            case ast.Constant(value=int(number)):
                return number, ""
            case ast.Constant(value=str(text)) if text.isascii() and text.isdigit():
                return int(text[:9]), ""
            case ast.Name() | ast.Attribute():
                found = self._value(module.resolve(node))
                return self.integer(*found, depth + 1) if found else None
            case ast.BoolOp(op=ast.Or(), values=[first, *_, last]):
                default = self.integer(module, last, depth + 1)
                return (default[0], _variable(module, first)) if default else None
            case ast.Call(func=function, args=[only]) if module.resolve(function).endswith(".int"):
                return self.integer(module, only, depth + 1)
            case ast.Call(args=[_, default_node]) if name := _variable(module, node):
                default = self.integer(module, default_node, depth + 1)
                return (default[0], name) if default else None
            case _:
                return None


def _variable(module: Module, node: ast.expr) -> str:
    """Return the name in `os.environ.get("NAME", …)`, `os.getenv("NAME")`; empty for others."""
    match node:
        case ast.Call(func=function, args=[ast.Constant(value=str(name)), *_]):
            if module.resolve(function) in ("os.environ.get", "os.getenv"):
                return name
        case ast.Subscript(value=value, slice=ast.Constant(value=str(name))):
            if module.resolve(value) == "os.environ":
                return name
        case ast.Call(args=[only]):
            return _variable(module, only)
        case _:
            pass
    return ""


def assignment(node: ast.stmt) -> tuple[str, ast.expr | None]:
    """Return the name and the value of `name = value`; an empty name for others."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            return name, value
        case ast.AnnAssign(target=ast.Name(id=name), value=value):
            return name, value
        case _:
            return "", None


def keyword(call: ast.Call, *names: str) -> ast.expr | None:
    """Return the value of the first of the keyword arguments *names* that *call* has."""
    for name in names:
        for argument in call.keywords:
            if argument.arg == name:
                return argument.value
    return None
