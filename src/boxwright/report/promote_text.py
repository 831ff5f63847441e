"""What came of a promotion, and what an environment had, as text and as documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from boxwright.report.findings_printable import printable

if TYPE_CHECKING:
    from boxwright.ship.gates import GateResult
    from boxwright.ship.history import Entry, History
    from boxwright.ship.promote import Promoted


_LONGEST = 200
"""Characters of a cell that others wrote."""


def promoted_text(promoted: Promoted, repository: str) -> str:
    """Return what the gates said, and what the tag names now."""
    lines = [printable(line) for result in promoted.results for line in _gate(result)]
    lines += [f"  skipped  {gate}" for gate in promoted.skipped]
    if lines:
        lines.append("")
    name = f"{repository}:{promoted.target}"
    if promoted.is_refused:
        lines.append(f"{name} stays as it was: {promoted.source} did not pass.")
    elif not promoted.is_moved:
        lines.append(f"{name} is {promoted.source} already.")
    else:
        was = f", before: {promoted.earlier}" if promoted.earlier else ""
        lines.append(f"{name} is {printable(promoted.source) or promoted.image.digest} now{was}.")
    return "\n".join(lines) + "\n"


def promoted_document(promoted: Promoted, repository: str) -> dict[str, Any]:
    """Return the same for programs."""
    return {
        "repository": repository,
        "target": promoted.target,
        "source": promoted.source,
        "digest": promoted.image.digest,
        "earlier": promoted.earlier,
        "moved": promoted.is_moved,
        "refused": promoted.is_refused,
        "gates": [
            {
                "gate": result.gate,
                "passed": result.passed,
                "summary": result.summary,
                "details": list(result.details),
                "hint": result.hint,
            }
            for result in promoted.results
        ],
        "skipped": list(promoted.skipped),
    }


def history_text(history: History, environment: str, current: str) -> str:
    """Return what *environment* had, the newest first; *current* is the digest that it has."""
    if not history.entries:
        return f"Nothing was promoted to {environment} yet.\n"
    rows = [("when", "what", "image", "by", "")]
    rows += [
        (
            entry.time.strftime("%Y-%m-%d %H:%M"),
            _shown(entry.source) or "?",
            entry.image.digest.partition(":")[2][:12],
            _shown(entry.by) or "?",
            _remarks(entry),
        )
        for entry in reversed(history.entries)
    ]
    if history.entries[-1].image.digest == current:
        when, what, image, by, remarks = rows[1]
        rows[1] = (when, what, image, by, f"now; {remarks}" if remarks else "now")
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = [
        "  ".join(
            [*(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False)), row[4]]
        ).rstrip()
        for row in rows
    ]
    if history.entries[-1].image.digest != current:
        lines.append(f"{environment} was moved by something else since: it is {current or 'gone'}")
    return "\n".join(lines) + "\n"


def history_document(history: History, environment: str, current: str) -> dict[str, Any]:
    """Return the same for programs, the oldest first."""
    return {
        "environment": environment,
        "digest": current or None,
        "entries": [
            {
                "time": entry.time.isoformat(),
                "digest": entry.image.digest,
                "source": entry.source,
                "by": entry.by,
                "rollback": entry.is_rollback,
                "passed": list(entry.passed),
                "skipped": list(entry.skipped),
                "reason": entry.reason,
            }
            for entry in history.entries
        ],
    }


def _gate(result: GateResult) -> Sequence[str]:
    mark = "passed " if result.passed else "REFUSED"
    lines = [f"  {mark}  {result.gate}: {result.summary}"]
    lines += [f"             {detail}" for detail in result.details]
    if result.hint and not result.passed:
        lines.append(f"             hint: {result.hint}")
    return lines


def _remarks(entry: Entry) -> str:
    remarks = []
    if entry.is_rollback:
        remarks.append("rolled back")
    if entry.skipped:
        remarks.append(f"without {_shown(', '.join(entry.skipped))}")
    if entry.reason:
        remarks.append(_shown(entry.reason))
    return "; ".join(remarks)


def _shown(text: str) -> str:
    """Return *text*, which whoever may push can have written, as a cell of a table."""
    text = printable(text)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
