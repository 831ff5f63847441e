"""Three versions of a text become one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from boxwright.text.merge import Conflict, Merged, merge

BASE = "one\ntwo\nthree\nfour\nfive\n"
TEXTS = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "d\n"]), max_size=12).map("".join)


def test_changes_of_both_sides_are_kept() -> None:
    mine = BASE.replace("two", "two and a half")
    theirs = BASE.replace("five", "six")
    assert merge(BASE, mine, theirs) == Merged("one\ntwo and a half\nthree\nfour\nsix\n", ())


def test_lines_that_were_added_on_either_side_are_kept() -> None:
    merged = merge(BASE, "zero\n" + BASE, BASE + "six\n")
    assert merged == Merged("zero\n" + BASE + "six\n", ())


def test_lines_that_one_side_removed_are_gone() -> None:
    assert merge(BASE, BASE.replace("two\n", ""), BASE + "six\n").text == (
        "one\nthree\nfour\nfive\nsix\n"
    )


def test_my_lines_stay_where_both_changed_them_and_the_conflict_is_told() -> None:
    mine = BASE.replace("three", "mine")
    theirs = BASE.replace("three", "theirs").replace("five", "six")
    assert merge(BASE, mine, theirs) == Merged(
        "one\ntwo\nmine\nfour\nsix\n", (Conflict(3, ("mine\n",), ("theirs\n",)),)
    )


def test_the_same_change_on_both_sides_is_no_conflict() -> None:
    changed = BASE.replace("three", "3")
    assert merge(BASE, changed, changed) == Merged(changed, ())


def test_a_text_without_a_last_line_break_keeps_that() -> None:
    assert merge("a\nb", "a\nb", "a\nc").text == "a\nc"


@given(TEXTS, TEXTS)
def test_who_changed_nothing_gets_the_other_side(base: str, changed: str) -> None:
    assert merge(base, base, changed) == Merged(changed, ())
    assert merge(base, changed, base) == Merged(changed, ())


@given(TEXTS, TEXTS, TEXTS)
def test_what_is_merged_again_does_not_change(base: str, mine: str, theirs: str) -> None:
    merged = merge(base, mine, theirs)
    assert merge(theirs, merged.text, theirs) == Merged(merged.text, ())


@given(TEXTS, TEXTS, TEXTS)
def test_without_conflicts_no_line_comes_from_nowhere(base: str, mine: str, theirs: str) -> None:
    merged = merge(base, mine, theirs)
    for line in merged.text.splitlines():
        assert line in mine.splitlines() or line in theirs.splitlines()
