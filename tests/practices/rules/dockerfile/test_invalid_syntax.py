from __future__ import annotations

from tests.practices.small_rules import checked

from boxwright.practices.registry import find_rule


def test_every_problem_is_told_with_its_place() -> None:
    text = "FROM scratch\nRUM x\nCOPY a\nRUN y\n"

    result = checked(text, find_rule("invalid-syntax"))

    assert [(finding.start.line, text[slice(*finding.span)]) for finding in result.findings] == [
        (2, "RUM"),
        (3, "COPY"),
    ]


def test_a_file_that_can_be_built_has_none() -> None:
    assert checked("FROM scratch\nCOPY a /\n", find_rule("invalid-syntax")).findings == ()
