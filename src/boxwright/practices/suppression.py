"""
Comments that silence rules: ours, and those that were written for other tools.

    # boxwright: ignore[root-user, moving-base-tag] because the gateway drops privileges
    # boxwright: ignore-file[pip-cache-in-layer] because the builder has no disk

The first covers the instruction or the YAML block below it, or the one at whose end it
stands; comments between the lines of an instruction cover that instruction. Comments of
other tools silence the rules whose pages name their codes.
"""

from __future__ import annotations

import functools
import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Any

from boxwright.practices.suppression_words import WORDS
from boxwright.text.record import NamedTuple
from boxwright.text.source import Span

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from boxwright.findings.finding import Finding
    from boxwright.practices.discovery import Kind
    from boxwright.practices.rule import Rule
    from boxwright.syntax.dockerfile.instructions import Dockerfile
    from boxwright.text.source import Source


class Name(NamedTuple):
    """A rule, or another tool's code, as a suppression names it."""

    text: str
    span: Span


class Suppression(NamedTuple):
    """A comment that silences rules on some lines."""

    tool: str
    """Whose comment it is; empty for our own."""
    names: tuple[Name, ...]
    """Empty for all that the tool would find, or where ours names none."""
    first: int
    """The first line that it covers; 0 where there is nothing that it could cover."""
    last: int
    reason: str
    span: Span
    """The comment, from its `#` on."""
    error: str = ""
    """Why it is no suppression, although it was meant to be one."""


class Suppressions:
    """The suppressions of a file, and which of them were of use."""

    def __init__(
        self,
        path: str,
        source: Source,
        suppressions: Sequence[Suppression] = (),
        *,
        rules: Collection[Rule[Any]] = (),
        known: Collection[str] = (),
    ) -> None:
        self.path = path
        self.source = source
        self.comments = tuple(suppressions)
        self.options: Mapping[str, object] = {}
        """The settings of the rule that is running."""
        self._rules = rules
        self._known = known
        """The names of all rules that there are, those for other kinds of files too."""
        self._used: set[Name] = set()
        self._ran: frozenset[str] = frozenset()

    def less(self, findings: Iterable[Finding], *, ran: Iterable[str]) -> list[Finding]:
        """Return *findings* but for those that are suppressed; *ran* are the rules that looked."""
        self._ran |= frozenset(ran)
        if not self.comments:
            return list(findings)
        return [finding for finding in findings if not self._covers(finding)]

    def unused(self) -> Iterator[tuple[Suppression, tuple[Name, ...]]]:
        """Yield our suppressions with those of their names that silenced nothing."""
        off = {rule.name for rule in self._rules} - self._ran
        for suppression in self.comments:
            if suppression.tool:
                continue
            names = tuple(
                name
                for name in suppression.names
                if name not in self._used and not off.issuperset(self._rules_of("", name) or {""})
            )
            if names or suppression.error:
                yield suppression, names

    def is_known(self, name: Name) -> bool:
        """Tell whether *name*, of a suppression of ours, means a rule."""
        return name.text in self._known or bool(self._rules_of("", name))

    def _covers(self, finding: Finding) -> bool:
        for_rule = self._by_rule.get(finding.rule)
        if for_rule is None:
            return False
        line = finding.start.line
        # From the nearest one above on back: the narrower one is the one that was of use.
        for at in range(bisect_right(for_rule.firsts, line) - 1, -1, -1):
            if for_rule.reach[at] < line:
                return False
            entry = for_rule.entries[at]
            if entry.suppression.last >= line:
                if entry.name is not None:
                    self._used.add(entry.name)
                return True
        return False

    @functools.cached_property
    def _by_rule(self) -> dict[str, _ForRule]:
        found: dict[str, list[_Entry]] = {}
        for suppression in self.comments:
            if not suppression.first:
                continue
            if suppression.tool and not suppression.names:
                for rule in set().union(*self._codes.get(suppression.tool, {}).values()):
                    found.setdefault(rule, []).append(_Entry(suppression, None))
            for name in suppression.names:
                for rule in self._rules_of(suppression.tool, name):
                    found.setdefault(rule, []).append(_Entry(suppression, name))
        return {rule: _ForRule(entries) for rule, entries in found.items()}

    def _rules_of(self, tool: str, name: Name) -> frozenset[str]:
        from boxwright.practices.registry import plain_code

        if tool:
            return self._codes.get(tool, {}).get(plain_code(name.text), frozenset())
        if name.text in self._known:
            return frozenset((name.text,))
        code = plain_code(name.text)
        return frozenset().union(*(codes.get(code, ()) for codes in self._codes.values()))

    @functools.cached_property
    def _codes(self) -> dict[str, dict[str, frozenset[str]]]:
        from boxwright.practices.registry import codes_of

        return codes_of(self._rules)


