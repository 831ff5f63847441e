"""From commit to version to environment, past the gates, and back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from boxwright.errors import EngineError, ShipError, StoreError
from boxwright.image.image import Image, make_image
from boxwright.oci.annotations import REVISION
from boxwright.oci.config import ImageConfig
from boxwright.oci.descriptor import Descriptor
from boxwright.oci.document import parse_document
from boxwright.settings import PromoteSettings
from boxwright.ship.gates import Candidate, Gate, GateResult
from boxwright.ship.history import history_tag, read_history
from boxwright.ship.promote import Order, Promoted, promote, roll_back
from boxwright.store.registry.push import WritableRepository

SETTINGS = PromoteSettings()
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
COMMITS = tuple(f"git-{digit * 40}" for digit in "abcd")


def gate(name: str, *, passed: bool = True) -> Gate:
    def look(candidate: Candidate) -> GateResult:
        return GateResult(gate=name, passed=passed, summary=f"{name} was asked")

    return Gate(name=name, look=look)


@pytest.fixture
def images(repository: WritableRepository, random_image: Callable[..., Image]) -> tuple[Image, ...]:
    """Images of four commits, in the repository."""
    made = tuple(random_image(seed, layers=1) for seed in range(len(COMMITS)))
    for image, commit in zip(made, COMMITS, strict=True):
        repository.push_image(image, commit)
    return made


def promoted(
    repository: WritableRepository,
    source: str,
    target: str,
    *gates: Gate,
    settings: PromoteSettings = SETTINGS,
    minutes: int = 0,
    **order: object,
) -> Promoted:
    return promote(
        repository,
        Order(source=source, target=target, by="mo", **order),  # type: ignore[arg-type]
        settings=settings,
        gates=gates,
        now=NOW + timedelta(minutes=minutes),
    )


def named(repository: WritableRepository, tag: str) -> str | None:
    found = repository.find_tag(tag)
    return found.digest if found else None


def test_an_image_goes_its_way_by_digest(repository, images) -> None:
    image = images[0]

    version = promoted(repository, COMMITS[0], "1.0.0", gate("check"), gate("scan"))
    staging = promoted(repository, "1.0.0", "staging", gate("check"))
    production = promoted(repository, "staging", "production")

    assert [each.image.digest for each in (version, staging, production)] == [image.digest] * 3
    assert all(each.is_moved and each.earlier is None for each in (version, staging, production))
    assert [named(repository, tag) for tag in ("1.0.0", "staging", "production")] == [
        image.digest
    ] * 3
    assert [result.gate for result in version.results] == ["check", "scan"]


def test_a_history_names_versions_and_no_environments(repository, images) -> None:
    promoted(repository, COMMITS[0], "1.0.0")
    promoted(repository, "1.0.0", "staging")

    promoted(repository, "staging", "production")

    (entry,) = read_history(repository, "production").entries
    assert entry.source == "1.0.0"


def test_a_digest_can_be_promoted(repository, images) -> None:
    promoted(repository, images[2].digest, "3.0.0")

    assert named(repository, "3.0.0") == images[2].digest


def test_a_version_never_moves(repository, images) -> None:
    promoted(repository, COMMITS[0], "1.0.0")

    with pytest.raises(ShipError, match=r"the version 1\.0\.0 is there already, as sha256:"):
        promoted(repository, COMMITS[1], "1.0.0")
    assert named(repository, "1.0.0") == images[0].digest


def test_what_is_there_already_asks_no_gate(repository, images) -> None:
    promoted(repository, COMMITS[0], "1.0.0")

    again = promoted(repository, COMMITS[0], "1.0.0", gate("check", passed=False))

    assert (again.is_moved, again.is_refused, again.results) == (False, False, ())


def test_a_gate_that_is_shut_leaves_the_tag(repository, images) -> None:
    promoted(repository, COMMITS[0], "1.0.0")
    promoted(repository, COMMITS[1], "1.1.0")
    promoted(repository, "1.0.0", "staging")

    refused = promoted(
        repository, "1.1.0", "staging", gate("check", passed=False), gate("scan"), gate("smoke")
    )

    assert (refused.is_refused, refused.is_moved) == (True, False)
    assert [(each.gate, each.passed) for each in refused.results] == [
        ("check", False),
        ("scan", True),
        ("smoke", True),
    ]
    assert named(repository, "staging") == images[0].digest
    assert len(read_history(repository, "staging").entries) == 1


def test_a_gate_that_cannot_be_asked_is_shut(repository, images) -> None:
    def look(candidate: Candidate) -> GateResult:
        raise EngineError("no engine answers", hint="start one")

    refused = promoted(repository, COMMITS[0], "1.0.0", Gate(name="smoke", look=look))

    assert refused.results == (
        GateResult(
            gate="smoke",
            passed=False,
            summary="cannot be asked: no engine answers",
            hint="start one",
        ),
    )
    assert named(repository, "1.0.0") is None


def test_the_history_keeps_which_gates_were_skipped_and_why(repository, images) -> None:
    promoted(repository, COMMITS[0], "1.0.0")

    promoted(
        repository,
        "1.0.0",
        "staging",
        gate("check"),
        gate("scan", passed=False),
        skipped=("scan",),
        reason="the outage of today",
    )

    (entry,) = read_history(repository, "staging").entries
    assert (entry.source, entry.by, entry.time) == ("1.0.0", "mo", NOW)
    assert (entry.passed, entry.skipped, entry.reason) == (
        ("check",),
        ("scan",),
        "the outage of today",
    )
    assert entry.image == replace(images[0].manifest.descriptor, annotations={})


@pytest.mark.parametrize("source", ["latest", f"{COMMITS[0]}-dirty"])
def test_what_may_change_tomorrow_is_not_promoted(repository, images, source) -> None:
    repository.push_image(images[0], source)

    with pytest.raises(ShipError, match="may name another image tomorrow"):
        promoted(repository, source, "1.0.0")


def test_what_no_commit_has_is_not_promoted_by_its_digest(repository, random_image) -> None:
    image = random_image(9, layers=1)
    config = ImageConfig.from_dict(parse_document(image.config.content, "the configuration"))
    dirty = make_image(config, image.layers, {REVISION: f"{'a' * 40}-dirty"})
    repository.push_image(dirty)

    with pytest.raises(ShipError, match="was built from files that no commit has"):
        promoted(repository, dirty.digest, "1.0.0")


@pytest.mark.parametrize("target", ["latest", COMMITS[3], "prod"])
def test_only_versions_and_environments_are_targets(repository, images, target) -> None:
    with pytest.raises(ShipError, match="is neither a version nor an environment") as caught:
        promoted(repository, COMMITS[0], target)

    assert "`staging`, `production`" in caught.value.hint


def test_environments_take_versions_unless_told(repository, images) -> None:
    with pytest.raises(ShipError, match="`staging` takes versions only"):
        promoted(repository, COMMITS[0], "staging")

    promoted(repository, COMMITS[0], "staging", settings=PromoteSettings(unversioned=("staging",)))

    assert named(repository, "staging") == images[0].digest


def test_what_is_not_there_is_told(repository, images) -> None:
    with pytest.raises(ShipError, match=r"has no image `9\.9\.9`"):
        promoted(repository, "9.9.9", "staging")


def release_all(repository: WritableRepository) -> None:
    for number, commit in enumerate(COMMITS[:3]):
        promoted(repository, commit, f"1.{number}.0")
        promoted(repository, f"1.{number}.0", "staging", minutes=number)


def rolled_back(repository: WritableRepository, minutes: int = 10) -> Promoted:
    return roll_back(
        repository,
        "staging",
        settings=SETTINGS,
        by="mo",
        reason="it is slow",
        now=NOW + timedelta(minutes=minutes),
    )


def test_rolling_back_twice_goes_two_releases_back(repository, images) -> None:
    release_all(repository)

    first, second = rolled_back(repository), rolled_back(repository, 11)

    assert (first.source, first.image.digest) == ("1.1.0", images[1].digest)
    assert (second.source, second.image.digest) == ("1.0.0", images[0].digest)
    assert named(repository, "staging") == images[0].digest
    history = read_history(repository, "staging")
    assert [(entry.source, entry.is_rollback) for entry in history.entries] == [
        ("1.0.0", False),
        ("1.1.0", False),
        ("1.2.0", False),
        ("1.1.0", True),
        ("1.0.0", True),
    ]
    with pytest.raises(ShipError, match="no release before"):
        rolled_back(repository, 12)


def test_after_a_rollback_it_goes_on(repository, images) -> None:
    release_all(repository)
    rolled_back(repository)
    promoted(repository, COMMITS[3], "1.3.0")
    promoted(repository, "1.3.0", "staging", minutes=20)

    back = rolled_back(repository, 21)

    assert back.source == "1.1.0"


def test_there_is_no_way_back_from_the_first(repository, images) -> None:
    promoted(repository, COMMITS[0], "1.0.0")
    promoted(repository, "1.0.0", "staging")

    with pytest.raises(ShipError, match="`staging` has no release before"):
        rolled_back(repository)
    with pytest.raises(ShipError, match="is neither a version nor an environment"):
        roll_back(repository, "prod", settings=SETTINGS, by="", reason="", now=NOW)


def test_what_somebody_else_put_there_is_gone_back_to(repository, images) -> None:
    repository.put_manifest(images[3].manifest, "staging")
    promoted(repository, COMMITS[0], "1.0.0")
    promoted(repository, "1.0.0", "staging")

    back = rolled_back(repository)

    assert back.image.digest == images[3].digest
    assert [entry.reason for entry in read_history(repository, "staging").entries] == [
        "found there",
        "",
        "it is slow",
    ]


def test_a_tag_that_moves_while_the_gates_are_asked_is_left(repository, images) -> None:
    def look(candidate: Candidate) -> GateResult:
        repository.put_manifest(images[3].manifest, "staging")
        return GateResult(gate="check", passed=True, summary="fine")

    promoted(repository, COMMITS[0], "1.0.0")

    with pytest.raises(ShipError, match="was moved by somebody else"):
        promoted(repository, "1.0.0", "staging", Gate(name="check", look=look))
    assert named(repository, "staging") == images[3].digest


def test_a_history_that_is_none_is_not_overwritten(repository, images) -> None:
    repository.put_manifest(images[0].manifest, history_tag("staging"))
    promoted(repository, COMMITS[0], "1.0.0")

    with pytest.raises(StoreError, match="is no history of ours"):
        promoted(repository, "1.0.0", "staging", gate("check"))
    assert named(repository, "staging") is None


def test_a_candidate_knows_its_images(repository, images) -> None:
    descriptor: Descriptor = images[0].manifest.descriptor

    candidate = Candidate(repository=repository, descriptor=descriptor)

    assert candidate.manifests == (descriptor,)
    assert candidate.reference.digest == images[0].digest
    assert candidate.reference.tag == ""
