"""Findings → JUnit XML, which nearly every build server reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from boxwright.findings.finding import Finding
from boxwright.practices.rule import Rule
from boxwright.report.findings_printable import printable
from boxwright.text.source import Source


def render(
    findings: Sequence[Finding],
    *,
    sources: Mapping[str, Source],
    rules: Mapping[str, Rule[Any]],  # noqa: ARG001 (of all formats)
) -> str:
    """Return a suite for each checked file: a failure for each finding, else one success."""
    of_path: dict[str, list[Finding]] = {path: [] for path in sources}
    for finding in findings:
        of_path.setdefault(finding.path, []).append(finding)
    tests = sum(max(len(found), 1) for found in of_path.values())
    counts = f'tests="{tests}" failures="{len(findings)}" errors="0"'
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<testsuites name="boxwright" {counts}>']
    for path, found in of_path.items():
        counts = f'tests="{max(len(found), 1)}" failures="{len(found)}" errors="0" skipped="0"'
        lines.append(f'  <testsuite name="{_escaped(path)}" {counts}>')
        lines += _cases(path, found)
        lines.append("  </testsuite>")
    lines.append("</testsuites>")
    return "\n".join(lines) + "\n"


def _cases(path: str, findings: Sequence[Finding]) -> Iterator[str]:
    where = f'classname="{_escaped(path)}" file="{_escaped(path)}"'
    if not findings:
        yield f'    <testcase name="no findings" {where}/>'
    for finding in findings:
        place = f"{finding.start.line}:{finding.start.column}"
        text = f"{path}:{place}: {finding.message}"
        if finding.fix:
            text += f" (help: {finding.fix.title})"
        yield (
            f'    <testcase name="{_escaped(finding.rule)} at {place}" {where}'
            f' line="{finding.start.line}">'
        )
        yield (
            f'      <failure type="{finding.severity}" message="{_escaped(finding.message)}">'
            f"{_escaped(text)}</failure>"
        )
        yield "    </testcase>"


def _escaped(text: str) -> str:
    """Return *text* for content and attributes; what XML cannot hold becomes an escape."""
    shown = printable(text)
    for char, name in (("&", "amp"), ("<", "lt"), (">", "gt"), ('"', "quot")):
        shown = shown.replace(char, f"&{name};")
    return shown
