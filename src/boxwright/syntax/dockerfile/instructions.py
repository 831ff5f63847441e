"""A Dockerfile: instructions and stages, whose insides are read when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from boxwright.syntax.dockerfile.heredoc import Heredoc, heredoc_word
from boxwright.syntax.dockerfile.lines import BLANKS, Comment, Joined, SyntaxProblem, blanks
from boxwright.syntax.dockerfile.mounts import Mount, read_mount
from boxwright.syntax.dockerfile.variables import unquoted
from boxwright.syntax.dockerfile.words import (
    Flag,
    JsonArray,
    Word,
    blank_words,
    json_array,
    quoted_words,
    read_flags,
    word_of,
)
from boxwright.text.record import NamedTuple
from boxwright.text.source import Source, Span

if TYPE_CHECKING:
    from boxwright.syntax.shell.command import Command, Script

AnyInstruction = TypeVar("AnyInstruction", bound="Instruction")

_POSIX_SHELLS = frozenset({"sh", "bash", "ash", "dash", "ksh", "mksh", "zsh", "busybox"})


class Instruction:
    """An instruction: keyword, flags, arguments and heredocs."""

    heredocs: tuple[Heredoc, ...] = ()
    comments: tuple[Comment, ...] = ()
    """Those directly above, with nothing in between."""
    previous_comments: tuple[Comment, ...] = ()
    """
    What BuildKit takes for its comments.

    Blank lines do not part them from it, an empty comment does.
    """
    stage: Stage | None = None
    """None before the first FROM."""
    shell: tuple[str, ...] | None = None
    """The SHELL in force; None is the default."""
    parent: Onbuild | None = None
    """The ONBUILD that it is the trigger of."""
    dockerfile: Dockerfile

    def __init__(
        self, source: Source, line: Joined, escape: str, lines: tuple[int, int], span: Span
    ) -> None:
        self.source = source
        self.line = line
        """All of it but heredocs in one line: without continuations and comments."""
        self.escape = escape
        self.first_line, self.last_line = lines
        self.span = span
        """
        From the keyword to the last character.

        Heredocs and the lines that end them are in it, the end of the last line is not.
        """

    def __repr__(self) -> str:
        return f"<{self.line.text!r} in line {self.first_line}>"

    @cached_property
    def written_keyword(self) -> str:
        """The keyword in the case that it is written in."""
        gap = blanks().search(self.line.text)
        return self.line.text[: gap.start()] if gap else self.line.text

    @cached_property
    def keyword(self) -> str:
        """The keyword in capitals."""
        return self.written_keyword.upper()

    @property
    def keyword_span(self) -> Span:
        """Where the keyword is."""
        return self.line.span(0, len(self.written_keyword))

    @cached_property
    def _head(self) -> tuple[tuple[Flag, ...], int]:
        text = self.line.text
        flags, at = read_flags(self.line, len(self.written_keyword), self.escape)
        while at < len(text) and text[at] in BLANKS:
            at += 1
        return flags, at

    @property
    def flags(self) -> tuple[Flag, ...]:
        """The words with `--` before the arguments."""
        return self._head[0]

    def flag(self, name: str) -> Flag | None:
        """Return the first flag that is called *name*."""
        return next((flag for flag in self._head[0] if flag.name == name), None)

    def flags_named(self, name: str) -> tuple[Flag, ...]:
        """Return all flags that are called *name*."""
        return tuple(flag for flag in self._head[0] if flag.name == name)

    @cached_property
    def arguments(self) -> Joined:
        """What comes behind keyword and flags."""
        return self.line.slice(self._head[1], len(self.line.text))

    @property
    def arguments_span(self) -> Span:
        """Where the arguments are; empty, at the end, where there are none."""
        return self.line.span(self._head[1], len(self.line.text))

    @property
    def array(self) -> JsonArray | None:
        """What the arguments are as a JSON array; None without a bracket."""
        return None

    @property
    def is_exec(self) -> bool:
        """Whether the arguments are a JSON array of strings."""
        return self.array is not None and self.array.words is not None

    @property
    def json_problem(self) -> str:
        """Why arguments that start with a bracket are no JSON array of strings."""
        return self.array.problem if self.array is not None else ""

    @property
    def looks_like_json(self) -> bool:
        """Whether a JSON array may be meant where there is none: `['a', 'b']`, `["a" "b"]`."""
        array = self.array
        if array is None or array.words is not None:
            return False
        text = self.line.text[self._array_start + 1 :]
        inner = text.lstrip()
        quote = inner[:1]
        if quote not in ("'", '"'):
            return False
        # A shell's `[` has a blank behind it: `[ "$a" = b ]`.
        behind = inner[1:].partition(quote)[2].lstrip()
        return inner == text or behind[:1] in ("", ",", "'", '"')

    @property
    def _array_start(self) -> int:
        return self._head[1]

    def part_span(self, word: Word, start: int, end: int) -> Span:
        """Return where the characters *start* to *end* of the raw *word* are."""
        if word.at < 0:
            return word.span
        return self.line.span(word.at + start, word.at + end)

    def _only_word(self) -> Word | None:
        """Return the arguments as one word, blanks and all."""
        start, end = self._head[1], len(self.line.text)
        return word_of(self.line, start, end, self.escape) if start < end else None


class _Listed(Instruction):
    """An instruction whose arguments may be a JSON array."""

    @cached_property
    def _array(self) -> JsonArray | None:
        return json_array(self.line, self._array_start)

    @property
    def array(self) -> JsonArray | None:
        """What the arguments are as a JSON array; None without a bracket."""
        return self._array

    @cached_property
    def words(self) -> tuple[Word, ...]:
        """The elements of the array, or the words that blanks separate."""
        if self._array is not None and self._array.words is not None:
            # Expansion reads the decoded strings as it does other words.
            return tuple(
                Word(word.value, unquoted(word.value, self.escape), word.span)
                for word in self._array.words
            )
        return blank_words(self.line, self._head[1], self.escape)


def _short_options(words: tuple[str, ...]) -> list[str]:
    return [word for word in words if word.startswith("-") and not word.startswith("--")]


class _Executed(_Listed):
    """An instruction with a command: words to execute, or a script for the shell."""

    @property
    def exec(self) -> tuple[Word, ...] | None:
        """The words of the exec form; None in shell form."""
        return self._array.words if self._array is not None else None

    @cached_property
    def script(self) -> Joined:
        """What the shell is given; empty in exec form."""
        start, end = self._array_start, len(self.line.text)
        if self.exec is not None:
            return Joined("", (0,), (self.line.offset(start),))
        if not self.heredocs:
            return self.line.slice(start, end)
        first = self.heredocs[0]
        if self.is_heredoc_only:
            return first.content
        pieces = [*self.line.slice(start, end).pieces()]
        for heredoc in self.heredocs:
            body = heredoc.body.text
            offset = heredoc.body.offset(0)
            # The line's end, then the body as it stands, and the name without its tabs.
            pieces += [("\n", offset - 1), (body, offset)]
            if heredoc.is_terminated:
                pieces.append((heredoc.name, heredoc.terminator_span.start))
        return Joined.of(pieces)

    @cached_property
    def is_heredoc_only(self) -> bool:
        """Whether a heredoc's body is all that there is to run: `RUN <<EOF`."""
        return bool(self.heredocs) and heredoc_word(self.arguments.text) is not None

    @cached_property
    def interpreter(self) -> str:
        """The program that the first line of a `RUN <<EOF` names: `python3`; mostly none."""
        if not self.is_heredoc_only or not self.script.text.startswith("#!"):
            return ""
        words = self.script.text[2:].partition("\n")[0].split()
        names = [word.rpartition("/")[2] for word in words]
        if names[:1] == ["env"]:
            names = [name for name in names[1:] if not name.startswith("-") and "=" not in name]
        return names[0] if names else ""

    @property
    def runs_posix_shell(self) -> bool:
        """Whether the shell form is for `sh` or one of its kind."""
        if self.interpreter:
            return self.interpreter in _POSIX_SHELLS
        if self.shell is not None:
            # `conda run -n env bash -c` has its shell in the middle.
            names = [word.rpartition("/")[2] for word in self.shell]
            return any(name in _POSIX_SHELLS or name.endswith(".sh") for name in names)
        return not (self.escape == "`" or (self.stage is not None and self.stage.is_windows))

    @cached_property
    def parsed_script(self) -> Script | None:
        """The script as the shell would read it; None in exec form and for other shells."""
        if self.exec is not None or not self.script.text or not self.runs_posix_shell:
            return None
        from boxwright.syntax.shell.parse import parse_script

        return parse_script(
            self.script,
            errexit=any("e" in option for option in _short_options(self.shell or ())),
            pipefail="pipefail" in (self.shell or ()),
        )

    @cached_property
    def commands(self) -> tuple[Command, ...]:
        """The commands that are run, as far as a shell's grammar tells."""
        if self.exec is not None:
            from boxwright.syntax.shell.parse import command_of_words

            return command_of_words(self.exec, self.line)
        return self.parsed_script.commands if self.parsed_script is not None else ()

    @property
    def script_problem(self) -> bool:
        """Whether the script is no shell that could be read."""
        return self.parsed_script is not None and self.parsed_script.has_error


