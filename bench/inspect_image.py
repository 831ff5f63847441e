"""The image that is looked into: torch on Debian, made as a Dockerfile with habits would make it."""

from __future__ import annotations

import json
import os
import pickle
import random
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from cases import HERE
from isal import igzip
from measure import program, run

from boxwright.image.blob import FileBlob
from boxwright.image.entry import Entry, Kind, directory, file, symlink
from boxwright.image.image import Image, Layer, make_image
from boxwright.image.layer import LayerWriter
from boxwright.image.tar import END, header, padding
from boxwright.oci import media_type
from boxwright.oci.config import ImageConfig
from boxwright.oci.descriptor import Descriptor
from boxwright.oci.platform import Platform
from boxwright.store import layout
from boxwright.store.cache import Cache

REQUIREMENTS = HERE / "inspect_requirements.txt"
PYTHON = "3.11"
NAME = "bench/torch:1"
_SITE = f"usr/local/lib/python{PYTHON}/site-packages"
_PIECE = 1 << 20


def make_site(folder: Path) -> None:
    """Install the pinned distributions into *folder*, as pip does it in a Dockerfile."""
    if (folder / "torch").is_dir():
        return
    print("installing the distributions of the image", file=sys.stderr)
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    words = ("install", "--quiet", "--no-deps", "--only-binary=:all:", f"--target={unfinished}")
    run(
        [sys.executable, "-m", "pip", *words, "--requirement", REQUIREMENTS],
        # Byte code with the hash of its source is the same every time.
        env={"SOURCE_DATE_EPOCH": "315532800"},
    )
    unfinished.rename(folder)


def make_layout(state: Path, site: Path) -> Path:
    """Return the layout that holds the image; it is made where it is not there."""
    target = state / "image"
    if (target / "index.json").exists():
        return target
    print("making the image", file=sys.stderr)
    base = _base(state)
    writer = _Writer(Cache(state / "blobs"))
    made = [
        writer.layer("RUN pip install -r requirements.txt", lambda to: _tree(to, site, _SITE)),
        writer.layer("COPY . /app", _application),
        writer.layer("RUN rm /app/.env", lambda to: to.add(file("app/.wh..env", 0))),
        writer.layer("RUN python fetch.py", _dataset),
        writer.layer("RUN rm -r /app/raw", lambda to: to.add(file("app/.wh.raw", 0))),
        writer.layer(
            "RUN chmod -R a+w numpy",
            lambda to: _tree(to, site / "numpy", f"{_SITE}/numpy", more=0o222),
        ),
    ]
    config = ImageConfig(
        platform=Platform("linux", "amd64"),
        created="1980-01-01T00:00:01Z",
        env=(("PATH", "/usr/local/bin:/usr/bin:/bin"), ("PYTHONPATH", f"/{_SITE}")),
        cmd=("python", "/app/main.py"),
    )
    shutil.rmtree(target, ignore_errors=True)
    layout.write(target, make_image(config, (*base.layers, *made), {}), NAME)
    shutil.rmtree(state / "blobs")
    return target


def write_docker_archive(image: Image, path: Path) -> None:
    """Write *image* as `docker save` does: its layers unpacked, each a tar in the tar."""
    if path.exists():
        return
    unfinished = path.with_suffix(".unfinished")
    names = [f"{layer.diff_id.removeprefix('sha256:')}.tar" for layer in image.layers]
    config = f"{image.config.descriptor.digest.removeprefix('sha256:')}.json"
    manifest = json.dumps([{"Config": config, "RepoTags": [NAME], "Layers": names}]).encode()
    with unfinished.open("wb") as archive:
        for name, layer in zip(names, image.layers, strict=True):
            start = archive.tell()
            archive.write(bytes(512))
            with layer.blob.open() as blob, igzip.open(blob) as unpacked:
                shutil.copyfileobj(unpacked, archive, _PIECE)
            end = archive.tell()
            size = end - start - 512
            archive.write(bytes(padding(size)))
            archive.seek(start)
            archive.write(header(file(name, size)))
            archive.seek(0, os.SEEK_END)
        for name, content in ((config, image.config.content), ("manifest.json", manifest)):
            archive.write(header(file(name, len(content))) + content + bytes(padding(len(content))))
        archive.write(END)
    unfinished.rename(path)


