"""CycloneDX: what is in a document, and that it is one."""

import pytest
from tests.scan.packages.trees import ALL
from tests.scan.sbom.bills import DIGEST, bill

from boxwright import __version__
from boxwright.oci.canonical import canonical_json
from boxwright.scan.packages.package import Distribution, Inventory, Package
from boxwright.scan.sbom.cyclonedx import cyclonedx

SMALL = Inventory(
    distribution=Distribution(id="debian", version_id="12", name="Debian 12"),
    packages=(
        Package(
            type="deb",
            name="libssl3",
            version="3.0.17-1",
            path="var/lib/dpkg/status",
            architecture="amd64",
            source="openssl",
            licences=("Apache-2.0", "custom"),
            supplier="Debian OpenSSL Team <team@example.org>",
        ),
        Package(
            type="pypi",
            name="Torch",
            version="2.5.1+cpu",
            path="opt/site-packages/torch-2.5.1.dist-info/METADATA",
            licences=("MIT OR Apache-2.0",),
            homepage="https://pytorch.org/",
            requires=("sympy", "filelock"),
            installer="uv",
            origin="https://files.example.org/torch.whl",
            digest=f"sha256:{'ef' * 32}",
        ),
        Package(
            type="pypi",
            name="filelock",
            version="3.13",
            path="opt/site-packages/filelock-3.13.dist-info/METADATA",
            homepage="not an address",
            vendored_in="",
        ),
    ),
    unread=("`x` is broken",),
)


def test_a_document_tells_of_image_packages_models_and_data() -> None:
    document = cyclonedx(bill(SMALL))

    components = document.pop("components")
    ssl, torch, filelock, data, model, system = components
    assert document == {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": document["serialNumber"],
        "version": 1,
        "metadata": {
            "timestamp": "2026-01-02T03:04:05Z",
            "tools": {
                "components": [{"type": "application", "name": "boxwright", "version": __version__}]
            },
            "component": {
                "bom-ref": "image",
                "type": "container",
                "name": "registry.example.org/team/app:1.0",
                "version": DIGEST,
                "purl": f"pkg:oci/app@{DIGEST}?arch=amd64"
                "&repository_url=registry.example.org/team/app&tag=1.0",
                "properties": [
                    {"name": "boxwright:layer:0", "value": f"sha256:{'01' * 32}"},
                    {"name": "boxwright:layer:1", "value": f"sha256:{'02' * 32}"},
                    {"name": "boxwright:platform", "value": "linux/amd64"},
                ],
            },
            "properties": [{"name": "boxwright:unread", "value": "`x` is broken"}],
        },
        "dependencies": [
            {"ref": "image", "dependsOn": sorted(part["bom-ref"] for part in components)},
            {"ref": ssl["bom-ref"], "dependsOn": []},
            {"ref": torch["bom-ref"], "dependsOn": [filelock["bom-ref"]]},
            {"ref": filelock["bom-ref"], "dependsOn": []},
        ],
    }
    assert ssl == {
        "bom-ref": ssl["bom-ref"],
        "type": "library",
        "name": "libssl3",
        "version": "3.0.17-1",
        "purl": "pkg:deb/debian/libssl3@3.0.17-1?arch=amd64&distro=debian-12&upstream=openssl",
        "supplier": {"name": "Debian OpenSSL Team <team@example.org>"},
        "licenses": [{"license": {"id": "Apache-2.0"}}, {"license": {"name": "custom"}}],
        "evidence": {"occurrences": [{"location": "var/lib/dpkg/status"}]},
        "properties": [
            {"name": "boxwright:architecture", "value": "amd64"},
            {"name": "boxwright:layer", "value": "0"},
            {"name": "boxwright:source", "value": "openssl"},
        ],
    }
    assert torch == {
        "bom-ref": torch["bom-ref"],
        "type": "library",
        "name": "Torch",
        "version": "2.5.1+cpu",
        "purl": f"pkg:pypi/torch@2.5.1%2Bcpu?checksum=sha256:{'ef' * 32}"
        "&download_url=https://files.example.org/torch.whl",
        "hashes": [{"alg": "SHA-256", "content": "ef" * 32}],
        "licenses": [{"expression": "MIT OR Apache-2.0"}],
        "externalReferences": [
            {"type": "website", "url": "https://pytorch.org/"},
            {"type": "distribution", "url": "https://files.example.org/torch.whl"},
        ],
        "evidence": {
            "occurrences": [{"location": "opt/site-packages/torch-2.5.1.dist-info/METADATA"}]
        },
        "properties": [
            {"name": "boxwright:installer", "value": "uv"},
            {"name": "boxwright:layer", "value": "1"},
        ],
    }
    assert model == {
        "bom-ref": model["bom-ref"],
        "type": "machine-learning-model",
        "name": "llama.gguf",
        "purl": f"pkg:generic/llama.gguf?checksum=sha256:{'cd' * 32}",
        "hashes": [{"alg": "SHA-256", "content": "cd" * 32}],
        "licenses": [{"license": {"id": "Apache-2.0"}}],
        "modelCard": {"modelParameters": {"modelArchitecture": "llama"}},
        "evidence": {"occurrences": [{"location": "models/llama.gguf"}]},
        "properties": [
            {"name": "boxwright:detail:parameters", "value": "7 billion"},
            {"name": "boxwright:format", "value": "gguf"},
            {"name": "boxwright:layer", "value": "1"},
            {"name": "boxwright:runs-when-loaded", "value": "posix.system"},
            {"name": "boxwright:size", "value": "7"},
        ],
    }
    assert data == {
        "bom-ref": data["bom-ref"],
        "type": "data",
        "name": "\\xff.parquet",
        "purl": "pkg:generic/%FF.parquet",
        "licenses": [{"license": {"name": "ask us first"}}],
        "data": [{"type": "dataset", "name": "\\xff.parquet"}],
        "evidence": {"occurrences": [{"location": "data/\\xff.parquet"}]},
        "properties": [
            {"name": "boxwright:detail:rows", "value": "3"},
            {"name": "boxwright:format", "value": "parquet"},
            {"name": "boxwright:layer", "value": "0"},
            {"name": "boxwright:size", "value": "9"},
        ],
    }
    assert system == {
        "bom-ref": "operating-system",
        "type": "operating-system",
        "name": "debian",
        "version": "12",
        "description": "Debian 12",
    }


