"""Findings → workflow commands, which GitHub shows beside the lines of a change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from boxwright.findings.finding import Finding, Severity
from boxwright.practices.rule import Rule
from boxwright.report.findings_printable import printable
from boxwright.text.source import Source

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(
    findings: Sequence[Finding],
    *,
    sources: Mapping[str, Source],  # noqa: ARG001 (of all formats)
    rules: Mapping[str, Rule[Any]],  # noqa: ARG001
) -> str:
    """Return a command for each of *findings*, one a line."""
    return "".join(f"{_command(finding)}\n" for finding in findings)


def _command(finding: Finding) -> str:
    start, end = finding.start, finding.end
    properties = {
        "file": finding.path,
        "line": str(start.line),
        "endLine": str(end.line),
        # Columns of a range over several lines are refused.
        **({"col": str(start.column), "endColumn": str(end.column)} if start[0] == end[0] else {}),
        "title": f"boxwright {finding.rule}",
    }
    written = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    # In the log only the message is shown, so that it has the place again.
    message = f"{finding.path}:{start.line}:{start.column}: {finding.rule}: {finding.message}"
    if finding.fix:
        message += f" (help: {finding.fix.title})"
    return f"::{_COMMANDS[finding.severity]} {written}::{_data(message)}"


def _data(text: str) -> str:
    """Return *text* as the data of a command."""
    return printable(text).replace("%", "%25")


def _property(text: str) -> str:
    """Return *text* as the value of a command's property."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
