"""`boxwright inspect`: any image by its name, in any form, and what is said where there is none."""

from __future__ import annotations

import io
import json
import shutil
import sys
import tarfile
from pathlib import Path

import pytest
from tests.cli.conftest import Command, Result
from tests.cli.made_images import PLAIN, debian, image, python, write_layout

from boxwright.store import archive, layout

BASE = debian("12", {"base-files": "12.4"})
APP = python({"requests": "2.31.0"})


def test_a_layout_is_told_of_as_text_and_as_one_document(command: Command, tmp_path: Path) -> None:
    made = write_layout(tmp_path / "image", BASE, APP)

    text = command("inspect", "image")
    document = command("inspect", "image", "--format", "json")

    assert (text.status, text.err, text.out.splitlines()[0]) == (0, "", "image")
    assert made.digest in text.out
    found = json.loads(document.out)
    assert (document.status, document.err) == (0, "")
    assert found["image"]["digest"] == made.digest
    assert [package["name"] for package in found["packages"]] == ["base-files", "requests"]


def test_an_archive_comes_from_a_file_or_from_a_pipe(command: Command, tmp_path: Path) -> None:
    write_layout(tmp_path / "image", BASE, APP)
    archive.write(tmp_path / "image.tar", image(BASE, APP), "app:1")
    content = (tmp_path / "image.tar").read_bytes()

    documents = [
        json.loads(command("inspect", *arguments, "--format", "json", stdin=content).out)
        for arguments in (["image"], ["image.tar"], ["-"])
    ]

    assert [document["image"].pop("name") for document in documents] == ["image", "image.tar", "-"]
    for key in ("image", "layers", "packages", "tree"):
        assert documents[1][key] == documents[0][key]
        assert documents[2][key] == documents[0][key]


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("./gone", "there is nothing at `./gone`", "check the path"),
        (
            ".",
            "`.` is no OCI image layout: it has no file `oci-layout`",
            "name a folder that was written with `--output`",
        ),
        ("", "`` is no name of an image", "name a folder, an archive or a reference"),
        (
            "image:2",
            "the layout `image` holds no image `2`",
            "it holds `docker.io/library/app:1`",
        ),
        (
            "other.tar",
            "`manifest.json` in the archive `other.tar` is missing",
            "name an archive that holds an image",
        ),
        (
            "127.0.0.1:1/team/app:1",
            (
                "no image `127.0.0.1:1/team/app:1` was found: there is no such archive or layout; "
                "no engine answers (BOXWRIGHT_ENGINE is `none`); the manifest `1` of "
                "`127.0.0.1:1/team/app` cannot be fetched from "
                "`http://127.0.0.1:1/v2/team/app/manifests/1`: no connection"
            ),
            "check the network, the proxy settings and the address, then try again",
        ),
        (
            "podman:app",
            "`app` cannot be had from podman: BOXWRIGHT_ENGINE is `none`",
            "start podman, or name the image without `podman:`",
        ),
    ],
)
def test_what_is_no_image_is_told_with_a_hint(
    command: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    message: str,
    hint: str,
) -> None:
    write_layout(tmp_path / "image", BASE)
    with tarfile.open(tmp_path / "other.tar", "w") as tar:
        tar.addfile(tarfile.TarInfo("readme"), io.BytesIO())
    if name.startswith("podman"):
        monkeypatch.setattr(
            "boxwright.store.open.look_for_named_engine",
            lambda _name, environ: __import__(
                "boxwright.store.engine", fromlist=["look_for_engine"]
            ).look_for_engine(environ),
        )

    result = command("inspect", name)

    assert result == Result(2, "", f"error: {message}\n\nhint: {hint}\n")


def test_a_terminal_gives_no_image(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Terminal())

    assert command("inspect", "-") == Result(
        2,
        "",
        "error: standard input is a terminal, which gives no image\n\n"
        "hint: pipe one into it: `docker save NAME | boxwright inspect -`\n",
    )


def test_a_platform_is_checked(command: Command, tmp_path: Path) -> None:
    write_layout(tmp_path / "image", BASE)

    assert command("inspect", "image", "--platform", "arm").err == (
        "error: `arm` is no platform, expected `os/architecture`\n\nhint: name one as `linux/amd64`\n"
    )
    assert command("inspect", "image", "--platform", "linux/arm64") == Result(
        2,
        "",
        "error: the layout `image` holds an image for linux/amd64, not for linux/arm64\n\n"
        "hint: name the platform linux/amd64, or none\n",
    )


def test_a_damaged_layer_is_told_and_is_1(command: Command, tmp_path: Path) -> None:
    made = write_layout(tmp_path / "image", BASE, APP)
    digest = made.layers[1].blob.descriptor.digest
    blob = tmp_path / "image" / "blobs" / "sha256" / digest.partition(":")[2]
    blob.write_bytes(blob.read_bytes()[:-10])

    result = command("inspect", "image", "--format", "json")

    assert result.status == 1
    layers = json.loads(result.out)["layers"]
    assert layers[0]["problem"] == ""
    assert "cut short" in layers[1]["problem"]


def test_layers_are_read_again_only_when_that_is_asked_for(
    command: Command, tmp_path: Path
) -> None:
    made = write_layout(tmp_path / "image", BASE)
    before = command("inspect", "image")
    blob = made.layers[0].blob.descriptor
    place = tmp_path / "image" / "blobs" / "sha256" / blob.digest.partition(":")[2]
    place.write_bytes(bytes(blob.size))

    again, verified = command("inspect", "image"), command("inspect", "image", "--verify")

    assert again == before
    assert verified.status == 1


