"""`boxwright push`: what is printed, which tags are given, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.conftest import Command
from tests.conftest import MakeImage
from tests.ship.small_registry import NAME, Small, serving
from tests.ship.test_push import revised

from boxwright.image.image import Image
from boxwright.store import layout

COMMIT = f"git-{'a' * 40}"
PASSWORD = "s3cret-word"  # noqa: S105 (not one)


@pytest.fixture
def small() -> Iterator[Small]:
    with serving() as registry:
        yield registry


@pytest.fixture
def image(random_image: MakeImage, tmp_path: Path) -> Image:
    """Return the image of a commit, which is the layout `image`."""
    made = revised(random_image(layers=1), "a" * 40)
    layout.write(tmp_path / "image", made, "api:1")
    return made


def test_an_image_gets_the_tag_of_its_commit(command: Command, small: Small, image: Image) -> None:
    name = f"{small.host}/{NAME}"

    result = command("push", "./image", "--to", name, "-q")

    assert result == (0, f"{name}@{image.digest}\n", "")
    assert small.manifests[COMMIT] == image.manifest.content


def test_given_tags_are_all_that_an_image_gets(
    command: Command, small: Small, image: Image
) -> None:
    result = command("push", "./image", "--to", f"{small.host}/{NAME}:1.0.0", "-t", "latest")

    assert result.status == 0
    assert {each for each in small.manifests if not each.startswith("sha256:")} == {
        "1.0.0",
        "latest",
    }
    assert f"{small.host}/{NAME}:latest\n" in result.err
    assert "next: boxwright promote" in result.err


def test_a_program_is_told_what_it_took(command: Command, small: Small, image: Image) -> None:
    result = command("push", "./image", "--to", f"{small.host}/{NAME}", "--format", "json", "-q")

    sent = sum(len(blob) for blob in small.blobs.values())
    assert json.loads(result.out) == {
        "repository": f"{small.host}/{NAME}",
        "digest": image.digest,
        "tags": [COMMIT],
        "sent": sent,
        "uploaded": 2,
        "mounted": 0,
        "present": 0,
        "attached": [],
    }


def test_the_settings_of_the_folder_say_where(
    command: Command, small: Small, image: Image, tmp_path: Path
) -> None:
    (tmp_path / "boxwright.toml").write_text(
        f'[registry]\nrepository = "{small.host}/{NAME}"\n[promote]\nenvironments = ["live"]\n'
    )

    assert command("push", "./image", "-q").out == f"{small.host}/{NAME}@{image.digest}\n"

    refused = command("push", "./image", "-t", "live", "-q")
    assert refused.status == 2
    assert "only promotion moves it" in refused.err


def test_it_is_signed_before_it_has_a_tag(
    command: Command, small: Small, image: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOXWRIGHT_KEY_PASSWORD", PASSWORD)
    assert command("sign", "--new-key", "release").status == 0

    result = command("push", "./image", "--to", f"{small.host}/{NAME}", "--key", "release.key")

    puts = [each for each in small.asked if each.startswith("PUT") and "/manifests/" in each]
    assert puts[-1].endswith(COMMIT)
    assert any(each.endswith(".sig") for each in puts[:-1])
    verified = command("verify", f"{small.host}/{NAME}:{COMMIT}", "--key", "release.pub", "-q")
    assert verified.out == f"{image.digest}\n"
    assert PASSWORD not in str(result)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "nobody says where the image goes"),
        (["--to", "NAME", "-t", "staging"], "only promotion moves it"),
        (["--to", "NAME", "-t", "a b"], "`a b` cannot be a tag"),
        (["--to", "NAME", "-t", "boxwright-cache"], "keep what tells of images"),
        (["--to", "NAME@sha256:" + "0" * 64], "--to takes a tag and no digest"),
        (
            ["--to", "NAME", "--variant", "slim"],
            "--variant, --base and --bytecode are for what is built",
        ),
        (["--to", "NAME", "--platform", "what"], "what"),
        (["--to", "NAME", "--platform", "linux/s390x"], "linux/s390x"),
        (["--to", "NAME", "--key", "missing.key"], "missing.key"),
        (["--to", "NO PLACE"], "NO PLACE"),
    ],
)
def test_what_cannot_be_pushed_is_told(
    command: Command, small: Small, image: Image, arguments: list[str], said: str
) -> None:
    named = [each.replace("NAME", f"{small.host}/{NAME}") for each in arguments]

    result = command("push", "./image", *named)

    assert (result.status, result.out) == (2, "")
    assert said in result.err
    assert "Traceback" not in result.err
    assert (small.manifests, small.blobs) == ({}, {})


def test_an_image_of_no_commit_needs_a_tag(
    command: Command, small: Small, random_image: MakeImage
) -> None:
    layout.write(Path("plain"), random_image(), "api:1")

    result = command("push", "./plain", "--to", f"{small.host}/{NAME}")

    assert result.status == 2
    assert result.err == (
        "error: the image does not tell which commit it was built from, so it has no tag of its"
        " own\n\nhint: build it in a Git repository with a commit, or give a tag with `--tag`\n"
    )


def test_what_is_no_image_is_told(command: Command, small: Small) -> None:
    for name, stdin in (("missing.tar", None), ("./nothing", None), ("-", b"no tar")):
        result = command("push", name, "--to", f"{small.host}/{NAME}", stdin=stdin)

        assert (result.status, result.out) == (2, "")
        assert "Traceback" not in result.err
    assert small.manifests == {}
