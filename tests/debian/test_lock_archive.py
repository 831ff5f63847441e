"""Locking from an archive: what is taken, and what of an archive is not trusted."""

from __future__ import annotations

import datetime
import lzma
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pysequoia
import pytest

from boxwright.errors import ArchiveError, DigestMismatchError, FetchError, LockError
from boxwright.lock.debian import fetch_debs
from boxwright.lock.model import LockedDeb
from boxwright.progress import Silent
from boxwright.settings import Settings
from boxwright.store.cache import Cache
from boxwright.store.transport import Transport

if TYPE_CHECKING:
    from tests.debian.conftest import Deb, SmallArchive

    Locking = Callable[..., tuple[LockedDeb, ...]]

LEAN = (
    "base-files", "ca-certificates", "gcc-14-base", "libc-bin", "libc6", "libgomp1",
    "libpython3.13-stdlib", "libstdc++6", "media-types", "netbase", "python3.13-minimal", "tzdata",
)  # fmt: skip


def lean(make_deb: type[Deb], **fields: dict[str, str]) -> list[Deb]:
    return [make_deb(name=name, fields=fields.get(name.replace("-", "_"), {})) for name in LEAN]


def fetch(debs: tuple[LockedDeb, ...], archive: SmallArchive, cache: Cache) -> list[Path]:
    return fetch_debs(
        debs,
        mirrors=archive.mirrors,
        transport=Transport(environ={}),
        cache=cache,
        progress=Silent(),
    )


def names(debs: tuple[LockedDeb, ...]) -> list[str]:
    return [deb.name for deb in debs]


def test_base_is_locked_by_digest_and_path(
    lock: Locking, archive: SmallArchive, cache: Cache
) -> None:
    debs = lock()

    # libc6 is not a root, and nothing here depends on it.
    assert names(debs) == [name for name in LEAN if name != "libc6"]
    assert {deb.role for deb in debs} == {"base"}
    assert [path.read_bytes()[:8] for path in fetch(debs, archive, cache)] == [b"!<arch>\n"] * 11


def test_dependencies_are_followed_and_the_drop_list_is_not(
    lock: Locking, archive: SmallArchive, make_deb: type[Deb]
) -> None:
    fields = {"base_files": {"Depends": "libc6 (>= 0.5), awk | gawk, debconf (>= 2) | debconf-2.0"}}
    archive.write(lean(make_deb, **fields))

    assert names(lock()) == list(LEAN)


def test_security_updates_win_over_older_versions(
    lock: Locking, archive: SmallArchive, make_deb: type[Deb]
) -> None:
    archive.write(
        lean(make_deb),
        updates=[make_deb(name="tzdata", version="1.5")],
        security=[make_deb(name="netbase", version="1.1"), make_deb(name="tzdata", version="0.9")],
    )

    found = {deb.name: (deb.version, deb.archive) for deb in lock()}

    assert found["netbase"] == ("1.1", "debian-security")
    assert found["tzdata"] == ("1.5", "debian")


def test_added_packages_bring_their_dependencies(
    lock: Locking, archive: SmallArchive, make_deb: type[Deb]
) -> None:
    tool = make_deb(name="tool", fields={"Depends": "virtual, tzdata, libcrypt1"})
    provider = make_deb(name="provider", fields={"Provides": "virtual"})
    archive.write([*lean(make_deb), tool, provider, make_deb(name="libcrypt1")])

    added = [deb.name for deb in lock("tool") if deb.role == "system"]

    assert added == ["libcrypt1", "provider", "tool"]


def test_dependency_that_cannot_be_met(
    lock: Locking, archive: SmallArchive, make_deb: type[Deb]
) -> None:
    tool = make_deb(name="tool", fields={"Depends": "tzdata (>= 9) | other"})
    archive.write([*lean(make_deb), tool])

    with pytest.raises(LockError) as caught:
        lock("tool")

    assert caught.value.message == (
        "the Debian package `tool` 1.0 needs `tzdata (>= 9) | other`, which the archive does not "
        "have in this version"
    )


def test_unknown_package_has_a_suggestion(lock: Locking) -> None:
    with pytest.raises(LockError) as caught:
        lock("netbaze")

    assert caught.value.message == "the archive has no Debian package `netbaze`"
    assert caught.value.hint == "did you mean `netbase`?"


def test_unknown_architecture(lock: Locking) -> None:
    with pytest.raises(LockError) as caught:
        lock(architecture="riscv64")

    assert caught.value.message == "images cannot be built for the architecture `riscv64`"


def test_architecture_that_the_mirror_has_not(lock: Locking) -> None:
    with pytest.raises(LockError) as caught:
        lock(architecture="arm64")

    assert caught.value.message == ("the suite `trixie` has no index `main/binary-arm64/Packages`")


