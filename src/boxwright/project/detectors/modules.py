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
_MOST = 3000
"""So many Python files are looked at, those nearest to the top first."""
_OF_INTEREST = re.compile(
    rb"fastapi|starlette|flask|gradio|streamlit|litestar|quart|django|uvicorn|waitress"
    rb"|__main__|\bapp\b|application|\brouter\b"
)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Modules:
    """The files that could be parsed, and remarks on the others."""

    modules: tuple[Module, ...]
    remarks: tuple[Remark, ...]
    mentions_pyproject: bool
    """Whether the code names `pyproject.toml`, which it then may want to read."""


def parse_modules(tree: Tree, paths: Sequence[str]) -> Modules:
    """Parse those Python files among *paths* that may say how the project is started."""
    python = [path for path in paths if path.endswith(".py") and tree.link(path) is None]
    python.sort(key=lambda path: (path.count("/"), path))
    roots = _Roots(paths)
    modules = []
    remarks = []
    mentions_pyproject = False
    for path in python[:_MOST]:
        if tree.size(path) > _LARGEST:
            continue
        try:
            content = tree.read(path)
        except ProjectError as error:
            remarks.append(Remark(text=error.message, hint=error.hint))
            continue
        mentions_pyproject = mentions_pyproject or b"pyproject.toml" in content
        if not _OF_INTEREST.search(content):
            continue
        parsed = _parse(content, path)
        if isinstance(parsed, Remark):
            remarks.append(parsed)
            continue
        root = roots.root(path, parsed)
        name = _module_name(path, root)
        imports = dict(_imports(parsed, name, is_package=path.endswith("__init__.py")))
        modules.append(Module(path=path, root=root, name=name, tree=parsed, imports=imports))
    return Modules(
        modules=tuple(modules), remarks=tuple(remarks), mentions_pyproject=mentions_pyproject
    )


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


def _imports(tree: ast.Module, name: str, *, is_package: bool) -> Iterator[tuple[str, str]]:
    """Yield local names and what they stand for, imports inside functions included."""
    package = name.split(".") if is_package else name.split(".")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.asname:
                    yield alias.asname, alias.name
                else:
                    top = alias.name.split(".")[0]
                    yield top, top
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package[: len(package) - node.level + 1]
                base = ".".join([*above, base] if base else above)
            for alias in node.names:
                yield alias.asname or alias.name, f"{base}.{alias.name}" if base else alias.name


class _Roots:
    """Which folder a file's absolute imports are meant from."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._files = frozenset(path for path in paths if path.endswith(".py"))
        self._folders = frozenset(
            path[: match.start()] for path in self._files for match in re.finditer("/", path)
        )

    def root(self, path: str, tree: ast.Module) -> str:
        """Return the folder that most imports of *path* are found in, `src` or the top if alike."""
        folders = [path[: match.start()] for match in re.finditer("/", path)]
        usual = [""]
        if folders and folders[0] == "src" and "src/__init__.py" not in self._files:
            usual = ["src", ""]
        names = {
            name
            for node in ast.walk(tree)
            for name in (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module]
                if isinstance(node, ast.ImportFrom) and node.module and not node.level
                else []
            )
        }
        candidates = [*usual, *(folder for folder in folders if folder not in usual)]
        counts = {root: sum(self._has(root, name) for name in names) for root in candidates}
        # `max` keeps the first of equals: the usual place.
        return max(candidates, key=lambda root: counts[root])

    def _has(self, root: str, name: str) -> bool:
        place = f"{root}/{name.replace('.', '/')}".lstrip("/")
        return f"{place}.py" in self._files or place in self._folders


def statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield statements that run when *body* does, those in `if`, `try` and `with` included."""
    for node in body:
        yield node
        if isinstance(node, ast.If):
            if not is_main_guard(node):
                yield from statements(node.body)
            yield from statements(node.orelse)
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            yield from statements(node.body)
        elif isinstance(node, (ast.Try, ast.TryStar)):
            yield from statements(node.body)
            for handler in node.handlers:
                yield from statements(handler.body)
            yield from statements(node.orelse)
            yield from statements(node.finalbody)


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

    def __init__(self, modules: Sequence[Module]) -> None:
        self._values: dict[str, tuple[Module, ast.expr]] = {}
        for module in modules:
            for node in statements(module.tree.body):
                target, value = assignment(node)
                if target and isinstance(value, (ast.Constant, ast.JoinedStr, ast.BinOp, ast.Call)):
                    self._values[f"{module.name}.{target}"] = module, value

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
                found = self._values.get(module.resolve(node))
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
                found = self._values.get(module.resolve(node))
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
