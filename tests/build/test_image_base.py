"""What is put on an image that is the base; what of it is unpacked, and what never is."""

from __future__ import annotations

import gzip
import io
import platform
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest

from boxwright.build.foundation import Foundation, no_interpreter, python_home
from boxwright.build.image_base import _Unpacking, adapting_layer, open_image_interpreter
from boxwright.errors import BuildError
from boxwright.image.blob import bytes_blob
from boxwright.image.filesystem import open_tar
from boxwright.image.image import Layer
from boxwright.image.walk import Walk
from boxwright.lock.model import LockedImage, LockedLayer, LockedPython, PlatformLock
from boxwright.oci import media_type
from boxwright.oci.config import ImageConfig
from boxwright.oci.digest import digest_of
from boxwright.oci.platform import Platform
from boxwright.progress import Silent
from boxwright.store.cache import Cache

ZEROS = digest_of(b"")
PYTHON = LockedPython(
    program="usr/bin/python3.11",
    library="usr/lib/python3.11",
    shared=("usr/lib/libc.so.6",),
    layers=(0,),
)
IMAGE = LockedImage(
    name="python:3.11-slim",
    digest=ZEROS,
    layers=(
        LockedLayer(
            digest=ZEROS, size=1, diff_id=ZEROS, unpacked=1, media_type=media_type.LAYER_GZIP
        ),
    ),
    python=PYTHON,
    glibc="2.36",
    env=(
        "PATH=/usr/local/sbin:/usr/bin",
        "LANG=C",
        "PYTHONPATH=/theirs",
        "NVIDIA_VISIBLE_DEVICES=all",
    ),
    certificates="/etc/ssl/certs/ca-certificates.crt",
    accounts=("root:x:0:0:root:/root:/bin/bash",),
    groups=("root:x:0:",),
)


def lock_of(image: LockedImage = IMAGE) -> PlatformLock:
    return PlatformLock(
        platform="linux/amd64",
        suite="bookworm",
        variant="image",
        python="3.11",
        debs=(),
        wheels=(),
        image=image,
    )


def foundation_of(image: LockedImage = IMAGE, *layers: Layer) -> Foundation:
    return Foundation(name="x", digest=image.digest, layers=layers, image=image)


