"""Findings → text: what is wrong where, with the lines it is in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from boxwright.findings.finding import Applicability, Finding, Severity
from boxwright.practices.rule import Rule
from boxwright.report.findings_printable import cell, printable
from boxwright.text.source import Source

_WIDTH = 100
"""Columns of source that are shown of a line, at most."""
_LINES = 4
"""Lines of source that are shown of a finding, at most."""

_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.INFO: "36"}


def render(
    findings: Sequence[Finding],
    *,
    sources: Mapping[str, Source],
    rules: Mapping[str, Rule[Any]],  # noqa: ARG001 (of all formats)
    colour: bool = False,
    with_summary: bool = True,
    images: int = 0,
) -> str:
    """
    Return *findings*, each with its lines of *sources*, and how many there are.

    *images* says how many of *sources* are images and no files.
    """
    parts = [
        "\n".join(_lines(finding, sources.get(finding.path), _Paint(colour)))
        for finding in findings
    ]
    if with_summary:
        parts.append(summary(findings, files=len(sources) - images, images=images))
    return "\n\n".join(parts) + "\n" if parts else ""


def summary(findings: Sequence[Finding], *, files: int, images: int = 0) -> str:
    """Return how many findings there are in the *files* and *images* checked, as a sentence."""
    counted = ((files, "file"), (images, "image"))
    checked = " and ".join(
        f"{count} {what}{'' if count == 1 else 's'}"
        for count, what in counted
        if count or (what == "file" and not images)
    )
    if not findings:
        return f"no findings in {checked}"
    severities = Counter(finding.severity for finding in findings)
    names = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "info"}
    counts = [
        f"{severities[severity]} {name}{'' if severities[severity] == 1 or name == 'info' else 's'}"
        for severity, name in names.items()
        if severities[severity]
    ]
    count = len(findings)
    text = f"{count} finding{'' if count == 1 else 's'} in {checked}: {', '.join(counts)}"
    fixes = Counter(finding.fix.applicability for finding in findings if finding.fix)
    safe, unsafe = fixes[Applicability.SAFE], fixes[Applicability.UNSAFE]
    if safe:
        text += f"; `--fix` mends {safe}" + (f", `--unsafe-fixes` {unsafe} more" if unsafe else "")
    elif unsafe:
        text += f"; `--fix --unsafe-fixes` mends {unsafe}"
    return text


class _Paint:
    """Colours, or none."""

    def __init__(self, colour: bool) -> None:
        self._colour = colour

    def __call__(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour else text


def _lines(finding: Finding, source: Source | None, paint: _Paint) -> Iterator[str]:
    code = _COLOURS[finding.severity]
    place = f"{printable(finding.path)}:{finding.start.line}:{finding.start.column}"
    severity = paint(str(finding.severity), f"1;{code}")
    rule = paint(printable(finding.rule), "1")
    yield f"{paint(place, '1')}: {severity} {rule}: {printable(finding.message)}"
    shown = list(_excerpt(finding, source)) if source else []
    gutter = max((len(number) for number, _ in shown), default=0)
    if shown:
        yield f"{'':{gutter}} {paint('|', '2')}"
    for number, line in shown:
        yield f"{paint(f'{number:>{gutter}}', '2')} {paint('|', '2')} {line.text}".rstrip()
        if line.underline:
            marks = f"{'':{line.start}}{paint(line.underline, f'1;{code}')}"
            yield f"{'':{gutter}} {paint('|', '2')} {marks}"
    if finding.fix:
        unsafe = finding.fix.applicability is Applicability.UNSAFE
        title = printable(finding.fix.title) + (" (unsafe fix)" if unsafe else "")
        yield f"{'':{gutter}} {paint('=', '2')} {paint('help:', '1')} {title}"


class _Line(NamedTuple):
    """A line as it is shown, and the marks under it, which begin at column *start*."""

    text: str
    start: int = 0
    underline: str = ""


def _excerpt(finding: Finding, source: Source) -> Iterator[tuple[str, _Line]]:
    """Yield the lines of *finding* with their numbers."""
    first = source.position(finding.span.start).line
    # A span that ends with a line's end does not reach into the next line.
    last = source.position(max(finding.span.end - 1, finding.span.start)).line
    if last - first < _LINES:
        numbers = list(range(first, last + 1))
    else:
        numbers = [*range(first, first + _LINES - 2), 0, last]
    for number in numbers:
        if number:
            yield str(number), _line(finding, source, number)
        else:
            yield "", _Line("...")


def _line(finding: Finding, source: Source, number: int) -> _Line:
    """Return line *number* as it is shown, cut around the part that *finding* is about."""
    text = source.text
    begin, end = source.line_span(number)
    if begin == 0 and text.startswith("\ufeff"):
        begin = 1
    start = min(max(finding.span.start, begin), end)
    stop = min(max(finding.span.end, start), end)
    if finding.span.start < begin:
        while start < stop and text[start].isspace():
            start += 1
    marked = 0
    for at in range(start, min(stop, start + _WIDTH)):
        marked += cell(text[at])[1]
    room = max(_WIDTH // 3, _WIDTH - marked)
    left = start
    while left > begin and (room := room - cell(text[left - 1])[1]) >= 0:
        left -= 1
    shown = "..." if left > begin else ""
    column = len(shown)
    marks_from = marks_to = column
    at = left
    while at < end:
        piece, width = cell(text[at])
        if column + width > _WIDTH + 3:
            shown += "..."
            break
        if at < start:
            marks_from += width
        if at < stop:
            marks_to += width
        shown += piece
        column += width
        at += 1
    return _Line(shown, marks_from, "^" * max(marks_to - marks_from, 1))