def test_copies_are_marked() -> None:
    components = cyclonedx(bill(ALL["pythons"]))["components"]

    assert [
        component["name"]
        for component in components
        if {"name": "boxwright:vendored-in", "value": "setuptools"}
        in component.get("properties", ())
    ] == ["zipp"]


@pytest.mark.parametrize("name", ALL)
def test_the_bytes_are_the_same_every_time_and_no_reference_is_used_twice(name) -> None:
    texts = {canonical_json(cyclonedx(bill(ALL[name]))) for _ in range(2)}
    refs = [component["bom-ref"] for component in cyclonedx(bill(ALL[name]))["components"]]

    assert len(texts) == 1
    assert len(refs) == len(set(refs))


@pytest.mark.parametrize("name", ALL)
def test_it_is_valid_under_the_schema(name) -> None:
    validation = pytest.importorskip(
        "cyclonedx.validation.json", reason="PyPI: cyclonedx-python-lib[json-validation]"
    )
    schema = pytest.importorskip("cyclonedx.schema")
    text = canonical_json(cyclonedx(bill(ALL[name]))).decode()

    problem = validation.JsonStrictValidator(schema.SchemaVersion.V1_6).validate_str(text)

    assert problem is None


def test_an_image_with_nothing_in_it_is_valid_too() -> None:
    document = cyclonedx(bill(Inventory(), created=""))

    assert "timestamp" not in document["metadata"]
    assert [component["type"] for component in document["components"]] == [
        "data",
        "machine-learning-model",
    ]
