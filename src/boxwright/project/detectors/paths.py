"""Paths in code → paths of the project: literals, `pathlib`, `os.path`, options and defaults."""

from __future__ import annotations

import ast
import posixpath

from boxwright.project.detectors.modules import Constants, Module, keyword, option_default

_DEEPEST = 20


class PathReader:
    """Reads what a path is, as far as the text says; programs are meant to run at the project's top."""

    def __init__(self, constants: Constants) -> None:
        self._constants = constants
        self._takes_defaults = True

    def path(
        self, module: Module, node: ast.expr | None, *, takes_defaults: bool = True
    ) -> str | None:
        """
        Return the path relative to the project, `.` for its top; None where it is not known.

        What is put together of known and unknown parts is its known beginning with a slash.
        Without *takes_defaults* what is handed to a function is not known.
        """
        self._takes_defaults = takes_defaults
        text = self._text(module, node, 0)
        if text is None or "://" in text or "\0" in text or len(text) > 300:
            return None
        is_folder = text.endswith("/")
        if text.startswith(("/", "~")):
            return None
        clean = posixpath.normpath(text) if text else "."
        if clean.startswith(".."):
            return None
        return f"{clean}/" if is_folder and clean != "." else clean

    def _text(self, module: Module, node: ast.expr | None, depth: int) -> str | None:
        if node is None or depth > _DEEPEST:
            return None
        match node:
            case ast.Constant(value=str(text)):
                return text
            case ast.JoinedStr(values=values):
                return self._joined(module, values, depth)
            case ast.FormattedValue(value=value):
                return self._text(module, value, depth + 1)
            case ast.Name(id="__file__"):
                return module.path
            case ast.Name() | ast.Attribute():
                return self._named(module, node, depth)
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                return self._below(module, left, [right], depth)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                first = self._text(module, left, depth + 1)
                second = self._text(module, right, depth + 1)
                if first is None:
                    return None
                return _known_part(first) if second is None else first + second
            case ast.BoolOp(op=ast.Or(), values=values):
                return self._text(module, values[-1], depth + 1)
            case ast.IfExp(body=body):
                return self._text(module, body, depth + 1)
            case ast.Subscript(value=ast.Attribute(attr="parents") as above):
                return self._parents(module, above.value, node.slice, depth)
            case ast.Call():
                return self._call(module, node, depth)
            case _:
                return None

    def _joined(self, module: Module, values: list[ast.expr], depth: int) -> str | None:
        text = ""
        for value in values:
            part = self._text(module, value, depth + 1)
            if part is None:
                return _known_part(text)
            text += part
        return text

    def _named(self, module: Module, node: ast.Name | ast.Attribute, depth: int) -> str | None:
        if isinstance(node, ast.Attribute) and node.attr == "parent":
            inner = self._text(module, node.value, depth + 1)
            return None if inner is None else posixpath.dirname(inner.rstrip("/")) or "."
        found = self._constants.value(module.resolve(node))
        if found is None and self._takes_defaults:
            found = option_default(module, node)
        if found is None and isinstance(node, ast.Name):
            value = _assigned_once(module, node.id)
            found = (module, value) if value is not None else None
        if found is None or found[1] is node:
            return None
        return self._text(*found, depth + 1)

    def _below(
        self, module: Module, first: ast.expr, rest: list[ast.expr], depth: int
    ) -> str | None:
        text = self._text(module, first, depth + 1)
        if text is None:
            return None
        for node in rest:
            part = self._text(module, node, depth + 1)
            if part is None:
                return f"{text.rstrip('/')}/"
            text = posixpath.join(text, part)
        return text

    def _parents(self, module: Module, node: ast.expr, index: ast.expr, depth: int) -> str | None:
        text = self._text(module, node, depth + 1)
        if text is None or not isinstance(index, ast.Constant) or not isinstance(index.value, int):
            return None
        for _ in range(min(index.value, 20) + 1):
            text = posixpath.dirname(text)
        return text or "."

    def _call(self, module: Module, node: ast.Call, depth: int) -> str | None:
        full = module.resolve(node.func)
        last = full.rpartition(".")[2] or (
            node.func.attr if isinstance(node.func, ast.Attribute) else ""
        )
        if last in ("getcwd", "cwd", "get_original_cwd"):
            return "."
        if full in ("os.environ.get", "os.getenv") or (
            last == "get" and len(node.args) == 2 and isinstance(node.args[0], ast.Constant)
        ):
            return self._text(module, node.args[1], depth + 1) if len(node.args) > 1 else None
        if full.startswith("pathlib.") or last in ("join", "joinpath") or full.endswith(".Path"):
            arguments = list(node.args)
            if last == "joinpath" and isinstance(node.func, ast.Attribute):
                arguments.insert(0, node.func.value)
            if not arguments:
                return "."
            return self._below(module, arguments[0], arguments[1:], depth)
        if last in ("abspath", "realpath", "expanduser", "normpath", "fspath", "str", "dirname", "relpath",
                    "to_absolute_path"):  # fmt: skip
            inner = self._text(module, node.args[0], depth + 1) if node.args else None
            if last == "dirname" and inner is not None:
                return posixpath.dirname(inner.rstrip("/")) or "."
            return inner
        if last in ("resolve", "absolute", "as_posix", "expanduser") and isinstance(
            node.func, ast.Attribute
        ):
            return self._text(module, node.func.value, depth + 1)
        if last in ("Field", "Option", "Argument"):
            default = keyword(node, "default") or (node.args[0] if node.args else None)
            return self._text(module, default, depth + 1)
        if last == "open" and node.args:
            return self._text(module, node.args[0], depth + 1)
        return None


def _known_part(text: str) -> str | None:
    """Return the folder that *text*, which goes on with something unknown, begins with."""
    folder = text.rpartition("/")[0]
    return f"{folder}/" if folder else None


def _assigned_once(module: Module, name: str) -> ast.expr | None:
    """Return what a local variable of some function is, if it is assigned in one place only."""
    values = [
        node.value
        for node in module.nodes_of(ast.Assign)
        if any(isinstance(target, ast.Name) and target.id == name for target in node.targets)
    ]
    values += [
        node.value
        for node in module.nodes_of(ast.AnnAssign)
        if isinstance(node.target, ast.Name) and node.target.id == name and node.value is not None
    ]
    return values[0] if len(values) == 1 else None