def tar_of(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for member, content in members:
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def member(path: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    found = tarfile.TarInfo(path)
    found.type, found.linkname = kind, link
    return found


def taken(tmp_path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> tuple[_Unpacking, list[str]]:
    root = tmp_path / "cache" / "root"
    root.mkdir(parents=True)
    unpacking = _Unpacking(IMAGE, root)
    walk = Walk(io.BytesIO(tar_of(*members)).read)
    while (header := walk.next()) is not None:
        unpacking.take(header, walk)
    found = [
        path.relative_to(root).as_posix() for path in sorted(root.rglob("*")) if path.is_file()
    ]
    return unpacking, found


def test_only_what_the_interpreter_consists_of_is_unpacked(tmp_path: Path) -> None:
    unpacking, found = taken(
        tmp_path,
        (member("usr/bin/python3.11"), b"program"),
        (member("lib/libc.so.6"), b"library"),
        (member("usr/lib/python3.11/os.py"), b"1"),
        (member("usr/lib/python3.11/site-packages/pip.py"), b"1"),
        (member("usr/lib/python3.11/__pycache__/os.cpython-311.pyc"), b"1"),
        (member("etc/shadow"), b"secret"),
    )

    assert found == ["usr/bin/python3.11", "usr/lib/libc.so.6", "usr/lib/python3.11/os.py"]
    assert unpacking.sources == {"usr/lib/python3.11/os.py"}
    assert unpacking.compiled == {"usr/lib/python3.11/__pycache__/os.cpython-311.pyc"}


def test_links_and_devices_are_never_made(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    _, found = taken(
        tmp_path,
        (member("usr/lib/python3.11", tarfile.SYMTYPE, str(outside)), b""),
        (member("usr/lib/python3.11/os.py"), b"1"),
        (member("usr/bin/python3.11", tarfile.LNKTYPE, "../../../etc/passwd"), b""),
        (member("usr/lib/libc.so.6", tarfile.CHRTYPE), b""),
        (member("../../outside/usr/bin/python3.11"), b"1"),
    )

    assert found == ["usr/lib/python3.11/os.py"]
    assert not list(outside.iterdir())


@pytest.mark.parametrize("name", [".wh...", ".wh..", ".wh.", "../.wh.cache", ".wh.usr"])
def test_a_whiteout_removes_nothing_outside(tmp_path: Path, name: str) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "kept").write_text("x")
    (tmp_path / "kept").write_text("x")
    root = tmp_path / "cache" / "root"
    root.mkdir()
    unpacking = _Unpacking(IMAGE, root)
    walk = Walk(io.BytesIO(tar_of((member(name), b""))).read)
    while (header := walk.next()) is not None:
        unpacking.take(header, walk)

    assert (tmp_path / "cache" / "kept").exists()
    assert (tmp_path / "kept").exists()


def test_what_a_later_layer_removes_is_not_there(tmp_path: Path) -> None:
    unpacking, found = taken(
        tmp_path,
        (member("usr/lib/python3.11/a.py"), b"1"),
        (member("usr/lib/python3.11/json/b.py"), b"1"),
        (member("usr/lib/python3.11/.wh.json"), b""),
    )

    assert found == ["usr/lib/python3.11/a.py"]
    assert unpacking.sources == {"usr/lib/python3.11/a.py"}


def test_an_interpreter_without_its_loader_is_an_error(cache: Cache) -> None:
    content = gzip.compress(tar_of((member("usr/bin/python3.11"), b"no program")))
    layer = Layer(
        blob=bytes_blob(media_type.LAYER_GZIP, content),
        diff_id=ZEROS,
        uncompressed_size=0,
        created_by="",
    )

    with pytest.raises(BuildError, match="the loader of /usr/bin/python3"):
        open_image_interpreter(
            lock_of(), foundation_of(IMAGE, layer), cache=cache, progress=Silent()
        )


def test_our_user_is_added_to_those_of_the_base(cache: Cache) -> None:
    layer = adapted(lock_of(), cache)

    with open_tar(layer) as tar:
        found = {
            one.name: (tar.extractfile(one) or io.BytesIO()).read() if one.isreg() else one.mode
            for one in tar
        }
    assert found["etc/passwd"] == (
        b"root:x:0:0:root:/root:/bin/bash\n"
        b"nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n"
    )
    assert found["etc/group"] == b"root:x:0:\nnonroot:x:65532:\n"
    assert found["home/nonroot"] == 0o700


def test_a_base_that_has_our_user_keeps_its_accounts(cache: Cache) -> None:
    image = replace(IMAGE, accounts=("app:x:65532:65532::/app:/bin/sh",), groups=("app:x:65532:",))

    layer = adapted(lock_of(image), cache)

    with open_tar(layer) as tar:
        assert [one.name for one in tar] == ["home", "home/nonroot"]


def adapted(lock: PlatformLock, cache: Cache) -> Layer:
    return adapting_layer(
        lock,
        compiled_by=None,
        open_interpreter=_nobody,
        open_base=_nobody,
        cache=cache,
        progress=Silent(),
    )


def _nobody() -> NoReturn:
    raise AssertionError


def test_the_environment_of_the_base_is_below_ours() -> None:
    ours = ImageConfig(
        platform=Platform("linux", "amd64"),
        created="",
        user="65532:65532",
        env=(
            ("LANG", "C.UTF-8"),
            ("PATH", "/opt/venv/bin:/usr/local/bin:/usr/bin"),
            ("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt"),
        ),
    )

    assert foundation_of().under(ours) == replace(
        ours,
        env=(
            ("LANG", "C.UTF-8"),
            ("NVIDIA_VISIBLE_DEVICES", "all"),
            ("PATH", "/opt/venv/bin:/usr/local/sbin:/usr/bin:/usr/local/bin"),
            ("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt"),
        ),
    )


@pytest.mark.parametrize("where", ["/etc/pki/tls/certs/ca-bundle.crt", ""])
def test_authorities_are_where_the_base_has_them(where: str) -> None:
    ours = ImageConfig(
        platform=Platform("linux", "amd64"),
        created="",
        env=(("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt"),),
    )

    env = dict(foundation_of(replace(IMAGE, certificates=where)).under(ours).env)

    assert env.get("SSL_CERT_FILE", "") == where


def test_the_environment_is_made_for_the_python_of_the_base() -> None:
    assert python_home(lock_of()) == "/usr/bin"
    conda = replace(PYTHON, program="opt/conda/bin/python3.11")
    assert python_home(lock_of(replace(IMAGE, python=conda))) == "/opt/conda/bin"


def test_a_foreign_platform_has_no_interpreter_here() -> None:
    foreign = "linux/arm64" if platform.machine() == "x86_64" else "linux/amd64"

    assert "cannot run the Python" in no_interpreter(replace(lock_of(), platform=foreign))
