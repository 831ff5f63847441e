"""Shell scripts: text to commands, by the grammar of bash."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from boxwright.syntax.shell.command import (
    Assignment,
    Command,
    Redirect,
    Script,
    ShellWord,
    Statement,
)
from boxwright.syntax.shell.heredocs import without_heredocs
from boxwright.syntax.shell.quoting import shell_word, unquoted_text
from boxwright.syntax.shell.wrappers import (
    inner_commands,
    inner_script,
    program_of,
    unwrap,
)
from boxwright.text.joined import Joined, Word
from boxwright.text.source import Span

if TYPE_CHECKING:
    from tree_sitter import Node


def parse_script(script: Joined, *, errexit: bool = False, pipefail: bool = False) -> Script:
    """
    Return the commands of *script*, a script for a POSIX shell or bash; never raises.

    *errexit* and *pipefail* say with which options the shell was started.
    """
    commands: list[Command] = []
    reader = _Reader(script, commands, pipelines=[0], errexit=errexit, pipefail=pipefail)
    reader.read()
    first = commands[0] if commands else None
    return Script(
        tuple(commands),
        reader.statements(),
        reader.has_error,
        errexit or (first is not None and _set_options(first)[0] is True),
    )


def command_of_words(words: Sequence[Word], text: Joined | None = None) -> tuple[Command, ...]:
    """
    Return the command of an exec form, and those of the script where that is `sh -c`.

    *text* is what the places `at` of *words* refer to; without it places inside of a script
    are right as long as its string has no continuation.
    """
    if not words:
        return ()
    commands: list[Command] = []
    reader = _Reader(Joined.of(()), commands, pipelines=[1])
    frame = _Frame()
    frame.pipeline = 0
    shell_words = [ShellWord(word.raw, word.value, word.span) for word in words]
    reader.add(
        shell_words,
        Span(words[0].span.start, words[-1].span.end),
        frame,
        script_at=lambda first, _end: (_json_text(words[first], text), False),
    )
    return tuple(commands)


_MAX_DEPTH = 4
"""How deep scripts in scripts are followed."""

_SIMPLE = frozenset(
    {
        "command", "test_command", "declaration_command", "unset_command",
        "variable_assignment", "variable_assignments",
    }
)  # fmt: skip
_GROUPS = frozenset(
    {
        "subshell", "compound_statement", "if_statement", "while_statement", "for_statement",
        "c_style_for_statement", "case_statement", "function_definition",
    }
)  # fmt: skip
_PASSED = frozenset({"negated_command", "do_group", "elif_clause", "else_clause", "program"})
_SUBSTITUTIONS = frozenset({"command_substitution", "process_substitution"})
_OPERATORS = {
    "&&": "&&", "||": "||", ";": ";", "|": "|", "|&": "|", "&": "&", "\n": "\n",
    ";;": ";", ";&": ";", ";;&": ";", "then": ";", "do": ";", "else": ";", "elif": ";",
}  # fmt: skip
_LITERALS = frozenset(
    {
        "word", "string", "raw_string", "concatenation", "number", "simple_expansion",
        "expansion", "ansi_c_string", "translated_string", "brace_expression",
        "arithmetic_expansion", "command_name", "variable_name", "variable_assignment",
        *_SUBSTITUTIONS,
    }
)  # fmt: skip
_BRANCHES = frozenset({"then", "do", "else", "elif"})
_NO_WORD = frozenset(
    {"variable_assignment", "file_redirect", "herestring_redirect", "heredoc_redirect"}
)
_PLAIN = frozenset({"word", "number", "raw_string", "ansi_c_string"})


class _Frame:
    """One list of commands, and how far its reader has come."""

    __slots__ = (
        "after_or",
        "conditional",
        "connector",
        "in_function",
        "in_substitution",
        "is_first",
        "is_outermost",
        "negation",
        "operator",
        "operator_at",
        "pipeline",
        "position",
        "redirects",
    )

    def __init__(self, outer: _Frame | None = None, *, is_apart: bool = False) -> None:
        """Start a list inside of *outer*'s member; one that is *apart* is in no pipe with it."""
        joins = outer if outer and not is_apart else None
        self.operator: str = ""
        """What was read since the last member."""
        self.operator_at: tuple[int, int] = (0, 0)
        self.connector: str = joins.connector if joins else ""
        """What is before the member that is being read."""
        self.pipeline: int = joins.pipeline if joins else -1
        self.position: int = joins.position if joins else 0
        self.conditional: bool = outer is not None and (outer.conditional or outer.after_or)
        self.in_function: bool = outer is not None and outer.in_function
        self.in_substitution: bool = outer is not None and outer.in_substitution
        self.redirects: tuple[Redirect, ...] = joins.redirects if joins else ()
        self.after_or: bool = False
        self.negation: int = -1
        """Where the `!` before the next member is."""
        self.is_first: bool = True
        self.is_outermost: bool = False


