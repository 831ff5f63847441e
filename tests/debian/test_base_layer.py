"""The lowest layers, from a small archive: what is in them, and that they are always the same."""

from __future__ import annotations

import gzip
import io
import platform
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from boxwright.build.base import base_layer, open_interpreter, system_layer
from boxwright.errors import BuildError, PackageError, StoreError
from boxwright.image.image import Layer
from boxwright.lock.model import LockedDeb, PlatformLock
from boxwright.progress import Silent
from boxwright.store.cache import Cache
from boxwright.store.transport import Transport

if TYPE_CHECKING:
    from tests.debian.conftest import Deb, SmallArchive

    Locking = Callable[..., tuple[LockedDeb, ...]]


FOREIGN, TRIPLET = (
    ("linux/amd64", "x86_64-linux-gnu")
    if platform.machine() in {"aarch64", "arm64"}
    else ("linux/arm64", "aarch64-linux-gnu")
)


@pytest.fixture
def build(archive: SmallArchive, cache: Cache) -> Callable[..., Layer]:
    """Build the base of a platform that this machine cannot run: there is no Python in it."""

    def build(
        debs: tuple[LockedDeb, ...],
        layer: Callable[..., Layer] = base_layer,
        into: Cache = cache,
        target: str = FOREIGN,
    ) -> Layer:
        lock = PlatformLock(
            platform=target,
            suite="trixie",
            variant="distroless",
            python="3.13",
            debs=debs,
            wheels=(),
        )
        return layer(
            lock,
            mirrors=archive.mirrors,
            transport=Transport(environ={}),
            cache=into,
            progress=Silent(),
        )

    return build


def members(layer: Layer) -> dict[str, tarfile.TarInfo]:
    with layer.blob.open() as blob, gzip.open(blob) as unpacked:
        content = io.BytesIO(unpacked.read())
    with tarfile.open(fileobj=content) as tar:
        return {member.name: member for member in tar}


def content(layer: Layer, path: str) -> bytes:
    with layer.blob.open() as blob, gzip.open(blob) as unpacked:
        packed = io.BytesIO(unpacked.read())
    with tarfile.open(fileobj=packed) as tar:
        file = tar.extractfile(path)
        assert file is not None
        return file.read()


def with_package(archive: SmallArchive, deb: Deb, *more: Deb) -> None:
    """Write an archive in which *deb* takes the place of the one of its name."""
    kept = [one for one in _lean(deb) if one.name != deb.name]
    archive.write([*kept, deb, *more])


def _lean(deb: Deb) -> list[Deb]:
    names = (
        "base-files", "ca-certificates", "gcc-14-base", "libc-bin", "libgomp1",
        "libpython3.13-stdlib", "libstdc++6", "media-types", "netbase", "python3.13-minimal",
        "tzdata",
    )  # fmt: skip
    return [replace(deb, name=name, files={}, links={}, members=(), data=None) for name in names]


def test_same_packages_give_the_same_layer(
    lock: Locking, build: Callable[..., Layer], tmp_path: Path
) -> None:
    debs = lock()

    first = build(debs)
    again = build(debs, into=Cache(tmp_path / "another"))

    assert first.blob.descriptor == again.blob.descriptor
    assert first.diff_id == again.diff_id
    assert not again.reused


def test_second_build_reuses_the_layer(lock: Locking, build: Callable[..., Layer]) -> None:
    debs = lock()
    first = build(debs)

    again = build(debs)

    assert again.reused
    assert again.blob.descriptor == first.blob.descriptor


def test_what_scripts_would_have_made_is_there(lock: Locking, build: Callable[..., Layer]) -> None:
    found = members(build(lock()))

    links = {name: member.linkname for name, member in found.items() if member.issym()}
    assert links == {
        "bin": "usr/bin",
        "etc/localtime": "/usr/share/zoneinfo/Etc/UTC",
        "lib": "usr/lib",
        "lib64": "usr/lib64",
        "sbin": "usr/sbin",
        "usr/bin/python": "python3",
        "usr/bin/python3": "python3.13",
        "usr/lib/ssl/cert.pem": "/etc/ssl/certs/ca-certificates.crt",
        "usr/lib/ssl/certs": "/etc/ssl/certs",
        "var/lock": "/run/lock",
        "var/run": "/run",
    }
    assert (found["tmp"].mode, found["root"].mode) == (0o1777, 0o700)
    home = found["home/nonroot"]
    assert (home.mode, home.uid, home.gid) == (0o700, 65532, 65532)


def test_files_of_packages_are_merged_and_pruned(
    lock: Locking, build: Callable[..., Layer], archive: SmallArchive, make_deb: type[Deb]
) -> None:
    deb = make_deb(
        name="tzdata",
        files={
            "lib/file": b"1",
            "usr/share/man/man1/demo.1": b"2",
            "usr/share/doc/tzdata/README": b"3",
            "usr/share/doc/tzdata/copyright": b"4",
            "usr/share/zoneinfo/UTC": b"5",
        },
        links={"usr/share/doc/other": "not-there", "usr/share/doc/same": "tzdata"},
    )
    with_package(archive, deb)

    layer = build(lock())
    found = members(layer)

    assert content(layer, "var/lib/dpkg/status.d/tzdata").startswith(b"Package: tzdata\n")
    assert [
        line[34:] for line in content(layer, "var/lib/dpkg/status.d/tzdata.md5sums").split(b"\n")
    ] == [
        b"usr/lib/file",
        b"usr/share/doc/tzdata/copyright",
        b"usr/share/zoneinfo/UTC",
        b"",
    ]
    assert "usr/share/doc/other" not in found
    assert found["usr/share/doc/same"].linkname == "tzdata"
    assert not any("man" in name.split("/") for name in found)


