"""Tests of the rule `invalid-label-value`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("invalid-label-value")


OCI = "org.opencontainers.image."


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (f"{OCI}created", "2026-11-21"),
        (f"{OCI}url", "example.com"),
        (f"{OCI}licenses", "Apache License"),
        (f"{OCI}title", '""'),
    ],
)
def test_a_bad_value_is_found(key: str, value: str) -> None:
    assert len(JUDGE.messages(f"FROM debian\nLABEL {key}={value.replace(' ', chr(92) + ' ')}")) == 1


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (f"{OCI}created", "2026-11-21T09:00:00Z"),
        (f"{OCI}created", "$CREATED"),
        (f"{OCI}url", "https://example.com/x"),
        (f"{OCI}licenses", "Apache-2.0"),
        (f"{OCI}licenses", '"MIT OR Apache-2.0"'),
        ("com.example.version", "anything"),
    ],
)
def test_a_good_value_is_not(key: str, value: str) -> None:
    assert JUDGE.messages(f"FROM debian\nLABEL {key}={value}") == []


def test_labels_of_ones_own_have_a_schema() -> None:
    judge = Judge("invalid-label-value", settings='schema = { "com.example.mail" = "email" }')

    assert len(judge.messages("FROM debian\nLABEL com.example.mail=nobody")) == 1
    assert judge.messages("FROM debian\nLABEL com.example.mail=a@example.com") == []
