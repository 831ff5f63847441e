from __future__ import annotations

import json

from tests.report.conftest import FINDINGS, RULES, SOURCES, found

from boxwright import __version__
from boxwright.findings.finding import Applicability, Fix
from boxwright.report.findings_json import render
from boxwright.text.source import Source


def test_the_document_tells_all_of_a_finding() -> None:
    assert json.loads(render(FINDINGS, sources=SOURCES, rules=RULES)) == {
        "version": 1,
        "tool": {"name": "boxwright", "version": __version__},
        "findings": [
            {
                "rule": "untagged-base",
                "severity": "error",
                "message": "`python` has no tag",
                "path": "api/Dockerfile",
                "start": {"line": 1, "column": 6, "offset": 5},
                "end": {"line": 1, "column": 12, "offset": 11},
                "fingerprint": "f1",
                "fix": None,
            },
            {
                "rule": "pip-cache-in-layer",
                "severity": "warning",
                "message": "pip keeps its download cache in this layer",
                "path": "api/Dockerfile",
                "start": {"line": 2, "column": 5, "offset": 16},
                "end": {"line": 2, "column": 16, "offset": 27},
                "fingerprint": "f2",
                "fix": {
                    "title": "Add `--no-cache-dir`",
                    "applicability": "safe",
                    "edits": [
                        {
                            "start": {"line": 2, "column": 16, "offset": 27},
                            "end": {"line": 2, "column": 16, "offset": 27},
                            "text": " --no-cache-dir",
                        }
                    ],
                    "creates": [],
                },
            },
        ],
        "summary": {
            "files": 2,
            "findings": 2,
            "error": 1,
            "warning": 1,
            "info": 0,
            "fixes": {"safe": 1, "unsafe": 0},
        },
    }


def test_a_fix_tells_the_files_that_it_makes() -> None:
    source = Source("Dockerfile", "FROM python\n")
    fix = Fix("Write `.dockerignore`", (), Applicability.SAFE, creates=((".dockerignore", ".git"),))

    document = json.loads(render([found(source, "FROM", fix=fix)], sources={}, rules={}))

    assert document["findings"][0]["fix"] == {
        "title": "Write `.dockerignore`",
        "applicability": "safe",
        "edits": [],
        "creates": [{"path": ".dockerignore", "content": ".git"}],
    }


def test_bytes_that_are_no_text_can_be_written() -> None:
    source = Source("Dockerfile", "FROM \udc80\n")

    text = render([found(source, "\udc80", message="`\udc80` is odd")], sources={}, rules={})

    assert text.isascii()
    assert json.loads(text)["findings"][0]["message"] == "`\udc80` is odd"
