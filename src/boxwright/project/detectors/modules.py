"""The project's Python files as syntax trees; nothing is ever imported."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar, cast

from boxwright.errors import ProjectError
from boxwright.project.evidence import Evidence
from boxwright.project.facts import Remark
from boxwright.project.tree import Tree

_LARGEST = 2_000_000
"""A Python file with more bytes is generated data."""
_MOST = 200
"""So many files are parsed before anything refers to them, those nearest to the top first."""
_MOST_SEEN = 1_500
"""So many are parsed where all that the code says is wanted."""
_IMPORTS_A_SERVER = re.compile(
    rb"^[ \t]*(?:from|import)[ \t]+(?:[\w., ]*[, ])?(?:fastapi|starlette|flask\w*|gradio|streamlit|litestar|quart|django"
    rb"|uvicorn|waitress|hypercorn|aiohttp|litserve|bentoml|ray|sanic|falcon|tornado|dash|panel|chainlit|marimo|nicegui"
    rb"|bottle|blacksheep|connexion|shiny|kserve|grpc|prometheus_\w+|starlette_exporter|gevent|http|socketserver|wsgiref"
    rb"|fastmcp|mcp|celery|rq|dramatiq|arq|huey|taskiq\w*)\b",
    re.MULTILINE,
)
"""Servers and task queues; `http` is the standard library's."""
_IMPORTS_A_QUEUE = re.compile(
    rb"^[ \t]*(?:from|import)[ \t]+(?:celery|rq|dramatiq|arq|huey|taskiq\w*|kombu)\b", re.MULTILINE
)
_DECORATES_A_TASK = re.compile(
    rb"^@(?:\w+\.)*(?:task|periodic_task|shared_task|actor)\b", re.MULTILINE
)
_NAMES_AN_APPLICATION = re.compile(
    rb"^(?: {1,4}|\t)?(?:\w*_)?(?:app|application|server|service|api|asgi|wsgi)[ \t]*(?::[^=\n]*)?=[^=]",
    re.MULTILINE,
)
_HAS_MAIN_GUARD = re.compile(rb"^if[ (]+__name__\b", re.MULTILINE)