_ScriptAt = Callable[[int, int], tuple[Joined, bool]]
"""Returns words, from the first up to the last, as a script, and whether `$(…)` was in it."""


class _Reader:
    """Reads one script; inner scripts have readers of their own, and one list of commands."""

    def __init__(
        self,
        script: Joined,
        commands: list[Command],
        *,
        pipelines: list[int],
        outer: Command | None = None,
        frame: _Frame | None = None,
        depth: int = 0,
        errexit: bool = False,
        pipefail: bool = False,
        skips_substitutions: bool = False,
    ) -> None:
        self.script = script
        self.commands = commands
        self.pipelines = pipelines
        """The number of the next pipeline: one count for all readers."""
        self.outer = outer
        self.frame = frame or _Frame()
        self.depth = depth
        self.errexit = errexit
        self.pipefail = pipefail
        self.skips_substitutions = skips_substitutions
        """For a script in which another shell has put in what the substitutions gave."""
        self.has_error = False
        # Of each statement: start, end, operator, its place, first command.
        self._statements: list[tuple[int, int, str, tuple[int, int], int]] = []

    def read(self) -> None:
        """Add what the script says to the commands."""
        from boxwright.syntax.shell.grammar import parse_bash

        # NUL is the end of the input to the grammar.
        self.text, self.heredocs = without_heredocs(self.script)
        self._index = _character_index(self.text)
        data = self.text.replace("\0", " ").encode("utf-8", "replace")
        tree = parse_bash(data)
        if tree is not None and tree.root_node.has_error:
            tree = parse_bash(_with_semicolons(data)) or tree
        if tree is None:
            self.has_error = True
            return
        self.has_error = tree.root_node.has_error
        self.frame.is_outermost = self.outer is None and not self.frame.in_substitution
        self._walk(tree.root_node)

    def statements(self) -> tuple[Statement, ...]:
        """Return the outermost list of the script that was read."""
        span = self.script.span
        ends = [*(entry[4] for entry in self._statements[1:]), len(self.commands)]
        return tuple(
            Statement(span(start, end), operator, span(*place), tuple(self.commands[first:last]))
            for (start, end, operator, place, first), last in zip(
                self._statements, ends, strict=False
            )
        )

    def _walk(self, root: Node) -> None:
        # Lists nest as deep as they are long: no recursion. Operators and redirections are
        # taken in the order of the text, since the grammar at times nests a list inside of
        # a pipe where a redirection is in between.
        stack: list[_Task] = [(root, self.frame, ())]
        push = stack.append
        while stack:
            node, frame, redirects = stack.pop()
            if isinstance(node, list):
                self._begin(node[0], node[-1], frame)
                for inner in reversed(self._simple(node, frame, ())):
                    push((inner, frame, ()))
                continue
            kind = node.type
            if kind in _SIMPLE:
                self._begin(node, redirects[-1] if redirects else node, frame)
                if kind == "test_command":
                    children = _test_words(node)
                elif kind == "variable_assignment":
                    children = [node]
                else:
                    children = node.children
                for inner in reversed(self._simple(children, frame, redirects, kind)):
                    push((inner, frame, ()))
            elif kind in _OPERATORS:
                frame.operator = _OPERATORS[kind]
                frame.operator_at = (node.start_byte, node.end_byte)
                if kind in _BRANCHES:
                    frame.conditional = True
            elif kind in {"list", "pipeline"}:
                children = node.children
                push((children.pop(), frame, redirects))
                stack += ((child, frame, ()) for child in reversed(children))
            elif kind == "redirected_statement":
                children = node.children
                own = [child for child in children if child.type.endswith("_redirect")]
                bodies = [child for child in children if not child.type.endswith("_redirect")]
                if bodies:
                    push((bodies.pop(), frame, (*own, *redirects)))
                    stack += ((child, frame, ()) for child in reversed(bodies))
                else:
                    self._begin(node, node, frame)
                    for inner in reversed(self._simple((), frame, own)):
                        push((inner, frame, ()))
            elif kind in _PASSED:
                if kind == "negated_command" and frame.negation < 0:
                    frame.negation = node.start_byte
                stack += (
                    (child, frame, redirects if child.is_named else ())
                    for child in reversed(node.children)
                )
            elif kind == "case_item":
                frame.conditional = True
                frame.operator = ";"
                children = node.children
                end = next((at for at, child in enumerate(children) if child.type == ")"), 0)
                stack += ((child, frame, ()) for child in reversed(children[end + 1 :]))
                inside = [inner for child in children[:end] for inner in _substitutions(child)]
                stack += ((inner, frame, ()) for inner in reversed(inside))
            elif kind in _GROUPS:
                self._begin(node, redirects[-1] if redirects else node, frame)
                self._group(node, kind, frame, redirects, stack)
            elif kind in _SUBSTITUTIONS:
                if not self.skips_substitutions:
                    inner_frame = _Frame(frame, is_apart=True)
                    inner_frame.in_substitution = True
                    stack += ((child, inner_frame, ()) for child in reversed(node.children))
            elif kind == "ERROR":
                stack += ((child, frame, ()) for child in reversed(_loose_commands(node)))
            elif node.child_count:
                stack += ((inner, frame, ()) for inner in reversed(_substitutions(node)))

    def _begin(self, first: Node, last: Node, frame: _Frame) -> None:
        """Bring *frame* up to date: its next member reaches from *first* to *last*."""
        operator = frame.operator
        if operator or not frame.is_first:
            frame.connector = connector = operator or "\n"
            if connector == "|":
                frame.position += 1
            else:
                frame.pipeline = -1
                frame.position = 0
                frame.after_or = connector == "||"
        if frame.pipeline < 0:
            frame.pipeline = self.pipelines[0]
            self.pipelines[0] += 1
        if frame.is_outermost:
            self._begin_statement(first, last, frame)
        frame.is_first = False
        frame.operator = ""
        frame.negation = -1

    def _begin_statement(self, first: Node, last: Node, frame: _Frame) -> None:
        start = self._index(first.start_byte if frame.negation < 0 else frame.negation)
        end = self._index(last.end_byte)
        if not self._statements:
            self._statements.append((start, end, "", (start, start), len(self.commands)))
            return
        if frame.connector == "|":
            begin, _, *rest = self._statements[-1]
            self._statements[-1] = (begin, end, *rest)  # type: ignore[assignment]
            return
        if frame.operator:
            place = (self._index(frame.operator_at[0]), self._index(frame.operator_at[1]))
        else:
            newline = self.text.find("\n", self._statements[-1][1], start)
            place = (newline, newline + 1) if newline >= 0 else (start, start)
        self._statements.append((start, end, frame.connector, place, len(self.commands)))

    def _group(
        self,
        node: Node,
        kind: str,
        frame: _Frame,
        redirects: Sequence[Node],
        stack: list[_Task],
    ) -> None:
        children = node.children
        if kind == "function_definition":
            frame = _Frame(frame, is_apart=True)
            frame.in_function = True
            stack.append((children[-1], frame, ()))
            return
        frame = _Frame(frame)
        made = [self._redirect(redirect) for redirect in redirects]
        frame.redirects = (*(one[0] for one in made if one), *frame.redirects)
        if kind in {"subshell", "if_statement", "while_statement"} or (
            kind == "compound_statement" and children[0].type != "(("
        ):
            stack += ((child, frame, ()) for child in reversed(children))
            return
        # `for` and `case`: the words between their keywords, then the bodies.
        for child in reversed(children):
            if child.type in {"do_group", "compound_statement", "case_item", "ERROR"}:
                stack.append((child, frame, ()))
            else:
                stack += ((inner, frame, ()) for inner in reversed(_substitutions(child)))

    def _simple(
        self,
        nodes: Sequence[Node],
        frame: _Frame,
        redirects: Sequence[Node],
        kind: str = "command",
    ) -> list[Node]:
        """Add the command that *nodes* make; return what is to be read inside of it."""
        index = self._index
        inside: list[Node] = []
        text = self.text
        places: list[tuple[int, int]] = []
        assignments: list[Assignment] = []
        own: list[Redirect] = []
        stdin: Joined | None = None
        heredocs: list[Joined] = []
        start = len(text)
        end = 0
        queue = [*nodes, *redirects]
        queue.reverse()
        while queue:
            node = queue.pop()
            type_ = node.type
            here = index(node.start_byte)
            there = index(node.end_byte)
            if type_ not in _LITERALS:
                if type_ == "comment":
                    continue
                if type_ == "ERROR":
                    for child in node.children:
                        (queue if child.type in _LITERALS else inside).append(child)
                    continue
                if type_ == "subshell":
                    inside.append(node)
                    continue
                if type_.endswith("_redirect"):
                    made = self._redirect(node)
                    if made is None:
                        continue
                    redirect, body, substitutions, rest = made
                    own.append(redirect)
                    stdin = body or stdin
                    heredocs += substitutions
                    inside += _substitutions(node)
                    if rest:
                        queue += reversed(rest)
                        there = index(rest[0].start_byte)
            if here < start:
                start = here
            if there > end:
                end = there
            if type_ in _NO_WORD:
                if type_ != "variable_assignment":
                    continue
                assignments.append(self._assignment(here, there))
                if text.find("(", here, there) >= 0 or text.find("`", here, there) >= 0:
                    inside += _substitutions(node)
                if kind != "declaration_command":
                    continue
            # What touches is one word; a continuation in its midst does not part it.
            before = places[-1][1] if places else -3
            if before == here or (before == here - 2 and text[before:here] == "\\\n"):
                places[-1] = (places[-1][0], there)
            else:
                places.append((here, there))
            if type_ in _PLAIN or type_ == "variable_assignment":
                continue
            if text.find("(", here, there) >= 0 or text.find("`", here, there) >= 0:
                inside += _substitutions(node)
        self.add(
            [self._word(here, there) for here, there in places],
            self.script.span(start, end) if start <= end else self.script.span(end, end),
            frame,
            script_at=lambda first, last: self._inner(places[first:last]),
            assignments=tuple(assignments),
            redirects=tuple(own),
            stdin=stdin,
        )
        for substitution in heredocs:
            apart = _Frame(frame, is_apart=True)
            apart.in_substitution = True
            self._read_inner(substitution, apart, self.outer, depth=self.depth + 1)
        return inside

    def add(
        self,
        words: Sequence[ShellWord],
        span: Span,
        frame: _Frame,
        *,
        script_at: _ScriptAt,
        assignments: tuple[Assignment, ...] = (),
        redirects: tuple[Redirect, ...] = (),
        stdin: Joined | None = None,
        offset: int = 0,
        depth: int = 0,
        outer: Command | None = None,
    ) -> None:
        """Add a command, and what it starts in turn; its first word is the *offset*th."""
        written = tuple(words)
        start, wrappers, given = unwrap(written) if words else (0, (), ())
        left = written[start:] if start else written
        program = program_of(left[0]) if left else ""
        command = Command(
            words=left,
            program=program,
            span=span,
            written=written,
            assignments=assignments + given,
            redirects=redirects + frame.redirects,
            wrappers=wrappers,
            connector=frame.connector,
            pipeline=frame.pipeline,
            pipe_position=frame.position,
            conditional=frame.conditional or frame.after_or,
            in_function=frame.in_function,
            in_substitution=frame.in_substitution,
            errexit=self.errexit,
            pipefail=self.pipefail,
            outer=outer or self.outer,
            stdin=stdin,
            number=len(self.commands),
        )
        self.commands.append(command)
        if program == "set":
            if not (frame.in_function or frame.in_substitution):
                errexit, pipefail = _set_options(command)
                self.errexit = self.errexit if errexit is None else errexit
                self.pipefail = self.pipefail if pipefail is None else pipefail
            return
        depth = max(depth, self.depth) + 1
        if depth > _MAX_DEPTH:
            return
        inner = inner_script(program, left, has_stdin=stdin is not None)
        if inner is not None:
            has_substitution = False
            if inner.end:
                first = offset + start + inner.first
                text, has_substitution = script_at(first, first + inner.end - inner.first)
                if has_substitution and text.text.startswith(("$(", "`")):
                    return
            elif stdin is not None:
                text = stdin
            else:
                return
            self._read_inner(
                text,
                _Frame(frame, is_apart=True),
                command,
                depth=depth,
                errexit=inner.errexit or (program == "eval" and self.errexit),
                pipefail=inner.pipefail or (program == "eval" and self.pipefail),
                skips_substitutions=has_substitution,
            )
        for first, last in inner_commands(program, left):
            self.add(
                left[first:last],
                Span(left[first].span.start, left[last - 1].span.end),
                self._apart(frame),
                script_at=script_at,
                offset=offset + start + first,
                depth=depth,
                outer=command,
            )

    def _apart(self, frame: _Frame) -> _Frame:
        apart = _Frame(frame, is_apart=True)
        apart.pipeline = self.pipelines[0]
        self.pipelines[0] += 1
        return apart

    def _read_inner(
        self,
        text: Joined,
        frame: _Frame,
        outer: Command | None,
        *,
        depth: int,
        errexit: bool = False,
        pipefail: bool = False,
        skips_substitutions: bool = False,
    ) -> None:
        if depth <= _MAX_DEPTH:
            _Reader(
                text,
                self.commands,
                pipelines=self.pipelines,
                outer=outer,
                frame=frame,
                depth=depth,
                errexit=errexit,
                pipefail=pipefail,
                skips_substitutions=skips_substitutions,
            ).read()

    def _inner(self, places: Sequence[tuple[int, int]]) -> tuple[Joined, bool]:
        """Return the words at *places* as one script."""
        pieces: list[tuple[str, int]] = []
        has_substitution = False
        for start, end in places:
            text, has_some = unquoted_text(self.script.slice(start, end))
            has_substitution |= has_some
            if pieces:
                pieces.append((" ", self.script.offset(start)))
            pieces += text.pieces()
        at = self.script.offset(places[0][0]) if places else 0
        return Joined.of(pieces, at), has_substitution

    def _word(self, start: int, end: int) -> ShellWord:
        return shell_word(self.script.text[start:end], self.script.span(start, end))

    def _assignment(self, start: int, end: int) -> Assignment:
        text = self.script.text
        equals = text.find("=", start, end)
        equals = end - 1 if equals < 0 else equals
        name = text[start:equals].removesuffix("+").partition("[")[0]
        return Assignment(name, self._word(equals + 1, end), self.script.span(start, end))

    def _redirect(
        self, node: Node
    ) -> tuple[Redirect, Joined | None, Sequence[Joined], Sequence[Node]] | None:
        """Return the redirection, what is its heredoc's, and words that are none of it."""
        children = node.children
        descriptor = None
        start = node.start_byte
        if children and children[0].type == "file_descriptor":
            place = children.pop(0)
            digits = self.text[self._index(start) : self._index(place.end_byte)]
            descriptor = int(digits) if digits.isdecimal() and len(digits) < 4 else None
        if not children:
            return None
        operator = children[0].type
        at = self._index(children[0].start_byte)
        heredoc = self.heredocs.get(at)
        targets = children[1:]
        if heredoc:
            redirect = heredoc.redirect
            if descriptor is not None:
                span = Span(self.script.offset(self._index(start)), redirect.span.end)
                operator = f"{descriptor or ''}{redirect.operator}"
                redirect = redirect._replace(operator=operator, descriptor=descriptor, span=span)
            return redirect, heredoc.body, heredoc.substitutions, targets[1:]
        end = self._index((targets[0] if targets else children[0]).end_byte)
        target = None
        if targets:
            target = self._word(self._index(targets[0].start_byte), end)
        if descriptor is not None and descriptor != (0 if operator[0] == "<" else 1):
            operator = f"{descriptor}{operator}"
        span = self.script.span(self._index(start), end)
        # The grammar takes all words behind a redirection for files.
        return Redirect(operator, descriptor, target, span), None, (), targets[1:]


