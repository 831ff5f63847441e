"""What a shell script is once it is read: commands with their words, and how they hang together."""

from __future__ import annotations

from typing import Any

from boxwright.text.joined import Joined
from boxwright.text.record import NamedTuple
from boxwright.text.source import Span


class ShellWord(NamedTuple):
    """A word of a command."""

    raw: str
    """As the shell is given it, quotes and escapes included."""
    value: str
    """Without quotes and escapes; `$X`, `$(…)` and patterns as written."""
    span: Span
    is_static: bool = True
    """Whether nothing is put in for variables, substitutions or arithmetic."""
    variables: tuple[str, ...] = ()
    """The variables that are put in, not those inside of `$(…)`."""


class Redirect(NamedTuple):
    """A redirection."""

    operator: str
    """`>`, `2>`, `2>&`, `<<-`, …: with the descriptor unless that goes without saying."""
    descriptor: int | None
    """The descriptor as far as it is written."""
    target: ShellWord | None
    """The file, the descriptor behind `>&`, the word behind `<<<`, or a heredoc's delimiter."""
    span: Span


class Assignment(NamedTuple):
    """`NAME=value` before a command, alone, or behind `export` and its like."""

    name: str
    value: ShellWord
    span: Span


class Command:
    """
    A simple command: what it runs with which words, and when.

    `sudo`, `env` and other programs that only start another one are taken off the words.
    What `sh -c`, `eval`, `xargs` or `find -exec` run comes as commands of its own whose
    `outer` is this one.
    """

    __slots__ = (
        "assignments",
        "conditional",
        "connector",
        "errexit",
        "in_function",
        "in_substitution",
        "number",
        "outer",
        "pipe_position",
        "pipefail",
        "pipeline",
        "program",
        "readings",
        "redirects",
        "span",
        "start_span",
        "stdin",
        "words",
        "wrappers",
        "written",
    )

    def __init__(
        self,
        *,
        words: tuple[ShellWord, ...],
        program: str,
        span: Span,
        written: tuple[ShellWord, ...] | None = None,
        assignments: tuple[Assignment, ...] = (),
        redirects: tuple[Redirect, ...] = (),
        wrappers: tuple[str, ...] = (),
        connector: str = "",
        pipeline: int = 0,
        pipe_position: int = 0,
        conditional: bool = False,
        in_function: bool = False,
        in_substitution: bool = False,
        errexit: bool = False,
        pipefail: bool = False,
        outer: Command | None = None,
        stdin: Joined | None = None,
        number: int = 0,
    ) -> None:
        self.words = words
        self.program = program
        """
        The last part of its path; "" for assignments alone and where a variable says it.

        `[` and `[[` for tests, `export` and its like for declarations.
        """
        self.written = words if written is None else written
        """The words before wrappers were taken off."""
        self.assignments = assignments
        """Those of `env` and `export` too."""
        self.redirects = redirects
        """Its own, then those of the groups and loops around it."""
        self.wrappers = wrappers
        """What was taken off, outermost first: `("sudo", "conda run")`."""
        self.span = span
        """From the first assignment or word to the last word or redirection."""
        self.start_span = words[0].span if words else Span(span.start, span.start)
        """Where the program is named."""
        self.connector = connector
        r"""
        What is between it and the command before: `&&`, `||`, `;`, `|`, `&`, `\n`.

        The first command of a group has that of the group; "" is the first of all, and
        of a `$(…)` or an inner script. Behind `then`, `do`, `else` it is `;`.
        """
        self.pipeline = pipeline
        """The same for commands of one pipe."""
        self.pipe_position = pipe_position
        self.conditional = conditional
        """Whether it may not run though nothing failed: in a branch or loop, or behind `||`."""
        self.in_function = in_function
        self.in_substitution = in_substitution
        """Whether its output goes into a word, by `$(…)`, backticks or `<(…)`."""
        self.errexit = errexit
        """Whether `set -e` of its own script is in force."""
        self.pipefail = pipefail
        """Whether `set -o pipefail` of its own script is in force."""
        self.outer = outer
        self.stdin = stdin
        """The body of its heredoc."""
        self.number = number
        """Its place in `Script.commands`."""
        self.readings: dict[object, Any] = {}
        """What others have made of it, by who did: kept here since it lives as long."""

    @property
    def arguments(self) -> tuple[ShellWord, ...]:
        """The words behind the program."""
        return self.words[1:]

    def __repr__(self) -> str:
        return f"Command({' '.join(word.raw for word in self.words)!r})"


class Statement(NamedTuple):
    """A pipe, or a compound such as `if … fi`, in the outermost list of a script."""

    span: Span
    operator_before: str
    r"""`&&`, `||`, `;`, `&` or `\n`; "" for the first."""
    operator_span: Span
    commands: tuple[Command, ...]
    """All in it, those of substitutions and inner scripts too."""


class Script(NamedTuple):
    """A shell script."""

    commands: tuple[Command, ...]
    """All of them, in the order in which they are written."""
    statements: tuple[Statement, ...]
    has_error: bool = False
    """Whether some of it is not understood; commands around that are there nevertheless."""
    errexit: bool = False
    """Whether it starts with `set -e`."""