def test_a_layer_that_is_gone_is_told_although_it_is_known(
    command: Command, tmp_path: Path
) -> None:
    made = write_layout(tmp_path / "image", BASE)
    command("inspect", "image")
    digest = made.layers[0].blob.descriptor.digest
    (tmp_path / "image" / "blobs" / "sha256" / digest.partition(":")[2]).unlink()

    result = command("inspect", "image", "--format", "json")

    assert result.status == 1
    assert "lacks the blob" in json.loads(result.out)["layers"][0]["problem"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--compare", "b"], "--compare goes with --html; `boxwright diff` compares in text"),
        (["--tui", "--html", "x"], "--tui shows everything: it goes with no other form"),
        (["--dockerfile", "--tree"], "--dockerfile goes with no other form"),
    ],
)
def test_options_that_do_not_go_together(
    command: Command, options: list[str], message: str
) -> None:
    result = command("inspect", "a", *options)

    assert result.status == 2
    assert result.err.endswith(f"Error: {message}\n")


def test_only_the_recovered_dockerfile(command: Command, tmp_path: Path) -> None:
    made = write_layout(tmp_path / "image", BASE, APP)

    assert command("inspect", "image", "--dockerfile").out.splitlines()[:3] == [
        f"# image: {made.digest}, linux/amd64",
        "COPY 0 /",
        "COPY 1 /",
    ]


def test_only_the_folders(command: Command, tmp_path: Path) -> None:
    write_layout(tmp_path / "image", BASE, APP)

    tree = command("inspect", "image", "--tree", "/var", "--depth", "1")

    assert tree.status == 0
    assert [line.split()[-1] for line in tree.out.splitlines()] == ["/var", "lib/"]
    assert command("inspect", "image", "--tree", "/nowhere") == Result(
        2, "", "error: the image has no `/nowhere`\n\nhint: `--tree /` shows what is there\n"
    )


def test_a_page_is_written_and_told_of(command: Command, tmp_path: Path) -> None:
    write_layout(tmp_path / "image", BASE, APP)
    write_layout(tmp_path / "other", BASE)

    result = command("inspect", "image", "--html", "report.html", "--compare", "other")

    assert result == Result(0, "", "the page is `report.html`\n")
    assert (tmp_path / "report.html").read_text("utf-8").startswith("<!doctype html>")


def test_a_page_that_cannot_be_written(command: Command, tmp_path: Path) -> None:
    write_layout(tmp_path / "image", BASE)

    result = command("inspect", "image", "--html", "gone/report.html")

    assert (result.status, result.out) == (2, "")
    assert "gone" in result.err


def test_what_is_attached_is_told(command: Command, tmp_path: Path) -> None:
    made = write_layout(tmp_path / "image", BASE)
    bill = json.dumps({"bomFormat": "CycloneDX", "components": [{"type": "library"}]}).encode()
    provenance = layout.Attachment(
        media_type="application/vnd.in-toto+json",
        content=b"{}",
        annotations={"in-toto.io/predicate-type": "https://slsa.dev/provenance/v1"},
    )
    sbom = layout.Attachment(media_type="application/vnd.cyclonedx+json", content=bill)
    layout.attach(tmp_path / "image", made, [sbom, provenance])

    text = command("inspect", "image").out
    document = json.loads(command("inspect", "image", "--format", "json").out)

    assert text.splitlines()[-3:] == [
        "Attached",
        "  software bill of materials (CycloneDX), 1 package, 63 B",
        "  provenance (SLSA), 2 B",
    ]
    assert [(each["title"], each["packages"], each["size"]) for each in document["attached"]] == [
        ("software bill of materials (CycloneDX)", 1, 63),
        ("provenance (SLSA)", None, 2),
    ]


def test_an_attachment_that_is_gone_hides_nothing_else(command: Command, tmp_path: Path) -> None:
    made = write_layout(tmp_path / "image", BASE, config=PLAIN)
    layout.attach(
        tmp_path / "image", made, [layout.Attachment(media_type="text/plain", content=b"note")]
    )
    known = {each.partition(":")[2] for each in _digests(tmp_path / "image")}
    for blob in (tmp_path / "image" / "blobs" / "sha256").iterdir():
        if blob.name not in known:
            blob.unlink()

    result = command("inspect", "image")

    assert (result.status, result.err) == (0, "")
    assert "Attached" not in result.out


def _digests(folder: Path) -> list[str]:
    made = layout.read(folder)
    return [
        made.digest,
        made.config.descriptor.digest,
        *(layer.blob.descriptor.digest for layer in made.layers),
    ]


@pytest.mark.oracle
def test_what_docker_saves_is_read_from_a_pipe(
    command: Command, tmp_path: Path, run: object
) -> None:
    if shutil.which("skopeo") is None:
        pytest.skip("no program `skopeo`")
    write_layout(tmp_path / "image", BASE, APP)
    run("skopeo", "copy", "-q", "oci:image:1", "docker-archive:saved.tar:app:1")  # type: ignore[operator]
    content = (tmp_path / "saved.tar").read_bytes()

    result = command("inspect", "-", "--format", "json", stdin=content)

    assert [package["name"] for package in json.loads(result.out)["packages"]] == [
        "base-files",
        "requests",
    ]
