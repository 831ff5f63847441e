"""What was run, and what a smoke test found: as text, or as JSON."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from typing import Any

from boxwright.render.compose.names import size
from boxwright.run.arguments import run_arguments
from boxwright.run.model import NO_NETWORK, Container
from boxwright.run.session import Waited
from boxwright.run.smoke import Outcome, SmokeReport

_SIGNS = {Outcome.PASSED: "ok", Outcome.FAILED: "FAILED", Outcome.SKIPPED: "-"}
_LAST_LINES = 20


def printed_commands(engine: str, setup: Sequence[str], container: Container) -> str:
    """Return the commands that run *container*, for a shell; *setup* is what comes before."""
    commands = [tuple(setup)] if setup else []
    commands.append(run_arguments(container, engine))
    return "\n".join(_wrapped((engine, *command)) for command in commands)


def well_text(container: Container, waited: Waited, address: str) -> str:
    """Return how *container* came up, and where it answers."""
    how = waited.reason or f"healthy after {waited.seconds:.1f} s"
    where = f": {address}" if address else ""
    return f"{container.name}: {how}{where}"


def failed_text(container: Container, waited: Waited, *, with_log: bool) -> str:
    """Return why *container* did not come up, with the end of its log."""
    lines = [f"error: `{container.name}` does not run: {waited.reason}"]
    if with_log:
        log = _printable(waited.log).splitlines()[-_LAST_LINES:]
        lines += ["", "The end of its log:", *(f"    {line}" for line in log)]
        if not log:
            lines[-1] = "It logged nothing."
    lines += ["", f"hint: {waited.cause.hint}"]
    if waited.cause.practice:
        lines.append(f"practice: {waited.cause.practice} (`boxwright rule` explains it)")
    return "\n".join(lines)


def bounds_text(container: Container) -> str:
    """Return within which bounds *container* runs, in a line."""
    resources = container.resources
    words = [
        "writable root" if container.writable_root else "read-only root",
        f"user {container.user}" if container.user else "the image's user",
        "no capabilities",
        f"{size(resources.memory)} of memory",
        f"{resources.cpus:g} {'CPU' if resources.cpus <= 1 else 'CPUs'}",
        f"{resources.pids} processes",
    ]
    if container.network == NO_NETWORK:
        words.append("no network")
    elif container.uses_closed_network:
        words.append("nothing reached outside")
    else:
        words.append(f"network `{container.network}`")
    return ", ".join(words)


def smoke_text(report: SmokeReport) -> str:
    """Return what a smoke test found."""
    rows = [
        (
            _SIGNS[it.outcome],
            _printable(it.what),
            it.measured,
            f"at most {it.limit}" if it.limit and it.outcome is not Outcome.SKIPPED else "",
        )
        for it in report.results
    ]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
    lines = [f"{report.image}", ""]
    for row, result in zip(rows, report.results, strict=True):
        cells = [f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False)]
        lines.append("  ".join((*cells, row[3])).rstrip())
        indent = " " * (widths[0] + 2)
        if result.detail:
            lines.append(f"{indent}{_printable(result.detail)}")
        if result.outcome is Outcome.FAILED:
            if result.hint:
                lines.append(f"{indent}hint: {result.hint}")
            if result.practice:
                lines.append(f"{indent}practice: {result.practice}")
    if report.log:
        log = _printable(report.log).splitlines()[-_LAST_LINES:]
        lines += ["", "The end of its log:", *(f"    {line}" for line in log)]
    failed = sum(it.outcome is Outcome.FAILED for it in report.results)
    skipped = sum(it.outcome is Outcome.SKIPPED for it in report.results)
    counted = f"{len(report.results) - failed - skipped} passed, {failed} failed"
    if skipped:
        counted += f", {skipped} not looked at"
    return "\n".join(
        [*lines, "", f"smoke test {'passed' if report.passed else 'failed'}: {counted}"]
    )


def smoke_document(report: SmokeReport) -> dict[str, Any]:
    """Return what a smoke test found, as a document."""
    return {
        "image": report.image,
        "passed": report.passed,
        "results": [
            {
                "what": it.what,
                "outcome": it.outcome.value,
                "measured": it.measured,
                "limit": it.limit,
                "practice": it.practice,
                "detail": it.detail,
                "hint": it.hint,
            }
            for it in report.results
        ],
        "log": report.log,
    }


def smoke_json(report: SmokeReport) -> str:
    """Return the same as text."""
    return json.dumps(smoke_document(report), indent=2)


def _wrapped(words: Sequence[str]) -> str:
    """Return *words* for a shell, each option on a line of its own."""
    lines: list[list[str]] = [[]]
    is_option = True
    for word in words:
        if is_option and word.startswith("--") and len(lines[-1]) > 0:
            lines.append([])
        elif is_option and len(lines) > 1 and len(lines[-1]) > 1:
            # The image: what follows is the program's.
            lines.append([])
            is_option = False
        lines[-1].append(word)
    return " \\\n    ".join(shlex.join(line) for line in lines)


def _printable(text: str) -> str:
    """Return *text* without what would steer a terminal."""
    return "".join(it if it.isprintable() or it in "\n\t" else "\ufffd" for it in text)