class _Writer:
    """Writes layers into a cache."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    def layer(self, created_by: str, fill: Callable[[LayerWriter], None]) -> Layer:
        with self._cache.writer() as blob:
            writer = LayerWriter(blob.write)
            fill(writer)
            written = writer.close()
            digest = blob.commit()
        descriptor = Descriptor(media_type=media_type.LAYER_GZIP, digest=digest, size=blob.size)
        return Layer(
            blob=FileBlob(descriptor, self._cache.blob_path(digest)),
            diff_id=written.diff_id,
            uncompressed_size=written.uncompressed_size,
            created_by=created_by,
        )


def _base(state: Path) -> Image:
    """Return Debian with Python and what Dockerfiles tend to install, as `boxwright build` has it."""
    project, target = state / "base-project", state / "base"
    if not (target / "index.json").exists():
        project.mkdir(parents=True, exist_ok=True)
        (project / "main.py").write_text("print('nothing')\n")
        (project / "pyproject.toml").write_text(
            f'[project]\nname = "empty"\nversion = "1"\nrequires-python = "=={PYTHON}.*"\n'
            '[tool.boxwright.debian]\npackages = ["ca-certificates", "curl", "gcc", "git"]\n'
        )
        boxwright = program("boxwright", "install it beside this Python: `pip install .`")
        words = ("build", project, "--variant=slim", "--tag=base:1", f"--output={target}")
        run([boxwright, *words, "--quiet"])
    return layout.read(target)


def _tree(writer: LayerWriter, source: Path, path: str, *, more: int = 0) -> None:
    """Add the folder *source* as *path*, with the permissions *more* than it has."""
    for found in _sorted(source):
        name = f"{path}/{found.relative_to(source)}"
        seen = found.lstat()
        mode = 0o755 if seen.st_mode & stat.S_IXUSR else 0o644
        if found.is_symlink():
            writer.add(symlink(name, str(found.readlink())))
        elif found.is_dir():
            writer.add(directory(name, 0o755 | more))
        else:
            with found.open("rb") as content:
                writer.add_stream(
                    Entry(name, Kind.FILE, mode | more, seen.st_size),
                    iter(lambda: content.read(_PIECE), b""),
                )


def _sorted(folder: Path) -> Iterator[Path]:
    for found in sorted(folder.iterdir()):
        yield found
        if found.is_dir() and not found.is_symlink():
            yield from _sorted(found)


class _Harmful:
    """What its pickle runs where it is loaded."""

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, ("true",)


def _application(writer: LayerWriter) -> None:
    numbers = random.Random(1)  # noqa: S311 (nothing is kept secret by it)
    # Written in two parts, so that nobody takes this file for one with credentials in it.
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz234567"
    token = "hf_" + "".join(numbers.choices(letters[:52], k=34))
    key = "AKIA" + "".join(numbers.choices(letters[:26] + "234567", k=16))
    secret = "".join(numbers.choices(letters, k=40))
    texts = {
        "app/main.py": "import torch\n",
        "app/.env": f"HF_TOKEN={token}\nAWS_ACCESS_KEY_ID={key}\nAWS_SECRET_ACCESS_KEY={secret}\n",
    }
    for name, text in texts.items():
        writer.add(file(name, len(text)), text.encode())
    harmful = pickle.dumps(_Harmful())
    writer.add(file("app/models/old.pkl", len(harmful)), harmful)
    size = 8 << 20
    head = {"weight": {"dtype": "F32", "shape": [size], "data_offsets": [0, 4 * size]}}
    start = json.dumps(head).encode()
    start = len(start).to_bytes(8, "little") + start
    model = file("app/models/model.safetensors", len(start) + 4 * size)
    writer.add_stream(model, (start, *(numbers.randbytes(_PIECE) for _ in range(4 * size >> 20))))


def _dataset(writer: LayerWriter) -> None:
    numbers = random.Random(2)  # noqa: S311 (nothing is kept secret by it)
    body = [b"PAR1", *(numbers.randbytes(_PIECE) for _ in range(20)), b"PAR1"]
    writer.add_stream(file("app/raw/train.parquet", sum(map(len, body))), body)