_Task = tuple["Node | list[Node]", _Frame, Sequence["Node"]]


def _substitutions(node: Node) -> list[Node]:
    """Return the outermost substitutions at and below *node*, in order."""
    if not node.child_count:
        return []
    result = []
    stack = [node]
    while stack:
        inner = stack.pop()
        if inner.type in _SUBSTITUTIONS:
            result.append(inner)
        elif inner.child_count:
            stack += reversed(inner.children)
    return result


def _test_words(node: Node) -> list[Node]:
    """Return the words of a `[ … ]` in order."""
    result = []
    stack = [node]
    while stack:
        inner = stack.pop()
        if inner is node or inner.type.endswith("_expression"):
            stack += reversed(inner.children)
        else:
            result.append(inner)
    return result


def _loose_commands(node: Node) -> list[Node | list[Node]]:
    """Return what is in an ERROR, with words that stand next to each other as a command."""
    result: list[Node | list[Node]] = []
    for child in node.children:
        if child.type not in _LITERALS:
            result.append(child)
        elif result and isinstance(result[-1], list):
            result[-1].append(child)
        else:
            result.append([child])
    return result


def _set_options(command: Command) -> tuple[bool | None, bool | None]:
    """Return what a `set` makes of errexit and pipefail; None where it leaves it."""
    errexit = pipefail = None
    if command.program != "set":
        return None, None
    arguments = iter(command.arguments)
    for word in arguments:
        value = word.value
        if value[:1] not in {"-", "+"} or value == "--":
            break
        is_on = value[0] == "-"
        if "e" in value:
            errexit = is_on
        if value.endswith("o"):
            name = next(arguments, None)
            if name is not None and name.value == "pipefail":
                pipefail = is_on
            elif name is not None and name.value == "errexit":
                errexit = is_on
    return errexit, pipefail


