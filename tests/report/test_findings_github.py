from __future__ import annotations

from tests.report.conftest import FINDINGS, RULES, SOURCES, found

from boxwright.findings.finding import Severity
from boxwright.report.findings_github import render
from boxwright.text.source import Source


def test_a_finding_is_a_command() -> None:
    assert render(FINDINGS, sources=SOURCES, rules=RULES) == (
        "::error file=api/Dockerfile,line=1,endLine=1,col=6,endColumn=12,"
        "title=boxwright untagged-base"
        "::api/Dockerfile:1:6: untagged-base: `python` has no tag\n"
        "::warning file=api/Dockerfile,line=2,endLine=2,col=5,endColumn=16,"
        "title=boxwright pip-cache-in-layer"
        "::api/Dockerfile:2:5: pip-cache-in-layer: pip keeps its download cache in this layer"
        " (help: Add `--no-cache-dir`)\n"
    )


def test_a_range_over_lines_has_no_columns() -> None:
    source = Source("Dockerfile", "RUN a \\\n  b\n")

    assert render(
        [found(source, "a \\\n  b", severity=Severity.INFO, rule="r", message="m")],
        sources={},
        rules={},
    ) == ("::notice file=Dockerfile,line=1,endLine=2,title=boxwright r::Dockerfile:1:5: r: m\n")


def test_a_hostile_file_gives_no_command_of_its_own() -> None:
    source = Source("a,line=9::b\n::set-env/Dockerfile", "FROM a\n")

    text = render(
        [found(source, "a", rule="r", message="100%0A\n::stop-commands::x\r")],
        sources={},
        rules={},
    )

    assert text == (
        "::warning file=a%2Cline=9%3A%3Ab\\n%3A%3Aset-env/Dockerfile,"
        "line=1,endLine=1,col=6,endColumn=7,title=boxwright r"
        "::a,line=9::b\\n::set-env/Dockerfile:1:6: r: 100%250A\\n::stop-commands::x\\r\n"
    )


def test_nothing_found_is_nothing_said() -> None:
    assert render([], sources=SOURCES, rules=RULES) == ""
