"""What `doctor` found → text for a terminal, and one JSON document."""

from __future__ import annotations

import itertools
import json
import textwrap
from collections.abc import Iterator

from boxwright.doctor.result import Report, Result, Verdict

_TITLES = {
    "plan": "Plan",
    "engine": "Engine",
    "files": "Dockerfiles and compose files",
    "platform": "Platform",
    "limits": "Limits",
    "room": "Room on disk",
    "gpu": "GPU",
    "cuda": "CUDA",
    "project": "Project",
    "sources": "Where packages come from",
    "registry": "Registry",
}
_MARKS = {
    Verdict.OK: ("ok", "32"),
    Verdict.WARNING: ("warning", "33"),
    Verdict.FAILURE: ("failure", "31"),
    Verdict.UNKNOWN: ("unknown", "36"),
}
_INDENT = " " * 11


def render(report: Report, *, width: int = 80, colour: bool = False) -> str:
    """Return *report* as text: by area, each with what was seen, and what to do."""
    return "".join(f"{line}\n" for line in _lines(report, width, colour=colour))


def render_json(report: Report) -> str:
    """Return *report* as a document."""
    document = {
        "version": 1,
        "verdict": report.verdict,
        "counts": {verdict.value: report.count(verdict) for verdict in Verdict},
        "results": [
            {
                "area": result.area,
                "what": result.what,
                "verdict": result.verdict,
                "evidence": result.evidence,
                "hint": result.hint,
            }
            for result in report.results
        ],
    }
    return json.dumps(document, indent=2) + "\n"


def _lines(report: Report, width: int, *, colour: bool) -> Iterator[str]:
    for area, results in itertools.groupby(report.results, key=lambda result: result.area):
        yield _TITLES.get(area, area)
        for result in results:
            yield from _result(result, width, colour=colour)
        yield ""
    yield _summary(report)


def _result(result: Result, width: int, *, colour: bool) -> Iterator[str]:
    mark, code = _MARKS[result.verdict]
    first, *more = _wrapped(f"{result.what}: {result.evidence}", width)
    shown = f"\x1b[{code}m{mark}\x1b[0m" if colour else mark
    yield f"  {shown}{' ' * (9 - len(mark))}{first}"
    yield from (f"{_INDENT}{line}" for line in more)
    if result.hint:
        lines = _wrapped(f"→ {result.hint}", width)
        yield from (
            f"{_INDENT}{line}" if at == 0 else f"{_INDENT}  {line}" for at, line in enumerate(lines)
        )


def _wrapped(text: str, width: int) -> list[str]:
    room = max(width - len(_INDENT) - 2, 40)
    printable = "".join(sign if sign.isprintable() else " " for sign in text)
    lines = textwrap.wrap(printable, room, break_long_words=False, break_on_hyphens=False)
    return lines or [""]


def _summary(report: Report) -> str:
    failures, warnings = report.count(Verdict.FAILURE), report.count(Verdict.WARNING)
    parts = []
    if failures:
        parts.append(f"{failures} {'thing' if failures == 1 else 'things'} will not work")
    if warnings:
        parts.append(f"{warnings} {'warning' if warnings == 1 else 'warnings'}")
    return ", ".join(parts) or "all is well"
