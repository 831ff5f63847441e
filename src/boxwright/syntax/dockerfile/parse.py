"""
Text to tree, as BuildKit reads a Dockerfile.

Where BuildKit stops at the first thing that it cannot read, this makes a problem of it and
goes on, so that one bad line hides nothing.
"""

from __future__ import annotations

import re
from functools import cache

from boxwright.syntax.dockerfile.heredoc import Heredoc, HeredocWord, heredoc_words
from boxwright.syntax.dockerfile.instructions import (
    KEYWORDS,
    Add,
    Copy,
    Directive,
    Dockerfile,
    From,
    Instruction,
    Onbuild,
    Run,
    Shell,
    Stage,
    instruction_of,
)
from boxwright.syntax.dockerfile.lines import BLANKS, Comment, Joined, SyntaxProblem, continues
from boxwright.syntax.dockerfile.problems import problems_of
from boxwright.syntax.dockerfile.scopes import Value, global_environment, resolve
from boxwright.text.source import Source, Span

__all__ = ["Dockerfile", "parse_dockerfile"]

_LONGEST_FILE = 4_000_000
# BuildKit's buffer for a line, in bytes.
_LONGEST_LINE = 65_535
_DIRECTIVES = ("syntax", "escape", "check")


def parse_dockerfile(source: Source) -> Dockerfile:
    r"""
    Return the tree of *source*; whatever the text is, there is one.

    >>> dockerfile = parse_dockerfile(Source("Dockerfile", "FROM a AS b\nRUN c \\\n  d\n"))
    >>> dockerfile.instructions[1].arguments.text, dockerfile.stages[0].name
    ('c   d', 'b')
    """
    if len(source.text) > _LONGEST_FILE:
        problem = SyntaxProblem(
            f"the file is longer than {_LONGEST_FILE:,} characters and was not read",
            Span(0, 0),
            "file-too-long",
        )
        return Dockerfile(source, line_problems=(problem,))
    return _Parser(source).parse()


