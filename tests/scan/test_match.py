"""Packages and advisories become matches that say why, and what was not checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from boxwright.progress import Silent
from boxwright.scan.advisories.compile import import_exports
from boxwright.scan.advisories.database import Database
from boxwright.scan.advisories.ecosystem import Target, normal_name
from boxwright.scan.advisories.record import Record, head_of
from boxwright.scan.advisories.source import Row
from boxwright.scan.match import Matches, Unchecked, find_matches
from boxwright.scan.packages.package import Distribution, Inventory, Package
from boxwright.scan.vulnerability import Advisory, Match
from boxwright.store.cache import Cache

RECORDS = Path(__file__).parent / "advisories" / "osv"
NOW = datetime(2025, 12, 1, tzinfo=UTC)
DEBIAN = Distribution(id="debian", version_id="12")


class Written:
    """Advisories that a test writes down."""

    def __init__(self, *documents: dict[str, Any]) -> None:
        self.records = [msgspec.convert(document, Record) for document in documents]

    def why_not(self, ecosystem: str, release: str) -> str:
        return ""

    def rows(self, targets: Sequence[Target]) -> Iterator[tuple[Target, Row]]:
        for target in targets:
            for record in self.records:
                for affected in record.affected or ():
                    name = affected.package.name if affected.package else ""
                    if normal_name(target.base, name) == target.name:
                        yield target, Row(head_of(record), affected)

    def dates(self) -> tuple[tuple[str, str], ...]:
        return ()


def record(name: str, fixed: str = "", *, package: str = "pkg", **more: object) -> dict[str, Any]:
    events = [{"introduced": "0"}, *([{"fixed": fixed}] if fixed else [])]
    entry: dict[str, Any] = {
        "package": {"ecosystem": more.pop("ecosystem", "PyPI"), "name": package},
        "ranges": [{"type": "ECOSYSTEM", "events": events}],
    }
    if urgency := more.pop("urgency", None):
        entry["ecosystem_specific"] = {"urgency": urgency}
    return {"id": name, "affected": [entry], **more}


def package(kind: str, name: str, version: str, source: str = "") -> Package:
    return Package(type=kind, name=name, version=version, path=f"db/{name}", source=source)


PKG = package("pypi", "pkg", "1.0")


def matches(*documents: dict[str, Any], of: Package = PKG) -> tuple[Match, ...]:
    inventory = Inventory(packages=(of,), distribution=DEBIAN)
    return find_matches(inventory, Written(*documents), now=NOW).matches


@pytest.fixture
def known(cache: Cache) -> Callable[..., Matches]:
    """Match packages with the records in `osv`."""
    import_exports([RECORDS], cache=cache, progress=Silent())

    def find(*packages: Package, distribution: Distribution = DEBIAN) -> Matches:
        with Database(cache) as database:
            return find_matches(
                Inventory(packages=packages, distribution=distribution),
                database,
                now=NOW,
                layer_of=lambda _: 3,
            )

    return find


def test_a_match_says_all_that_is_known(known: Callable[..., Matches]) -> None:
    requests = package("pypi", "Requests", "2.30.0")

    assert known(requests).matches == (
        Match(
            package=requests,
            advisory=Advisory(
                id="CVE-2023-32681",
                aliases=("GHSA-j8r2-6x86-q33q", "PYSEC-2023-74"),
                summary="Unintended leak of Proxy-Authorization header in requests",
                severity="medium",
                score=6.1,
                vector="CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:C/C:H/I:N/A:N",
                published="2023-05-22T20:36:32Z",
                modified="2023-09-20T19:19:30Z",
                references=(
                    "https://nvd.nist.gov/vuln/detail/CVE-2023-32681",
                    "https://github.com/psf/requests/security/advisories/GHSA-j8r2-6x86-q33q",
                    "https://github.com/psf/requests",
                    "https://github.com/psf/requests/commit/74ea7cf7a6a27a4eeb2ae24e162bcc942a6706d5",
                ),
            ),
            record="GHSA-j8r2-6x86-q33q",
            ecosystem="PyPI",
            evidence="2.30.0 is in [2.3.0, 2.31.0)",
            fixed=("2.31.0",),
            layer=3,
        ),
    )


@pytest.mark.parametrize(
    ("of", "distribution", "found"),
    [
        (package("pypi", "requests", "2.31.0"), DEBIAN, []),
        (package("pypi", "requests", "2.2.1"), DEBIAN, []),
        (
            package("pypi", "py", "1.11.0"),
            DEBIAN,
            [("CVE-2022-42969", "unknown", "1.11.0 is in [0, 1.11.0]", ())],
        ),
        (package("pypi", "py", "1.12.0"), DEBIAN, []),
        (package("pypi", "aiohttp", "3.8.1"), DEBIAN, []),
        (
            package("pypi", "torch", "2.5.1+cu121"),
            DEBIAN,
            [
                (
                    "CVE-2025-32434",
                    "critical",
                    "2.5.1 is in [0, 2.6.0), 2.5.1+cu121 is a build of 2.5.1",
                    ("2.6.0",),
                )
            ],
        ),
        (package("pypi", "torch", "2.6.0+cpu"), DEBIAN, []),
        (
            package("deb", "libssl3", "3.0.11-1~deb12u2", "openssl"),
            DEBIAN,
            [
                (
                    "CVE-2024-6119",
                    "high",
                    "3.0.11-1~deb12u2 is in [0, 3.0.14-1~deb12u2)",
                    ("3.0.14-1~deb12u2",),
                )
            ],
        ),
        (package("deb", "libssl3", "3.0.14-1~deb12u2", "openssl"), DEBIAN, []),
        (
            package("deb", "zlib1g", "1:1.2.13.dfsg-1", "zlib"),
            DEBIAN,
            [("CVE-2023-45853", "critical", "1:1.2.13.dfsg-1 is in [0, …)", ())],
        ),
        (
            package("deb", "zlib1g", "1:1.2.13.dfsg-1", "zlib"),
            Distribution(id="debian", version_id="13"),
            [
                (
                    "CVE-2023-45853",
                    "critical",
                    "1:1.2.13.dfsg-1 is in [0, 1:1.3.dfsg-2)",
                    ("1:1.3.dfsg-2",),
                )
            ],
        ),
        (
            package("deb", "openssl", "3.0.2-0ubuntu1.17"),
            Distribution(id="ubuntu", version_id="22.04"),
            [
                (
                    "CVE-2024-6119",
                    "high",
                    "3.0.2-0ubuntu1.17 is in [0, 3.0.2-0ubuntu1.18)",
                    ("3.0.2-0ubuntu1.18",),
                )
            ],
        ),
        (
            package("deb", "openssl", "3.0.2-0ubuntu1.17+Fips1"),
            Distribution(id="ubuntu", version_id="22.04"),
            [
                (
                    "CVE-2024-6119",
                    "high",
                    (
                        "3.0.2-0ubuntu1.17+Fips1 is in [0, 3.0.2-0ubuntu1.18+Fips1);"
                        " the package is of Ubuntu Pro"
                    ),
                    ("3.0.2-0ubuntu1.18+Fips1",),
                )
            ],
        ),
        (
            package("apk", "libcrypto3", "3.3.1-r3", "openssl"),
            Distribution(id="alpine", version_id="3.20.1"),
            [("CVE-2024-6119", "high", "3.3.1-r3 is in [3.0.0, 3.3.2-r0)", ("3.3.2-r0",))],
        ),
        (
            package("apk", "libcrypto3", "3.1.7-r0", "openssl"),
            Distribution(id="alpine", version_id="3.19.4"),
            [],
        ),
        (
            package("generic", "python", "3.10.11"),
            DEBIAN,
            [
                (
                    "CVE-2023-24329",
                    "high",
                    "3.10.11 is in [3.10.0, 3.10.12); Bitnami's database tells of CPython",
                    ("3.10.12", "3.11.4"),
                )
            ],
        ),
        (package("generic", "python", "3.12.0"), DEBIAN, []),
    ],
)
def test_real_records(
    known: Callable[..., Matches],
    of: Package,
    distribution: Distribution,
    found: list[tuple[str, str, str, tuple[str, ...]]],
) -> None:
    result = known(of, distribution=distribution)

    assert [
        (match.advisory.id, match.advisory.severity, match.evidence, match.fixed)
        for match in result.matches
    ] == found
    assert result.unchecked == ()
    assert result.checked == 1


def test_a_notice_is_a_name_of_what_it_is_about(known: Callable[..., Matches]) -> None:
    [match] = known(package("deb", "libssl3", "3.0.11-1~deb12u2", "openssl")).matches

    assert match.record == "DEBIAN-CVE-2024-6119"
    assert match.advisory.aliases == ("DEBIAN-CVE-2024-6119", "DSA-5764-1")


def test_a_notice_about_several_is_folded_into_their_own_records(
    known: Callable[..., Matches],
) -> None:
    bullseye = Distribution(id="debian", version_id="11")

    result = known(package("deb", "openssl", "1.1.1n-0+deb11u4"), distribution=bullseye)

    assert [(match.advisory.id, match.advisory.aliases) for match in result.matches] == [
        ("CVE-2023-2650", ("DEBIAN-CVE-2023-2650", "DSA-5417-1"))
    ]


def test_a_notice_about_several_stands_for_itself_where_it_is_all_there_is() -> None:
    notice = record("RHSA-1", "2.0", upstream=["CVE-2024-0001", "CVE-2024-0002"])

    [match] = matches(notice)

    assert match.advisory.id == "RHSA-1"
    assert match.advisory.aliases == ("CVE-2024-0001", "CVE-2024-0002")


def test_aliases_are_symmetric_and_transitive() -> None:
    found = matches(
        record("GHSA-1", "1.5", aliases=["CVE-2024-0001"]),
        record("PYSEC-1", "1.5"),
        record("X-1", "1.5", aliases=["PYSEC-1", "GHSA-1"]),
        record("PYSEC-2", "1.5"),
    )

    assert [(match.advisory.id, match.advisory.aliases) for match in found] == [
        ("CVE-2024-0001", ("GHSA-1", "PYSEC-1", "X-1")),
        ("PYSEC-2", ()),
    ]


def test_the_severity_is_of_whichever_record_has_one() -> None:
    vector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
    [match] = matches(
        record("PYSEC-1", "1.5", aliases=["CVE-2024-0001"]),
        record(
            "GHSA-1",
            "1.5",
            aliases=["CVE-2024-0001"],
            severity=[{"type": "CVSS_V3", "score": vector}],
        ),
    )

    assert (match.advisory.severity, match.advisory.score) == ("critical", 9.8)
    assert match.advisory.vector == vector


def test_the_newest_measure_decides_and_a_broken_one_says_nothing() -> None:
    v3 = {"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}
    v4 = {
        "type": "CVSS_V4",
        "score": "CVSS:4.0/AV:L/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
    }
    broken = {"type": "CVSS_V4", "score": "CVSS:4.0/AV:L"}

    [newest] = matches(record("A-1", severity=[v3, v4]))
    [other] = matches(record("A-1", severity=[v3, broken]))
    [word] = matches(record("A-1", severity=[broken], database_specific={"severity": "MODERATE"}))

    assert (newest.advisory.score, newest.advisory.severity) == (7.3, "high")
    assert (other.advisory.score, other.advisory.severity) == (9.8, "critical")
    assert (word.advisory.score, word.advisory.severity) == (None, "medium")


def test_a_malicious_package_is_critical() -> None:
    [match] = matches(record("MAL-2025-1"))

    assert match.advisory.severity == "critical"


def test_a_version_that_another_record_still_has_mends_nothing() -> None:
    [match] = matches(
        record("GHSA-1", "1.5", aliases=["CVE-2024-0001"]),
        record("PYSEC-1", "1.7", aliases=["CVE-2024-0001"]),
    )

    assert match.fixed == ("1.7",)


def test_what_debian_calls_unimportant_is_not_counted(known: Callable[..., Matches]) -> None:
    [match] = known(package("deb", "libapparmor1", "3.0.8-3", "apparmor")).matches

    assert match.state == "ignored"
    assert match.reason == ("Debian's security team calls it `unimportant` (DEBIAN-CVE-2016-1585)")


def test_the_end_of_support_is_told() -> None:
    document = record("DEBIAN-CVE-2024-0001", ecosystem="Debian:12", urgency="end-of-life")

    [match] = matches(document, of=package("deb", "pkg", "1.0-1"))

    assert match.evidence == "1.0-1 is in [0, …); Debian no longer supports `pkg`"
    assert match.state == "affected"


def test_debians_urgency_is_a_severity_where_there_is_no_score() -> None:
    document = record("DEBIAN-CVE-2024-0001", ecosystem="Debian:12", urgency="low**")

    [match] = matches(document, of=package("deb", "pkg", "1.0-1"))

    assert match.advisory.severity == "low"


def test_the_worst_come_first() -> None:
    def scored(name: str, vector: str) -> dict[str, Any]:
        return record(name, severity=[{"type": "CVSS_V3", "score": f"CVSS:3.1/{vector}"}])

    found = matches(
        record("U-1"),
        scored("M-1", "AV:N/AC:H/PR:N/UI:R/S:C/C:H/I:N/A:N"),
        scored("C-1", "AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"),
        record("L-1", database_specific={"severity": "LOW"}),
    )

    assert [match.advisory.id for match in found] == ["C-1", "M-1", "L-1", "U-1"]


def test_what_is_not_on_this_machine_is_not_checked(known: Callable[..., Matches]) -> None:
    result = known(
        package("npm", "left-pad", "1.0.0"),
        package("npm", "lodash", "4.0.0"),
        package("deb", "zlib1g", "1", "zlib"),
        package("conda", "zlib", "1.2"),
        distribution=Distribution(id="debian", version_id="9"),
    )

    assert result.unchecked == (
        Unchecked(
            what="Debian:9",
            packages=1,
            reason="the advisories of `Debian` on this machine know no release `9`",
            mendable=True,
        ),
        Unchecked(
            what="npm",
            packages=2,
            reason="the advisories of `npm` are not on this machine",
            mendable=True,
        ),
        Unchecked(
            what="conda",
            packages=1,
            reason="they are no packages of Python, and no database of OSV tells of them",
        ),
    )
    assert not result.is_complete
    assert result.checked == 0


def test_what_cannot_be_decided_is_told() -> None:
    document = {
        "id": "PYSEC-1",
        "affected": [
            {
                "package": {"ecosystem": "PyPI", "name": "pkg"},
                "ranges": [{"type": "GIT", "events": [{"introduced": "0"}]}],
            }
        ],
    }

    result = find_matches(Inventory(packages=(PKG,)), Written(document), now=NOW)

    assert result.matches == ()
    assert [(each.record, each.reason) for each in result.undecided] == [
        ("PYSEC-1", "it names no versions, only commits")
    ]


def test_old_advisories_are_told_of(known: Callable[..., Matches]) -> None:
    result = known(package("pypi", "requests", "2.31.0"), package("deb", "openssl", "99"))

    assert result.databases == (
        ("Debian", "2025-11-19T02:03:27Z"),
        ("PyPI", "2025-08-29T19:45:46Z"),
    )
    assert result.notices == (
        "the advisories of `Debian` are 12 days old: run `boxwright advisories update`",
        "the advisories of `PyPI` are 93 days old: run `boxwright advisories update`",
    )


def test_two_copies_of_a_package_are_two_matches() -> None:
    copies = (
        Package(type="pypi", name="pkg", version="1.0", path="a/METADATA"),
        Package(type="pypi", name="pkg", version="1.0", path="b/METADATA"),
    )

    result = find_matches(
        Inventory(packages=copies), Written(record("A-1")), now=NOW, layer_of=copies.index
    )

    assert [(match.package.path, match.layer) for match in result.matches] == [
        ("a/METADATA", 0),
        ("b/METADATA", 1),
    ]