def test_tampered_in_release_is_refused(lock: Locking, archive: SmallArchive) -> None:
    path = archive.in_release()
    path.write_bytes(path.read_bytes().replace(b"Origin: Test", b"Origin: Best"))

    with pytest.raises(ArchiveError) as caught:
        lock()

    assert caught.value.message.startswith(
        "the InRelease file of `trixie` is not signed by a key of the Debian archive: "
    )


def test_unsigned_in_release_is_refused(lock: Locking, archive: SmallArchive) -> None:
    archive.in_release().write_bytes(b"Codename: trixie\n")

    with pytest.raises(ArchiveError):
        lock()


def test_in_release_of_an_unknown_key_is_refused(lock: Locking, archive: SmallArchive) -> None:
    archive.sign(
        "debian/dists/trixie", "Codename: trixie\n", key=pysequoia.Tsk.generate(user_id="Eve")
    )

    with pytest.raises(ArchiveError) as caught:
        lock()

    assert "not signed by a key of the Debian archive" in caught.value.message


def test_own_archive_is_not_trusted_without_its_keyring(
    lock: Locking, archive: SmallArchive
) -> None:
    with pytest.raises(ArchiveError):
        lock(mirrors=replace(archive.mirrors, keyring=None))


def test_text_outside_of_the_signature_is_not_read(lock: Locking, archive: SmallArchive) -> None:
    path = archive.in_release()
    path.write_bytes(b"Codename: bookworm\n\n" + path.read_bytes() + b"\nCodename: sid\n")

    assert len(lock()) == 11


def test_damaged_keyring_is_refused(lock: Locking, archive: SmallArchive) -> None:
    with pytest.raises(ArchiveError) as caught:
        lock(mirrors=replace(archive.mirrors, keyring=b"no certificates"))

    assert caught.value.hint == "`debian.keyring` must name a file of OpenPGP certificates"


def test_expired_release_is_refused_unless_told_otherwise(
    lock: Locking,
    archive: SmallArchive,
    make_deb: type[Deb],
    debian_settings: Callable[..., Settings],
) -> None:
    archive.write(lean(make_deb), valid_for=datetime.timedelta(days=-1))

    with pytest.raises(ArchiveError) as caught:
        lock()

    assert "expired on" in caught.value.message
    assert len(lock(settings=debian_settings(check_valid_until=False))) == 11


def test_release_of_another_suite_is_refused(
    lock: Locking, archive: SmallArchive, make_deb: type[Deb]
) -> None:
    archive.write(lean(make_deb), suite="bookworm")

    with pytest.raises(ArchiveError) as caught:
        lock()

    assert caught.value.message.endswith("is of the suite `bookworm`") or (
        "is of the suite `bookworm-" in caught.value.message
    )


def test_tampered_index_is_refused(lock: Locking, archive: SmallArchive) -> None:
    for path in (archive.folder / "debian/dists/trixie/main/binary-amd64").rglob("*"):
        if path.is_file() and path.read_bytes().startswith(b"\xfd7zXZ"):
            path.write_bytes(lzma.compress(b"Package: evil\n"))

    with pytest.raises((DigestMismatchError, FetchError)):
        lock()


def test_tampered_package_is_refused(lock: Locking, archive: SmallArchive, cache: Cache) -> None:
    debs = lock()
    path = archive.pool("tzdata")
    path.write_bytes(path.read_bytes()[:-1] + b"X")

    with pytest.raises(DigestMismatchError) as caught:
        fetch(debs, archive, cache)

    assert caught.value.message.startswith("the Debian package `tzdata` 1.0 has digest")


def test_package_that_vanished_from_the_mirror(
    lock: Locking, archive: SmallArchive, cache: Cache
) -> None:
    debs = lock()
    archive.pool("tzdata").unlink()

    with pytest.raises(FetchError) as caught:
        fetch(debs, archive, cache)

    assert caught.value.message == "the Debian package `tzdata` 1.0 is no longer on the mirror"
    assert "`boxwright lock --upgrade`" in caught.value.hint


def test_packages_in_the_cache_need_no_mirror(
    lock: Locking, archive: SmallArchive, cache: Cache
) -> None:
    debs = lock()
    before = fetch(debs, archive, cache)
    archive.pool("tzdata").unlink()

    assert fetch(debs, archive, cache) == before


def test_missing_security_archive_is_an_error(lock: Locking, archive: SmallArchive) -> None:
    (archive.folder / "debian-security/dists/trixie-security/InRelease").unlink()

    with pytest.raises(FetchError) as caught:
        lock()

    assert "security" in caught.value.hint