class From(Instruction):
    """`FROM [--platform=p] image [AS name]`, which starts a stage."""

    @cached_property
    def words(self) -> tuple[Word, ...]:
        """The words that blanks separate: one, or three."""
        return blank_words(self.line, self._head[1], self.escape)

    @property
    def image(self) -> Word:
        """The image, or the stage before; an empty word where it is missing."""
        if self.words:
            return self.words[0]
        at = len(self.line.text)
        return Word("", "", self.line.span(at, at), at)

    @property
    def platform(self) -> Flag | None:
        """`--platform`."""
        return self.flag("platform")

    @property
    def as_keyword(self) -> Word | None:
        """The word `AS`."""
        if len(self.words) > 1 and self.words[1].raw.upper() == "AS":
            return self.words[1]
        return None

    @property
    def name(self) -> Word | None:
        """The stage's name as written."""
        return self.words[2] if len(self.words) > 2 and self.as_keyword is not None else None


class Run(_Executed):
    """`RUN [--mount=…] command`."""

    @cached_property
    def mounts(self) -> tuple[Mount, ...]:
        """What its `--mount` flags ask for."""
        return tuple(read_mount(flag) for flag in self.flags_named("mount"))

    @property
    def network(self) -> Flag | None:
        """`--network`."""
        return self.flag("network")

    @property
    def security(self) -> Flag | None:
        """`--security`."""
        return self.flag("security")


