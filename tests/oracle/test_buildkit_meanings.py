"""
What BuildKit's checks mean for small Dockerfiles, our rules mean too.

The Dockerfiles are in buildkit_cases.toml, with the reasons where we differ on purpose.
BuildKit itself takes a daemon, so it is not asked here.
"""

from __future__ import annotations

import pytest
from tests.oracle.meanings import codes_without_rule, our_verdicts, read_meanings

from boxwright.practices.discovery import Kind

MEANINGS = read_meanings("buildkit_cases.toml", "buildkit")

NOT_LISTED: set[str] = set()
"""Checks that no rule of ours answers to, and why."""


@pytest.mark.parametrize("code", sorted(MEANINGS.keys() - NOT_LISTED))
def test_our_rules_agree_but_for_the_listed_differences(code: str) -> None:
    meaning = MEANINGS[code]

    assert our_verdicts(meaning, Kind.DOCKERFILE) == meaning.as_expected()


def test_only_the_listed_checks_have_no_rule() -> None:
    assert codes_without_rule(MEANINGS) == NOT_LISTED
