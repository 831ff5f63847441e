"""
YAML text → nodes.

Positions come from PyYAML's events, by libyaml where that is there; nothing of what
PyYAML could construct is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, cached_property
from typing import TYPE_CHECKING

from boxwright.syntax.yaml.node import (
    BREAKS,
    Mapping,
    Node,
    Pair,
    Scalar,
    Sequence,
    line_end,
    next_line,
)
from boxwright.text.record import NamedTuple
from boxwright.text.source import Source, Span

if TYPE_CHECKING:
    import yaml

MAXIMUM_DEPTH = 200
"""How many collections may lie in each other."""
MAXIMUM_NODES = 200_000
"""How many nodes a file may have."""
MAXIMUM_CHARACTERS = 10_000_000
"""How long a file may be."""
_MAXIMUM_FAILURES = 20
"""Behind how many broken documents reading goes on with the next."""


class SyntaxProblem(NamedTuple):
    """Where a text is not what it should be, and why."""

    message: str
    span: Span


class Comment(NamedTuple):
    """A comment."""

    text: str
    """Without the `#` and the blanks around it."""
    span: Span
    """From the `#` to the end of the line."""
    line: int
    is_own_line: bool
    """Whether nothing else stands in its line."""


class Document(NamedTuple):
    """One document of a file."""

    root: Node | None
    """None where nothing is written."""
    span: Span


class YamlFile:
    """A file of YAML: its documents as far as they could be read, and what could not."""

    def __init__(
        self,
        source: Source,
        documents: tuple[Document, ...],
        problems: tuple[SyntaxProblem, ...],
        opaque: tuple[Span, ...],
        broken: tuple[Span, ...],
    ) -> None:
        self.source = source
        self.documents = documents
        self.problems = problems
        self._opaque = opaque
        self._broken = broken

    @property
    def root(self) -> Node | None:
        """What the first document that says anything consists of."""
        return next((item.root for item in self.documents if item.root is not None), None)

    @cached_property
    def comments(self) -> tuple[Comment, ...]:
        """All comments, in order; a `#` in a scalar is none."""
        return tuple(self._comments())

    def _comments(self) -> Iterator[Comment]:
        text = self.source.text
        pattern = _comment_pattern()
        for start, end in self._gaps():
            for found in pattern.finditer(text, start, end):
                line = self.source.position(found.start()).line
                before = text[self.source.starts[line - 1] : found.start()]
                is_own_line = not before.strip("\ufeff \t")
                # Nothing is known of a broken part: a `#` behind something may be in a string.
                if is_own_line or not self._is_broken(found.start()):
                    yield Comment(found[0][1:].strip(), Span(*found.span()), line, is_own_line)

    def _gaps(self) -> Iterator[Span]:
        at = 0
        for start, end in self._opaque:
            if start > at:
                yield Span(at, start)
            at = max(at, end)
        yield Span(at, len(self.source.text))

    def _is_broken(self, offset: int) -> bool:
        return any(start <= offset < end for start, end in self._broken)


def parse_yaml(source: Source) -> YamlFile:
    r"""
    Return what *source* says; what is no YAML becomes a problem, nothing is raised.

    >>> file = parse_yaml(Source("compose.yaml", "services:\n  api: {image: x}\n"))
    >>> file.root.get("services", "api", "image").span
    Span(start=25, end=26)
    """
    if len(source.text) > MAXIMUM_CHARACTERS:
        message = f"the file is longer than {MAXIMUM_CHARACTERS:,} characters and was not read"
        return YamlFile(source, (), (SyntaxProblem(message, Span(0, 0)),), (), ())
    return _Builder(source).build()


def comments(source: Source) -> tuple[Comment, ...]:
    """Return the comments of *source*; those of a file that is parsed already are its own."""
    return parse_yaml(source).comments


@cache
def _comment_pattern() -> re.Pattern[str]:
    return re.compile(rf"(?:(?<=[\s\ufeff])|\A)#[^{BREAKS}]*")


@cache
def _document_pattern() -> re.Pattern[str]:
    return re.compile(r"^---(?=\s|\Z)", re.MULTILINE)


class _Frame(NamedTuple):
    """A collection whose end has not come yet."""

    node: Mapping | Sequence
    nodes: list[tuple[Node, Span, bool]]
    """Keys and values by turns, or items: the node, where it stands, whether by alias."""


class _TooMuchError(Exception):
    """A limit is passed."""


class _Builder:
    """Makes nodes of events."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text
        self.count = 0
        self.documents: list[Document] = []
        self.problems: list[SyntaxProblem] = []
        self.opaque: list[Span] = []
        self.broken: list[Span] = []
        # What libyaml counts begins behind the mark of byte order.
        self.base = 1 if self.text.startswith("\ufeff") else 0
        self.document_start = self.base
        self.frames: list[_Frame] = []
        self.anchors: dict[str, Node] = {}
        self.root: tuple[Node, Span, bool] | None = None

    def build(self) -> YamlFile:
        while True:
            failed_at = self._read()
            if failed_at is None:
                break
            line = max(self.text.rfind("\n", 0, failed_at) + 1, self.document_start + 1)
            following = _document_pattern().search(self.text, line)
            end = following.start() if following else len(self.text)
            self.broken.append(Span(min(failed_at, end), end))
            if following is None or len(self.problems) >= _MAXIMUM_FAILURES:
                break
            self.base = self.document_start = end
        return YamlFile(
            self.source,
            tuple(self.documents),
            tuple(sorted(self.problems, key=lambda problem: problem.span)),
            tuple(self.opaque),
            tuple(self.broken),
        )

    def _read(self) -> int | None:
        """Read from the base on; return where that failed, None where it did not."""
        import yaml

        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        try:
            for event in yaml.parse(self.text[self.base :], Loader=loader):
                match event:
                    case yaml.ScalarEvent():
                        self._add_scalar(event)
                    case yaml.MappingStartEvent():
                        self._open(event, Mapping)
                    case yaml.SequenceStartEvent():
                        self._open(event, Sequence)
                    case yaml.CollectionEndEvent():
                        self._close(event)
                    case yaml.AliasEvent():
                        self._add_alias(event)
                    case yaml.DocumentStartEvent():
                        self.document_start = self._span(event).start
                        self.anchors = {}
                        self.root = None
                    case yaml.DocumentEndEvent():
                        self._end_document(self._span(event).end)
                    case _:
                        pass
        except yaml.MarkedYAMLError as error:
            return self._fail(error)
        except yaml.reader.ReaderError as error:
            return self._fail_at(self._position(error), f"not valid YAML: {_character(error)}")
        except UnicodeEncodeError as error:
            return self._fail_at(self.base + error.start, "not valid YAML: half a character")
        except (ValueError, OverflowError):
            # PyYAML's own reader, where libyaml is not, on an escape beyond Unicode.
            return self._fail_at(self.document_start, "not valid YAML: it cannot be read")
        except _TooMuchError as error:
            return self._fail_at(self.document_start, str(error))
        return None

    def _fail(self, error: yaml.MarkedYAMLError) -> int:
        problem, context = error.problem_mark, error.context_mark
        at = self.base + (problem.index if problem else 0)
        place = at
        message = f"not valid YAML: {error.problem or 'it cannot be read'}"
        if error.context:
            message += f" {error.context}"
        if context is not None and self.base + context.index < at:
            began = self.base + context.index
            if not self.text[at:].strip():
                # That something is missing shows at the end, but is to be mended where it began.
                place = began
            elif self.source.position(began).line != self.source.position(at).line:
                message += f" that begins on line {self.source.position(began).line}"
        self._fail_at(place, message)
        return at

    def _fail_at(self, place: int, message: str) -> int:
        self.frames.clear()
        place = min(place, len(self.text))
        end = place + 1 if self.text[place : place + 1].strip("\r\n") else place
        self.problems.append(SyntaxProblem(message, Span(place, end)))
        return place

    def _position(self, error: yaml.reader.ReaderError) -> int:
        """Return the offset of what cannot be read; libyaml counts that in bytes."""
        if error.encoding == "unicode":
            return self.base + int(error.position)
        before = self.text[self.base :].encode()[: error.position]
        return self.base + len(before.decode(errors="ignore"))

    def _end_document(self, end: int) -> None:
        root = None if self.root is None else self.root[0]
        if isinstance(root, Scalar) and not root.raw:
            root = None
        self.documents.append(Document(root, Span(self.document_start, end)))

    def _span(self, event: yaml.Event) -> Span:
        start, end = event.start_mark, event.end_mark
        if start is None or end is None:
            return Span(self.base, self.base)
        return Span(self.base + start.index, self.base + end.index)

    def _add(self, node: Node, span: Span, *, is_alias: bool = False) -> None:
        self.count += 1
        if self.count > MAXIMUM_NODES:
            raise _TooMuchError(f"the file has more than {MAXIMUM_NODES:,} nodes")
        if self.frames:
            self.frames[-1].nodes.append((node, span, is_alias))
        else:
            self.root = (node, span, is_alias)

    def _in_flow(self) -> bool:
        return bool(self.frames) and self.frames[-1].node.is_flow

    def _add_scalar(self, event: yaml.ScalarEvent) -> None:
        start, end = self._span(event)
        style = event.style or ""
        content = start
        if event.tag or event.anchor:
            content = _after_properties(self.text, start, end)
        if style in {"|", ">"}:
            body = min(next_line(self.text, content), end)
            self.opaque.append(Span(body, end))
            end = _block_end(self.text, content, body, end)
        elif end > content:
            self.opaque.append(Span(content, end))
        span = Span(start, end)
        node = Scalar(
            self.source, span, content, event.value, style,
            tag=event.tag or "", anchor=event.anchor or "", in_flow=self._in_flow(),
        )  # fmt: skip
        if event.anchor:
            self.anchors[event.anchor] = node
        self._add(node, span)

    def _add_alias(self, event: yaml.AliasEvent) -> None:
        span = self._span(event)
        node = self.anchors.get(event.anchor or "")
        if node is None:
            message = f"not valid YAML: no anchor `&{event.anchor}` stands before this alias"
            self.problems.append(SyntaxProblem(message, span))
            node = Scalar(self.source, span, span.start, "", "", in_flow=self._in_flow())
        node.is_shared = True
        self._add(node, span, is_alias=True)

    def _open(
        self,
        event: yaml.MappingStartEvent | yaml.SequenceStartEvent,
        kind: type[Mapping] | type[Sequence],
    ) -> None:
        start, end = self._span(event)
        is_flow = bool(event.flow_style)
        content = start
        if event.tag or event.anchor:
            # The event reaches to the bracket or dash, or to before the first key or dash.
            behind = self.text[end - 1 : end]
            content = end - 1 if is_flow or (kind is Sequence and behind == "-") else end
        node = kind(
            self.source, Span(start, end), content,
            tag=event.tag or "", anchor=event.anchor or "", in_flow=self._in_flow(), is_flow=is_flow,
        )  # fmt: skip
        if event.anchor:
            self.anchors[event.anchor] = node
        self._add(node, Span(start, end))
        if len(self.frames) >= MAXIMUM_DEPTH:
            raise _TooMuchError(f"the file is nested deeper than {MAXIMUM_DEPTH} levels")
        self.frames.append(_Frame(node, []))

    def _close(self, event: yaml.Event) -> None:
        node, nodes = self.frames.pop()
        if node.is_flow:
            node.end = self._span(event).end
        elif nodes:
            # The event stands where the next thing begins, behind comments and blank lines.
            node.end = max(nodes[-1][1].end, node.content_start)
        else:
            node.end = node.content_start
        span = node.span
        if self.frames:
            siblings = self.frames[-1].nodes
            siblings[-1] = (node, span, False)
        if isinstance(node, Sequence):
            node.items = tuple(item for item, _, _ in nodes)
            node.item_spans = tuple(place for _, place, _ in nodes)
            return
        pairs = []
        first: dict[str, Scalar] = {}
        for (key, key_span, key_alias), (value, value_span, is_alias) in zip(
            nodes[::2], nodes[1::2], strict=True
        ):
            name = self._key(key, key_span, is_alias=key_alias)
            pairs.append(Pair(name, value, value_span, is_alias))
            earlier = first.setdefault(name.text, name)
            if earlier is not name:
                line = self.source.position(earlier.start).line
                message = f"the key `{_shown(name.text)}` is set on line {line} already"
                self.problems.append(SyntaxProblem(message, name.span))
        node.pairs = tuple(pairs)

    def _key(self, node: Node, span: Span, *, is_alias: bool) -> Scalar:
        """Return *node* as a key: where an alias or a collection is one, what is written."""
        if isinstance(node, Scalar) and not is_alias:
            return node
        start, end = span
        text = node.text if isinstance(node, Scalar) else self.text[start : min(end, start + 1000)]
        return Scalar(self.source, span, span.start, text, "", in_flow=node.in_flow)


