from __future__ import annotations

from xml.etree import ElementTree

from tests.report.conftest import FINDINGS, RULES, SOURCES, found

from boxwright.report.findings_junit import render
from boxwright.text.source import Source


def test_a_file_is_a_suite_and_a_finding_a_failure() -> None:
    assert render(FINDINGS, sources=SOURCES, rules=RULES) == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<testsuites name="boxwright" tests="3" failures="2" errors="0">\n'
        '  <testsuite name="api/Dockerfile" tests="2" failures="2" errors="0" skipped="0">\n'
        '    <testcase name="untagged-base at 1:6" classname="api/Dockerfile"'
        ' file="api/Dockerfile" line="1">\n'
        '      <failure type="error" message="`python` has no tag">'
        "api/Dockerfile:1:6: `python` has no tag</failure>\n"
        "    </testcase>\n"
        '    <testcase name="pip-cache-in-layer at 2:5" classname="api/Dockerfile"'
        ' file="api/Dockerfile" line="2">\n'
        '      <failure type="warning" message="pip keeps its download cache in this layer">'
        "api/Dockerfile:2:5: pip keeps its download cache in this layer"
        " (help: Add `--no-cache-dir`)</failure>\n"
        "    </testcase>\n"
        "  </testsuite>\n"
        '  <testsuite name="api/.dockerignore" tests="1" failures="0" errors="0" skipped="0">\n'
        '    <testcase name="no findings" classname="api/.dockerignore"'
        ' file="api/.dockerignore"/>\n'
        "  </testsuite>\n"
        "</testsuites>\n"
    )


def test_a_hostile_file_stays_inside_its_elements() -> None:
    source = Source('a"<&>\x00/Dockerfile', "FROM a\n")
    message = '</failure><evil a="b">\x1b\udc80\uffff]]>&amp;'

    text = render([found(source, "a", message=message)], sources={}, rules={})
    root = ElementTree.fromstring(text)  # noqa: S314 (our own)

    assert [element.tag for element in root.iter()] == [
        "testsuites",
        "testsuite",
        "testcase",
        "failure",
    ]
    assert [element.get("name") for element in root] == ['a"<&>\\x00/Dockerfile']
    failure = root.find(".//failure")
    assert failure is not None
    assert failure.get("message") == '</failure><evil a="b">\\x1b\\udc80\\uffff]]>&amp;'