class _Entry(NamedTuple):
    suppression: Suppression
    name: Name | None


class _ForRule:
    """What silences one rule, in the order of the lines."""

    def __init__(self, entries: list[_Entry]) -> None:
        # The widest first among those that begin at one line, so that it is found last.
        self.entries = sorted(
            entries, key=lambda entry: (entry.suppression.first, -entry.suppression.last)
        )
        self.firsts = [entry.suppression.first for entry in self.entries]
        self.reach = []
        """The last line that an entry up to each one covers."""
        reach = 0
        for entry in self.entries:
            reach = max(reach, entry.suppression.last)
            self.reach.append(reach)


def suppressions_of_label(value: str, place: Span, last_line: int) -> tuple[Suppression, ...]:
    """
    Return the suppression that the label `boxwright.ignore` of an image is, for all its lines.

    *value* reads as our comments do between their brackets and behind them: `root-user-in-image,
    shell-in-runtime-image because it is for debugging`.
    """
    listed, _, reason = value.partition(" because ")
    names = tuple(Name(name.strip(), place) for name in listed.split(",") if name.strip())
    if not names:
        return ()
    return (Suppression("", names, 1, last_line, reason.strip(), place),)


def find_suppressions(
    source: Source, kind: Kind, *, today: date, dockerfile: Dockerfile | None = None
) -> tuple[Suppression, ...]:
    """
    Return the suppressions in *source*, by line.

    *today* is the day on which those of trivy that end some day are judged.
    """
    words = [word for word in WORDS if word in source.text]
    if not words:
        return ()
    lines = sorted(
        {
            source.position(at).line
            for word in words
            for at in _places(source.text, word)
        }
    )  # fmt: skip
    scopes = _Dockerfile(source, dockerfile) if dockerfile else _Yaml(source, is_yaml=kind.is_yaml)
    reader = _Reader(source, scopes, today)
    # From the last line on up, since a comment covers what the one below it covers.
    return tuple(
        sorted(
            (found for line in reversed(lines) for found in reader.read(line)),
            key=lambda suppression: suppression.span,
        )
    )


def _places(text: str, word: str) -> Iterator[int]:
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find("\n", at)
        at = text.find(word, at) if at >= 0 else -1