class _Parser:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text
        self.starts = source.starts
        self.lines = source.text.split("\n")
        if not self.lines[-1]:
            self.lines.pop()
        self.number = 0
        """The line that is next, from 0."""
        self.escape = "\\"
        self.directives: list[Directive] = []
        self.instructions: list[Instruction] = []
        self.comments: list[Comment] = []
        self.problems: list[SyntaxProblem] = []
        self.empty: list[Span] = []
        self.last_of_line: dict[str, int] | None = None
        """Where each line occurs last, once that is needed."""

    def parse(self) -> Dockerfile:
        self._look_for_long_lines()
        lines = self.lines
        count = len(lines)
        at_top = True
        # Where in the comments those start that go with the next instruction.
        block = previous = 0
        last_comment = -1
        while self.number < count:
            number = self.number
            line = lines[number]
            start = self.starts[number]
            if number == 0 and line.startswith("\ufeff"):
                line = line[1:]
                start += 1
            line = line.rstrip("\r")
            stripped = line.lstrip(BLANKS)
            start += len(line) - len(stripped)
            if not stripped:
                at_top = False
                self.number += 1
                continue
            if stripped[0] == "#":
                self.number += 1
                at_top = at_top and self._directive(stripped, start)
                if not at_top:
                    if last_comment != number - 1:
                        block = len(self.comments)
                    last_comment = number
                    if not self._comment(stripped, start, number):
                        previous = len(self.comments)
                continue
            at_top = False
            above = len(self.comments)
            instruction = self._instruction(stripped, start)
            if last_comment >= 0:
                if last_comment == number - 1:
                    instruction.comments = tuple(self.comments[block:above])
                instruction.previous_comments = tuple(self.comments[previous:above])
                last_comment = -1
            previous = len(self.comments)
            self.instructions.append(instruction)
        dockerfile = Dockerfile(
            self.source,
            directives=tuple(self.directives),
            escape=self.escape,
            instructions=tuple(self.instructions),
            comments=tuple(self.comments),
            stages=_stages(self.instructions),
            empty_continuations=tuple(self.empty),
            line_problems=tuple(self.problems),
            check=problems_of,
        )
        # The FROM of a fragment is in its stage only.
        for instruction in (*self.instructions, *(stage.from_ for stage in dockerfile.stages)):
            instruction.dockerfile = dockerfile
            if isinstance(instruction, Onbuild) and instruction.instruction is not None:
                instruction.instruction.dockerfile = dockerfile
        return dockerfile

    def _look_for_long_lines(self) -> None:
        # At four bytes for a character, nothing shorter can be too long.
        if max(map(len, self.lines), default=0) <= _LONGEST_LINE // 4:
            return
        for line, start in zip(self.lines, self.starts, strict=False):
            if (
                len(line) > _LONGEST_LINE // 4
                and len(line.encode(errors="surrogatepass")) > _LONGEST_LINE
            ):
                self.problems.append(
                    SyntaxProblem(
                        f"the line is longer than {_LONGEST_LINE:,} bytes, which is all that"
                        " BuildKit reads",
                        Span(start, start + len(line)),
                        "line-too-long",
                    )
                )

    def _comment(self, text: str, start: int, number: int) -> bool:
        """Note the comment; tell whether there is anything in it."""
        comment = text[1:].strip(BLANKS)
        end = start + len(text.rstrip(BLANKS))
        self.comments.append(Comment(comment, Span(start, end), number + 1))
        return bool(comment)

    def _directive(self, text: str, start: int) -> bool:
        """Note the directive in the comment *text*; tell whether it is one."""
        key, equals, rest = text[1:].partition("=")
        name = key.strip(BLANKS).lower()
        value = rest.strip(BLANKS)
        if not equals or not value or name not in _DIRECTIVES:
            return False
        value_start = start + 2 + len(key) + len(rest) - len(rest.lstrip(BLANKS))
        directive = Directive(
            name,
            value,
            Span(start, value_start + len(value)),
            Span(value_start, value_start + len(value)),
        )
        if any(earlier.name == name for earlier in self.directives):
            self.problems.append(
                SyntaxProblem(
                    f"only one {name} parser directive can be used",
                    directive.span,
                    "repeated-directive",
                )
            )
        elif name == "escape":
            if value in ("\\", "`"):
                self.escape = value
            else:
                self.problems.append(
                    SyntaxProblem(
                        f"invalid escape token '{value}' does not match ` or \\",
                        directive.value_span,
                        "bad-escape",
                        "write `# escape=\\` or ``# escape=` ``",
                    )
                )
        self.directives.append(directive)
        return True

    def _instruction(self, text: str, start: int) -> Instruction:
        """Read the instruction whose first line is *text*, and go behind it."""
        first = self.number
        self.number += 1
        continued = continues(text, self.escape)
        if continued is None:
            text = text.rstrip(BLANKS)
            joined = Joined(text, (0,), (start,))
            span = Span(start, start + len(text))
        else:
            joined = self._continued(continued, start)
            end = self._start_of(self.number)
            # Empty lines at the end of the file may be behind the last continuation.
            end = start + len(self.text[start:end].rstrip(f"\n{BLANKS}"))
            span = Span(joined.offset(0) if joined.text else start, end)
        instruction = instruction_of(
            self.source, joined, self.escape, (first + 1, self.number), span
        )
        if "<<" in joined.text:
            self._heredocs(instruction)
        return instruction

    def _continued(self, text: str, start: int) -> Joined:
        """Return the line that starts with *text* with those that continue it."""
        pieces = [(text, start)]
        lines = self.lines
        count = len(lines)
        while self.number < count:
            number = self.number
            self.number += 1
            line = lines[number].rstrip("\r")
            stripped = line.lstrip(BLANKS)
            start = self.starts[number]
            if not stripped:
                self.empty.append(Span(start, min(start + len(lines[number]) + 1, len(self.text))))
                continue
            if stripped[0] == "#":
                self._comment(stripped, start + len(line) - len(stripped), number)
                continue
            continued = continues(line, self.escape)
            pieces.append((line if continued is None else continued, start))
            if continued is None:
                break
        joined = Joined.of(pieces, start)
        stripped = joined.text.lstrip(BLANKS)
        cut = len(joined.text) - len(stripped)
        length = len(stripped.rstrip(BLANKS))
        if cut or length < len(stripped):
            return joined.slice(cut, cut + length)
        return joined

    def _heredocs(self, instruction: Instruction) -> None:
        """Read the bodies of the heredocs that *instruction* starts."""
        target: Instruction | None = instruction
        if isinstance(instruction, Onbuild):
            target = instruction.instruction
        if not isinstance(target, Run | Copy | Add) or target.is_exec:
            return
        heredocs: list[Heredoc] = []
        for word in heredoc_words(instruction.line.text):
            span = instruction.line.span(word.start, word.end)
            # Behind one that is not ended, the others have nothing left to be found in.
            is_lost = bool(heredocs) and not heredocs[-1].is_terminated
            heredoc = self._body(word, span, self.number if is_lost else None)
            if not heredoc.is_terminated and not is_lost:
                self.problems.append(
                    SyntaxProblem(
                        f"the heredoc is not ended by a line `{word.name}`",
                        heredoc.word_span,
                        "unterminated-heredoc",
                    )
                )
            heredocs.append(heredoc)
        if not heredocs:
            return
        end = heredocs[-1].span.end
        if not heredocs[-1].is_terminated:
            # The end of the last line is no part of it.
            end -= self.text.endswith("\n", 0, end)
            end -= self.text.endswith("\r", 0, end)
        end = max(instruction.span.end, end)
        if target is not instruction:
            target.heredocs = tuple(heredocs)
            target.span = Span(target.span.start, end)
            target.last_line = self.number
        instruction.heredocs = tuple(heredocs)
        instruction.span = Span(instruction.span.start, end)
        instruction.last_line = self.number

    def _body(self, word: HeredocWord, word_span: Span, end_at: int | None) -> Heredoc:
        """Read the body of the heredoc that *word* starts, up to *end_at*, and go behind it."""
        lines = self.lines
        first = self.number
        last = self._end_of_heredoc(word) if end_at is None else -1
        is_terminated = last >= 0
        if end_at is not None:
            last = end_at
        elif not is_terminated:
            # What looks like the next instruction is no part of it.
            last = first
            while last < len(lines) and not _starts_instruction(lines[last]):
                last += 1
        start = self._start_of(first)
        body = Joined(self.text[start : self._start_of(last)], (0,), (start,))
        if is_terminated:
            line = lines[last].rstrip("\r")
            end = self.starts[last] + len(line)
            terminator = Span(end - len(word.name), end)
        else:
            end = self._start_of(last)
            terminator = Span(end, end)
        self.number = last + 1 if is_terminated else last
        return Heredoc(
            name=word.name,
            content=_without_tabs(body) if word.strip_tabs else body,
            expand=word.expand,
            strip_tabs=word.strip_tabs,
            descriptor=word.descriptor,
            span=Span(start, end),
            word_span=word_span,
            body=body,
            terminator_span=terminator,
            is_terminated=is_terminated,
        )

    def _end_of_heredoc(self, word: HeredocWord) -> int:
        """Return the line that ends the heredoc, -1 where there is none."""
        name, strip_tabs = word.name, word.strip_tabs
        if self.last_of_line is not None and self.last_of_line.get(name, -1) < self.number:
            return -1
        lines = self.lines
        for number in range(self.number, len(lines)):
            line = lines[number].rstrip("\r")
            if (line.lstrip("\t") if strip_tabs else line) == name:
                return number
        if self.last_of_line is None:
            # One more search that fails would cost as much again.
            self.last_of_line = {}
            for number, line in enumerate(lines):
                line = line.rstrip("\r")
                self.last_of_line[line] = self.last_of_line[line.lstrip("\t")] = number
        return -1

    def _start_of(self, number: int) -> int:
        return self.starts[number] if number < len(self.lines) else len(self.text)


