"""`boxwright sign`: keys made, images signed, and no secret told."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.conftest import Command
from tests.conftest import MakeImage
from tests.ship.small_registry import NAME, Small, serving

from boxwright.image.image import Image
from boxwright.oci.canonical import canonical_json
from boxwright.store import layout

PASSWORD = "s3cret-word"  # noqa: S105 (not one)


@pytest.fixture
def small() -> Iterator[Small]:
    with serving() as registry:
        yield registry


@pytest.fixture
def pushed(small: Small, random_image: MakeImage) -> Image:
    image = random_image(layers=1, size=100)
    small.repository().push_image(image, "1")
    return image


@pytest.fixture
def pair(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make `release.key` and `release.pub`, and have the password in its variable."""
    monkeypatch.setenv("COSIGN_PASSWORD", PASSWORD)
    assert command("sign", "--new-key", "release").status == 0


def test_a_key_pair_is_made_once(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOXWRIGHT_KEY_PASSWORD", PASSWORD)

    first = command("sign", "--new-key", "release")
    second = command("sign", "--new-key", "release")

    assert first == (
        0,
        "release.pub\n",
        "keep `release.key` secret; `release.pub` is for all who verify\n",
    )
    assert second.status == 2
    assert second.err == (
        "error: `release.key` is there already, and keys are never written over\n\n"
        "hint: choose another name\n"
    )
    assert (tmp_path / "release.key").stat().st_mode & 0o777 == 0o600
    assert PASSWORD not in str((first, second))


def test_a_key_without_a_password_is_not_made_by_accident(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("BOXWRIGHT_KEY_PASSWORD", "COSIGN_PASSWORD"):
        monkeypatch.delenv(name, raising=False)

    failed = command("sign", "--new-key", "release", stdin=b"")

    assert failed.status == 2
    assert failed.err.startswith("error: a new key needs a password, and nobody is there to ask\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("pair")
def test_an_image_is_signed_by_its_tag_and_verified(
    command: Command, small: Small, pushed: Image
) -> None:
    name = f"{small.host}/{NAME}"

    signed = command("sign", f"{name}:1", "--key", "release.key")
    verified = command("verify", f"{name}:1", "--key", "release.pub", "-q")

    assert signed == (0, f"{name}@{pushed.digest}\n", "")
    assert verified == (0, f"{pushed.digest}\n", "")
    assert f"sha256-{pushed.digest[7:]}.sig" in small.manifests
    assert len(json.loads(small.referring(pushed.digest))["manifests"]) == 1


@pytest.mark.usefixtures("pair")
@pytest.mark.parametrize(("form", "tags", "bundles"), [("tag", 1, 0), ("bundle", 0, 1)])
def test_one_form_is_enough_where_it_is_asked_for(
    command: Command, small: Small, pushed: Image, form: str, tags: int, bundles: int
) -> None:
    name = f"{small.host}/{NAME}@{pushed.digest}"

    assert command("sign", name, "--key", "release.key", "--form", form).status == 0

    assert sum(each.endswith(".sig") for each in small.manifests) == tags
    assert len(json.loads(small.referring(pushed.digest))["manifests"]) == bundles


@pytest.mark.usefixtures("pair")
def test_a_document_is_attested(
    command: Command, small: Small, pushed: Image, tmp_path: Path
) -> None:
    (tmp_path / "bill.json").write_bytes(canonical_json({"bomFormat": "CycloneDX"}))
    name = f"{small.host}/{NAME}"

    signed = command("sign", f"{name}:1", "--key", "release.key", "--attest", "bill.json")

    assert signed.out == (
        f"{name}@{pushed.digest}\n{name}@{pushed.digest} https://cyclonedx.org/bom\n"
    )


@pytest.mark.usefixtures("pair")
def test_a_layout_is_signed_where_it_lies(
    command: Command, random_image: MakeImage, tmp_path: Path
) -> None:
    image = random_image(layers=1)
    layout.write(tmp_path / "image", image, "api:1")

    signed = command("sign", "./image", "--key", "release.key")
    verified = command("verify", "./image", "--key", "release.pub")

    assert signed.out == f"image@{image.digest}\n"
    assert verified.status == 0


@pytest.mark.usefixtures("pair")
def test_a_key_comes_from_a_variable_and_leaves_no_trace(
    command: Command,
    small: Small,
    pushed: Image,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = (tmp_path / "release.key").read_text()
    monkeypatch.setenv("SIGNING_KEY", text)

    signed = command("sign", f"{small.host}/{NAME}:1", "--key", "env://SIGNING_KEY")
    wrong = command("sign", f"{small.host}/{NAME}:1", "--key", text)
    monkeypatch.setenv("COSIGN_PASSWORD", "other-word")
    locked = command("sign", f"{small.host}/{NAME}:1", "--key", "env://SIGNING_KEY")

    assert (signed.status, wrong.status, locked.status) == (0, 2, 2)
    assert locked.err.startswith(
        "error: the password of the variable `SIGNING_KEY` is wrong, or the file is damaged\n"
    )
    told = str((signed, wrong, locked))
    assert text.splitlines()[1] not in told
    assert PASSWORD not in told
    assert "other-word" not in told
    assert str(sys.argv).find(PASSWORD) < 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "name the image that is to be signed"),
        (("image",), "name a --key, or sign with --keyless"),
        (("image", "--key", "a", "--keyless"), "name a --key, or sign with --keyless"),
        (("image", "--new-key", "a"), "--new-key goes with nothing else"),
        (("image", "--key", "a", "--trust-config", "b"), "--trust-config goes with --keyless"),
        (("docker://api", "--key", "a"), "no such"),
    ],
)
def test_what_does_not_go_together_is_told(
    command: Command, arguments: tuple[str, ...], message: str
) -> None:
    failed = command("sign", *arguments)

    assert failed.status == 2
    assert message in failed.err or message == "no such"


def test_an_archive_has_no_place_for_signatures(command: Command, tmp_path: Path) -> None:
    (tmp_path / "image.tar").write_bytes(b"")

    failed = command("sign", "image.tar", "--key", "a")

    assert failed.err == (
        "error: `image.tar` is neither a layout nor in a registry, where signatures are kept\n\n"
        "hint: name a reference (`registry/name:tag`), or a folder that `build` wrote\n"
    )