_Node = TypeVar("_Node", bound=ast.AST)


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
    imported: frozenset[str]
    """All that it imports, by full names: modules, and what is taken from them."""
    nodes: Mapping[type[ast.AST], Sequence[ast.AST]]
    """All nodes of the tree by their kind."""

    def nodes_of(self, kind: type[_Node]) -> Sequence[_Node]:
        """Return all nodes of that *kind*, outer ones first."""
        return cast("Sequence[_Node]", self.nodes.get(kind, ()))

    @property
    def functions(self) -> tuple[ast.FunctionDef | ast.AsyncFunctionDef, ...]:
        """All functions, inner ones and methods too."""
        return (*self.nodes_of(ast.FunctionDef), *self.nodes_of(ast.AsyncFunctionDef))

    def has_imported(self, *tops: str) -> bool:
        """Tell whether it imports anything of the top-level modules *tops*."""
        return any(full.partition(".")[0] in tops for full in self.imported)

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

    def __init__(
        self, tree: Tree, paths: Sequence[str], *, wide: re.Pattern[bytes] | None = None
    ) -> None:
        self.remarks: list[Remark] = []
        """What could not be parsed."""
        self.mentions_pyproject = False
        """Whether the code names `pyproject.toml`, which it then may want to read."""
        self.names_sigterm = False
        """Whether the code names SIGTERM, which it then may want to handle."""
        self.names_a_queue = False
        """Whether the code imports a library for tasks."""
        self._tree = tree
        python = [path for path in paths if path.endswith(".py") and tree.link(path) is None]
        python.sort(key=lambda path: (path.count("/"), path))
        self._files = frozenset(python)
        self._roots = _Roots(python)
        self._by_path: dict[str, Module | None] = {}
        self._by_name: dict[str, Module | None] = {}
        self._imported: dict[str, frozenset[str]] = {}
        self._own_root = ""
        self._wide = wide
        self._wider: list[str] = []
        self._tops = {part.removesuffix(".py") for path in python for part in path.split("/")}
        chosen = list(self._of_interest(python))
        self._parse_all(chosen)
        self.started = self._loaded(chosen)
        """The modules that were parsed at the start."""

    def seen(self) -> tuple[Module, ...]:
        """Return the modules that say anything that *wide* looks for, and those of `started`."""
        self._parse_all(self._wider)
        known = {module.path for module in self.started}
        more = [path for path in self._wider if path not in known]
        return (*self.started, *self._loaded(more))

    def groups(self) -> tuple[Modules, ...]:
        """
        Return these modules, or where several have one name (`app.main`) those of each root.

        In a repository of several services a name means the module beside it.
        """
        names = [module.name for module in self.started]
        if len(set(names)) == len(names):
            return (self,)
        return tuple(_Within(self, root) for root in sorted({each.root for each in self.started}))

    def at(self, path: str) -> Module | None:
        """Return the module in the file *path*, None where that is no Python of the project."""
        return self._load(path) if path in self._files else None

    def module(self, name: str) -> Module | None:
        """Return the project's module of that full name."""
        if name not in self._by_name:
            known = name.partition(".")[0] in self._tops
            self._by_name[name] = self._find(name) if known else None
        return self._by_name[name]

    def owner(self, full: str) -> tuple[Module, str] | None:
        """Return the project's module that the name *full* is in, and what it is called there."""
        head, _, name = full.rpartition(".")
        while head:
            module = self.module(head)
            if module is not None:
                return module, name
            head, _, inner = head.rpartition(".")
            name = f"{inner}.{name}"
        return None

    def reached_from(self, paths: Iterable[str]) -> frozenset[str]:
        """Return *paths* and the files of all modules that they import, directly or not."""
        found: set[str] = set()
        waiting = [path for path in paths if path in self._files]
        while waiting:
            path = waiting.pop()
            if path not in found:
                found.add(path)
                root = self._root_of(path)
                for full in self.imports_of(path):
                    for name in (full, full.rpartition(".")[0]):
                        waiting += self._places(name, root)
        return frozenset(found)

    def imports_of(self, path: str) -> frozenset[str]:
        """Return all that the file *path* imports, by full names; it is not parsed for that."""
        if path not in self._imported:
            module = self._by_path.get(path)
            if module is not None:
                self._imported[path] = module.imported
            else:
                name = _module_name(path, self._root_of(path))
                is_package = path.endswith("__init__.py")
                found = _imports_in(self._read(path), name, is_package=is_package)
                self._imported[path] = frozenset(found)
        return self._imported[path]

    def _root_of(self, path: str) -> str:
        module = self._by_path.get(path)
        return module.root if module is not None else self._roots.nearest(path)

    def _places(self, name: str, root: str) -> Iterator[str]:
        """Yield the file of the project's module *name*, as it is meant from *root*."""
        if name.partition(".")[0] not in self._tops:
            return
        place = name.replace(".", "/")
        for each in dict.fromkeys((root, "", "src")):
            inside = f"{each}/{place}" if each else place
            for path in (f"{inside}.py", f"{inside}/__init__.py"):
                if path in self._files:
                    yield path
                    return

    def _find(self, name: str) -> Module | None:
        place = name.replace(".", "/")
        other = None
        roots = sorted({"", "src", *(each.root for each in self.started)})
        for root in dict.fromkeys((self._own_root, *roots)):
            inside = f"{root}/{place}" if root else place
            for path in (f"{inside}.py", f"{inside}/__init__.py"):
                found = self._load(path) if path in self._files else None
                if found is not None and found.name == name:
                    return found
                other = other or found
        # A file may be imported from two roots, and is known by one name only.
        return other

    def _of_interest(self, python: Sequence[str]) -> Iterator[str]:
        count = 0
        for path in python:
            content = self._read(path)
            self.mentions_pyproject = self.mentions_pyproject or b"pyproject.toml" in content
            self.names_sigterm = self.names_sigterm or b"SIGTERM" in content
            self.names_a_queue = self.names_a_queue or bool(_IMPORTS_A_QUEUE.search(content))
            depth = path.removeprefix("src/").count("/")
            if (
                self._wide is not None
                and len(self._wider) < _MOST_SEEN
                and self._wide.search(content)
            ):
                self._wider.append(path)
            if count < _MOST and (
                _IMPORTS_A_SERVER.search(content)
                or _NAMES_AN_APPLICATION.search(content)
                or _DECORATES_A_TASK.search(content)
                or (depth <= 1 and _HAS_MAIN_GUARD.search(content))
            ):
                count += 1
                yield path

    def _parse_all(self, paths: Sequence[str]) -> None:
        """Parse *paths* together: where the imports of one are meant from tells of the others."""
        parsed = {}
        for path in paths:
            if path in self._by_path:
                continue
            self._by_path[path] = None
            index = self._index(path)
            if index is not None:
                parsed[path] = index
        for path, index in parsed.items():
            self._roots.learn(path, index)
        for path, index in parsed.items():
            self._by_path[path] = self._module(path, index)

    def _loaded(self, paths: Sequence[str]) -> tuple[Module, ...]:
        found = (self._by_path.get(path) for path in paths)
        return tuple(module for module in found if module is not None)

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
            self._parse_all((path,))
        return self._by_path[path]

    def _index(self, path: str) -> _Index | None:
        parsed = _parse(self._read(path), path)
        if isinstance(parsed, Remark):
            self.remarks.append(parsed)
            return None
        return _Index.of(parsed)

    def _module(self, path: str, index: _Index) -> Module:
        root = self._roots.root(path, index)
        name = _module_name(path, root)
        is_package = path.endswith("__init__.py")
        taken = tuple(_imports(index.imports, name, is_package=is_package))
        return Module(
            path=path,
            root=root,
            name=name,
            tree=index.tree,
            imports={local: full for local, full, _ in taken},
            imported=frozenset(whole for _, _, whole in taken),
            calls=tuple(index.calls),
            decorators=tuple(index.decorators),
            nodes=index.nodes,
        )


