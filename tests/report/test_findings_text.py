from __future__ import annotations

import re

import pytest
from tests.report.conftest import FINDINGS, RULES, SOURCES, found

from boxwright.findings.finding import Applicability, Finding, Fix, Severity
from boxwright.report.findings_text import render
from boxwright.text.edit import Edit
from boxwright.text.source import Position, Source, Span


def shown(finding: Finding, source: Source) -> list[str]:
    """Return the lines of source that are shown of *finding*, with the marks under them."""
    text = render([finding], sources={source.name: source}, rules={})
    return [line for line in text.splitlines()[1:-2] if line.strip() != "|"]


def test_a_finding_has_its_place_its_line_and_its_help() -> None:
    assert render(FINDINGS, sources=SOURCES, rules=RULES) == (
        "api/Dockerfile:1:6: error untagged-base: `python` has no tag\n"
        "  |\n"
        "1 | FROM python\n"
        "  |      ^^^^^^\n"
        "\n"
        "api/Dockerfile:2:5: warning pip-cache-in-layer: pip keeps its download cache in this layer\n"
        "  |\n"
        "2 | RUN pip install torch\n"
        "  |     ^^^^^^^^^^^\n"
        "  = help: Add `--no-cache-dir`\n"
        "\n"
        "2 findings in 2 files: 1 error, 1 warning; `--fix` mends 1\n"
    )


def test_without_findings_it_says_what_was_checked() -> None:
    assert render([], sources=SOURCES, rules=RULES) == "no findings in 2 files\n"


def test_the_summary_can_be_left_out() -> None:
    whole = render(FINDINGS, sources=SOURCES, rules=RULES)

    without = render(FINDINGS, sources=SOURCES, rules=RULES, with_summary=False)

    assert whole.startswith(f"{without}\n2 findings")
    assert render([], sources=SOURCES, rules=RULES, with_summary=False) == ""


def test_colour_changes_nothing_but_the_colour() -> None:
    plain = render(FINDINGS, sources=SOURCES, rules=RULES)

    coloured = render(FINDINGS, sources=SOURCES, rules=RULES, colour=True)

    assert coloured != plain
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


def test_an_unsafe_fix_is_called_so() -> None:
    source = Source("Dockerfile", "FROM python\n")
    fix = Fix("Say `python:3.12-slim`", (Edit(5, 11, "python:3.12-slim"),), Applicability.UNSAFE)

    text = render([found(source, "python", fix=fix)], sources={"Dockerfile": source}, rules={})

    assert text.splitlines()[4:] == [
        "  = help: Say `python:3.12-slim` (unsafe fix)",
        "",
        "1 finding in 1 file: 1 warning; `--fix --unsafe-fixes` mends 1",
    ]


def test_a_file_that_is_not_there_has_no_lines() -> None:
    finding = Finding(
        "missing-dockerignore",
        Severity.INFO,
        "there is no .dockerignore",
        ".dockerignore",
        Span(0, 0),
        Position(1, 1),
        Position(1, 1),
    )

    assert render([finding], sources={}, rules={}) == (
        ".dockerignore:1:1: info missing-dockerignore: there is no .dockerignore\n"
        "\n"
        "1 finding in 0 files: 1 info\n"
    )


@pytest.mark.parametrize(
    ("text", "part", "lines"),
    [
        pytest.param(
            "RUN a \\\n  && pip install \\\n     torch\n",
            "pip install \\\n     torch",
            [
                "2 |   && pip install \\",
                "  |      ^^^^^^^^^^^^^",
                "3 |      torch",
                "  |      ^^^^^",
            ],
            id="over two lines, the indentation unmarked",
        ),
        pytest.param(
            "A\nB\nC\nD\nE\nF\n",
            "A\nB\nC\nD\nE\nF",
            ["1 | A", "  | ^", "2 | B", "  | ^", "  | ...", "6 | F", "  | ^"],
            id="over many lines, the middle left out",
        ),
        pytest.param("FROM a\n", "FROM a\n", ["1 | FROM a", "  | ^^^^^^"], id="with its line end"),
        pytest.param("FROM a\r\n", "\r\n", ["1 | FROM a", "  |       ^"], id="only a line end"),
        pytest.param("RUN\tx y\n", "y", ["1 | RUN    x y", "  |          ^"], id="behind a tab"),
        pytest.param("RUN 模型 y\n", "y", ["1 | RUN 模型 y", "  |          ^"], id="behind wide"),
        pytest.param(
            "RUN e\u0301 y\n", "y", ["1 | RUN e\u0301 y", "  |       ^"], id="behind an accent"
        ),
        pytest.param(
            "\ufeffFROM a\n", "a", ["1 | FROM a", "  |      ^"], id="behind a byte order mark"
        ),
        pytest.param(
            "RUN \x1b]0;owned\x07 y\n",
            "y",
            ["1 | RUN \\x1b]0;owned\\x07 y", "  |                      ^"],
            id="behind an escape sequence",
        ),
        pytest.param(
            "RUN a\u202eb\udc80\n",
            "\udc80",
            ["1 | RUN a\\u202eb\\udc80", "  |             ^^^^^^"],
            id="a byte that is no text",
        ),
    ],
)
def test_the_marks_stand_under_what_was_found(text: str, part: str, lines: list[str]) -> None:
    source = Source("Dockerfile", text)

    assert shown(found(source, part), source) == lines


@pytest.mark.parametrize("before", [0, 5, 90, 99, 100, 5000])
@pytest.mark.parametrize("after", [0, 5, 90, 5000])
@pytest.mark.parametrize("length", [1, 40, 99, 300])
def test_a_long_line_is_cut_around_what_was_found(before: int, after: int, length: int) -> None:
    source = Source("Dockerfile", "a" * before + "b" * length + "c" * after)

    line, marks = shown(found(source, "b" * length), source)

    assert len(line) <= len("1 | ") + 106
    marked = line[marks.index("^") : marks.index("^") + marks.count("^")]
    assert marked == "b" * min(length, marked.count("b"))
    assert len(marked) >= min(length, 60)
    assert line.startswith("1 | ...") == ("a" * before not in line)


def test_names_from_hostile_files_never_reach_the_terminal_raw() -> None:
    source = Source("a\x1b[2J/Dockerfile", "FROM \x9b2J\n")
    fix = Fix("Say `\x1b[0m`", (), Applicability.SAFE)
    finding = found(source, "\x9b2J", rule="a\x1bb", message="`\x1b]8;;\x07`\r is new", fix=fix)

    text = render([finding], sources={source.name: source}, rules={}).replace("\n", "")

    assert text.isprintable()


def test_a_huge_line_costs_nothing_for_each_of_its_findings() -> None:
    source = Source("Dockerfile", "RUN " + "x " * 500_000)
    finding = found(source, "x")
    many = [
        finding._replace(span=Span(at, at + 1), start=Position(1, at + 1), end=Position(1, at + 2))
        for at in range(4, 800_000, 400)
    ]

    text = render(many, sources={source.name: source}, rules={})

    assert text.count("\n") == 5 * len(many) + 1
