"""What a command starts in the end, where a Python or uv stands before it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from boxwright.practices.programs.arguments import parse_arguments
from boxwright.practices.programs.remembered import remembered
from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    from boxwright.syntax.shell.command import Command, ShellWord


class Invocation(NamedTuple):
    """A program and what it is given; a module that `python -m` runs counts as a program."""

    name: str
    """Without its folder; a Python is called `python`, whatever its version."""
    arguments: tuple[ShellWord, ...]
    word: ShellWord
    """The one that names the program."""
    is_module: bool


@remembered
def invocation(command: Command) -> Invocation | None:
    """Return what *command* starts in the end; None where that is not known before it runs."""
    name = program_name(command.program)
    if not name:
        return None
    if name == "uv" and len(command.words) > 2 and command.words[1].value == "run":
        at = _behind(command.arguments, ("-m", "--module"))
        return _module(command.arguments[at:]) if at else _plain(name, command.words)
    if name == "uvx":
        behind = parse_arguments(command.arguments, "p", _UVX_VALUES).operands[:1]
        at = command.words.index(behind[0]) if behind else 0
        return _plain(program_name(behind[0].value), command.words[at:]) if behind else None
    if name == "python":
        at = interpreter_at(command.arguments)
        option = command.arguments[at].value if at < len(command.arguments) else ""
        if _is_cluster(option) and option.endswith("m"):
            return _module(command.arguments[at + 1 :])
    elif name.endswith(".py") and command.wrappers and command.wrappers[-1].endswith(" run"):
        # `uv run` and its like start scripts as a Python does.
        return Invocation("python", command.words, command.words[0], is_module=False)
    return _plain(name, command.words)


def program_name(path: str) -> str:
    """
    Return the name of the program at *path*.

    >>> program_name("/opt/venv/bin/python3.12"), program_name("pip3")
    ('python', 'pip3')
    """
    name = path.rpartition("/")[2]
    return "python" if name.rstrip("0123456789.") in {"python", "pypy"} else name


def interpreter_at(arguments: Sequence[ShellWord]) -> int:
    """Return how many of a Python's *arguments* come before its `-c`, its `-m` or its script."""
    at = 0
    while at < len(arguments):
        value = arguments[at].value
        if value in {"-", "--"} or not value.startswith("-"):
            break
        if _is_cluster(value) and ("c" in value or "m" in value):
            break
        at += 2 if value in {"-W", "-X", "--check-hash-based-pycs"} else 1
    return min(at, len(arguments))


_UVX_VALUES = ("from", "with", "python", "index", "index-url", "env-file")


def _is_cluster(option: str) -> bool:
    """Return whether *option* is letters behind one hyphen; `-W` and `-X` take the rest."""
    return option[:1] == "-" and option[1:2] not in {"", "-", "W", "X"}


def _behind(words: Sequence[ShellWord], options: Sequence[str]) -> int:
    """Return the place behind the first of *options*; 0 where there is none."""
    return next((at for at, word in enumerate(words, start=1) if word.value in options), 0)


def _module(words: Sequence[ShellWord]) -> Invocation | None:
    if not words or not words[0].is_static:
        return None
    name = words[0].value.removesuffix(".__main__")
    return Invocation(name, tuple(words[1:]), words[0], is_module=True)


def _plain(name: str, words: Sequence[ShellWord]) -> Invocation:
    return Invocation(name, tuple(words[1:]), words[0], is_module=False)
