"""Tests of the rule `secret-in-compose-build-argument`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("secret-in-compose-build-argument", path="compose.yaml")


def text(line: str) -> str:
    return f"services:\n  a:\n    build:\n      context: .\n      args:\n        {line}\n"


@pytest.mark.parametrize(
    "line",
    ["HF_TOKEN: ${HF_TOKEN}", "HF_TOKEN: zz9Xk29f", "- HF_TOKEN", "HF_TOKEN:", "- HF_TOKEN=$X"],
)
def test_a_credential_is_found_whatever_its_value(line: str) -> None:
    assert JUDGE.messages(text(line)) == ["what `HF_TOKEN` is stays in the image's history"]
    assert JUDGE.places(text(line)) == ["HF_TOKEN"]


def test_a_url_is_told_without_the_credential() -> None:
    assert JUDGE.messages(text("- INDEX=https://ci:${PW}@pypi.example.com/simple")) == [
        "`INDEX` brings a credential in its URL, `https://ci:…@pypi.example.com`, into the image"
    ]


@pytest.mark.parametrize(
    "line",
    ['HF_TOKEN: ""', "VERSION: 1", "TOKEN_FILE: /x", "MAX_TOKENS: 5", "- TOKENIZERS_PARALLELISM"],
)
def test_what_is_no_credential_is_not(line: str) -> None:
    assert JUDGE.messages(text(line)) == []