class Cmd(_Executed):
    """`CMD command`."""


class Entrypoint(_Executed):
    """`ENTRYPOINT command`."""


class _Copying(_Listed):
    """COPY and ADD."""

    @cached_property
    def sources(self) -> tuple[Word, ...]:
        """What is copied; heredocs are not among them."""
        if self.is_exec:
            return self.words[:-1]
        return tuple(word for word in self.words[:-1] if heredoc_word(word.raw) is None)

    @property
    def destination(self) -> Word | None:
        """Where to; None where only one word is there."""
        return self.words[-1] if len(self.words) > 1 else None

    @property
    def from_(self) -> Flag | None:
        """`--from`."""
        return self.flag("from")

    @property
    def chown(self) -> Flag | None:
        """`--chown`."""
        return self.flag("chown")

    @property
    def chmod(self) -> Flag | None:
        """`--chmod`."""
        return self.flag("chmod")

    @property
    def link(self) -> Flag | None:
        """`--link`."""
        return self.flag("link")

    @property
    def parents(self) -> Flag | None:
        """`--parents`."""
        return self.flag("parents")

    @property
    def excludes(self) -> tuple[Flag, ...]:
        """Every `--exclude`."""
        return self.flags_named("exclude")


class Copy(_Copying):
    """`COPY [--from=stage] source… destination`."""


class Add(_Copying):
    """`ADD source… destination`, whose sources may be URLs, repositories and archives."""

    @property
    def checksum(self) -> Flag | None:
        """`--checksum`."""
        return self.flag("checksum")

    @property
    def keep_git_dir(self) -> Flag | None:
        """`--keep-git-dir`."""
        return self.flag("keep-git-dir")

    @property
    def unpack(self) -> Flag | None:
        """`--unpack`."""
        return self.flag("unpack")


