"""
What hadolint finds in small Dockerfiles our rules find too, and nothing where it finds nothing.

The Dockerfiles are in hadolint_cases.toml, with the reasons where we differ on purpose.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.oracle.meanings import codes_without_rule, our_verdicts, read_meanings

from boxwright.practices.discovery import Kind

MEANINGS = read_meanings("hadolint_cases.toml", "hadolint")

NOT_LISTED: set[str] = set()
"""Codes that no rule of ours answers to, and why."""


@pytest.fixture(scope="module")
def hadolint() -> str:
    beside = Path(sys.executable).with_name("hadolint")
    found = str(beside) if beside.exists() else shutil.which("hadolint")
    if found is None:
        pytest.skip("hadolint is not installed")
    return found


@pytest.mark.parametrize("code", sorted(MEANINGS.keys() - NOT_LISTED))
def test_our_rules_agree_but_for_the_listed_differences(code: str) -> None:
    meaning = MEANINGS[code]

    assert our_verdicts(meaning, Kind.DOCKERFILE) == meaning.as_expected()


def test_only_the_listed_codes_have_no_rule() -> None:
    assert codes_without_rule(MEANINGS) == NOT_LISTED


def test_each_text_is_there_once() -> None:
    texts = {code: [case.text for case in meaning.cases] for code, meaning in MEANINGS.items()}

    assert texts == {code: list(dict.fromkeys(listed)) for code, listed in texts.items()}


@pytest.mark.oracle
@pytest.mark.parametrize("arguments", sorted({m.arguments for m in MEANINGS.values()}))
def test_the_table_is_what_hadolint_says(
    hadolint: str, arguments: tuple[str, ...], tmp_path: Path
) -> None:
    asked = {}
    for meaning in MEANINGS.values():
        if meaning.arguments == arguments:
            for number, case in enumerate(meaning.cases):
                file = tmp_path / f"{meaning.code}-{number}"
                file.write_text(case.text)
                asked[str(file)] = (meaning.code, case)
    # Not the settings of whoever runs this.
    settings = tmp_path / "hadolint.yaml"
    settings.write_text("{}\n")
    words = [hadolint, "--config", str(settings), "--no-fail", "--format", "json", *arguments]
    ran = subprocess.run([*words, *asked], capture_output=True, text=True, check=True)
    found = {(one["file"], one["code"]) for one in json.loads(ran.stdout)}

    assert {(code, case.text): (file, code) in found for file, (code, case) in asked.items()} == {
        (code, case.text): case.found_by_them for code, case in asked.values()
    }
