"""SPDX 2.3 in JSON."""

from __future__ import annotations

import hashlib
from typing import Any

from boxwright.scan.packages.package import Distribution, Package
from boxwright.scan.sbom.bill import ArtifactPart, Bill, Part, address, clean, sha256_of
from boxwright.scan.sbom.licences import expression

_DOCUMENT, _IMAGE, _SYSTEM = "SPDXRef-DOCUMENT", "SPDXRef-Image", "SPDXRef-OperatingSystem"
_NO_DATE = "1970-01-01T00:00:00Z"
"""Where the image does not say when it was made; the format must have a time."""

_Refs = dict[str, str]
"""Words that are no SPDX licence, by the identifier that they have in the document."""


def spdx(bill: Bill) -> dict[str, Any]:
    """Return *bill* as a document; `canonical_json` of it is the same every time."""
    words: _Refs = {}
    packages = [_image(bill)]
    packages += [_package(part, words) for part in bill.packages]
    packages += [_artifact(part, words) for part in bill.artifacts]
    if bill.distribution is not None:
        packages.append(_system(bill.distribution))
    document = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": _DOCUMENT,
        "name": bill.name,
        "documentNamespace": f"https://spdx.org/spdxdocs/boxwright-{bill.identifier('spdx')}",
        "creationInfo": {
            "created": bill.created or _NO_DATE,
            "creators": [f"Tool: boxwright-{bill.tool}"],
        },
        "comment": "; ".join(f"not read: {clause}" for clause in bill.unread),
        "packages": packages,
        "relationships": _relationships(bill, packages),
        "hasExtractedLicensingInfos": [
            {"licenseId": ref, "extractedText": text, "name": text}
            for ref, text in sorted(words.items())
        ],
    }
    return {key: value for key, value in document.items() if value not in ("", [])}


def _relationships(bill: Bill, packages: list[dict[str, Any]]) -> list[dict[str, str]]:
    found = [(_DOCUMENT, "DESCRIBES", _IMAGE)]
    found += [(_IMAGE, "CONTAINS", package["SPDXID"]) for package in packages[1:]]
    found += [
        (_ref(part.key), "DEPENDS_ON", _ref(bill.packages[needed].key))
        for part in bill.packages
        for needed in part.needs
    ]
    return [
        {"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}
        for one, kind, other in found
    ]


def _image(bill: Bill) -> dict[str, Any]:
    layers = "; ".join(f"layer {at} {digest}" for at, digest in enumerate(bill.layers))
    return _element(
        _IMAGE,
        bill.name,
        version=bill.digest,
        url=bill.url,
        sha256=bill.digest.removeprefix("sha256:"),
        purpose="CONTAINER",
        comment=f"{bill.platform}; {layers}" if layers else str(bill.platform),
    )


def _package(part: Part, words: _Refs) -> dict[str, Any]:
    package = part.package
    told = (
        ("architecture", package.architecture),
        ("installer", package.installer),
        ("layer", "" if part.layer is None else str(part.layer)),
        ("source", " ".join(filter(None, (package.source, package.source_version)))),
        ("vendored in", package.vendored_in),
    )
    return _element(
        _ref(part.key),
        package.name,
        version=package.version,
        url=part.url,
        sha256=sha256_of(package),
        purpose="APPLICATION" if package.type == "generic" else "LIBRARY",
        licence=_licence(package.licences, words),
        supplier=_supplier(package),
        homepage=address(package.homepage),
        location=address(package.origin),
        source=f"found in {clean(package.path)}",
        comment="; ".join(f"{name}: {value}" for name, value in told if value),
    )


def _artifact(part: ArtifactPart, words: _Refs) -> dict[str, Any]:
    artifact = part.artifact
    licence = artifact.details.get("licence", "")
    told = [
        (artifact.role, artifact.format),
        ("layer", str(part.layer)),
        ("size", str(artifact.size)),
        *sorted((name, clean(value)) for name, value in artifact.details.items()),
        *(("runs when loaded", clean(name)) for name in artifact.dangerous),
        *(("imports when loaded", clean(name)) for name in artifact.unknown),
    ]
    return _element(
        _ref(part.key),
        clean(artifact.path.rpartition("/")[2]),
        url=part.url,
        sha256=part.digest,
        purpose="FILE",
        licence=_licence((licence,) if licence else (), words),
        source=f"found in {clean(artifact.path)}",
        comment="; ".join(f"{name}: {value}" for name, value in told),
    )


def _system(distribution: Distribution) -> dict[str, Any]:
    return _element(
        _SYSTEM,
        distribution.id,
        version=distribution.version_id,
        purpose="OPERATING-SYSTEM",
        comment=distribution.name,
    )


def _element(
    ref: str,
    name: str,
    *,
    version: str = "",
    url: str = "",
    sha256: str = "",
    purpose: str,
    licence: str = "",
    supplier: str = "",
    homepage: str = "",
    location: str = "",
    source: str = "",
    comment: str = "",
) -> dict[str, Any]:
    document = {
        "SPDXID": ref,
        "name": name,
        "versionInfo": version,
        "downloadLocation": location or "NOASSERTION",
        "filesAnalyzed": False,
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": licence or "NOASSERTION",
        "copyrightText": "NOASSERTION",
        "supplier": supplier or "NOASSERTION",
        "homepage": homepage,
        "primaryPackagePurpose": purpose,
        "sourceInfo": source,
        "comment": comment,
        "checksums": [{"algorithm": "SHA256", "checksumValue": sha256}] if sha256 else [],
        "externalRefs": [
            {
                "referenceCategory": "PACKAGE-MANAGER",
                "referenceType": "purl",
                "referenceLocator": url,
            }
        ]
        if url
        else [],
    }
    return {key: value for key, value in document.items() if value not in ("", [])}


def _licence(declared: tuple[str, ...], words: _Refs) -> str:
    """Return an expression of all that is *declared*; own *words* become references."""
    parts = []
    for text in declared:
        known = expression(text)
        if not known:
            known = f"LicenseRef-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
            words[known] = clean(text)
        elif "LicenseRef-" in known:
            words.update((ref, ref) for ref in known.split() if ref.startswith("LicenseRef-"))
        if known not in parts:
            parts.append(known)
    if len(parts) == 1:
        return parts[0]
    return " AND ".join(f"({part})" if " " in part else part for part in parts)


def _supplier(package: Package) -> str:
    """Return whom *package* is from, `Organization: Name (mail@example.org)`."""
    name, bracket, mail = clean(package.supplier).partition("<")
    name = name.strip().replace("(", "").replace(")", "")
    mail = mail.partition(">")[0].strip()
    if not name:
        name, mail = mail, ""
    if not name:
        return ""
    is_mail = bracket and "@" in mail and not any(c in mail for c in " ()")
    return f"Organization: {name} ({mail})" if is_mail else f"Organization: {name}"


def _ref(key: str) -> str:
    return f"SPDXRef-{key}"
