"""Known findings are hidden, while lines move and however often they occur."""

from __future__ import annotations

import json

import pytest
from tests.practices.small_rules import checked, word_rule

from boxwright.errors import SettingsError
from boxwright.findings.finding import Finding
from boxwright.practices.baseline import Baseline, with_fingerprints

RULE = word_rule("bad")


def findings(text: str, path: str = "Dockerfile") -> tuple[Finding, ...]:
    result = checked(text, RULE)
    return with_fingerprints(result.findings, result.source, path)


def test_a_fingerprint_stays_while_lines_move() -> None:
    before = findings("FROM a\nRUN bad\n")
    after = findings("# New\nFROM a\n\n  RUN   bad\n")

    assert [finding.fingerprint for finding in before] == [finding.fingerprint for finding in after]


def test_no_two_findings_of_a_file_have_the_same() -> None:
    prints = [finding.fingerprint for finding in findings("FROM a\nRUN bad bad\nRUN bad bad\n")]

    assert len(set(prints)) == 4
    assert {text.partition(":")[0] for text in prints} == {prints[0].partition(":")[0]}
    assert [text.partition(":")[2] for text in prints] == ["1", "2", "3", "4"]


def test_a_fingerprint_is_that_of_a_file() -> None:
    assert findings("FROM bad\n", "a")[0].fingerprint != findings("FROM bad\n", "b")[0].fingerprint


def test_what_is_known_is_hidden_and_what_is_gone_is_counted() -> None:
    baseline = Baseline.of({"Dockerfile": findings("FROM a\nRUN bad\nRUN bad\nUSER bad\n")})

    known = baseline.less("Dockerfile", findings("FROM a\nRUN bad\nENV a=bad\n"))

    assert [finding.start.line for finding in known.left] == [3]
    assert (known.hidden, known.stale) == (1, 2)


def test_it_is_written_sorted_and_read_back() -> None:
    baseline = Baseline.of({"b": findings("FROM bad\n", "b"), "a": findings("FROM bad bad\n", "a")})

    text = baseline.print()

    document = json.loads(text)
    assert list(document["findings"]) == ["a", "b"]
    assert list(document["findings"]["a"].values()) == [2]
    assert Baseline.parse(text, "known.json").print() == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "`known.json` is not JSON"),
        ("[" * 100_000, "`known.json` is not JSON"),
        ("[]", "`known.json` is no baseline of version 1"),
        ('{"version": 2}', "`known.json` is no baseline of version 1"),
        ('{"version": 1, "findings": {"a": ["b"]}}', "known.json: findings: expected tables of numbers"),
    ],
)  # fmt: skip
def test_what_is_no_baseline_is_an_error(text: str, message: str) -> None:
    with pytest.raises(SettingsError) as error:
        Baseline.parse(text, "known.json")

    assert error.value.message == message
