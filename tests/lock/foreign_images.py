"""Images that a project may stand on, made of a few files of this machine."""

from __future__ import annotations

import gzip
import hashlib
import io
import platform
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from boxwright.image.blob import bytes_blob
from boxwright.image.image import Image, Layer
from boxwright.oci import media_type
from boxwright.oci.canonical import canonical_json
from boxwright.oci.digest import Digest
from boxwright.oci.platform import Platform

DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), "amd64")
TRIPLET = f"{platform.machine()}-linux-gnu"
PATH = ("PATH", "/usr/local/bin:/usr/bin:/bin")

Files = Mapping[str, bytes | str]
"""By path; a string is the target of a symbolic link."""


def debian(*, python: str = "3.11", program: bytes | None = None) -> dict[str, bytes | str]:
    """Return what a small Debian with Python has: a program and libraries of this machine."""
    folder = f"usr/lib/{TRIPLET}"
    libc = next(Path(f"/{folder}").glob("libc.so.6"))
    loader = next(Path(f"/{folder}").glob("ld-linux*.so.*"))
    found: dict[str, bytes | str] = {
        "lib": "usr/lib",
        "lib64": "usr/lib64",
        "etc/os-release": (
            b'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n'
            b'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n'
        ),
        "etc/passwd": b"root:x:0:0:root:/root:/bin/bash\n",
        "etc/group": b"root:x:0:\n",
        "etc/ssl/certs/ca-certificates.crt": b"authorities\n",
        f"usr/bin/python{python}": program or Path("/bin/true").read_bytes(),
        "usr/local/bin/python3": f"/usr/bin/python{python}",
        f"usr/lib/python{python}/os.py": b"import sys\n",
        f"usr/lib/python{python}/test/long.py": b"1\n",
        f"{folder}/libc.so.6": libc.read_bytes(),
        f"{folder}/{loader.name}": loader.read_bytes(),
        "usr/lib64/" + loader.name: f"../lib/{TRIPLET}/{loader.name}",
    }
    if ARCHITECTURE == "arm64":
        found[f"usr/lib/{loader.name}"] = f"{TRIPLET}/{loader.name}"
    return found


def packed(files: Files) -> tuple[bytes, Digest]:
    """Return a layer of *files*, packed, and its diff_id."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for path, content in files.items():
            member = tarfile.TarInfo(path)
            if isinstance(content, str):
                member.type, member.linkname = tarfile.SYMTYPE, content
                tar.addfile(member)
            else:
                member.size, member.mode = len(content), 0o755
                tar.addfile(member, io.BytesIO(content))
    content = stream.getvalue()
    return gzip.compress(content, mtime=0), Digest(f"sha256:{hashlib.sha256(content).hexdigest()}")


def image(
    *layers: Files,
    env: Sequence[tuple[str, str]] = (PATH,),
    entrypoint: Sequence[str] = (),
    architecture: str = ARCHITECTURE,
    kind: str = DOCKER_LAYER,
) -> Image:
    """Return an image of *layers* as docker writes it."""
    made = []
    for at, files in enumerate(layers):
        content, diff_id = packed(files)
        made.append(
            Layer(
                blob=bytes_blob(kind, content),
                diff_id=diff_id,
                uncompressed_size=0,
                created_by=f"RUN step {at + 1}",
            )
        )
    config = bytes_blob(
        media_type.CONFIG,
        canonical_json(
            {
                "os": "linux",
                "architecture": architecture,
                "config": {
                    "Env": [f"{name}={value}" for name, value in env],
                    "Entrypoint": list(entrypoint),
                    "Labels": {"com.example": "theirs"},
                    "User": "app",
                },
                "history": [{"created_by": layer.created_by} for layer in made],
                "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in made]},
            }
        ),
    )
    manifest = {
        "schemaVersion": 2,
        "mediaType": media_type.MANIFEST,
        "config": config.descriptor.to_dict(),
        "layers": [layer.blob.descriptor.to_dict() for layer in made],
    }
    return Image(
        manifest=bytes_blob(media_type.MANIFEST, canonical_json(manifest)),
        config=config,
        layers=tuple(made),
        platform=Platform("linux", architecture),
    )
