"""CycloneDX 1.6 in JSON, with the components for machine learning that it has."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from boxwright.scan.packages.package import Distribution
from boxwright.scan.sbom.bill import ArtifactPart, Bill, Part, address, clean, sha256_of
from boxwright.scan.sbom.licences import expression, is_one

_IMAGE, _SYSTEM = "image", "operating-system"
_DESCRIBED = frozenset(["architecture", "licence"])
"""Details of an artifact that have a place of their own."""


def cyclonedx(bill: Bill) -> dict[str, Any]:
    """Return *bill* as a document; `canonical_json` of it is the same every time."""
    components = [_package(part) for part in bill.packages]
    components += [_artifact(part) for part in bill.artifacts]
    if bill.distribution is not None:
        components.append(_system(bill.distribution))
    metadata = {
        "timestamp": bill.created,
        "tools": {
            "components": [{"type": "application", "name": "boxwright", "version": bill.tool}]
        },
        "component": {
            "bom-ref": _IMAGE,
            "type": "container",
            "name": bill.name,
            "version": bill.digest,
            "purl": bill.url,
            "properties": _properties(
                [
                    *((f"layer:{at}", digest) for at, digest in enumerate(bill.layers)),
                    ("platform", str(bill.platform)),
                ]
            ),
        },
        "properties": _properties(("unread", clause) for clause in bill.unread),
    }
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{bill.identifier('cyclonedx')}",
        "version": 1,
        "metadata": _filled(metadata),
        "components": components,
        "dependencies": [
            {"ref": _IMAGE, "dependsOn": sorted(component["bom-ref"] for component in components)},
            *(
                {
                    "ref": part.key,
                    "dependsOn": sorted(bill.packages[needed].key for needed in part.needs),
                }
                for part in bill.packages
            ),
        ],
    }


def _package(part: Part) -> dict[str, Any]:
    package = part.package
    hashed = sha256_of(package)
    references = [("website", address(package.homepage)), ("distribution", address(package.origin))]
    return _filled(
        {
            "bom-ref": part.key,
            "type": "application" if package.type == "generic" else "library",
            "name": package.name,
            "version": package.version,
            "purl": part.url,
            "supplier": _filled({"name": clean(package.supplier)}),
            "hashes": [{"alg": "SHA-256", "content": hashed}] if hashed else [],
            "licenses": _licences(package.licences),
            "externalReferences": [{"type": kind, "url": url} for kind, url in references if url],
            "evidence": {"occurrences": [{"location": clean(package.path)}]},
            "properties": _properties(
                [
                    ("architecture", package.architecture),
                    ("installer", package.installer),
                    ("layer", "" if part.layer is None else str(part.layer)),
                    ("source", " ".join(filter(None, (package.source, package.source_version)))),
                    ("vendored-in", package.vendored_in),
                ]
            ),
        }
    )


def _licences(declared: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return what is *declared*: a list of licences, or one expression and nothing else."""
    found = [(words, expression(words)) for words in declared if words]
    if len(found) == 1 and found[0][1] and not is_one(found[0][1]):
        return [{"expression": found[0][1]}]
    licences: list[dict[str, Any]] = []
    for words, known in found:
        licence = {"id": known} if known and is_one(known) else {"name": known or clean(words)}
        if {"license": licence} not in licences:
            licences.append({"license": licence})
    return licences


def _artifact(part: ArtifactPart) -> dict[str, Any]:
    artifact = part.artifact
    name = clean(artifact.path.rpartition("/")[2])
    is_model = artifact.role == "model"
    details = {key: clean(value) for key, value in artifact.details.items()}
    component: dict[str, Any] = {
        "bom-ref": part.key,
        "type": "machine-learning-model" if is_model else "data",
        "name": name,
        "purl": part.url,
        "hashes": [{"alg": "SHA-256", "content": part.digest}] if part.digest else [],
        "licenses": _licences((details.get("licence", ""),)),
        "evidence": {"occurrences": [{"location": clean(artifact.path)}]},
        "properties": _properties(
            [
                ("format", artifact.format),
                ("layer", str(part.layer)),
                ("size", str(artifact.size)),
                *((f"detail:{key}", details[key]) for key in details if key not in _DESCRIBED),
                *(("runs-when-loaded", clean(name)) for name in artifact.dangerous),
                *(("imports-when-loaded", clean(name)) for name in artifact.unknown),
            ]
        ),
    }
    if is_model and details.get("architecture"):
        component["modelCard"] = {"modelParameters": {"modelArchitecture": details["architecture"]}}
    if not is_model:
        component["data"] = [{"type": "dataset", "name": name}]
    return _filled(component)


def _system(distribution: Distribution) -> dict[str, Any]:
    return _filled(
        {
            "bom-ref": _SYSTEM,
            "type": "operating-system",
            "name": distribution.id,
            "version": distribution.version_id,
            "description": distribution.name,
        }
    )


def _properties(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": f"boxwright:{name}", "value": value} for name, value in sorted(pairs) if value]


def _filled(document: dict[str, Any]) -> dict[str, Any]:
    """Return *document* without members that say nothing."""
    return {key: value for key, value in document.items() if value not in ("", [], {})}