class _Reader:
    """Reads suppressions line by line."""

    def __init__(self, source: Source, scopes: _Dockerfile | _Yaml, today: date) -> None:
        self._source = source
        self._scopes = scopes
        self._today = today
        self._readers = {
            "": self._ours,
            "hadolint": self._hadolint,
            "BuildKit": self._buildkit,
            "checkov": self._checkov,
            "trivy": self._trivy,
            "KICS": self._kics,
            "dclint": self._dclint,
            "semgrep": self._semgrep,
        }

    def read(self, line: int) -> Iterator[Suppression]:
        """Yield the suppressions in *line*."""
        span = self._source.line_span(line)
        text = self._source.text[span.start : span.end]
        comment = _patterns().comment.search(text)
        is_alone = comment is not None and not text[: comment.start("hash")].strip(" \t\ufeff")
        if comment is not None and (is_alone or self._scopes.has_trailing_comments):
            start = span.start + comment.start("hash")
            yield from self._comment(
                line, comment["text"], span.start + comment.start("text"), Span(start, span.end),
                is_alone=is_alone,
            )  # fmt: skip
        elif comment is None:
            yield from self._annotation(line, text, span)

    def _comment(
        self, line: int, text: str, at: int, span: Span, *, is_alone: bool
    ) -> Iterator[Suppression]:
        for tool, form in _patterns().forms:
            match = form.match(text)
            if match is None:
                continue
            found = self._readers[tool](_Here(line, match, at, span, is_alone))
            if found is not None:
                yield found
            return

    def _lines(self, here: _Here) -> tuple[int, int]:
        """Return the lines of the instruction or block that a comment is about."""
        return self._scopes.below(here.line) if here.is_alone else self._scopes.block(here.line)

    def _line(self, here: _Here) -> tuple[int, int]:
        """Return the one line that a comment is about."""
        first = self._scopes.below(here.line)[0] if here.is_alone else here.line
        return first, first

    def _ours(self, here: _Here) -> Suppression | None:
        match = here.match
        verb, listed, rest = match["verb"].lower(), match["names"], match["rest"].strip()
        whole_file = verb == "ignore-file"
        first, last = self._scopes.file() if whole_file else self._lines(here)
        reason = re.sub(r"\A(?:because\b|:|--?|\N{EM DASH}|,)\s*", "", rest, flags=re.IGNORECASE)
        error = ""
        if verb not in ("ignore", "ignore-file"):
            error = f"`boxwright: {match['verb']}` is not understood"
        elif not (listed or "").strip():
            error = "the suppression names no rule"
        elif not first:
            error = f"the suppression is not directly above {self._scopes.what}"
        names = here.names("names", r"[^\s,]+") if listed else ()
        return Suppression("", () if error else names, first, last, reason, here.span, error)

    def _hadolint(self, here: _Here) -> Suppression | None:
        lines = self._scopes.file() if here.match["global"] else self._lines(here)
        return self._foreign("hadolint", here, lines, r"[A-Za-z]+[0-9]+")

    def _buildkit(self, here: _Here) -> Suppression | None:
        skipped = re.search(r"(?:^|;)\s*skip\s*=\s*(?P<names>[^;]*)", here.match["names"])
        if skipped is None:
            return None
        is_directive = self._scopes.is_directive(here.span.start)
        lines = self._scopes.file() if is_directive else self._lines(here)
        within = _Here(
            here.line, skipped, here.at + here.match.start("names"), here.span, here.is_alone
        )
        return self._foreign("BuildKit", within, lines, r"\w+")

    def _checkov(self, here: _Here) -> Suppression | None:
        return self._foreign("checkov", here, self._scopes.file(), r"[\w-]+", here.match["rest"])

    def _trivy(self, here: _Here) -> Suppression | None:
        names = tuple(
            name
            for name in here.names("names", r"(?<=trivy:ignore:)[^\s]+")
            if not self._is_over(name.text)
        )
        names = tuple(
            Name(name.text.partition(":")[0].partition("[")[0], name.span) for name in names
        )
        if not names:
            return None
        first, last = self._scopes.wide(here.line) if here.is_alone else self._lines(here)
        return Suppression("trivy", names, first, last, "", here.span)

    def _is_over(self, text: str) -> bool:
        _, _, day = text.partition(":exp:")
        return bool(day) and day <= self._today.isoformat()

    def _kics(self, here: _Here) -> Suppression | None:
        verb = here.match["verb"]
        if verb == "ignore-line":
            lines = self._line(here)
        elif verb == "ignore-block":
            lines = self._lines(here)
        else:
            lines = self._scopes.file()
        found = self._foreign("KICS", here, lines, r"[\w-]+")
        return found if found.names or verb != "disable" else None

    def _dclint(self, here: _Here) -> Suppression | None:
        lines = self._line(here) if here.match["verb"] == "disable-line" else self._scopes.file()
        return self._foreign("dclint", here, lines, r"[\w-]+")

    def _semgrep(self, here: _Here) -> Suppression | None:
        return self._foreign("semgrep", here, self._line(here), r"[\w.-]+")

    def _foreign(
        self, tool: str, here: _Here, lines: tuple[int, int], name: str, reason: str | None = ""
    ) -> Suppression:
        names = here.names("names", name)
        if [found.text.lower() for found in names] == ["all"]:
            names = ()
        return Suppression(tool, names, *lines, (reason or "").strip(" :"), here.span)

    def _annotation(self, line: int, text: str, span: Span) -> Iterator[Suppression]:
        """Yield what the annotation of a Kubernetes object in *line* suppresses."""
        match = _patterns().annotation.match(text)
        if match is None:
            return
        lines = self._scopes.document(line)
        here = _Here(line, match, span.start, span, is_alone=False)
        value = match["value"].strip().strip("\"'")
        if match["check"]:
            yield Suppression("kube-linter", here.names("check", r"[\w-]+"), *lines, value, span)
        elif match["all"]:
            yield Suppression("kube-linter", (), *lines, value, span)
        elif match["score"]:
            yield Suppression("kube-score", here.names("value", r"[\w-]+"), *lines, "", span)
        else:
            names = here.names("value", r"CKV\w+")[:1]
            if names:
                _, _, reason = value.partition("=")
                yield Suppression("checkov", names, *lines, reason, span)