def _with_semicolons(data: bytes) -> bytes:
    """Return *data* with the `;` that the grammar wants in `fi done`, which the shell does not."""
    return re.sub(
        rb"\b(fi|done|esac)[ \t](?=[ \t]*(?:fi|done|esac|then|do|else|elif)\b)", rb"\1;", data
    )


def _character_index(text: str) -> Callable[[int], int]:
    """Return what turns offsets in bytes of the UTF-8 of *text* into those in characters."""
    if text.isascii():
        return lambda offset: offset
    # Where characters of several bytes end, and how many bytes too many there are by then.
    ends = [0]
    surplus = [0]
    total = 0
    for at, character in enumerate(text):
        if character > "\x7f":
            # A lone surrogate is encoded as `?`.
            total += (
                1
                if character < "\u0800"
                else 0
                if "\ud800" <= character <= "\udfff"
                else 2
                if character <= "\uffff"
                else 3
            )
            ends.append(at + 1 + total)
            surplus.append(total)
    return lambda offset: offset - surplus[bisect_right(ends, offset) - 1]


def _json_text(word: Word, text: Joined | None) -> Joined:
    """Return the value of the JSON string *word* with the places of its characters."""
    raw = word.raw
    if not (raw.startswith('"') and raw.endswith('"') and len(raw) > 1):
        return Joined.of([(word.value, word.span.start)], word.span.start)
    if text is not None and word.at >= 0:
        place = text.slice(word.at, word.at + len(raw))
    else:
        place = Joined.of([(raw, word.span.start)])
    if "\\" not in raw:
        return place.slice(1, len(raw) - 1)
    pieces: list[tuple[str, int]] = []
    at = 1
    for character in word.value:
        pieces.append((character, place.offset(at)))
        if raw[at : at + 1] != "\\":
            at += 1
        elif raw[at + 1 : at + 2] != "u":
            at += 2
        else:
            at += 6 if character <= "\uffff" else 12
    return Joined.of(pieces, word.span.start)
