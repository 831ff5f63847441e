"""Rules are found by area, by name and by the codes of other tools."""

from __future__ import annotations

import pytest
from tests.practices.small_rules import make_rule

from boxwright.practices.registry import (
    AREAS,
    UnknownRuleError,
    codes_of,
    equivalents,
    find_rule,
    fixable,
    rule_names,
    rules,
    rules_for_code,
    section,
)

PAGE = """
It is bad.

## Fix

Adds a flag. Unsafe: the image changes.

## Equivalents

hadolint DL3042, DL3060 (in part), BuildKit JSONArgsRecommended; checkov `CKV_DOCKER_2` and
CKV_DOCKER_3, KICS "Pinned, or not", trivy AVD-DS-0026, kube-linter latest-tag.

hadolint DL0001 is another matter.

## References
"""
RULE = make_rule("bad", lambda _: [], page=PAGE)


def test_equivalents_are_read_from_the_page() -> None:
    assert equivalents(RULE) == {
        "hadolint": ("DL3042", "DL3060"),
        "BuildKit": ("JSONArgsRecommended",),
        "checkov": ("CKV_DOCKER_2", "CKV_DOCKER_3"),
        "KICS": ("Pinned, or not",),
        "trivy": ("AVD-DS-0026",),
        "kube-linter": ("latest-tag",),
    }
    assert codes_of([RULE])["trivy"] == {"ds-0026": {"bad"}}


@pytest.mark.parametrize("text", ["", "None.", "None: no other tool looks."])
def test_a_page_may_have_none(text: str) -> None:
    assert equivalents(make_rule("bad", lambda _: [], page=f"\n## Equivalents\n\n{text}\n")) == {}


def test_the_page_says_whether_there_is_a_fix() -> None:
    assert fixable(RULE) == "unsafe"
    assert fixable(make_rule("bad", lambda _: [], page="\n## Fix\n\nIt is safe.\n")) == "safe"
    assert fixable(make_rule("bad", lambda _: [])) == ""
    assert section(RULE, "References") == ""


def test_a_rule_is_found_by_its_name() -> None:
    assert find_rule("unused-suppression").area == "suppression"
    assert rule_names()["invalid-syntax"] == "dockerfile"
    assert [rule.name for rule in rules("suppression")] == [
        "unexplained-suppression",
        "unused-suppression",
    ]
    assert set(rule_names().values()) <= set(AREAS)


def test_a_name_that_is_none_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownRuleError) as error:
        find_rule("unused_supression")

    assert error.value.message == "unknown rule `unused_supression`"
    assert error.value.hint == "did you mean `unused-suppression`?"


def test_a_rule_is_found_by_the_code_of_another_tool() -> None:
    assert "invalid-syntax" in {rule.name for rule in rules_for_code("dl1000")}
    assert rules_for_code("DL0000") == ()
