"""More of this rule: tests/practices/test_suppression.py."""

from __future__ import annotations

from tests.practices.small_rules import checked, word_rule


def test_a_name_that_is_nearly_a_rule_is_answered_with_it() -> None:
    text = "FROM scratch\n# boxwright: ignore[invalid-sintax] because\nUSER a\n"

    result = checked(text, word_rule("bad"))

    assert [finding.message for finding in result.findings] == [
        "the suppression names `invalid-sintax`, which is no rule; did you mean `invalid-syntax`?"
    ]


def test_at_the_end_of_a_file_without_a_newline_the_line_goes() -> None:
    text = "FROM scratch\n# boxwright: ignore-file[says-bad] because"

    (finding,) = checked(text, word_rule("bad")).findings

    assert finding.fix is not None
    assert [text[: edit.start] + edit.text + text[edit.end :] for edit in finding.fix.edits] == [
        "FROM scratch\n"
    ]