class _Within(Modules):
    """The same modules, seen from one of the roots: a name means what is there first."""

    def __init__(self, all_: Modules, root: str) -> None:
        vars(self).update(vars(all_))
        self.started = tuple(module for module in all_.started if module.root == root)
        self._by_name = {}
        self._own_root = root


@dataclass(slots=True)
class _Index:
    """What is of interest in a syntax tree, found in one pass."""

    tree: ast.Module
    imports: list[ast.Import | ast.ImportFrom]
    calls: list[tuple[str, ast.Call]]
    decorators: list[tuple[str, ast.expr]]
    nodes: dict[type[ast.AST], list[ast.AST]]
    named: set[str]
    """Modules that are named in strings: `uvicorn.run("app.main:app")`."""

    @classmethod
    def of(cls, tree: ast.Module) -> _Index:
        index = cls(tree, [], [], [], {}, set())
        nodes = index.nodes
        for top in tree.body:
            scope = top.name if isinstance(top, (ast.FunctionDef, ast.AsyncFunctionDef)) else ""
            for node in ast.walk(top):
                nodes.setdefault(type(node), []).append(node)
                if isinstance(node, ast.Call):
                    index.calls.append((scope, node))
                    index.named |= _named_modules(node)
                elif isinstance(node, (ast.Import, ast.ImportFrom)):
                    index.imports.append(node)
                elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    index.decorators += ((scope, each) for each in node.decorator_list)
        return index


def _named_modules(call: ast.Call) -> set[str]:
    """Return the module in `uvicorn.run("a.b:app")` or in the name of Django's settings."""
    match call.func, call.args:
        case ast.Attribute(attr="run"), [ast.Constant(value=str(text)), *_]:
            module, colon, _ = text.partition(":")
            return {module} if colon and module.replace(".", "").isidentifier() else set()
        case ast.Attribute(attr="setdefault"), [
            ast.Constant(value="DJANGO_SETTINGS_MODULE"),
            ast.Constant(value=str(text)),
        ]:
            return {text}
        case _:
            return set()


def _parse(content: bytes, path: str) -> ast.Module | Remark:
    parsed = _parse_as_it_is(content, path)
    if isinstance(parsed, Remark):
        # Rather what can be read of a newer Python than nothing; lines stay where they are.
        older = content
        for pattern, replacement in _NEWER_SYNTAX:
            older = re.sub(pattern, replacement, older, flags=re.MULTILINE)
        if older != content:
            again = _parse_as_it_is(older, path)
            return parsed if isinstance(again, Remark) else again
    return parsed


_NEWER_SYNTAX = (
    # 3.14: `except A, B:`
    (rb"^([ \t]*except\*?[ \t]+)([^\n(:]+,[^\n(:]+):", rb"\1(\2):"),
    # 3.12: `def f[T](…)`, `class A[T]:` and `type X = …`
    (rb"^([ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+\w+)\[[^\n\]]*\]", rb"\1"),
    (rb"^([ \t]*)type[ \t]+(\w+)(?:\[[^\n\]]*\])?[ \t]*=", rb"\1\2 ="),
)
"""Patterns, not compiled: most projects never need them."""


