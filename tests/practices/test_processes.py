"""Tests of where a start is written, and of what is put beside it."""

from __future__ import annotations

import pytest
from tests.practices.builds import build, final

from boxwright.practices.processes import (
    insert_before_start,
    is_for_development,
    place_of_start,
    start_instruction,
    without_words,
)
from boxwright.text.edit import apply_edits


@pytest.mark.parametrize(
    ("text", "keyword"),
    [
        ('FROM debian\nENTRYPOINT ["/entrypoint.sh"]\nCMD ["a"]', "CMD"),
        ('FROM debian\nENTRYPOINT ["a"]\nCMD ["b"]', "ENTRYPOINT"),
        ("FROM debian\nENTRYPOINT a\nCMD b", "ENTRYPOINT"),
        ("FROM debian AS x\nCMD a\nFROM x", "CMD"),
    ],
)
def test_a_start_is_in_the_instruction_with_its_words(text: str, keyword: str) -> None:
    instruction = start_instruction(final(text))

    assert instruction is not None
    assert instruction.keyword == keyword


def test_without_one_the_base_is_the_place() -> None:
    stage = final("FROM debian\nRUN a")

    assert start_instruction(stage) is None
    assert place_of_start(stage) == stage.stage.from_.span


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("FROM a\nCMD b\n", "FROM a\nX\nCMD b\n"),
        ("FROM a\n# c\n# d\n  CMD b\nENTRYPOINT e\n", "FROM a\n  X\n# c\n# d\n  CMD b\nENTRYPOINT e\n"),
        ("FROM a\nRUN <<E\nb\nE", "FROM a\nRUN <<E\nb\nE\nX"),
        ("FROM a", "FROM a\nX"),
        ("FROM z\nCMD b\nFROM a\nRUN b\n# end\n", "FROM z\nCMD b\nFROM a\nRUN b\nX\n# end\n"),
    ],
)  # fmt: skip
def test_lines_are_put_above_the_start_or_at_the_end(before: str, after: str) -> None:
    made = build(before)
    assert made.final is not None

    edits = insert_before_start(made, made.final, "X")

    assert edits is not None
    assert apply_edits(before, edits) == after


def test_words_go_with_what_parts_them() -> None:
    text = 'FROM a\nCMD ["b", "--c", "d"]'
    made = build(text)
    assert made.final is not None
    (command,) = made.final.start_commands

    edit = without_words(made, command, command.words[1].span)

    assert edit is not None
    assert apply_edits(text, [edit]) == 'FROM a\nCMD ["b", "d"]'
    assert without_words(made, command, command.words[0].span) is None


def test_names_tell_an_image_for_developers() -> None:
    names = ("dev", "app-test", "web_debug", "Development", "prod", "device", "latest")

    found = [name for name in names if is_for_development(final(f"FROM a AS {name}"))]
    assert found == ["dev", "app-test", "web_debug", "Development"]


def test_the_script_of_an_entrypoint_is_found_beside_that_of_the_start() -> None:
    stage = final(
        'FROM a\nCOPY e.sh s.sh /\nENTRYPOINT ["/e.sh"]\nCMD ["/s.sh"]',
        {"e.sh": 'exec "$@"', "s.sh": "exec b"},
    )

    assert stage.entrypoint_script is not None
    assert stage.start_script is not None
    assert (stage.entrypoint_script.path, stage.start_script.path) == ("e.sh", "s.sh")
    assert final("FROM a\nENTRYPOINT /e.sh", {"e.sh": ""}).entrypoint_script is None