def _without_tabs(body: Joined) -> Joined:
    start = body.offset(0)
    pieces = []
    for line in body.text.split("\n"):
        stripped = line.lstrip("\t")
        pieces.append((f"{stripped}\n", start + len(line) - len(stripped)))
        start += len(line) + 1
    # Nothing is behind the last line's end.
    pieces[-1] = (pieces[-1][0][:-1], pieces[-1][1])
    return Joined.of(pieces, body.offset(0))


def _starts_instruction(line: str) -> bool:
    """Tell whether *line* looks like an instruction as most people write them."""
    match = _first_word().match(line)
    return match is not None and match[1] in KEYWORDS


@cache
def _first_word() -> re.Pattern[str]:
    return re.compile(r"([A-Z]{3,11})[ \t]")


def _stages(instructions: list[Instruction]) -> tuple[Stage, ...]:
    """Return the stages, and tell each instruction its stage and shell."""
    stages: list[Stage] = []
    by_name: dict[str, Stage] = {}
    last_shells: dict[int, tuple[str, ...] | None] = {}
    members: list[Instruction] = []
    stage: Stage | None = None
    shell: tuple[str, ...] | None = None
    values: dict[str, Value] | None = None

    if instructions and not any(isinstance(item, From) for item in instructions):
        # A fragment: what it does is known all the same, though nothing of what it is FROM.
        first = instructions[0]
        nowhere = Joined("", (0,), (first.span.start,))
        at = Span(first.span.start, first.span.start)
        implied = From(first.source, nowhere, first.escape, (first.first_line,) * 2, at)
        stage = implied.stage = Stage(0, implied, None)
        stages.append(stage)
    for instruction in instructions:
        if isinstance(instruction, From):
            if stage is not None:
                stage.instructions = tuple(members)
                last_shells[stage.index] = shell
                if stage.name:
                    by_name[stage.name] = stage
            name: str | None
            if by_name and "$" in instruction.image.raw:
                if values is None:
                    values = global_environment(instructions)
                name = resolve(instruction.image.raw, values, instruction.escape).value
            else:
                name = instruction.image.value
            base = by_name.get(name or "")
            shell = last_shells[base.index] if base is not None else None
            members = []
            stage = Stage(len(stages), instruction, base)
            stages.append(stage)
        elif stage is not None:
            members.append(instruction)
        instruction.stage = stage
        instruction.shell = shell
        if isinstance(instruction, Onbuild) and instruction.instruction is not None:
            instruction.instruction.stage = stage
            instruction.instruction.shell = shell
        if isinstance(instruction, Shell) and instruction.exec:
            shell = tuple(word.value for word in instruction.exec)
    if stage is not None:
        stage.instructions = tuple(members)
    return tuple(stages)
