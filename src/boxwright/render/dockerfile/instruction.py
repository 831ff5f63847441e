"""Instructions as values, and their text: every quote and every line break is made here."""

from __future__ import annotations

import json
import re
import shlex
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

_WIDTH = 100
_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,=-]+")
_PATTERN = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """An instruction: its keyword, and the words behind it as they are written."""

    keyword: str
    words: tuple[str, ...]
    comments: tuple[str, ...] = ()
    """What stands above it, a paragraph each; `hadolint ignore=…` stays in a line of its own."""
    is_spread: bool = False
    """Whether each word gets a line of its own."""

    def because(self, *reasons: str) -> Instruction:
        """Return the same with *reasons* above it."""
        return replace(self, comments=(*self.comments, *reasons))

    def lines(self) -> Iterator[str]:
        """Yield its lines, comments first."""
        for comment in self.comments:
            yield from comment_lines(comment)
        if self.is_spread and len(self.words) > 1:
            yield from _continued([f"{self.keyword} {self.words[0]}", *self.words[1:]])
        else:
            yield from _continued(_wrapped(self.words, first=f"{self.keyword} "))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A FROM and what follows it."""

    name: str
    from_: Instruction
    instructions: tuple[Instruction, ...]
    comment: str = ""

    def lines(self) -> Iterator[str]:
        """Yield its lines, with an empty one between instructions that comments are above of."""
        if self.comment:
            yield from comment_lines(self.comment)
        yield from self.from_.lines()
        for instruction in self.instructions:
            if instruction.comments:
                yield ""
            yield from instruction.lines()


def comment_lines(text: str) -> Iterator[str]:
    """Yield *text* as comment lines."""
    if text.startswith(("hadolint ", "boxwright: ")):
        yield f"# {text}"
        return
    for line in textwrap.wrap(text, _WIDTH - 2, break_long_words=False, break_on_hyphens=False):
        yield f"# {line}"


def from_(image: str, name: str) -> Instruction:
    """Start the stage *name*."""
    return Instruction(keyword="FROM", words=(f"{image} AS {name}",))


def stage(name: str, base: str, *instructions: Instruction | None, comment: str = "") -> Stage:
    """Return the stage *name* FROM *base*; an instruction that is None is left out."""
    kept = tuple(each for each in instructions if each is not None)
    return Stage(name=name, from_=from_(base, name), instructions=kept, comment=comment)


def argument(name: str, default: str = "") -> Instruction:
    """Declare a build argument."""
    return Instruction(keyword="ARG", words=(f"{name}={quoted(default)}" if default else name,))


def copy(
    sources: Sequence[str], target: str, *, stage: str = "", chown: str = "", chmod: str = ""
) -> Instruction:
    """Copy the paths *sources*, none of them a pattern, of the context or of *stage*."""
    flags = [("from", stage), ("chown", chown), ("chmod", chmod)]
    words = [f"--{name}={value}" for name, value in flags if value]
    paths = [_path(source) for source in sources] + [target.replace("$", r"\$")]
    if any(not _PLAIN.fullmatch(path) for path in [*sources, target]):
        return Instruction(keyword="COPY", words=(*words, json.dumps(paths, ensure_ascii=False)))
    return Instruction(keyword="COPY", words=(*words, *paths))


def environment(pairs: Iterable[tuple[str, str]]) -> Instruction:
    """Set variables."""
    words = tuple(f"{name}={quoted(value)}" for name, value in pairs)
    return Instruction(keyword="ENV", words=words, is_spread=True)


def assignments(
    keyword: str,
    pairs: Iterable[tuple[str, str]],
    expanded: Iterable[tuple[str, str]] = (),
) -> Instruction:
    """Return ENV or LABEL, sorted; in the values of *expanded* `${NAME}` is a variable."""
    words = {name: f'"{_inside(value)}"' for name, value in pairs}
    words |= {name: f'"{value}"' for name, value in expanded}
    lines = tuple(f"{name}={value}" for name, value in sorted(words.items()))
    return Instruction(keyword=keyword, words=lines, is_spread=True)


def exec_form(keyword: str, words: Sequence[str], *, flags: Sequence[str] = ()) -> Instruction:
    """Return ENTRYPOINT, CMD or `HEALTHCHECK … CMD` with the exec form of *words*."""
    # The one form that no shell reads: JSON has its own quotes.
    array = json.dumps(list(words), ensure_ascii=False)
    return Instruction(keyword=keyword, words=(*flags, array))


def plain(keyword: str, *words: str) -> Instruction:
    """Return an instruction whose words need no quotes: WORKDIR, USER, EXPOSE, STOPSIGNAL."""
    return Instruction(keyword=keyword, words=words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """A `--mount` of a RUN."""

    options: tuple[tuple[str, str], ...]

    @property
    def word(self) -> str:
        """Its text."""
        parts = [name if not value else f"{name}={value}" for name, value in self.options]
        return "--mount=" + ",".join(parts)


def mount(kind: str, **options: str) -> Mount:
    """Return a mount; an option without a value is a switch, `from_` is `from`."""
    pairs = [(name.rstrip("_"), value) for name, value in options.items()]
    return Mount(options=(("type", kind), *pairs))


@dataclass(frozen=True, slots=True)
class Script:
    """A piece of shell that more than one program makes up: a loop, a redirection."""

    lines: tuple[str, ...]
    """Continued by what prints them."""


def script(*lines: str) -> Script:
    """Return the piece of shell that *lines* make up."""
    return Script(lines)


Command = Sequence[str] | Script
"""A program and its arguments, or a script."""


def run(*commands: Command, mounts: Sequence[Mount] = ()) -> Instruction:
    """Run *commands* by the shell, each only if the one before it succeeded."""
    lines = [each.word for each in mounts]
    for number, command in enumerate(commands):
        if isinstance(command, Script):
            written = list(command.lines)
        else:
            words = [shlex.quote(word) for word in command]
            first = "&& " if number else ""
            written = _wrapped(words, first=first, indent="    ", width=_WIDTH - 12)
            lines += written
            continue
        if number:
            written[0] = f"&& {written[0]}"
        lines += written
    return Instruction(keyword="RUN", words=tuple(lines), is_spread=True)


def quoted(value: str) -> str:
    r"""
    Return *value* as a word of ENV or ARG that stands for exactly itself.

    >>> print(quoted("/tmp"), quoted('say "$x"'))
    /tmp "say \"\$x\""
    """
    if _PLAIN.fullmatch(value):
        return value
    return f'"{_inside(value)}"'


def _inside(value: str) -> str:
    """Return *value* as it stands between double quotes."""
    value = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return value.replace("$", r"\$")


def _path(path: str) -> str:
    """Return *path* so that COPY takes it for no pattern and no variable."""
    pattern = _PATTERN.sub(lambda found: f"[{found[0]}]", path)
    # A backslash is taken for an escape twice, and for a separator on its way.
    return pattern.replace("\\", "?").replace("$", r"\$")


def _wrapped(
    words: Sequence[str], *, first: str = "", indent: str = "", width: int = _WIDTH - 6
) -> list[str]:
    """Spread *words* over lines, the first behind *first*; no word is broken."""
    lines = [first + words[0]]
    for word in words[1:]:
        if len(lines[-1]) + 1 + len(word) > width:
            lines.append(f"{indent}{word}")
        else:
            lines[-1] += f" {word}"
    return lines


def _continued(lines: Sequence[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        last = number == len(lines) - 1
        yield ("    " if number else "") + line + ("" if last else " \\")
