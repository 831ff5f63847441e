"""What registries say of why they refuse: one printable line, without any secret."""

from __future__ import annotations

import json

import pytest

from boxwright.store.registry.said import what_it_says


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (
            {"errors": [{"code": "DENIED", "message": "no such project."}]},
            "DENIED: no such project",
        ),
        (
            {"errors": [{"code": "UNAUTHORIZED"}, {"message": "log in"}, {"code": 7}]},
            "UNAUTHORIZED; log in",
        ),
        ({"details": "incorrect username or password"}, "incorrect username or password"),
        (
            {"error": "invalid_grant", "error_description": "token is old"},
            "token is old",
        ),
        ({"errors": []}, ""),
        ({"errors": [1]}, ""),
        ({"errors": "x"}, ""),
        ([], ""),
        ({"errors": [{"message": "a\n\x1b[31mred\x1b[0m `b`"}]}, "a [31mred [0m 'b'"),
        ({"errors": [{"message": "x" * 500}]}, "x" * 200 + "…"),
        ({"errors": [{"message": "you sent pw, s3cret"}, {"message": "no"}]}, "no"),
    ],
)
def test_an_error_document_is_told_in_a_clause(document: object, said: str) -> None:
    assert what_it_says(json.dumps(document).encode(), secrets=("s3cret", "")) == said


@pytest.mark.parametrize("body", [b"", b"<html>", b"[" * 100_000, b"\xff\xfe", b'{"errors": [{'])
def test_what_is_no_error_document_says_nothing(body: bytes) -> None:
    assert what_it_says(body) == ""