def _parse_as_it_is(content: bytes, path: str) -> ast.Module | Remark:
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
) -> Iterator[tuple[str, str, str]]:
    """Yield local names, what they stand for and what is imported, inside functions included."""
    package = name.split(".") if is_package else name.split(".")[:-1]
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.asname:
                    yield alias.asname, alias.name, alias.name
                else:
                    top = alias.name.split(".")[0]
                    yield top, top, alias.name
            continue
        base = node.module or ""
        if node.level:
            above = package[: len(package) - node.level + 1]
            base = ".".join([*above, base] if base else above)
        for alias in node.names:
            full = f"{base}.{alias.name}" if base else alias.name
            yield alias.asname or alias.name, full, full


def _least_root(path: str) -> str:
    """
    Return the innermost folder above *path* that no module can be imported through.

    >>> _least_root("04-deployment/web/predict.py"), _least_root("app/main.py")
    ('04-deployment', '')
    """
    least = ""
    for match in re.finditer("/", path):
        folder = path[: match.start()]
        if not folder.rpartition("/")[2].isidentifier():
            least = folder
    return least


_IMPORT = (
    rb"^[ \t]*(?:from[ \t]+(?P<base>[\w.]+)[ \t]+import[ \t]+(?:\((?P<inside>[^)]*)\)|(?P<names>[^#\n]*))"
    rb"|import[ \t]+(?P<modules>[\w., \t]+))"
)


def _imports_in(content: bytes, name: str, *, is_package: bool) -> Iterator[str]:
    """Yield what is imported, read off the lines: for files of which no more is wanted."""
    package = name.split(".") if is_package else name.split(".")[:-1]
    for match in re.finditer(_IMPORT, content, re.MULTILINE):
        if match["modules"] is not None:
            for each in match["modules"].decode(errors="replace").split(","):
                yield each.strip().partition(" ")[0]
            continue
        base = match["base"].decode(errors="replace")
        level = len(base) - len(base.lstrip("."))
        if level:
            above = package[: len(package) - level + 1]
            base = ".".join(filter(None, (*above, base[level:])))
        listed = re.sub(rb"#[^\n]*", b"", match["inside"] or match["names"] or b"")
        for each in listed.decode(errors="replace").split(","):
            taken = each.strip().partition(" ")[0]
            if taken:
                yield f"{base}.{taken}" if base else taken


class _Roots:
    """Which folder a file's absolute imports are meant from."""

    def __init__(self, python: Sequence[str]) -> None:
        self._files = frozenset(python)
        self._folders = frozenset(
            path[: match.start()] for path in python for match in re.finditer("/", path)
        )
        self._known: dict[str, str] = {}
        """Folders of files whose imports were found, and the roots they were found in."""

    def learn(self, path: str, index: _Index) -> None:
        """Remember the root of *path* for those beside it, where its imports tell it."""
        root, count = self._most(path, index)
        if count:
            self._known.setdefault(path.rpartition("/")[0], root)

    def root(self, path: str, index: _Index) -> str:
        """
        Return the folder that most imports are found in.

        Where none is found, that of the nearest file above whose are; else `src` or the top.
        """
        root, count = self._most(path, index)
        return root if count else self.nearest(path)

    def nearest(self, path: str) -> str:
        """Return the root of the nearest file above *path* that has a known one."""
        folder = path.rpartition("/")[0]
        while folder:
            known = self._known.get(folder)
            if known is not None:
                return known
            folder = folder.rpartition("/")[0]
        is_below = path.startswith("src/") and "src/__init__.py" not in self._files
        return _least_root(path) or ("src" if is_below else "")

    def _most(self, path: str, index: _Index) -> tuple[str, int]:
        folders = [path[: match.start()] for match in re.finditer("/", path)]
        usual = [""]
        if folders and folders[0] == "src" and "src/__init__.py" not in self._files:
            usual = ["src", ""]
        if not folders:
            return "", 0
        names = set(index.named)
        for node in index.imports:
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif node.module and not node.level:
                names.add(node.module)
                names |= {f"{node.module}.{alias.name}" for alias in node.names}
        candidates = [*usual, *(folder for folder in folders if folder not in usual)]
        least = _least_root(path)
        for folder in folders:
            if self._is_a_librarys(folder, names):
                least = max(least, folder, key=len)
        if least:
            candidates = [folder for folder in folders if len(folder) >= len(least)]
        counts = {root: sum(self._has(root, name) for name in names) for root in candidates}
        # `max` keeps the first of equals: the usual place.
        best = max(candidates, key=lambda root: counts[root])
        return best, counts[best] or bool(least)

    def _is_a_librarys(self, folder: str, names: set[str]) -> bool:
        """Tell whether *folder* is only called like a library that is imported: `flask/app.py`."""
        above, _, last = folder.rpartition("/")
        return (
            last in names
            and f"{folder}/__init__.py" not in self._files
            and not any(name.startswith(f"{last}.") and self._has(above, name) for name in names)
        )

    def _has(self, root: str, name: str) -> bool:
        place = f"{root}/{name.replace('.', '/')}".lstrip("/")
        if f"{place}.py" in self._files or f"{place}/__init__.py" in self._files:
            return True
        # A folder alone may only be called like what is imported: `ui/gradio/app.py`.
        return "." in name and place in self._folders


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