class _Here(NamedTuple):
    """A comment that matched the form of a suppression."""

    line: int
    match: re.Match[str]
    at: int
    """The offset that the match counts from."""
    span: Span
    is_alone: bool
    """Whether nothing else stands on its line."""

    def names(self, group: str, pattern: str) -> tuple[Name, ...]:
        """Return what *pattern* finds in *group*, with its place."""
        text = self.match[group]
        if not text:
            return ()
        base = self.at + self.match.start(group)
        return tuple(
            Name(found[0], Span(base + found.start(), base + found.end()))
            for found in re.finditer(pattern, text)
        )


class _Patterns(NamedTuple):
    comment: re.Pattern[str]
    annotation: re.Pattern[str]
    forms: tuple[tuple[str, re.Pattern[str]], ...]


@functools.cache
def _patterns() -> _Patterns:
    forms = {
        "": r"boxwright:\s*(?P<verb>(?:ignore|disable|skip|allow|noqa|suppress)[\w-]*)[ \t]*"
        r"(?:\[(?P<names>[^\]]*)\])?(?P<rest>.*)",
        "hadolint": r"hadolint\s+(?P<global>global\s+)?ignore\s*=\s*"
        r"(?P<names>[A-Za-z]+[0-9]+(?:\s*,\s*[A-Za-z]+[0-9]+)*)",
        "BuildKit": r"(?i:check)\s*=(?P<names>.*)",
        "checkov": r"(?:checkov|bridgecrew):skip=(?P<names>[\w-]+(?:,[\w-]+)*)(?P<rest>:.*)?",
        "trivy": r"(?P<names>trivy:ignore:.*)",
        "KICS": r"kics-scan\s+(?P<verb>ignore-line|ignore-block|ignore|disable)\b"
        r"(?:\s*=\s*(?P<names>[\w,\s-]+))?",
        "dclint": r"dclint\s+(?P<verb>disable-line|disable-file|disable)\b(?P<names>[\w\s-]*)",
        "semgrep": r"nosemgrep\b(?::(?P<names>[\w.,\s-]*))?",
    }
    return _Patterns(
        comment=re.compile(
            r"(?:^|(?<=[\s\ufeff]))(?P<hash>\#+)\s*(?P<text>(?:boxwright:|hadolint\s|(?i:check)\s*="
            r"|checkov:|bridgecrew:|trivy:|kics-scan\s|dclint\s|nosemgrep).*)"
        ),
        annotation=re.compile(
            r"""\s*["']?(?:ignore-check\.kube-linter\.io/(?P<check>[\w-]+)"""
            r"""|(?P<all>kube-linter\.io/ignore-all)|(?P<score>kube-score/ignore)"""
            r"""|checkov\.io/skip[0-9]+)["']?\s*:(?P<value>.*)"""
        ),
        forms=tuple((tool, re.compile(form)) for tool, form in forms.items()),
    )


