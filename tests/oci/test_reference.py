"""References, against what Docker itself makes of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boxwright.errors import StoreError
from boxwright.oci.reference import Reference, parse_reference

DIGEST = "sha256:" + 64 * "a"
NAME_RULE = "a name has lower-case letters and digits, with single `.` or `_` or any `-` between"
TAG_RULE = (
    "a tag has up to 128 letters, digits, `_`, `.` and `-`, and does not begin with `.` or `-`"
)


@pytest.mark.parametrize(
    ("text", "whole", "familiar"),
    [
        ("api", "docker.io/library/api:latest", "api:latest"),
        ("team/api:1.2", "docker.io/team/api:1.2", "team/api:1.2"),
        ("docker.io/api", "docker.io/library/api:latest", "api:latest"),
        ("index.docker.io/team/api", "docker.io/team/api:latest", "team/api:latest"),
        ("localhost/api", "localhost/api:latest", "localhost/api:latest"),
        ("localhost:5000/a/b:V_1.x-y", "localhost:5000/a/b:V_1.x-y", "localhost:5000/a/b:V_1.x-y"),
        ("[::1]:5000/api", "[::1]:5000/api:latest", "[::1]:5000/api:latest"),
        ("ghcr.io/a__b/c--d/e.f:x", "ghcr.io/a__b/c--d/e.f:x", "ghcr.io/a__b/c--d/e.f:x"),
        ("UPPER/api", "UPPER/api:latest", "UPPER/api:latest"),
        ("docker.io/a.b/c:1", "docker.io/a.b/c:1", "docker.io/a.b/c:1"),
        ("docker.io/library/a/b:1", "docker.io/library/a/b:1", "library/a/b:1"),
        (f"api@{DIGEST}", f"docker.io/library/api@{DIGEST}", f"api@{DIGEST}"),
        (f"api:1@{DIGEST}", f"docker.io/library/api:1@{DIGEST}", f"api:1@{DIGEST}"),
    ],
)
def test_what_is_left_out_is_filled_in(text: str, whole: str, familiar: str) -> None:
    reference = parse_reference(text)

    assert (str(reference), reference.familiar) == (whole, familiar)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (
            "My App",
            "`My App` is no image reference: its name `My App` is not allowed",
            f"write `my-app`; {NAME_RULE}",
        ),
        (
            "api:",
            "`api:` is no image reference: its tag `` is not allowed",
            TAG_RULE,
        ),
        (
            "api@sha256:12",
            "`api@sha256:12` is no image reference: its digest `sha256:12` is not allowed",
            "a digest is `sha256:` and 64 lower-case hexadecimal digits",
        ),
        (
            64 * "a",
            f"`{64 * 'a'}` is no image reference: 64 hexadecimal digits are an image's digest",
            "choose another name",
        ),
        (
            "-bad-.example/api",
            "`-bad-.example/api` is no image reference: `-bad-.example` is no registry",
            "a registry is `host` or `host:port`",
        ),
        (
            "",
            "`` is no image reference: its name `` is not allowed",
            NAME_RULE,
        ),
    ],
)
def test_what_is_wrong_is_said_with_a_way_out(text: str, message: str, hint: str) -> None:
    with pytest.raises(StoreError) as caught:
        parse_reference(text)

    assert (caught.value.message, caught.value.hint) == (message, hint)


@pytest.mark.parametrize(
    "text",
    [
        "a//b",
        "/a",
        "a/",
        "a..b",
        "a___b",
        "-a",
        "a:b:c",
        "a@b@c",
        "é",
        "a\n",
        "a:b\n",
        "http://a/b",
        "a b",
        "host:port/x",
        "a:-1",
    ],
)
def test_what_the_grammar_does_not_allow_is_refused(text: str) -> None:
    with pytest.raises(StoreError, match="is no image reference"):
        parse_reference(text)


@pytest.mark.parametrize("text", [256 * "x", f"a:{129 * 'x'}"])
def test_what_is_too_long_is_refused(text: str) -> None:
    with pytest.raises(StoreError, match="is no image reference"):
        parse_reference(text)


@given(st.text("aA0.-_/:@[]é \n", max_size=20))
def test_any_text_is_a_reference_or_a_store_error(text: str) -> None:
    try:
        reference = parse_reference(text)
    except StoreError:
        return

    assert parse_reference(str(reference)) == reference
    assert parse_reference(reference.familiar) == reference


def test_a_reference_is_its_parts() -> None:
    assert parse_reference("ghcr.io/team/api:1") == Reference(
        registry="ghcr.io", repository="team/api", tag="1"
    )