def main_guard(module: Module) -> ast.stmt | None:
    """Return the `if __name__ == "__main__":` of *module*."""
    return next((node for node in module.tree.body if is_main_guard(node)), None)


class Constants:
    """Values that can be read off the text: strings and numbers, by their full names."""

    def __init__(self, modules: Modules) -> None:
        self._modules = modules
        self._values: dict[str, dict[str, ast.expr]] = {}
        self._classes: dict[str, dict[str, ast.ClassDef]] = {}

    def value(self, full: str) -> tuple[Module, ast.expr] | None:
        """Return what is assigned to the name *full*, through imports of other modules."""
        for _ in range(10):
            owned = self._modules.owner(full)
            if owned is None:
                return None
            module, name = owned
            first, _, rest = name.partition(".")
            value = self._assigned(module).get(first)
            if value is not None:
                if not rest:
                    return module, value
                return self._field(module, value, rest)
            if first not in module.imports:
                return None
            full = ".".join(filter(None, (module.imports[first], rest)))
        return None

    def class_named(self, full: str) -> tuple[Module, ast.ClassDef] | None:
        """Return the project's class *full*, through imports of other modules."""
        for _ in range(10):
            owned = self._modules.owner(full)
            if owned is None:
                return None
            module, name = owned
            if module.path not in self._classes:
                self._classes[module.path] = {
                    node.name: node for node in reversed(module.nodes_of(ast.ClassDef))
                }
            found = self._classes[module.path].get(name)
            if found is not None:
                return module, found
            if name not in module.imports:
                return None
            full = module.imports[name]
        return None

    def _assigned(self, module: Module) -> dict[str, ast.expr]:
        if module.path not in self._values:
            values: dict[str, ast.expr] = {}
            for node in statements(module.tree.body):
                target, value = assignment(node)
                # `ROOT = relpath(ROOT)` is still the root.
                if value is not None and not (target in values and _mentions(value, target)):
                    values[target] = value
            self._values[module.path] = values
        return self._values[module.path]

    def _field(
        self, module: Module, value: ast.expr, attribute: str
    ) -> tuple[Module, ast.expr] | None:
        """Return the default of *attribute* in the class of the object that *value* makes."""
        if not isinstance(value, ast.Call):
            return None
        made = self._made(module, value)
        while made is not None:
            module, node = made
            for statement in node.body:
                name, default = assignment(statement)
                if name == attribute and default is not None:
                    return module, unwrapped(module, default)
            bases = (self.class_named(module.resolve(base)) for base in node.bases)
            made = next((base for base in bases if base is not None), None)
        return None

    def _made(self, module: Module, call: ast.Call) -> tuple[Module, ast.ClassDef] | None:
        """Return the class that *call* makes an object of, a function between included."""
        full = module.resolve(call.func)
        found = self.class_named(full)
        if found is not None:
            return found
        owned = self._modules.owner(full)
        if owned is None:
            return None
        module, name = owned
        for function in module.nodes_of(ast.FunctionDef):
            if function.name != name:
                continue
            for node in statements(function.body):
                if isinstance(node, ast.Return) and isinstance(node.value, ast.Call):
                    return self.class_named(module.resolve(node.value.func))
        return None

    def string(
        self, module: Module, node: ast.expr | None, depth: int = 0, *, loose: bool = False
    ) -> str | None:
        """
        Return the string that *node* is, None where that is not certain.

        *loose* takes defaults too: of environment variables, of options and of parameters.
        """
        if depth > 20 or node is None:
            return None
        match node:
            case ast.Constant(value=str(text)):
                return text
            case ast.JoinedStr(values=values):
                parts = [self.string(module, part, depth + 1, loose=loose) for part in values]
                return None if None in parts else "".join(part or "" for part in parts)
            case ast.FormattedValue(value=value, format_spec=None):
                return self.string(module, value, depth + 1, loose=loose)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                first = self.string(module, left, depth + 1, loose=loose)
                second = self.string(module, right, depth + 1, loose=loose)
                return None if first is None or second is None else first + second
            case ast.Name() | ast.Attribute():
                found = self.value(module.resolve(node))
                if found is None and loose:
                    found = option_default(module, node)
                return self.string(*found, depth + 1, loose=loose) if found else None
            case ast.Constant(value=int(number)) if loose and not isinstance(node.value, bool):
                return str(number)
            case ast.BoolOp(op=ast.Or(), values=[_, *_, last]) if loose:
                return self.string(module, last, depth + 1, loose=True)
            case ast.Call(args=[_, default]) if loose and _variable(module, node):
                return self.string(module, default, depth + 1, loose=True)
            case ast.Call(func=function, args=[only]) if loose and module.resolve(
                function
            ).endswith((".str", ".int")):
                return self.string(module, only, depth + 1, loose=True)
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
                found = self.value(module.resolve(node)) or option_default(module, node)
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


