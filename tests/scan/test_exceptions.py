"""Vulnerabilities are ignored for a reason, for a time, and no wider than it is written."""

from __future__ import annotations

import datetime
import tomllib

import pytest
from tests.scan.made_matches import match

from boxwright.errors import SettingsError
from boxwright.scan.exceptions import (
    Applied,
    Ignore,
    apply_ignores,
    parse_ignores,
    read_ignore_file,
)
from boxwright.scan.vulnerability import Match

TODAY = datetime.date(2026, 6, 1)
KEY = "tool.boxwright.scan.ignore"
NOTHING = "and covers nothing: remove it"


def parsed(text: str) -> tuple[Ignore, ...]:
    return parse_ignores(tomllib.loads(text)["ignore"], file="pyproject.toml", key=KEY)


def states(applied: Applied) -> list[str]:
    return [each.state for each in applied.matches]


def test_an_entry_has_all_that_it_says() -> None:
    text = """
        [[ignore]]
        id = "CVE-2023-32681"
        package = "requests"
        versions = ">=2.0, <2.31"
        path = "opt/*"
        reason = "no proxy is used"
        expires = 2026-12-31
        [[ignore]]
        purl = "pkg:pypi/torch@2.5.1"
        reason = "weights are our own"
        justification = "vulnerable_code_cannot_be_controlled_by_adversary"
        expires = "never"
    """

    assert parsed(text) == (
        Ignore(
            id="CVE-2023-32681",
            package="requests",
            versions=">=2.0, <2.31",
            path="opt/*",
            reason="no proxy is used",
            expires=datetime.date(2026, 12, 31),
            source=f"pyproject.toml: {KEY}[0]",
        ),
        Ignore(
            purl="pkg:pypi/torch@2.5.1",
            reason="weights are our own",
            justification="vulnerable_code_cannot_be_controlled_by_adversary",
            expires=None,
            source=f"pyproject.toml: {KEY}[1]",
        ),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ignore = 7", ": expected an array of tables"),
        ("ignore = [7]", "[0]: expected a table"),
        ('ignore = [{id = "A", reason = "b", until = 1}]', "[0].until: unknown key"),
        (
            "ignore = [{reason = 'b', expires = 'never'}]",
            "[0]: it says neither `id` nor `package` nor `purl`",
        ),
        ("ignore = [{id = 'A', expires = 'never'}]", "[0]: it has no `reason`"),
        ("ignore = [{id = 'A', reason = '  ', expires = 'never'}]", "[0]: it has no `reason`"),
        ("ignore = [{id = 'A', reason = 'b'}]", "[0].expires: it is missing"),
        ("ignore = [{id = 'A', reason = 'b', expires = 7}]", "[0].expires: expected a date"),
        ("ignore = [{id = 'A', reason = 'b', expires = 'soon'}]", "[0].expires: `soon` is no date"),
        (
            "ignore = [{id = 'A', reason = 'b', expires = '2026-02-30'}]",
            "[0].expires: `2026-02-30` is no date",
        ),
        ("ignore = [{id = 7, reason = 'b', expires = 'never'}]", "[0].id: expected a string"),
        (
            "ignore = [{purl = 'requests', reason = 'b', expires = 'never'}]",
            "[0].purl: `requests` is no package URL",
        ),
        (
            "ignore = [{id = 'A', versions = '~=1', reason = 'b', expires = 'never'}]",
            "[0].versions: `~=1` compares with no version",
        ),
        (
            "ignore = [{id = 'A', justification = 'x', reason = 'b', expires = 'never'}]",
            "[0].justification: `x` is not known",
        ),
    ],
)
def test_an_entry_that_is_wrong_is_an_error_with_its_place(text: str, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parsed(text)

    assert caught.value.message == f"pyproject.toml: {KEY}{message}"


def entry(**fields: str) -> Ignore:
    return Ignore(**fields, reason="because", source="s")  # type: ignore[arg-type]


REQUESTS = match(aliases=("GHSA-j8r2-6x86-q33q",), fixed=("2.31.0",), path="opt/venv/x/METADATA")
OPENSSL = match("libssl3", "3.0.11-1", "CVE-2024-6119", kind="deb", source="openssl")


@pytest.mark.parametrize(
    ("ignore", "of", "covered"),
    [
        (entry(id="CVE-2023-32681"), REQUESTS, True),
        (entry(id="ghsa-J8R2-6x86-q33q"), REQUESTS, True),
        (entry(id="CVE-2023-3268"), REQUESTS, False),
        (entry(package="Requests"), REQUESTS, True),
        (entry(package="request"), REQUESTS, False),
        (entry(package="openssl"), OPENSSL, True),
        (entry(package="libssl3"), OPENSSL, True),
        (entry(purl="pkg:pypi/requests"), REQUESTS, True),
        (entry(purl="pkg:pypi/requests@2.30.0"), REQUESTS, True),
        (entry(purl="pkg:pypi/requests@2.29.0"), REQUESTS, False),
        (entry(purl="pkg:deb/debian/requests"), REQUESTS, False),
        (entry(purl="pkg:deb/debian/openssl?arch=source"), OPENSSL, True),
        (entry(purl="pkg:deb/debian/openssl"), OPENSSL, False),
        (entry(package="requests", versions="<2.31"), REQUESTS, True),
        (entry(package="requests", versions=">=2.0,!=2.30"), REQUESTS, False),
        (entry(package="requests", versions="2.30"), REQUESTS, True),
        (entry(package="requests", versions="2.3"), REQUESTS, False),
        (entry(package="openssl", versions="<3.0.11"), OPENSSL, False),
        (entry(package="openssl", versions="<=3.0.11-1"), OPENSSL, True),
        (entry(id="CVE-2023-32681", path="opt/*"), REQUESTS, True),
        (entry(id="CVE-2023-32681", path="/opt/venv/x/METADATA"), REQUESTS, True),
        (entry(id="CVE-2023-32681", path="usr/*"), REQUESTS, False),
        (entry(id="CVE-2023-32681", type="deb"), REQUESTS, False),
    ],
)
def test_an_entry_covers_what_it_names(ignore: Ignore, of: Match, *, covered: bool) -> None:
    assert ignore.covers(of) is covered


def test_what_is_ignored_says_why_and_until_when() -> None:
    ignores = parsed(
        'ignore = [{id = "CVE-2023-32681", reason = "no proxy", expires = 2026-06-01}]'
    )

    applied = apply_ignores([REQUESTS, OPENSSL], ignores, TODAY)

    assert states(applied) == ["ignored", "affected"]
    assert applied.matches[0].reason == f"no proxy (pyproject.toml: {KEY}[0], until 2026-06-01)"
    assert applied.notices == ()


def test_an_entry_with_a_justification_says_that_nothing_is_affected() -> None:
    ignore = entry(id="CVE-2023-32681", justification="vulnerable_code_not_present")

    assert states(apply_ignores([REQUESTS], [ignore], TODAY)) == ["not_affected"]


def test_what_has_expired_counts_again_and_is_told() -> None:
    ignores = parsed(
        """
        ignore = [
          {id = "CVE-2023-32681", reason = "no proxy", expires = 2026-05-31},
          {id = "CVE-1999-0001", reason = "old", expires = "2020-01-01"},
          {id = "CVE-1999-0002", reason = "old", expires = "never"},
        ]
        """
    )

    applied = apply_ignores([REQUESTS], ignores, TODAY)

    assert states(applied) == ["affected"]
    place = f"pyproject.toml: {KEY}"
    assert applied.notices == (
        f"the entry for `CVE-2023-32681` ({place}[0]) expired on 2026-05-31 and counts again",
        f"the entry for `CVE-1999-0001` ({place}[1]) expired on 2020-01-01 {NOTHING}",
        f"the entry for `CVE-1999-0002` ({place}[2]) covers nothing: remove it",
    )


def test_a_later_entry_that_is_valid_counts() -> None:
    expired = Ignore(id="CVE-2023-32681", reason="a", expires=datetime.date(2020, 1, 1), source="s")

    assert states(apply_ignores([REQUESTS], [expired, entry(package="requests")], TODAY)) == [
        "ignored"
    ]


TRIVYIGNORE = b"""# Accepted by the board
# on Monday
CVE-2023-32681

CVE-2024-6119 exp:2026-12-31 # only reads our own certificates
CVE-2019-0006 exp:9999-01-01 key2:value2
generic-unwanted-rule
"""


def test_trivys_list_is_read() -> None:
    read = read_ignore_file("ci/.trivyignore", TRIVYIGNORE)

    assert [(each.id, each.reason, each.expires, each.source) for each in read.entries] == [
        ("CVE-2023-32681", "Accepted by the board on Monday", None, "ci/.trivyignore, line 3"),
        (
            "CVE-2024-6119",
            "only reads our own certificates",
            datetime.date(2026, 12, 31),
            "ci/.trivyignore, line 5",
        ),
        (
            "CVE-2019-0006",
            "no reason is given",
            datetime.date(9999, 1, 1),
            "ci/.trivyignore, line 6",
        ),
        ("generic-unwanted-rule", "no reason is given", None, "ci/.trivyignore, line 7"),
    ]


TRIVYIGNORE_YAML = b"""
vulnerabilities:
  - id: CVE-2023-32681
    paths:
      - "**/METADATA"
    statement: no proxy is used
    expired_at: 2026-12-31
  - id: CVE-2024-6119
    purls:
      - pkg:deb/debian/libssl3
      - pkg:deb/debian/openssl
  - paths: ["x"]
secrets:
  - id: generic-unwanted-rule
"""


def test_trivys_yaml_is_read() -> None:
    read = read_ignore_file(".trivyignore.yaml", TRIVYIGNORE_YAML)

    applied = apply_ignores([REQUESTS, OPENSSL], read.entries, TODAY)

    assert states(applied) == ["ignored", "ignored"]
    assert [each.reason for each in applied.matches] == [
        "no proxy is used (.trivyignore.yaml: vulnerabilities[0], until 2026-12-31)",
        "no reason is given (.trivyignore.yaml: vulnerabilities[1])",
    ]
    assert read.notices == (
        ".trivyignore.yaml: vulnerabilities[2] names no vulnerability and is not applied",
    )


GRYPE = b"""
fail-on-severity: high
ignore:
  - vulnerability: CVE-2023-32681
    reason: no proxy is used
    fix-state: fixed
    package:
      name: requests
      version: 2.30.0
      type: python
      location: "/opt/**"
  - fix-state: unknown
  - vulnerability: CVE-2024-6119
    namespace: debian:distro:debian:12
  - package:
      name: "lib.*"
  - reason: everything
"""


def test_grypes_rules_are_read_and_no_wider_than_they_are() -> None:
    read = read_ignore_file(".grype.yaml", GRYPE)

    applied = apply_ignores([REQUESTS, OPENSSL], read.entries, TODAY)

    assert states(applied) == ["ignored", "ignored"]
    assert [each.reason for each in applied.matches] == [
        "no proxy is used (.grype.yaml: ignore[0])",
        "no reason is given (.grype.yaml: ignore[1])",
    ]
    assert read.notices == (
        ".grype.yaml: ignore[2] asks for `namespace`, and is not applied",
        ".grype.yaml: ignore[3] asks for `a pattern as name`, and is not applied",
        ".grype.yaml: ignore[4] would cover everything, and is not applied",
    )


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (".trivyignore", b"CVE-1 exp:2020-13-01", ".trivyignore, line 1: `2020-13-01` is no date"),
        (".trivyignore", b"\xff", ".trivyignore: it is no text in UTF-8"),
        (".grype.yaml", b"ignore: [", ".grype.yaml, line 1: it is no YAML that can be read"),
        (".grype.yaml", b"- 1", ".grype.yaml: expected a mapping at the top"),
        (
            ".trivyignore.yaml",
            b"vulnerabilities: [{id: A, expired_at: soon}]",
            ".trivyignore.yaml: vulnerabilities[0].expired_at: `soon` is no date",
        ),
    ],
)
def test_a_file_that_is_wrong_is_an_error(name: str, content: bytes, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_ignore_file(name, content)

    assert caught.value.message == message


@pytest.mark.parametrize(
    "content", [b"", b"ignore:", b"ignore: 7", b"ignore: [7]", b"ignore: [{package: 3}]"]
)
def test_odd_files_are_survived(content: bytes) -> None:
    assert read_ignore_file(".grype.yaml", content).entries == ()
