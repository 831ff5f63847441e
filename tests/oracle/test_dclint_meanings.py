"""
What dclint's rules mean for small compose files, our rules mean too.

The files are in dclint_cases.toml, with the reasons where we differ on purpose. dclint
takes Node, so it is not asked here.
"""

from __future__ import annotations

import pytest
from tests.oracle.meanings import codes_without_rule, our_verdicts, read_meanings

from boxwright.practices.discovery import Kind

MEANINGS = read_meanings("dclint_cases.toml", "dclint")

NOT_LISTED: set[str] = set()
"""Rules that no rule of ours answers to, and why."""


@pytest.mark.parametrize("code", sorted(MEANINGS.keys() - NOT_LISTED))
def test_our_rules_agree_but_for_the_listed_differences(code: str) -> None:
    meaning = MEANINGS[code]

    assert our_verdicts(meaning, Kind.COMPOSE) == meaning.as_expected()


def test_only_the_listed_rules_have_no_rule_of_ours() -> None:
    assert codes_without_rule(MEANINGS) == NOT_LISTED
