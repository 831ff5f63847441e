"""Tests of the rule `undigested-base`."""

from __future__ import annotations

from tests.practices.judge import Judge

JUDGE = Judge("undigested-base")


def test_every_image_without_a_digest_is_found() -> None:
    text = (
        "ARG V=12\nFROM debian:$V AS a\nFROM a\nFROM scratch\nFROM debian@sha256:0\n"
        "ARG B\nFROM $B\nFROM own\n"
    )

    assert JUDGE.messages(text) == ["`debian:12` has no digest", "`own` has no digest"]
    assert JUDGE.places(text) == ["debian:$V", "own"]
