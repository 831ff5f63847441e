"""Challenges of registries, of which there may be several in one header."""

from __future__ import annotations

import pytest

from boxwright.store.registry.challenge import Challenge, parse_challenges


@pytest.mark.parametrize(
    ("header", "challenges"),
    [
        ("", ()),
        ('BASIC realm="Nexus"', (Challenge(scheme="basic", parameters={"realm": "Nexus"}),)),
        (
            'Bearer realm="https://a/token",service="a",scope="repository:a:pull,push"',
            (
                Challenge(
                    scheme="bearer",
                    parameters={
                        "realm": "https://a/token",
                        "service": "a",
                        "scope": "repository:a:pull,push",
                    },
                ),
            ),
        ),
        (
            "Basic realm=here, Bearer Realm=https://a/token , service=a",
            (
                Challenge(scheme="basic", parameters={"realm": "here"}),
                Challenge(scheme="bearer", parameters={"realm": "https://a/token", "service": "a"}),
            ),
        ),
        ("Negotiate, Basic", (Challenge(scheme="negotiate"), Challenge(scheme="basic"))),
        ('realm="nobody asks"', ()),
        (
            'Bearer realm="open',
            (
                Challenge(scheme="bearer"),
                Challenge(scheme="realm"),
                Challenge(scheme="open"),
            ),
        ),
    ],
)
def test_a_header_is_its_challenges(header: str, challenges: tuple[Challenge, ...]) -> None:
    assert parse_challenges(header) == challenges


def test_an_endless_header_is_read_to_its_bound() -> None:
    found = parse_challenges('Bearer realm="' + "a" * 10_000_000)

    assert max(len(it.scheme) for it in found) < 5000
