"""A VEX statement applies to what it names, and says why where it does not."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
from tests.scan.made_matches import match

from boxwright.errors import SettingsError
from boxwright.scan.exceptions import Ignore
from boxwright.scan.packages.package import Distribution
from boxwright.scan.vex import Judged, Subject, apply_vex, openvex_document, read_vex
from boxwright.scan.vulnerability import Match

DIGEST = "sha256:" + "a" * 64
OTHER = "sha256:" + "b" * 64
IMAGE = Subject(name="registry.example.com/team/app:1.2", digests=(DIGEST,))
REQUESTS = match(aliases=("GHSA-j8r2-6x86-q33q",))
BASH = match("bash", "5.2.15-2+b7", "CVE-2022-3715", kind="deb", ecosystem="Debian:12")
JUSTIFIED = {"status": "not_affected", "justification": "vulnerable_code_not_in_execute_path"}
WHY = "vulnerable code not in execute path (app.vex.json: statements[0])"


def openvex(*statements: dict[str, Any], **more: object) -> bytes:
    document = {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "timestamp": "2025-01-01T00:00:00Z",
        **more,
        "statements": list(statements),
    }
    return json.dumps(document).encode()


def judged(content: bytes, *matches: Match, subject: Subject = IMAGE) -> Judged:
    return apply_vex(matches, read_vex("app.vex.json", content), subject)


def reasons(result: Judged) -> list[str]:
    return [outcome.reason for outcome in result.outcomes]


def statement(cve: str, *products: object, **more: object) -> dict[str, Any]:
    return {"vulnerability": {"name": cve}, "products": list(products), **JUSTIFIED, **more}


def test_a_statement_about_the_image_applies() -> None:
    result = judged(openvex(statement("CVE-2023-32681", {"@id": "pkg:oci/app"})), REQUESTS, BASH)

    assert [(each.state, each.reason) for each in result.matches] == [
        ("not_affected", WHY),
        ("affected", ""),
    ]
    assert [(each.applied, each.reason) for each in result.outcomes] == [(1, "")]


@pytest.mark.parametrize(
    "product",
    [
        "pkg:oci/app",
        f"pkg:oci/app@{DIGEST}",
        f"pkg:oci/app@{DIGEST.replace(':', '%3A')}",
        f"pkg:oci/app@{DIGEST}?repository_url=registry.example.com/team/app&tag=1.2",
        "pkg:oci/app?repository_url=registry.example.com/team",
        "app",
        "app:1.2",
        "registry.example.com/team/app",
        "registry.example.com/team/app:1.2",
        f"registry.example.com/team/app@{DIGEST}",
        "pkg:pypi/requests",
        "pkg:pypi/requests@2.30.0",
    ],
)
def test_products_are_named_in_many_ways(product: str) -> None:
    result = judged(openvex(statement("CVE-2023-32681", {"@id": product})), REQUESTS)

    assert [(each.applied, each.reason) for each in result.outcomes] == [(1, "")]


@pytest.mark.parametrize(
    ("product", "reason"),
    [
        ("pkg:oci/web", "`pkg:oci/web` is not the image `registry.example.com/team/app:1.2`"),
        (f"pkg:oci/app@{OTHER}", f"`pkg:oci/app@{OTHER}` has another digest than the image"),
        (
            "pkg:oci/app?repository_url=ghcr.io/b",
            "`pkg:oci/app?repository_url=ghcr.io/b` is kept at `ghcr.io/b`, the image at `registry.example.com/team/app`",
        ),
        ("pkg:oci/app?tag=1.3", "`pkg:oci/app?tag=1.3` has another tag than `registry.example.com/team/app:1.2`"),
        ("app:1.3", "`app:1.3` has another tag than `registry.example.com/team/app:1.2`"),
        (
            "ghcr.io/team/app",
            "`ghcr.io/team/app` is not the image `registry.example.com/team/app:1.2`",
        ),
        ("ghcr.io/team/app@" + OTHER, f"`ghcr.io/team/app@{OTHER}` has another digest than the image"),
        ("pkg:pypi/requests@2.31.0", "`pkg:pypi/requests@2.31.0` is not `requests` 2.30.0"),
        ("Not An Image!", "`Not An Image!` is no package URL and no name of an image"),
    ],
)  # fmt: skip
def test_why_a_statement_does_not_apply(product: str, reason: str) -> None:
    result = judged(openvex(statement("CVE-2023-32681", {"@id": product})), REQUESTS)

    assert result.matches == (REQUESTS,)
    assert reasons(result) == [reason]


def test_parts_of_an_image_narrow_a_statement() -> None:
    product = {"@id": "pkg:oci/app", "subcomponents": [{"@id": "pkg:deb/debian/bash"}]}
    other = {"@id": "pkg:oci/app", "subcomponents": [{"@id": "pkg:deb/debian/dash"}]}

    applied = judged(openvex(statement("CVE-2022-3715", product)), BASH)
    not_applied = judged(openvex(statement("CVE-2022-3715", other)), BASH)

    assert [each.state for each in applied.matches] == ["not_affected"]
    assert reasons(not_applied) == ["`pkg:deb/debian/dash` is not `bash` 5.2.15-2+b7"]


def test_one_of_several_products_is_enough() -> None:
    products = ({"@id": "pkg:oci/web"}, {"identifiers": {"purl": "pkg:oci/app"}, "@id": "x"})

    assert reasons(judged(openvex(statement("CVE-2023-32681", *products)), REQUESTS)) == [""]


def test_a_vulnerability_is_known_by_any_of_its_names() -> None:
    by_alias = statement("GHSA-J8R2-6x86-q33q", {"@id": "app"})
    by_address = statement("", {"@id": "app"})
    by_address["vulnerability"] = {"@id": "https://nvd.nist.gov/vuln/detail/CVE-2023-32681"}
    as_before = statement("", "app")
    as_before["vulnerability"] = "CVE-2023-32681"

    for each in (by_alias, by_address, as_before):
        assert reasons(judged(openvex(each), REQUESTS)) == [""]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (
            {"justification": ""},
            "it says `not_affected` with no justification and no impact statement",
        ),
        ({"status": "harmless"}, "its state `harmless` is none of VEX"),
        ({"vulnerability": {}}, "it names no vulnerability"),
        (
            {"vulnerability": {"name": "CVE-1999-0001"}},
            "no package of the image has `CVE-1999-0001`",
        ),
    ],
)
def test_a_statement_that_is_none_does_not_apply(changed: dict[str, Any], reason: str) -> None:
    result = judged(openvex({**statement("CVE-2023-32681", "app"), **changed}), REQUESTS)

    assert result.matches == (REQUESTS,)
    assert reasons(result) == [reason]


def test_the_latest_statement_decides() -> None:
    late = statement(
        "CVE-2023-32681", "app", status="under_investigation", timestamp="2025-06-01T00:00:00Z"
    )
    early = statement("CVE-2023-32681", "app")

    result = judged(openvex(late, early), REQUESTS)

    assert [(each.state, each.reason) for each in result.matches] == [
        (
            "under_investigation",
            "vulnerable code not in execute path (app.vex.json: statements[0])",
        )
    ]


def test_an_image_without_a_place_is_known_by_its_digest() -> None:
    archive = Subject(name="./build/App.tar", digests=(DIGEST,))

    by_digest = judged(
        openvex(statement("CVE-2023-32681", f"pkg:oci/app@{DIGEST}")), REQUESTS, subject=archive
    )
    by_name = judged(openvex(statement("CVE-2023-32681", "pkg:oci/app")), REQUESTS, subject=archive)

    assert reasons(by_digest) == [""]
    assert reasons(by_name) == ["`pkg:oci/app` is not the image `./build/App.tar`"]


def cyclonedx(state: str, reference: str, **more: object) -> bytes:
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "metadata": {"component": {"bom-ref": "image", "purl": "pkg:oci/app", "name": "app"}},
        "components": [
            {"bom-ref": "b1", "purl": "pkg:pypi/requests@2.30.0", "components": [{"bom-ref": "b2"}]}
        ],
        "vulnerabilities": [
            {
                "id": "CVE-2023-32681",
                "analysis": {"state": state, **more},
                "affects": [{"ref": reference}],
            },
            {"id": "CVE-2022-3715"},
        ],
    }
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("state", "ours"),
    [
        ("resolved", "fixed"),
        ("resolved_with_pedigree", "fixed"),
        ("exploitable", "affected"),
        ("in_triage", "under_investigation"),
        ("false_positive", "not_affected"),
    ],
)
def test_the_analyses_of_cyclonedx(state: str, ours: str) -> None:
    for reference in (
        "b1",
        "image",
        "pkg:pypi/requests@2.30.0",
        "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#pkg:pypi/requests@2.30.0",
    ):
        [changed] = judged(cyclonedx(state, reference), REQUESTS).matches
        assert changed.state == ours


def test_cyclonedx_has_to_give_a_reason_too() -> None:
    bare = judged(cyclonedx("not_affected", "b1"), REQUESTS)
    justified = judged(
        cyclonedx("not_affected", "b1", justification="code_not_reachable", detail="no proxy"),
        REQUESTS,
    )

    assert reasons(bare) == ["it says `not_affected` with no justification and no impact statement"]
    assert justified.matches[0].reason == (
        "code not reachable; no proxy (app.vex.json: vulnerabilities[0])"
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "x.json: it is no JSON that can be read"),
        (b"[" * 100_000, "x.json: it is no JSON that can be read"),
        (b"[]", "x.json: it is no VEX document that is known"),
        (b'{"document": {"category": "csaf_vex"}}', "x.json: it is no VEX document that is known"),
    ],
)
def test_what_is_no_vex_is_an_error(content: bytes, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_vex("x.json", content)

    assert caught.value.message == message


@pytest.mark.parametrize("value", [None, 7, "x", [], [7], {}, [{}], [[{}]], [{"@id": 7}]])
def test_odd_values_are_survived(value: object) -> None:
    for key in ("vulnerability", "products", "status", "timestamp", "justification"):
        judged(openvex({**statement("CVE-2023-32681", "app"), key: value}), REQUESTS)
    document = {
        "bomFormat": "CycloneDX",
        "vulnerabilities": value,
        "components": value,
        "metadata": value,
    }
    judged(json.dumps(document).encode(), REQUESTS)


def test_what_we_say_others_can_read() -> None:
    justified = Ignore(
        id="CVE-2023-32681",
        reason="no proxy is used",
        justification="vulnerable_code_not_in_execute_path",
        source="s",
    )
    accepted = Ignore(
        package="bash", reason="no shell input", expires=datetime.date(2026, 12, 31), source="s"
    )
    arguments: dict[str, Any] = {
        "distribution": Distribution(id="debian", version_id="12"),
        "author": "Team",
        "timestamp": "2026-01-01T00:00:00Z",
    }

    content = openvex_document([REQUESTS, BASH], [justified, accepted], IMAGE, **arguments)

    assert content == openvex_document([BASH, REQUESTS], [justified, accepted], IMAGE, **arguments)
    place = "repository_url=registry.example.com/team/app"
    url = f"pkg:oci/app@sha256%3A{'a' * 64}?{place}"
    product = {"@id": url, "identifiers": {"purl": url}, "hashes": {"sha-256": "a" * 64}}
    assert json.loads(content)["statements"] == [
        {
            "vulnerability": {"name": "CVE-2022-3715"},
            "products": [
                {**product, "subcomponents": [{"@id": "pkg:deb/debian/bash@5.2.15-2%2Bb7"}]}
            ],
            "status": "affected",
            "action_statement": "accepted: no shell input (until 2026-12-31)",
        },
        {
            "vulnerability": {"name": "CVE-2023-32681", "aliases": ["GHSA-j8r2-6x86-q33q"]},
            "products": [{**product, "subcomponents": [{"@id": "pkg:pypi/requests@2.30.0"}]}],
            "status": "not_affected",
            "justification": "vulnerable_code_not_in_execute_path",
            "impact_statement": "no proxy is used",
        },
    ]
    assert [each.state for each in judged(content, REQUESTS, BASH).matches] == [
        "not_affected",
        "affected",
    ]
