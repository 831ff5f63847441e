"""Statements: what is said of which image, and documents as statements."""

from __future__ import annotations

import json
from typing import Any

import pytest

from boxwright.errors import SettingsError, StoreError
from boxwright.oci.digest import digest_of
from boxwright.oci.statement import CYCLONEDX, PROVENANCE, SPDX, make_statement
from boxwright.ship.statement import Statement, as_statement, predicate_types, read_statement

DIGEST = digest_of(b"image")
OTHER = digest_of(b"other")


def test_a_statement_is_read_back() -> None:
    content = make_statement(PROVENANCE, {"a": 1}, digest=DIGEST, name="api")

    assert json.loads(content) == {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "api", "digest": {"sha256": DIGEST[7:]}}],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {"a": 1},
    }
    assert read_statement(content) == Statement(
        subjects=(DIGEST,), predicate_type=PROVENANCE, predicate={"a": 1}
    )


def test_the_older_form_of_cosign_2_is_read() -> None:
    content = json.loads(make_statement(CYCLONEDX, {}, digest=DIGEST))
    content["_type"] = "https://in-toto.io/Statement/v0.1"

    assert read_statement(json.dumps(content).encode()).subjects == (DIGEST,)


@pytest.mark.parametrize(
    "change",
    [
        {"_type": "https://in-toto.io/Statement/v2"},
        {"_type": None},
        {"subject": []},
        {"subject": [{}]},
        {"subject": [{"digest": {"sha256": DIGEST}}]},
        {"subject": [{"digest": {"sha256": DIGEST[7:].upper()}}]},
        {"subject": [{"digest": {"sha256": DIGEST[7:]}}] * 1025},
        {"subject": "all"},
        {"predicateType": 1},
    ],
)
def test_what_is_no_statement_is_refused(change: dict[str, Any]) -> None:
    content = json.loads(make_statement(PROVENANCE, {}, digest=DIGEST)) | change

    with pytest.raises(StoreError):
        read_statement(json.dumps(content).encode())


def test_a_digest_of_another_kind_is_of_no_image() -> None:
    content = json.loads(make_statement(PROVENANCE, {}, digest=DIGEST))
    content["subject"] = [{"digest": {"sha512": "00"}}, {"digest": {"sha256": OTHER[7:]}}]

    assert read_statement(json.dumps(content).encode()).subjects == (OTHER,)


@pytest.mark.parametrize(
    ("document", "kind"),
    [({"bomFormat": "CycloneDX", "é": 1}, CYCLONEDX), ({"spdxVersion": "SPDX-2.3"}, SPDX)],
)
def test_a_bill_of_materials_becomes_a_predicate(document: dict[str, Any], kind: str) -> None:
    content = as_statement(json.dumps(document).encode(), digest=DIGEST)

    assert read_statement(content) == Statement(
        subjects=(DIGEST,), predicate_type=kind, predicate=document
    )


def test_a_statement_stays_byte_by_byte() -> None:
    content = make_statement(PROVENANCE, {}, digest=DIGEST).replace(b",", b" ,\n")

    assert as_statement(content, digest=DIGEST) == content


def test_a_statement_of_another_image_is_not_attested() -> None:
    with pytest.raises(StoreError) as failed:
        as_statement(make_statement(PROVENANCE, {}, digest=OTHER), digest=DIGEST)

    assert failed.value.message == f"the statement is not of {DIGEST} but of {OTHER}"


def test_anything_else_is_not_attested() -> None:
    with pytest.raises(StoreError, match="no statement of in-toto"):
        as_statement(b'{"a": 1}', digest=DIGEST)


def test_kinds_are_named_as_cosign_does() -> None:
    assert predicate_types("slsaprovenance")[0] == PROVENANCE
    assert predicate_types("https://example.com/x") == ("https://example.com/x",)
    with pytest.raises(SettingsError, match="`bom` is no kind of attestation"):
        predicate_types("bom")
