"""Python that a command runs from its own words or its input, and the calls in it."""

from __future__ import annotations

import ast
import re
import warnings
from functools import cache, cached_property
from typing import TYPE_CHECKING

from boxwright.practices.programs.remembered import remembered
from boxwright.practices.programs.runners import interpreter_at, invocation
from boxwright.text.joined import Joined
from boxwright.text.record import NamedTuple
from boxwright.text.source import Span

if TYPE_CHECKING:
    from boxwright.syntax.shell.command import Command, ShellWord


class Argument(NamedTuple):
    """What a call is given."""

    value: str | int | float | bool | None
    """The literal; None where `is_literal` is false, too."""
    is_literal: bool
    text: str
    """The expression as it is written."""
    span: Span


class Call(NamedTuple):
    """A call in Python code."""

    name: str
    """
    With dots, and with what imports say: `transformers.AutoModel.from_pretrained`.

    What is called on a value begins with a dot: `.to`.
    """
    arguments: tuple[Argument, ...]
    keywords: dict[str, Argument]
    span: Span
    name_span: Span

    @property
    def method(self) -> str:
        """The last part of its name."""
        return self.name.rpartition(".")[2]

    def argument(self, keyword: str, position: int | None = None) -> Argument | None:
        """Return what stands for the parameter *keyword*, which may be given by *position*."""
        if keyword in self.keywords:
            return self.keywords[keyword]
        if position is not None and position < len(self.arguments):
            return self.arguments[position]
        return None


class PythonCode:
    """A piece of Python with its place in the source."""

    def __init__(self, text: Joined) -> None:
        self.text = text.text
        self._joined = text

    def span(self, start: int, end: int) -> Span:
        """Return where in the source the code from *start* up to *end* is."""
        return self._joined.span(start, end)

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """
        The calls in it, in the order in which they are written; the outer before the inner.

        None for what is no Python, and for code of a size that nobody writes into a command.
        """
        tree = _parsed(self.text)
        if tree is None:
            return ()
        nodes = _in_order(tree)
        names = _imported_names(nodes)
        offsets = _Offsets(self.text)
        return tuple(
            self._call(node, names, offsets) for node in nodes if isinstance(node, ast.Call)
        )

    @cached_property
    def imports(self) -> frozenset[str]:
        """The packages that it imports, by their first names."""
        tree = _parsed(self.text)
        found: set[str] = set()
        for node in _in_order(tree) if tree is not None else ():
            if isinstance(node, ast.Import):
                found.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                found.add(node.module.partition(".")[0])
        return frozenset(found)

    def _call(self, node: ast.Call, names: dict[str, str], offsets: _Offsets) -> Call:
        return Call(
            name=_dotted(node.func, names),
            arguments=tuple(
                self._argument(argument, offsets)
                for argument in node.args
                if not isinstance(argument, ast.Starred)
            ),
            keywords={
                keyword.arg: self._argument(keyword.value, offsets)
                for keyword in node.keywords
                if keyword.arg is not None
            },
            span=self.span(*offsets.of(node)),
            name_span=self.span(*offsets.of(node.func)),
        )

    def _argument(self, node: ast.expr, offsets: _Offsets) -> Argument:
        start, end = offsets.of(node)
        sign = 1
        value = node
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            sign, value = -1, node.operand
        literal: str | int | float | bool | None = None
        is_literal = False
        if isinstance(value, ast.Constant):
            constant = value.value
            if isinstance(constant, (int, float)) and sign < 0:
                literal, is_literal = -constant, True
            elif isinstance(constant, (str, int, float, bool)) or constant is None:
                literal, is_literal = constant, sign > 0
        return Argument(literal, is_literal, self.text[start:end], self.span(start, end))


@remembered
def python_code(command: Command) -> PythonCode | None:
    """Return the code that *command* hands to a Python: behind `-c`, or as its input."""
    started = invocation(command)
    if started is None or started.is_module or started.name not in {"python", "ipython"}:
        return None
    arguments = started.arguments
    at = interpreter_at(arguments)
    if at >= len(arguments) or arguments[at].value == "-":
        return PythonCode(command.stdin) if command.stdin is not None else None
    option = arguments[at].value
    if not option.startswith("-") or option.startswith("--"):
        return None
    place = option.find("c")
    if place < 0:
        return None
    if place + 1 < len(option):
        return PythonCode(Joined.of([(option[place + 1 :], arguments[at].span.start)]))
    return code_of_word(arguments[at + 1]) if at + 1 < len(arguments) else None


