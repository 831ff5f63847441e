"""
Images with packages of known vulnerabilities, written as layouts, and their advisories.

    write_layout(tmp_path / "image", debian("13", {"openssl": "3.0.13-1"}), python({"requests": "2.28.1"}))

The advisories are those of `tests/scan/advisories/osv`.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from boxwright.image.blob import bytes_blob
from boxwright.image.entry import file
from boxwright.image.image import Image, Layer, make_image
from boxwright.image.layer import LayerWriter
from boxwright.oci import media_type
from boxwright.oci.config import ImageConfig
from boxwright.oci.platform import Platform
from boxwright.store import layout

ADVISORIES = Path(__file__).parents[1] / "scan" / "advisories" / "osv"
SITE = "usr/lib/python3.11/site-packages"
PLAIN = ImageConfig(
    platform=Platform("linux", "amd64"),
    created="1980-01-01T00:00:01Z",
    user="65532",
    labels={
        "org.opencontainers.image.source": "https://example.com/app",
        "org.opencontainers.image.revision": "1" * 40,
    },
)

Files = Mapping[str, bytes]


def debian(release: str, packages: Mapping[str, str]) -> Files:
    """Return the files of a Debian *release* with *packages*, by name and version."""
    codename = {"11": "bullseye", "12": "bookworm", "13": "trixie"}[release]
    status = "\n".join(
        f"Package: {name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: {version}\n"
        for name, version in packages.items()
    )
    os_release = (
        f'ID=debian\nVERSION_ID="{release}"\nVERSION_CODENAME={codename}\n'
        f'PRETTY_NAME="Debian GNU/Linux {release} ({codename})"\n'
    )
    return {"etc/os-release": os_release.encode(), "var/lib/dpkg/status": status.encode()}


def python(packages: Mapping[str, str]) -> Files:
    """Return the files of Python distributions, by name and version."""
    files: dict[str, bytes] = {}
    for name, version in packages.items():
        info = f"{SITE}/{name}-{version}.dist-info"
        body = f"'''{name}'''\n".encode()
        digest = base64.urlsafe_b64encode(hashlib.sha256(body).digest()).decode().rstrip("=")
        files[f"{SITE}/{name}.py"] = body
        files[f"{info}/METADATA"] = (
            f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode()
        )
        files[f"{info}/RECORD"] = (
            f"{name}.py,sha256={digest},{len(body)}\n"
            f"{name}-{version}.dist-info/METADATA,,\n{name}-{version}.dist-info/RECORD,,\n"
        ).encode()
    return files


def image(*layers: Files, config: ImageConfig = PLAIN, by: tuple[str, ...] = ()) -> Image:
    """Return the image of *layers*, each of files by path, which the instructions *by* made."""
    made = []
    for at, files in enumerate(layers):
        content = bytearray()
        writer = LayerWriter(content.extend)
        for path, body in sorted(files.items()):
            writer.add(file(path, len(body)), body)
        written = writer.close()
        made.append(
            Layer(
                blob=bytes_blob(media_type.LAYER_GZIP, bytes(content)),
                diff_id=written.diff_id,
                uncompressed_size=written.uncompressed_size,
                created_by=by[at] if at < len(by) else f"COPY {at} /",
            )
        )
    return make_image(config, made, {})


def write_layout(
    folder: Path,
    *layers: Files,
    reference: str | None = "app:1",
    config: ImageConfig = PLAIN,
    env: Mapping[str, str] | None = None,
) -> Image:
    """Write the image of *layers* into the layout *folder*."""
    if env is not None:
        config = replace(config, env=tuple(env.items()))
    made = image(*layers, config=config)
    layout.write(folder, made, reference)
    return made