def test_certificates_become_one_bundle(
    lock: Locking, build: Callable[..., Layer], archive: SmallArchive, make_deb: type[Deb]
) -> None:
    folder = "usr/share/ca-certificates/mozilla"
    files = {f"{folder}/b.crt": b"second", f"{folder}/a.crt": b"first\n"}
    with_package(archive, make_deb(name="ca-certificates", files=files))

    layer = build(lock())

    assert content(layer, "etc/ssl/certs/ca-certificates.crt") == b"first\nsecond\n"
    assert not any(name.endswith(("/a.crt", "/b.crt")) for name in members(layer))


def test_only_the_locale_of_libc_bin_is_in_a_distroless_base(
    lock: Locking, build: Callable[..., Layer], archive: SmallArchive, make_deb: type[Deb]
) -> None:
    files = {"usr/bin/ldd": b"#!/bin/bash", "usr/lib/locale/C.utf8/LC_CTYPE": b"locale"}
    with_package(archive, make_deb(name="libc-bin", files=files))

    found = members(build(lock()))

    assert "usr/lib/locale/C.utf8/LC_CTYPE" in found
    assert "usr/bin/ldd" not in found


def test_two_packages_with_one_file_are_refused(
    lock: Locking, build: Callable[..., Layer], archive: SmallArchive, make_deb: type[Deb]
) -> None:
    other = make_deb(name="other", files={"usr/share/a": b"2"})
    with_package(
        archive,
        make_deb(name="tzdata", files={"usr/share/a": b"1"}, fields={"Depends": "other"}),
        other,
    )

    with pytest.raises(PackageError) as caught:
        build(lock())

    assert caught.value.message.endswith("`usr/share/a`")


def test_file_below_the_link_of_another_package_is_refused(
    lock: Locking, build: Callable[..., Layer], archive: SmallArchive, make_deb: type[Deb]
) -> None:
    with_package(
        archive,
        make_deb(name="tzdata", links={"usr/share/a": "/etc"}, fields={"Depends": "other"}),
        make_deb(name="other", files={"usr/share/a/passwd": b"2"}),
    )

    with pytest.raises(PackageError) as caught:
        build(lock())

    assert caught.value.message == (
        "the Debian package `other` has `usr/share/a/passwd` below `usr/share/a`, which is a link "
        "or a file of `tzdata`"
    )


def test_refused_package_leaves_nothing_behind(
    lock: Locking,
    build: Callable[..., Layer],
    archive: SmallArchive,
    make_deb: type[Deb],
    cache: Cache,
) -> None:
    with_package(archive, make_deb(name="tzdata", data=b"damaged" * 9))

    with pytest.raises(PackageError):
        build(lock())

    assert list((cache.root / "tmp").iterdir()) == []
    assert not (cache.root / "unpacked").exists()


def test_changed_file_in_the_cache_is_noticed(
    lock: Locking,
    build: Callable[..., Layer],
    archive: SmallArchive,
    make_deb: type[Deb],
    cache: Cache,
) -> None:
    with_package(archive, make_deb(name="tzdata", files={"usr/share/a": b"1"}))
    debs = lock()
    build(debs)
    (changed,) = (cache.root / "unpacked").glob("*/root/usr/share/a")
    changed.write_bytes(b"2")
    for record in (cache.root / "records/layers").iterdir():
        record.unlink()

    with pytest.raises(StoreError) as caught:
        build(debs)

    assert caught.value.message == f"`{changed}` in the cache was changed or removed"


def test_added_packages_are_a_layer_of_their_own(
    lock: Locking, build: Callable[..., Layer], archive: SmallArchive, make_deb: type[Deb]
) -> None:
    added = make_deb(name="libblas3", files={f"usr/lib/{TRIPLET}/blas/libblas.so.3": b"1"})
    with_package(archive, make_deb(name="tzdata"), added)

    layer = build(lock("libblas3"), system_layer)

    found = members(layer)
    assert found[f"usr/lib/{TRIPLET}/libblas.so.3"].linkname == "blas/libblas.so.3"
    assert {"lib", "bin", "sbin", "lib64"} & set(found) == set()
    assert layer.created_by == "Debian trixie: libblas3"


def test_no_added_packages_no_layer(lock: Locking, build: Callable[..., Layer | None]) -> None:
    assert build(lock(), system_layer) is None


def test_interpreter_of_a_foreign_platform_is_refused(
    lock: Locking, build: Callable[..., Layer]
) -> None:
    with pytest.raises(BuildError) as caught:
        build(lock(), open_interpreter, target="linux/s390x")

    assert 'bytecode = "none"' in caught.value.hint