def _mentions(value: ast.expr, name: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(value))


def unwrapped(module: Module, default: ast.expr) -> ast.expr:
    """Return what `Field(8000, …)`, `Field(default=8000)` or `typer.Option(8000)` stands for."""
    if isinstance(default, ast.Call) and module.resolve(default.func).rpartition(".")[2] in (
        "Field",
        "Option",
        "Argument",
        "field",
    ):
        return keyword(default, "default") or next(iter(default.args), default)
    return default


def option_default(module: Module, node: ast.expr) -> tuple[Module, ast.expr] | None:
    """Return the default of the option `args.port`, or of a function's parameter `port`."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        wanted = node.attr
    elif isinstance(node, ast.Name):
        wanted = node.id
        for function in module.functions:
            for name, default in parameters(function):
                if name == wanted and default is not None:
                    return module, unwrapped(module, default)
    else:
        return None
    for holder in module.nodes_of(ast.ClassDef):
        # The fields of a dataclass that a parser fills.
        for statement in holder.body if isinstance(node, ast.Attribute) else ():
            name, default = assignment(statement)
            if name == wanted and default is not None:
                return module, unwrapped(module, default)
    for _, call in module.calls:
        name, default = option(module, call)
        if name == wanted and default is not None:
            return module, default
    return None


def option(module: Module, call: ast.Call) -> tuple[str, ast.expr | None]:
    """Return the name and the default that *call* declares an option by; empty for others."""
    function = module.resolve(call.func)
    is_argparse = isinstance(call.func, ast.Attribute) and call.func.attr == "add_argument"
    if not is_argparse and function not in ("click.option", "click.argument"):
        return "", None
    names = [each.value for each in call.args if isinstance(each, ast.Constant)]
    words = [name for name in names if isinstance(name, str)]
    target = keyword(call, "dest")
    if isinstance(target, ast.Constant) and isinstance(target.value, str):
        return target.value, keyword(call, "default")
    long = [word for word in words if word.startswith("--")] or words
    name = long[0].lstrip("-").replace("-", "_") if long else ""
    return name, keyword(call, "default")


def parameters(
    function: ast.FunctionDef | ast.AsyncFunctionDef,
) -> Iterator[tuple[str, ast.expr | None]]:
    """Yield the names of a function's parameters, with their defaults."""
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    without = len(positional) - len(arguments.defaults)
    defaults = (*(None for _ in range(without)), *arguments.defaults)
    yield from zip((each.arg for each in positional), defaults, strict=True)
    names = (each.arg for each in arguments.kwonlyargs)
    yield from zip(names, arguments.kw_defaults, strict=True)


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
