"""What of the known vulnerabilities counts, by whose word, and what is to be done."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.scan.images import document, image, layer
from tests.scan.made_matches import match

from boxwright.scan.advice import ProjectLock
from boxwright.scan.contents import Contents
from boxwright.scan.exceptions import Ignore
from boxwright.scan.match import Matches
from boxwright.scan.vex import Product, Statement
from boxwright.scan.vulnerabilities import Judgement, counted, judge

NOW = datetime(2025, 12, 1, tzinfo=UTC)
SITE = "usr/lib/python3.11/site-packages"
CONTENTS = Contents(
    image(
        layer(
            document(
                f"{SITE}/requests-2.30.0.dist-info/METADATA",
                "Metadata-Version: 2.1\nName: requests\nVersion: 2.30.0\n",
            ),
            document(
                f"{SITE}/torch-2.5.1+cu121.dist-info/METADATA",
                "Metadata-Version: 2.1\nName: torch\nVersion: 2.5.1+cu121\n",
            ),
        )
    )
)
REQUESTS = match(fixed=("2.31.0",))
TORCH = match("torch", "2.5.1+cu121", "CVE-2025-32434", fixed=("2.6.0",))


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("critical", ["critical"]),
        ("high", ["critical", "high"]),
        ("medium", ["critical", "high", "medium"]),
        ("low", ["critical", "high", "medium", "low"]),
        ("any", ["critical", "high", "medium", "low", "none", "unknown"]),
        ("none", []),
    ],
)
def test_what_is_as_bad_as_the_level_counts(level: str, expected: list[str]) -> None:
    every = [
        replace(match(), advisory=replace(match().advisory, severity=severity))
        for severity in ("critical", "high", "medium", "low", "none", "unknown")
    ]

    found = counted(every, fail_on=level, only_fixed=False)

    assert [each.advisory.severity for each in found] == expected


def test_what_somebody_judged_does_not_count() -> None:
    states = ("affected", "under_investigation", "ignored", "not_affected", "fixed")
    every = [match(state=state) for state in states]

    found = counted(every, fail_on="any", only_fixed=False)

    assert [each.state for each in found] == ["affected", "under_investigation"]


def test_what_has_no_fix_can_be_left_out() -> None:
    assert counted([match(), REQUESTS], fail_on="any", only_fixed=True) == (REQUESTS,)


def test_statements_then_entries_then_advice() -> None:
    judgement = Judgement(
        ignores=(Ignore(id="CVE-2025-32434", reason="weights are ours", source="here"),),
        statements=(
            Statement(
                vulnerability=("CVE-2023-32681",),
                products=(Product(name="pkg:pypi/requests@2.30.0"),),
                state="not_affected",
                justification="component_not_present",
                detail="",
                timestamp="",
                source="vex.json: statements[0]",
            ),
            Statement(
                vulnerability=("CVE-1",),
                products=(),
                state="fixed",
                justification="",
                detail="",
                timestamp="",
                source="vex.json: statements[1]",
            ),
        ),
    )

    found = judge(Matches(matches=(REQUESTS, TORCH)), CONTENTS, judgement, now=NOW)

    assert found.matches[0].state == "not_affected"
    assert (found.matches[1].state, found.matches[1].reason) == (
        "ignored",
        "weights are ours (here)",
    )
    assert found.matches[1].advice == "install `torch` 2.6.0 or later: `pip install 'torch>=2.6.0'`"
    assert found.notices[0] == (
        "the statement vex.json: statements[1] applies to nothing: no package of the image has "
        "`CVE-1`"
    )


def advice(lock: ProjectLock | None) -> list[str]:
    found = judge(Matches(matches=(REQUESTS, TORCH)), CONTENTS, Judgement(lock=lock), now=NOW)
    return [each.advice for each in found.matches]


def test_the_lock_of_the_image_is_changed() -> None:
    lock = ProjectLock(
        kind="requirements",
        path="requirements.txt",
        locked={"requests": "2.30.0", "torch": "2.5.1"},
    )

    assert advice(lock) == [
        f"set `{name}` to {version} in `requirements.txt`: write `{name}=={version}`, with its "
        "hashes if the file has any"
        for name, version in (("requests", "2.31.0"), ("torch", "2.6.0"))
    ]


def test_a_lock_that_is_ahead_of_the_image_means_to_build_it_again() -> None:
    lock = ProjectLock(
        kind="uv.lock", path="uv.lock", locked={"requests": "2.32.0", "torch": "2.5.0"}
    )

    assert advice(lock) == [
        "build the image again: `uv.lock` has `requests` 2.32.0 already",
        # Neither the image's version nor one that mends it: it is somebody else's lock.
        "install `torch` 2.6.0 or later: `pip install 'torch>=2.6.0'`",
    ]


def test_without_a_lock_the_package_itself_is_named() -> None:
    assert advice(None) == [
        "install `requests` 2.31.0 or later: `pip install 'requests>=2.31.0'`",
        "install `torch` 2.6.0 or later: `pip install 'torch>=2.6.0'`",
    ]
