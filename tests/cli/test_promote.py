"""`boxwright promote`: what is printed, where the image is looked for, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.conftest import Command
from tests.cli.made_images import debian, image
from tests.ship.small_registry import NAME, Small, serving

COMMIT = f"git-{'a' * 40}"


@pytest.fixture
def small() -> Iterator[Small]:
    with serving() as registry:
        yield registry


@pytest.fixture
def digest(small: Small, tmp_path: Path) -> str:
    """Return the digest of an image that the registry has, of a project without an engine."""
    made = image(debian("12", {"openssl": "3.0.14-1~deb12u2"}))
    small.repository().push_image(made, COMMIT)
    (tmp_path / "boxwright.toml").write_text(
        f'[registry]\nrepository = "{small.host}/{NAME}"\n[promote]\ngates = ["scan", "smoke"]\n'
    )
    return made.digest


@pytest.mark.usefixtures("advisories")
def test_from_commit_to_version_to_environment_and_back(
    command: Command, small: Small, digest: str
) -> None:
    why = ("--skip", "smoke", "--reason", "there is no engine here")

    version = command("promote", COMMIT, "1.0.0", *why)
    staging = command("promote", "1.0.0", "staging", *why, "-q")
    history = command("promote", "staging", "--history", "--format", "json")
    of_version = command("promote", "1.0.0", "--history", "--format", "json")
    rollback = command("promote", "staging", "--rollback")

    assert (version.status, version.out) == (0, f"{small.host}/{NAME}@{digest}\n")
    assert f"{small.host}/{NAME}:1.0.0 is {COMMIT} now." in version.err
    assert "  skipped  smoke\n" in version.err
    assert staging.status == 0
    (entry,) = json.loads(history.out)["entries"]
    assert (entry["source"], entry["digest"], entry["passed"], entry["skipped"]) == (
        *("1.0.0", digest),
        *(["scan"], ["smoke"]),
    )
    # A version has a history where a gate was not asked.
    (entry,) = json.loads(of_version.out)["entries"]
    assert (entry["source"], entry["reason"]) == (COMMIT, "there is no engine here")
    assert rollback.status == 2
    assert "`staging` has no release before" in rollback.err


def test_a_gate_that_stays_shut_is_status_1(command: Command, small: Small, digest: str) -> None:
    result = command("promote", f"{small.host}/{NAME}:{COMMIT}", "1.0.0", "--format", "json", "-q")

    document = json.loads(result.out)
    assert (result.status, document["refused"], document["moved"]) == (1, True, False)
    assert [(gate["gate"], gate["passed"]) for gate in document["gates"]] == [
        ("scan", False),
        ("smoke", False),
    ]
    assert document["gates"][1]["hint"] == (
        "promote where Docker or podman runs: the smoke test starts the image"
    )
    assert "1.0.0" not in small.manifests


def test_a_refusal_prints_no_name(command: Command, small: Small, digest: str) -> None:
    result = command("promote", digest, "1.0.0")

    assert (result.status, result.out) == (1, "")
    assert f"{small.host}/{NAME}:1.0.0 stays as it was: {digest} did not pass.\n" in result.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["a", "b", "c"], "too many names"),
        (["1.0.0", "staging", "--rollback"], "too many names"),
        (["staging", "--rollback", "--history"], "exclude each other"),
        (["1.0.0", "staging", "--skip", "scan"], "--skip needs a --reason"),
        (["staging", "--rollback", "--skip", "scan"], "--skip is for promotions"),
        (["1.0.0", "staging", "--skip", "mood", "--reason", "x"], "'mood' is not one of"),
        (["1.0.0"], "is in no Git repository"),
        (["9.9.9", "staging"], "has no image `9.9.9`"),
        ([COMMIT, "latest"], "neither a version nor an environment"),
        ([COMMIT, "staging"], "takes versions only"),
        (["latest", "1.0.0"], "may name another image tomorrow"),
        (["prod", "--rollback"], "neither a version nor an environment"),
        (["prod", "--history"], "neither a version nor an environment"),
        (["staging", "--rollback"], "has no release before"),
        (["sha256:zz", "1.0.0"], "sha256:zz"),
        (["a b", "1.0.0"], "a b"),
    ],
)
def test_what_cannot_be_promoted_is_told(
    command: Command, small: Small, digest: str, arguments: list[str], said: str
) -> None:
    there = dict(small.manifests)

    result = command("promote", *arguments)

    assert (result.status, result.out) == (2, "")
    assert said in result.err
    assert "Traceback" not in result.err
    assert small.manifests == there


def test_nobody_says_where(command: Command) -> None:
    result = command("promote", "1.0.0", "staging")

    assert result.status == 2
    assert "nobody says which repository the image is in" in result.err