class Pair(NamedTuple):
    """A name with its value in ENV or LABEL."""

    name: Word
    value: Word
    span: Span
    legacy: bool
    """Whether a blank is between them: `ENV name value`, where all of the rest is the value."""


class _Pairs(Instruction):
    """ENV and LABEL."""

    @cached_property
    def _places(self) -> list[tuple[int, int]]:
        return quoted_words(self.line.text, self._head[1], self.escape)

    @cached_property
    def is_legacy(self) -> bool:
        """Whether it is `name value` instead of `name=value`."""
        text = self.line.text
        return bool(self._places) and "=" not in text[self._places[0][0] : self._places[0][1]]

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """The names with their values; a word without `=` is none."""
        text, line, escape = self.line.text, self.line, self.escape
        if self.is_legacy:
            start, end = self._head[1], len(text)
            gap = blanks().search(text, start)
            if gap is None:
                return ()
            name = word_of(line, start, gap.start(), escape)
            value = word_of(line, gap.end(), end, escape)
            return (Pair(name, value, line.span(start, end), legacy=True),)
        pairs = []
        for start, end in self._places:
            equals = text.find("=", start, end)
            if equals >= 0:
                name = word_of(line, start, equals, escape)
                value = word_of(line, equals + 1, end, escape)
                pairs.append(Pair(name, value, line.span(start, end), legacy=False))
        return tuple(pairs)

    @property
    def stray_words(self) -> tuple[Word, ...]:
        """Words without `=` behind one that has it."""
        if self.is_legacy:
            return ()
        text = self.line.text
        return tuple(
            word_of(self.line, start, end, self.escape)
            for start, end in self._places
            if text.find("=", start, end) < 0
        )


class Env(_Pairs):
    """`ENV name=value…`."""


class Label(_Pairs):
    """`LABEL name=value…`."""


class Argument(NamedTuple):
    """A build argument."""

    name: Word
    default: Word | None
    span: Span


class Arg(Instruction):
    """`ARG name[=default]…`."""

    @cached_property
    def declared(self) -> tuple[Argument, ...]:
        """The build arguments that it declares."""
        text, line = self.line.text, self.line
        found = []
        for start, end in quoted_words(text, self._head[1], self.escape):
            equals = text.find("=", start, end)
            default = None
            if equals >= 0:
                default = word_of(line, equals + 1, end, self.escape)
            name = word_of(line, start, end if equals < 0 else equals, self.escape)
            found.append(Argument(name, default, line.span(start, end)))
        return tuple(found)


class Expose(Instruction):
    """`EXPOSE port[-port][/protocol]…`."""

    @cached_property
    def ports(self) -> tuple[Word, ...]:
        """The ports as written."""
        return blank_words(self.line, self._head[1], self.escape)


class Volume(_Listed):
    """`VOLUME path…`."""

    @property
    def paths(self) -> tuple[Word, ...]:
        """The paths."""
        return self.words


class User(Instruction):
    """`USER user[:group]`."""

    @cached_property
    def user(self) -> Word | None:
        """User and group; None where they are missing."""
        return self._only_word()


class Workdir(Instruction):
    """`WORKDIR path`."""

    @cached_property
    def path(self) -> Word | None:
        """The path; None where it is missing."""
        return self._only_word()


class Shell(_Listed):
    """`SHELL ["program", "argument"…]`."""

    @property
    def exec(self) -> tuple[Word, ...] | None:
        """The words; None where they are no JSON array, which it must be."""
        return self._array.words if self._array is not None else None


class Stopsignal(Instruction):
    """`STOPSIGNAL signal`."""

    @cached_property
    def signal(self) -> Word | None:
        """The signal; None where it is missing."""
        return self._only_word()


class Maintainer(Instruction):
    """`MAINTAINER name`, which is deprecated."""

    @property
    def text(self) -> str:
        """Who it is."""
        return self.arguments.text


