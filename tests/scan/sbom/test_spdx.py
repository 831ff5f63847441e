"""SPDX: what is in a document, and that it is one."""

import json

import pytest
from tests.scan.packages.trees import ALL
from tests.scan.sbom.bills import DIGEST, bill
from tests.scan.sbom.test_cyclonedx import SMALL

from boxwright import __version__
from boxwright.oci.canonical import canonical_json
from boxwright.scan.packages.package import Inventory
from boxwright.scan.sbom.spdx import spdx


def test_a_document_tells_of_image_packages_models_and_data() -> None:
    document = spdx(bill(SMALL))

    packages = document.pop("packages")
    image, ssl, torch, filelock, data, model, system = packages
    words = {
        entry["extractedText"]: entry["licenseId"]
        for entry in document["hasExtractedLicensingInfos"]
    }
    assert document == {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": "registry.example.org/team/app:1.0",
        "documentNamespace": document["documentNamespace"],
        "creationInfo": {
            "created": "2026-01-02T03:04:05Z",
            "creators": [f"Tool: boxwright-{__version__}"],
        },
        "comment": "not read: `x` is broken",
        "relationships": [
            relationship("SPDXRef-DOCUMENT", "DESCRIBES", image["SPDXID"]),
            *(
                relationship(image["SPDXID"], "CONTAINS", package["SPDXID"])
                for package in packages[1:]
            ),
            relationship(torch["SPDXID"], "DEPENDS_ON", filelock["SPDXID"]),
        ],
        "hasExtractedLicensingInfos": [
            {"licenseId": ref, "extractedText": text, "name": text}
            for ref, text in sorted((ref, text) for text, ref in words.items())
        ],
    }
    assert words.keys() == {"custom", "ask us first"}
    assert image["versionInfo"] == DIGEST
    assert ssl == {
        "SPDXID": ssl["SPDXID"],
        "name": "libssl3",
        "versionInfo": "3.0.17-1",
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": f"Apache-2.0 AND {words['custom']}",
        "copyrightText": "NOASSERTION",
        "supplier": "Organization: Debian OpenSSL Team (team@example.org)",
        "primaryPackagePurpose": "LIBRARY",
        "sourceInfo": "found in var/lib/dpkg/status",
        "comment": "architecture: amd64; layer: 0; source: openssl",
        "externalRefs": [
            {
                "referenceCategory": "PACKAGE-MANAGER",
                "referenceType": "purl",
                "referenceLocator": "pkg:deb/debian/libssl3@3.0.17-1"
                "?arch=amd64&distro=debian-12&upstream=openssl",
            }
        ],
    }
    assert (torch["downloadLocation"], torch["homepage"], torch["checksums"]) == (
        "https://files.example.org/torch.whl",
        "https://pytorch.org/",
        [{"algorithm": "SHA256", "checksumValue": "ef" * 32}],
    )
    assert (model["primaryPackagePurpose"], model["licenseDeclared"], model["comment"]) == (
        "FILE",
        "Apache-2.0",
        (
            "model: gguf; layer: 1; size: 7; architecture: llama; licence: apache-2.0;"
            " parameters: 7 billion; runs when loaded: posix.system"
        ),
    )
    assert data["licenseDeclared"] == words["ask us first"]
    assert (system["name"], system["versionInfo"]) == ("debian", "12")


def relationship(one: str, kind: str, other: str) -> dict[str, str]:
    return {"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}


@pytest.mark.parametrize("name", ALL)
def test_the_bytes_are_the_same_every_time(name) -> None:
    texts = {canonical_json(spdx(bill(ALL[name]))) for _ in range(2)}

    assert len(texts) == 1


@pytest.mark.parametrize("name", ALL)
def test_it_is_valid_under_the_specification(name) -> None:
    parser = pytest.importorskip(
        "spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser", reason="PyPI: spdx-tools"
    )
    validator = pytest.importorskip("spdx_tools.spdx.validation.document_validator")
    document = json.loads(canonical_json(spdx(bill(ALL[name]))))

    problems = validator.validate_full_spdx_document(
        parser.JsonLikeDictParser().parse(document), "SPDX-2.3"
    )

    assert [problem.validation_message for problem in problems] == []


def test_an_image_that_does_not_say_when_it_was_made_gets_a_time_all_the_same() -> None:
    assert spdx(bill(Inventory(), created=""))["creationInfo"]["created"] == "1970-01-01T00:00:00Z"
