from __future__ import annotations

from tests.practices.image_examples import found

RULE = "vulnerable-package"


def with_advisory(advisory: str) -> str:
    return f"""
layers:
  - step: RUN pip install requests==2.30.0
    wheels: [requests 2.30.0]
advisories:
  - {{package: requests, {advisory}}}
"""


HIGH = "id: CVE-2026-1, severity: high, fixed: [2.31.0]"


def test_a_vulnerability_is_told_with_the_version_that_mends_it() -> None:
    assert found(RULE, with_advisory(HIGH)) == [
        "2: error: `requests 2.30.0` has CVE-2026-1 (high); fixed in 2.31.0"
    ]


def test_a_lesser_one_is_told_only_if_settings_say_so() -> None:
    text = with_advisory("id: CVE-2026-2, severity: medium, fixed: [2.31.0]")

    assert found(RULE, text) == []
    assert found(RULE, text, settings='least = "medium"') == [
        "2: warning: `requests 2.30.0` has CVE-2026-2 (medium); fixed in 2.31.0"
    ]


def test_one_that_nobody_has_rated_is_told_from_low_on() -> None:
    text = with_advisory("id: CVE-2026-3, severity: unknown, fixed: [2.31.0]")

    assert found(RULE, text, settings='least = "medium"') == []
    assert found(RULE, text, settings='least = "low"') == [
        "2: info: `requests 2.30.0` has CVE-2026-3 (which nobody has rated); fixed in 2.31.0"
    ]


def test_one_without_a_fix_is_told_only_if_settings_say_so() -> None:
    text = with_advisory("id: CVE-2026-4, severity: critical")

    assert found(RULE, text) == []
    assert found(RULE, text, settings="unfixed = true") == [
        "2: error: `requests 2.30.0` has CVE-2026-4 (critical); there is no fix yet"
    ]


def test_what_does_not_affect_is_not_told() -> None:
    assert found(RULE, with_advisory(f"{HIGH}, state: ignored, reason: not reached")) == []


def test_without_advisories_nothing_is_said() -> None:
    assert found(RULE, with_advisory(HIGH).partition("advisories:")[0]) == []


def test_what_an_advisory_says_cannot_break_the_message() -> None:
    text = with_advisory('id: "CVE`1\\n2", severity: high, fixed: ["2`3"]')

    assert found(RULE, text) == ["2: error: `requests 2.30.0` has CVE�1�2 (high); fixed in 2�3"]