def _after_properties(text: str, at: int, end: int) -> int:
    """Return where the content of a scalar starts behind its tag and anchor."""
    while at < end and text[at] in "&!":
        while at < end and not text[at].isspace():
            at += 1
        while at < end and (text[at].isspace() or text[at] == "#"):
            at = line_end(text, at) if text[at] == "#" else at + 1
    return min(at, end)


def _block_end(text: str, header: int, body: int, end: int) -> int:
    """
    Return where the content of a block scalar ends.

    The event takes in the blank lines behind it, which are content only with `+`.
    """
    indicators = text[header:body].partition("#")[0]
    if "+" in indicators or body >= end:
        return end if body < end else line_end(text, header)
    starts = [body]
    while starts[-1] < end:
        starts.append(next_line(text, starts[-1]))
    lines = [(start, min(line_end(text, start), end)) for start in starts if start < end]
    filled = [text[start:stop] for start, stop in lines if text[start:stop].strip(" ")]
    if not filled:
        return line_end(text, header)
    indent = len(filled[0]) - len(filled[0].lstrip(" "))
    while len(lines) > 1 and not text[lines[-1][0] : lines[-1][1]].strip(" "):
        if lines[-1][1] - lines[-1][0] > indent:
            break
        lines.pop()
    return lines[-1][1]


def _character(error: yaml.reader.ReaderError) -> str:
    code = error.character if isinstance(error.character, int) else 0
    return f"the character U+{code:04X} may not occur"


def _shown(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "…"