class Healthcheck(_Executed):
    """`HEALTHCHECK NONE`, or `HEALTHCHECK [--interval=…] CMD command`."""

    @cached_property
    def kind(self) -> Word | None:
        """The word `CMD` or `NONE`, or what stands in its place."""
        text, start = self.line.text, self._head[1]
        end = start
        while end < len(text) and text[end] not in BLANKS:
            end += 1
        return word_of(self.line, start, end, self.escape) if end > start else None

    @property
    def none(self) -> bool:
        """Whether it takes a health check away."""
        return self.kind is not None and self.kind.raw.upper() == "NONE"

    @cached_property
    def _array_start(self) -> int:
        text = self.line.text
        at = self._head[1] + (len(self.kind.raw) if self.kind is not None else 0)
        while at < len(text) and text[at] in BLANKS:
            at += 1
        return at

    @property
    def command_span(self) -> Span:
        """Where the command is, behind `CMD`."""
        return self.line.span(self._array_start, len(self.line.text))

    @property
    def interval(self) -> Flag | None:
        """`--interval`."""
        return self.flag("interval")

    @property
    def timeout(self) -> Flag | None:
        """`--timeout`."""
        return self.flag("timeout")

    @property
    def start_period(self) -> Flag | None:
        """`--start-period`."""
        return self.flag("start-period")

    @property
    def start_interval(self) -> Flag | None:
        """`--start-interval`."""
        return self.flag("start-interval")

    @property
    def retries(self) -> Flag | None:
        """`--retries`."""
        return self.flag("retries")


class Onbuild(Instruction):
    """`ONBUILD instruction`, for the build of an image that starts from this one."""

    @cached_property
    def instruction(self) -> Instruction | None:
        """What is done then; None where it is missing, or is one more ONBUILD's."""
        if self.parent is not None or not self.arguments.text:
            return None
        end = self.span.end
        inner = instruction_of(
            self.source,
            self.arguments,
            self.escape,
            (self.first_line, self.last_line),
            Span(self.arguments.offset(0), end),
        )
        inner.parent = self
        inner.stage = self.stage
        inner.shell = self.shell
        inner.heredocs = self.heredocs
        return inner


class Unknown(Instruction):
    """An instruction that there is none of."""


class Stage:
    """A stage: a FROM and the instructions up to the next."""

    def __init__(self, index: int, from_: From, base: Stage | None) -> None:
        self.index = index
        self.from_ = from_
        self.base = base
        """The stage before that its FROM names."""
        self.instructions: tuple[Instruction, ...] = ()
        """Without the FROM."""
        self._of: dict[type[Instruction], tuple[Instruction, ...]] = {}

    def __repr__(self) -> str:
        return f"<stage {self.index} {self.name!r}>"

    @cached_property
    def name(self) -> str:
        """Its name in small letters, which is how stages are compared; empty without one."""
        return self.from_.name.raw.lower() if self.from_.name is not None else ""

    @property
    def is_implied(self) -> bool:
        """Whether the file has no FROM at all; what its instructions do is known all the same."""
        return not self.from_.line.text

    @property
    def span(self) -> Span:
        """From FROM to the end of the last instruction."""
        last = self.instructions[-1] if self.instructions else self.from_
        return Span(self.from_.span.start, last.span.end)

    def of(self, kind: type[AnyInstruction]) -> tuple[AnyInstruction, ...]:
        """Return the instructions of a *kind*; triggers are found through their ONBUILD only."""
        return _of_kind(self.instructions, kind, self._of)

    def chain(self) -> Iterator[Stage]:
        """Yield it, and the stages that it is made from."""
        stage: Stage | None = self
        while stage is not None:
            yield stage
            stage = stage.base

    @cached_property
    def is_windows(self) -> bool:
        """Whether the image below it is, by its name, one of Windows."""
        *_, first = self.chain()
        image = first.from_.image.raw.lower()
        return "windows" in image or "nanoserver" in image


class Directive(NamedTuple):
    """A parser directive: a comment at the top such as `# syntax=docker/dockerfile:1`."""

    name: str
    """`syntax`, `escape` or `check`, in small letters."""
    value: str
    span: Span
    """From the `#` to the last character that is no blank."""
    value_span: Span


