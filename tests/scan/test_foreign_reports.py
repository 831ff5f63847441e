"""What other tools found is shown in the same form as what we find."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from boxwright.errors import SettingsError
from boxwright.scan.foreign_reports import Report, read_report
from boxwright.scan.packages.package import Inventory, Package
from boxwright.scan.vulnerability import Advisory, Match

OPENSSL = Package(
    type="deb", name="libssl3", version="3.0.11-1", path="var/lib/dpkg/status", source="openssl"
)
REQUESTS = Package(
    type="pypi",
    name="Requests",
    version="2.30.0",
    path="opt/venv/lib/python3.12/site-packages/requests-2.30.0.dist-info/METADATA",
)
INVENTORY = Inventory(packages=(OPENSSL, REQUESTS))
DIFF_IDS = ("sha256:base", "sha256:app")

TRIVY: dict[str, Any] = {
    "SchemaVersion": 2,
    "ArtifactName": "app",
    "Results": [
        {
            "Target": "app (debian 12.5)",
            "Class": "os-pkgs",
            "Type": "debian",
            "Vulnerabilities": [
                {
                    "VulnerabilityID": "CVE-2024-6119",
                    "VendorIDs": ["DSA-5764-1"],
                    "PkgID": "libssl3@3.0.11-1",
                    "PkgName": "libssl3",
                    "PkgIdentifier": {"PURL": "pkg:deb/debian/libssl3@3.0.11-1?arch=amd64"},
                    "InstalledVersion": "3.0.11-1",
                    "FixedVersion": "3.0.14-1~deb12u2",
                    "Status": "fixed",
                    "Layer": {"Digest": "sha256:x", "DiffID": "sha256:base"},
                    "PrimaryURL": "https://avd.aquasec.com/nvd/cve-2024-6119",
                    "DataSource": {"ID": "debian", "Name": "Debian Security Tracker"},
                    "Title": "openssl: Possible denial of service in X.509 name checks",
                    "Severity": "HIGH",
                    "CVSS": {
                        "redhat": {
                            "V3Vector": "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:H",
                            "V3Score": 5.9,
                        }
                    },
                    "References": ["https://www.openssl.org/news/secadv/20240903.txt"],
                    "PublishedDate": "2024-09-03T16:15:07.177Z",
                    "LastModifiedDate": "2025-06-03T10:51:54.117Z",
                }
            ],
        },
        {
            "Target": "Python",
            "Class": "lang-pkgs",
            "Type": "python-pkg",
            "Vulnerabilities": [
                {
                    "VulnerabilityID": "CVE-2023-32681",
                    "PkgName": "requests",
                    "PkgPath": REQUESTS.path,
                    "InstalledVersion": "2.30.0",
                    "FixedVersion": "2.31.0, 2.32.0",
                    "Layer": {"DiffID": "sha256:app"},
                    "Severity": "MEDIUM",
                }
            ],
            "ExperimentalModifiedFindings": [
                {
                    "Type": "vulnerability",
                    "Status": "not_affected",
                    "Statement": "vulnerable_code_not_in_execute_path",
                    "Source": "app.vex.json",
                    "Finding": {
                        "VulnerabilityID": "CVE-2024-35195",
                        "PkgName": "requests",
                        "InstalledVersion": "2.30.0",
                        "Severity": "MEDIUM",
                    },
                }
            ],
        },
    ],
}

GRYPE: dict[str, Any] = {
    "matches": [
        {
            "vulnerability": {
                "id": "GHSA-j8r2-6x86-q33q",
                "dataSource": "https://github.com/advisories/GHSA-j8r2-6x86-q33q",
                "namespace": "github:language:python",
                "severity": "Medium",
                "urls": [],
                "description": "Unintended leak of Proxy-Authorization header in requests",
                "cvss": [
                    {
                        "version": "3.1",
                        "vector": "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:C/C:H/I:N/A:N",
                        "metrics": {"baseScore": 6.1},
                    }
                ],
                "fix": {"versions": ["2.31.0"], "state": "fixed"},
            },
            "relatedVulnerabilities": [{"id": "CVE-2023-32681", "cvss": []}],
            "matchDetails": [
                {
                    "type": "exact-direct-match",
                    "matcher": "python-matcher",
                    "found": {"versionConstraint": ">=2.3.0,<2.31.0 (python)"},
                }
            ],
            "artifact": {
                "name": "requests",
                "version": "2.30.0",
                "type": "python",
                "locations": [{"path": f"/{REQUESTS.path}", "layerID": "sha256:app"}],
                "purl": "pkg:pypi/requests@2.30.0",
            },
        }
    ],
    "ignoredMatches": [
        {
            "appliedIgnoreRules": [
                {"vulnerability": "CVE-2024-6119", "reason": "own certificates"}
            ],
            "vulnerability": {"id": "CVE-2024-6119", "severity": "High", "fix": {"versions": []}},
            "artifact": {"name": "libssl3", "version": "3.0.11-1", "type": "deb"},
        }
    ],
}

SCOUT: dict[str, Any] = {
    "version": "2.1.0",
    "runs": [
        {
            "tool": {
                "driver": {
                    "name": "docker scout",
                    "rules": [
                        {
                            "id": "CVE-2023-32681",
                            "shortDescription": {
                                "text": "CVE-2023-32681: Unintended leak of a header"
                            },
                            "helpUri": "https://scout.docker.com/v/CVE-2023-32681",
                            "properties": {
                                "affected_version": ">=2.3.0,<2.31.0",
                                "cvssV3_severity": "MEDIUM",
                                "fixed_version": "2.31.0",
                                "purls": ["pkg:pypi/requests@2.30.0"],
                                "security-severity": "6.1",
                            },
                        },
                        {
                            "id": "GMS-2022-9109",
                            "properties": {
                                "cvssV3_severity": "UNSPECIFIED",
                                "fixed_version": "not fixed",
                                "purl": "pkg:maven/com.thoughtworks.xstream/xstream@1.4.5",
                                "security-severity": "3.1",
                            },
                        },
                        {"id": "CVE-1", "properties": {}},
                    ],
                }
            },
            "results": [
                {
                    "ruleId": "GMS-2022-9109",
                    "locations": [
                        {"physicalLocation": {"artifactLocation": {"uri": "/srv/app.jar"}}}
                    ],
                }
            ],
        }
    ],
}


def read(document: object) -> Report:
    return read_report(
        "report.json",
        json.dumps(document).encode(),
        inventory=INVENTORY,
        diff_ids=DIFF_IDS,
        layer_of=lambda _: 1,
    )


def test_a_report_of_trivy() -> None:
    report = read(TRIVY)

    assert report.tool == "trivy"
    assert report.problems == ()
    assert report.matches[0] == Match(
        package=OPENSSL,
        advisory=Advisory(
            id="CVE-2024-6119",
            aliases=("DSA-5764-1",),
            summary="openssl: Possible denial of service in X.509 name checks",
            severity="high",
            score=5.9,
            vector="CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:H",
            published="2024-09-03T16:15:07.177Z",
            modified="2025-06-03T10:51:54.117Z",
            references=(
                "https://avd.aquasec.com/nvd/cve-2024-6119",
                "https://www.openssl.org/news/secadv/20240903.txt",
            ),
        ),
        record="CVE-2024-6119",
        ecosystem="Debian Security Tracker",
        evidence="trivy says so of 3.0.11-1, by Debian Security Tracker",
        fixed=("3.0.14-1~deb12u2",),
        layer=0,
        source="trivy",
    )
    assert [
        (each.package, each.advisory.id, each.fixed, each.layer, each.state, each.reason)
        for each in report.matches[1:]
    ] == [
        (REQUESTS, "CVE-2023-32681", ("2.31.0", "2.32.0"), 1, "affected", ""),
        (
            REQUESTS,
            "CVE-2024-35195",
            (),
            1,
            "not_affected",
            "vulnerable_code_not_in_execute_path (app.vex.json)",
        ),
    ]


def test_a_report_of_grype() -> None:
    report = read(GRYPE)

    assert [
        (
            each.package,
            each.advisory.id,
            each.advisory.aliases,
            each.advisory.severity,
            each.advisory.score,
            each.evidence,
            each.fixed,
            each.layer,
            each.state,
            each.reason,
        )
        for each in report.matches
    ] == [
        (
            OPENSSL,
            "CVE-2024-6119",
            (),
            "high",
            None,
            "grype says so of 3.0.11-1",
            (),
            1,
            "ignored",
            "own certificates",
        ),
        (
            REQUESTS,
            "CVE-2023-32681",
            ("GHSA-j8r2-6x86-q33q",),
            "medium",
            6.1,
            "grype says so of 2.30.0: `>=2.3.0,<2.31.0 (python)`",
            ("2.31.0",),
            1,
            "affected",
            "",
        ),
    ]


def test_a_report_of_scout() -> None:
    report = read(SCOUT)

    assert report.problems == ("a rule of docker scout names no package: `CVE-1`",)
    assert [
        (
            each.package,
            each.advisory.id,
            each.advisory.summary,
            each.advisory.severity,
            each.advisory.score,
            each.fixed,
        )
        for each in report.matches
    ] == [
        (REQUESTS, "CVE-2023-32681", "Unintended leak of a header", "medium", 6.1, ("2.31.0",)),
        (
            Package(type="maven", name="xstream", version="1.4.5", path="srv/app.jar"),
            "GMS-2022-9109",
            "",
            "unknown",
            None,
            (),
        ),
    ]


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b'{"runs": [{"tool": {"driver": {"name": "eslint"}}}]}', b"[" * 100_000],
)
def test_what_is_no_known_report_is_an_error(content: bytes) -> None:
    with pytest.raises(SettingsError):
        read_report("report.json", content, inventory=INVENTORY)


def places(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    found = [path] if path else []
    if isinstance(value, dict):
        for key, item in value.items():
            found += places(item, (*path, key))
    elif isinstance(value, list):
        for at, item in enumerate(value):
            found += places(item, (*path, at))
    return found


@pytest.mark.parametrize("document", [TRIVY, GRYPE, SCOUT], ids=["trivy", "grype", "scout"])
@pytest.mark.parametrize("odd", [None, 7, "x", [], {}, [7], [[]], ""], ids=repr)
def test_any_value_of_another_kind_is_survived(document: dict[str, Any], odd: object) -> None:
    for path in places(document):
        changed = copy.deepcopy(document)
        parent: Any = changed
        for key in path[:-1]:
            parent = parent[key]
        parent[path[-1]] = odd
        try:
            read(changed)
        except SettingsError:
            assert path[0] in ("matches", "runs", "Results")