def code_of_word(word: ShellWord) -> PythonCode:
    """Return the code in *word*; where it has continuations, places are near it."""
    start, end = word.span
    if end - start != len(word.raw):
        # Continuations are gone from the text, so the rest of it is not where it seems.
        known = word.value[: end - start]
        rest = word.value[end - start : _LONGEST]
        return PythonCode(
            Joined.of([(known, start), *((character, end - 1) for character in rest)], at=start)
        )
    return PythonCode(Joined.of(_aligned(word.raw, word.value, start), at=start))


def _aligned(raw: str, value: str, start: int) -> list[tuple[str, int]]:
    """Return the pieces of *value* with their places in *raw*, which has quotes besides."""
    pieces = []
    at = done = 0
    while done < len(value):
        while at < len(raw) and raw[at] != value[done]:
            at += 1
        first = done
        while at < len(raw) and done < len(value) and raw[at] == value[done]:
            at += 1
            done += 1
        if first == done:
            # Not the same text, as `$'\n'` for a new line.
            pieces.append((value[done:], start + max(len(raw) - len(value) + done, 0)))
            break
        pieces.append((value[first:done], start + at - (done - first)))
    return pieces


_LONGEST = 50_000
"""Characters; the parser of the standard library is not made for what is longer by malice."""


def _parsed(text: str) -> ast.Module | None:
    if len(text) > _LONGEST:
        return None
    tree = _tree(text)
    if tree is None and "$" in text:
        # What the shell puts in is a name as good as any.
        tree = _tree(_put_in().sub(lambda match: "_" * len(match[0]), text))
    return tree


@cache
def _put_in() -> re.Pattern[str]:
    return re.compile(r"\$(?:\{[^}\n]*\}|\([^)\n]*\)|[A-Za-z_][A-Za-z0-9_]*|[0-9@#?*])")


def _tree(text: str) -> ast.Module | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def _in_order(tree: ast.AST) -> list[ast.AST]:
    """Return all nodes in the order in which they are written, without recursion."""
    found = []
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        found.append(node)
        waiting.extend(reversed(list(ast.iter_child_nodes(node))))
    return found


def _imported_names(nodes: list[ast.AST]) -> dict[str, str]:
    """Return what names stand for by imports: `hub` is `torch.hub`."""
    names = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.asname:
                    names[alias.asname] = alias.name
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return names


def _dotted(node: ast.expr, names: dict[str, str]) -> str:
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        parts.append(names.get(node.id, node.id))
    elif isinstance(node, ast.Call) and _is_dunder_import(node):
        argument = node.args[0]
        parts.append(str(argument.value) if isinstance(argument, ast.Constant) else "")
    else:
        parts.append("")
    return ".".join(reversed(parts))


def _is_dunder_import(node: ast.Call) -> bool:
    """Return whether *node* is `__import__("torch")`, as one-liners have it."""
    return isinstance(node.func, ast.Name) and node.func.id == "__import__" and bool(node.args)


class _Offsets:
    """Where lines start, for the columns that `ast` counts in bytes."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line) + 1)
        self._is_ascii = text.isascii()
        self._length = len(text)

    def of(self, node: ast.expr) -> tuple[int, int]:
        """Return from where to where *node* is."""
        start = self._offset(node.lineno, node.col_offset)
        if node.end_lineno is None or node.end_col_offset is None:
            return start, start
        return start, self._offset(node.end_lineno, node.end_col_offset)

    def _offset(self, line: int, column: int) -> int:
        if line > len(self._lines):
            return self._length
        if self._is_ascii:
            return self._starts[line - 1] + column
        before = self._lines[line - 1].encode("utf-8", "surrogatepass")[:column]
        return self._starts[line - 1] + len(before.decode("utf-8", "replace"))