class _Dockerfile:
    """What comments in a Dockerfile are about."""

    has_trailing_comments = False
    what = "an instruction"

    def __init__(self, source: Source, dockerfile: Dockerfile) -> None:
        self._source = source
        self._dockerfile = dockerfile
        self._firsts = [instruction.first_line for instruction in dockerfile.instructions]
        self._below: dict[int, tuple[int, int]] = {}

    def file(self) -> tuple[int, int]:
        return 1, len(self._source.starts)

    def document(self, line: int) -> tuple[int, int]:  # noqa: ARG002 (as in YAML)
        return 0, 0

    def block(self, line: int) -> tuple[int, int]:
        """Return the lines of the instruction that *line* is in; 0 and 0 outside of all."""
        at = bisect_right(self._firsts, line) - 1
        if at < 0 or self._dockerfile.instructions[at].last_line < line:
            return 0, 0
        return self._firsts[at], self._dockerfile.instructions[at].last_line

    def below(self, line: int) -> tuple[int, int]:
        """Return the lines of the instruction that *line* is in, or that follows it at once."""
        found = self.block(line)
        if not found[0] and line < len(self._source.starts):
            following = line + 1
            while following not in self._below and self._is_comment(following):
                following += 1
            found = self._below.get(following) or self.block(following)
        self._below[line] = found
        return found

    def wide(self, line: int) -> tuple[int, int]:
        """Return what `below` does; above the first instruction the file, above a FROM the stage."""
        first, last = self.below(line)
        if first and self._firsts and first == self._firsts[0]:
            return self.file()
        for stage in self._dockerfile.stages:
            if stage.from_.first_line == first:
                ends = [instruction.last_line for instruction in stage.instructions]
                return first, max(ends, default=last)
        return first, last

    def is_directive(self, offset: int) -> bool:
        return any(
            directive.span.start <= offset < directive.span.end
            for directive in self._dockerfile.directives
        )

    def _is_comment(self, line: int) -> bool:
        return self._source.line(line).lstrip(" \t").startswith("#")


class _Yaml:
    """What comments in a YAML file are about, or in an ignore file, whose lines are on their own."""

    def __init__(self, source: Source, *, is_yaml: bool) -> None:
        self.has_trailing_comments = is_yaml
        self.what = "a key or an item" if is_yaml else "a pattern"
        self._source = source
        self._is_yaml = is_yaml
        self._blocks: dict[int, tuple[int, int]] = {}
        self._below: dict[int, int] = {}

    def file(self) -> tuple[int, int]:
        return 1, len(self._source.starts)

    def document(self, line: int) -> tuple[int, int]:
        """Return the lines of the document that *line* is in."""
        at = bisect_right(self._separators, line)
        first = self._separators[at - 1] if at else 1
        last = self._separators[at] - 1 if at < len(self._separators) else self.file()[1]
        return first, last

    def block(self, line: int) -> tuple[int, int]:
        """Return *line* and the lines after it that belong to its key or item."""
        if line not in self._blocks:
            self._blocks[line] = (line, self._end(line) if self._is_yaml else line)
        return self._blocks[line]

    def below(self, line: int) -> tuple[int, int]:
        """Return the lines of the block that follows *line* at once; 0 and 0 for none."""
        at = line + 1
        while at not in self._below and self._is_comment(at):
            at += 1
        at = self._below[line] = self._below.get(at, at)
        return self.block(at) if self._source.line(at).strip() else (0, 0)

    wide = below

    def is_directive(self, offset: int) -> bool:  # noqa: ARG002 (as in a Dockerfile)
        return False

    @functools.cached_property
    def _separators(self) -> list[int]:
        return [
            number
            for number in range(1, len(self._source.starts) + 1)
            if self._source.line(number).startswith("---")
        ]

    def _end(self, line: int) -> int:
        text = self._source.line(line)
        indent = _indent(text)
        is_item = text.lstrip().startswith("- ") or text.strip() == "-"
        end = at = line
        while at < len(self._source.starts):
            at += 1
            following = self._source.line(at)
            stripped = following.strip()
            if not stripped or stripped.startswith("#"):
                continue
            deeper = _indent(following) - indent
            # A list may stand as far left as the key that it is the value of.
            if deeper < 0 or (deeper == 0 and (is_item or not stripped.startswith("-"))):
                break
            if stripped == "---":
                break
            end = at
        return end

    def _is_comment(self, line: int) -> bool:
        return self._source.line(line).lstrip(" \t").startswith("#")


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip(" "))
