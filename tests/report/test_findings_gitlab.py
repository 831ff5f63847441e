from __future__ import annotations

import json

from tests.report.conftest import FINDINGS, RULES, SOURCES, found

from boxwright.findings.finding import Severity
from boxwright.report.findings_gitlab import render
from boxwright.text.source import Source


def test_a_finding_is_an_issue() -> None:
    assert json.loads(render(FINDINGS, sources=SOURCES, rules=RULES)) == [
        {
            "description": "`python` has no tag",
            "check_name": "untagged-base",
            "fingerprint": "f1",
            "severity": "critical",
            "location": {"path": "api/Dockerfile", "lines": {"begin": 1, "end": 1}},
        },
        {
            "description": "pip keeps its download cache in this layer",
            "check_name": "pip-cache-in-layer",
            "fingerprint": "f2",
            "severity": "major",
            "location": {"path": "api/Dockerfile", "lines": {"begin": 2, "end": 2}},
        },
    ]


def test_fingerprints_are_different_and_the_same_in_every_report() -> None:
    source = Source("./Dockerfile", "RUN a\nRUN b\n")
    findings = [
        found(source, "a", fingerprint="same"),
        found(source, "b", fingerprint="same"),
        found(source, "a"),
        found(source, "b", severity=Severity.INFO),
    ]

    issues = json.loads(render(findings, sources={}, rules={}))

    assert issues == json.loads(render(findings, sources={}, rules={}))
    assert len({issue["fingerprint"] for issue in issues}) == 4
    assert issues[0]["fingerprint"] == "same"
    assert {issue["location"]["path"] for issue in issues} == {"Dockerfile"}


def test_nothing_found_is_an_empty_list() -> None:
    assert render([], sources=SOURCES, rules=RULES) == "[]\n"