class Dockerfile:
    """Directives, comments, instructions, stages, and what BuildKit would refuse."""

    def __init__(
        self,
        source: Source,
        *,
        directives: tuple[Directive, ...] = (),
        escape: str = "\\",
        instructions: tuple[Instruction, ...] = (),
        comments: tuple[Comment, ...] = (),
        stages: tuple[Stage, ...] = (),
        empty_continuations: tuple[Span, ...] = (),
        line_problems: tuple[SyntaxProblem, ...] = (),
        check: Callable[[Dockerfile], tuple[SyntaxProblem, ...]] = lambda _: (),
    ) -> None:
        self.source = source
        self.directives = directives
        self.escape = escape
        """The escape character: a backslash, or a backtick."""
        self.instructions = instructions
        """In order; what ONBUILD triggers is found through it only."""
        self.comments = comments
        """In order, with those between the lines of an instruction; directives are not comments."""
        self.stages = stages
        self.empty_continuations = empty_continuations
        """Empty lines within instructions, with their ends; one day BuildKit will refuse them."""
        self.line_problems = line_problems
        """Those of reading lines; `problems` has them too."""
        self._check = check
        self._of: dict[type[Instruction], tuple[Instruction, ...]] = {}

    @cached_property
    def problems(self) -> tuple[SyntaxProblem, ...]:
        """What BuildKit would refuse, in order; everything else is read all the same."""
        found = self._check(self)
        return tuple(sorted((*self.line_problems, *found), key=lambda problem: problem.span))

    @cached_property
    def global_arguments(self) -> tuple[Arg, ...]:
        """Every ARG before the first FROM."""
        found = []
        for instruction in self.instructions:
            if isinstance(instruction, From):
                break
            if isinstance(instruction, Arg):
                found.append(instruction)
        return tuple(found)

    def of(self, kind: type[AnyInstruction]) -> tuple[AnyInstruction, ...]:
        """Return the instructions of a *kind*; triggers are found through their ONBUILD only."""
        return _of_kind(self.instructions, kind, self._of)

    def stage(self, name_or_index: str) -> Stage | None:
        """Return the stage that `--from` or `--target` calls so; of two, the last."""
        if name_or_index.isascii() and name_or_index.isdecimal() and len(name_or_index) < 9:
            index = int(name_or_index)
            return self.stages[index] if index < len(self.stages) else None
        return self._stages_by_name.get(name_or_index.lower())

    @cached_property
    def _stages_by_name(self) -> dict[str, Stage]:
        return {stage.name: stage for stage in self.stages if stage.name}


def _of_kind(
    instructions: tuple[Instruction, ...],
    kind: type[AnyInstruction],
    known: dict[type[Instruction], tuple[Instruction, ...]],
) -> tuple[AnyInstruction, ...]:
    """Return those of a *kind*, which are remembered in *known*."""
    if kind not in known:
        known[kind] = tuple(item for item in instructions if isinstance(item, kind))
    return known[kind]  # type: ignore[return-value]


KEYWORDS: dict[str, type[Instruction]] = {
    "ADD": Add,
    "ARG": Arg,
    "CMD": Cmd,
    "COPY": Copy,
    "ENTRYPOINT": Entrypoint,
    "ENV": Env,
    "EXPOSE": Expose,
    "FROM": From,
    "HEALTHCHECK": Healthcheck,
    "LABEL": Label,
    "MAINTAINER": Maintainer,
    "ONBUILD": Onbuild,
    "RUN": Run,
    "SHELL": Shell,
    "STOPSIGNAL": Stopsignal,
    "USER": User,
    "VOLUME": Volume,
    "WORKDIR": Workdir,
}


def instruction_of(
    source: Source, line: Joined, escape: str, lines: tuple[int, int], span: Span
) -> Instruction:
    """Return the instruction in *line*, which is the whole of it in one line."""
    text = line.text
    gap = blanks().search(text)
    written = text[: gap.start()] if gap else text
    keyword = written.upper()
    instruction = KEYWORDS.get(keyword, Unknown)(source, line, escape, lines, span)
    instruction.__dict__["written_keyword"] = written
    instruction.__dict__["keyword"] = keyword
    return instruction
