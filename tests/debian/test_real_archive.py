"""The real archive, through the mirror that this machine's apt is set up with."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path

import pytest

from boxwright.build.base import base_layer, open_interpreter, system_layer
from boxwright.debian.suite import find_suite, host_architecture
from boxwright.lock.debian import Need, lock_base, lock_system
from boxwright.lock.mirrors import find_mirrors
from boxwright.lock.model import LockedDeb, PlatformLock
from boxwright.plan.model import BasePlan
from boxwright.progress import Silent
from boxwright.settings import Settings
from boxwright.store.cache import Cache
from boxwright.store.transport import Transport

pytestmark = [pytest.mark.network, pytest.mark.slow]

ARCHITECTURE = host_architecture(platform.machine()) or "amd64"

BOTH = """
    base-files ca-certificates libbz2-1.0 libc-bin libc6 libexpat1 libffi8 libgcc-s1 libgomp1
    liblzma5 libsqlite3-0 libstdc++6 libuuid1 media-types netbase tzdata zlib1g
"""
LEAN = {
    "bookworm": f"""{BOTH} gcc-12-base libpython3.11-minimal libpython3.11-stdlib libssl3
        python3.11-minimal""",
    "trixie": f"""{BOTH} gcc-14-base libpython3.13-minimal libpython3.13-stdlib libssl3t64
        libzstd1 python3.13-minimal""",
}
SLIM = """
    bash coreutils dash findutils grep libacl1 libattr1 libgmp10 libncursesw6 libpcre2-8-0
    libselinux1 libtinfo6 sed
"""
MORE_SLIM = {
    "bookworm": f"{SLIM} libcrypt1 libdb5.3 libreadline8",
    "trixie": f"{SLIM} libcap2 libdb5.3t64 libreadline8t64 libsystemd0",
}
OPENCV = (
    "libGL.so.1", "libICE.so.6", "libSM.so.6", "libX11.so.6", "libXext.so.6", "libglib-2.0.so.0",
    "libgthread-2.0.so.0", "libstdc++.so.6", "libxcb.so.1", "libz.so.1",
)  # fmt: skip


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Cache:
    """One cache for all tests here."""
    return Cache(tmp_path_factory.mktemp("cache"))


def lock_of(suite: str, variant: str, cache: Cache) -> PlatformLock:
    debs = lock_base(
        BasePlan(suites=(suite,), variant=variant),
        suite,
        ARCHITECTURE,
        mirrors=find_mirrors(Settings(), os.environ),
        transport=Transport(),
        cache=cache,
        settings=Settings(),
        progress=Silent(),
    )
    return platform_lock(suite, variant, debs)


def platform_lock(suite: str, variant: str, debs: tuple[LockedDeb, ...]) -> PlatformLock:
    return PlatformLock(
        platform=f"linux/{ARCHITECTURE}",
        suite=suite,
        variant=variant,
        python=find_suite(suite).python,
        debs=debs,
        wheels=(),
    )


@pytest.mark.parametrize("suite", ["bookworm", "trixie"])
def test_base_has_exactly_the_packages_that_were_measured(suite: str, shared: Cache) -> None:
    lean = {deb.name for deb in lock_of(suite, "distroless", shared).debs}
    slim = {deb.name for deb in lock_of(suite, "slim", shared).debs}

    assert lean == set(LEAN[suite].split())
    assert slim == set(f"{LEAN[suite]} {MORE_SLIM[suite]}".split())


@pytest.mark.parametrize("suite", ["bookworm", "trixie"])
def test_locking_offline_gives_the_same_as_before(suite: str, shared: Cache) -> None:
    before = lock_of(suite, "distroless", shared)

    offline = lock_base(
        BasePlan(suites=(suite,), variant="distroless"),
        suite,
        ARCHITECTURE,
        mirrors=find_mirrors(Settings(), os.environ),
        transport=Transport(offline=True),
        cache=shared,
        settings=Settings(),
        progress=Silent(),
    )

    assert offline == before.debs


@pytest.mark.parametrize("suite", ["bookworm", "trixie"])
def test_python_of_the_base_runs_here(suite: str, shared: Cache) -> None:
    interpreter = open_interpreter(
        lock_of(suite, "distroless", shared),
        mirrors=find_mirrors(Settings(), os.environ),
        transport=Transport(),
        cache=shared,
        progress=Silent(),
    )

    program = "import ssl, sqlite3, ctypes, lzma, bz2, zoneinfo, multiprocessing, sys; print(sys.flags.isolated)"
    done = subprocess.run(
        [*interpreter.argv, "-c", program],
        env=dict(interpreter.env),
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "1\n"


def test_base_is_the_same_wherever_it_is_built(
    shared: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = lock_of("trixie", "distroless", shared)
    mirrors = find_mirrors(Settings(), os.environ)
    first = base_layer(
        lock, mirrors=mirrors, transport=Transport(), cache=shared, progress=Silent()
    )
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    monkeypatch.chdir(tmp_path)
    before = os.umask(0o077)
    try:
        again = base_layer(
            lock,
            mirrors=mirrors,
            transport=Transport(),
            cache=Cache(tmp_path / "a folder with another name"),
            progress=Silent(),
        )
    finally:
        os.umask(before)

    assert not first.reused
    assert not again.reused
    assert again.blob.descriptor == first.blob.descriptor
    assert again.diff_id == first.diff_id


@pytest.mark.parametrize("suite", ["bookworm", "trixie"])
def test_libraries_of_opencv_are_found(suite: str, shared: Cache) -> None:
    lock = lock_of(suite, "distroless", shared)
    mirrors = find_mirrors(Settings(), os.environ)

    added = lock_system(
        [Need(distribution="opencv-python", needed=OPENCV, versions={"GLIBC": (2, 28)})],
        lock.debs,
        suite,
        ARCHITECTURE,
        mirrors=mirrors,
        transport=Transport(),
        cache=shared,
        settings=Settings(),
        progress=Silent(),
    )
    layer = system_layer(
        platform_lock(suite, "distroless", (*lock.debs, *added)),
        mirrors=mirrors,
        transport=Transport(),
        cache=shared,
        progress=Silent(),
    )

    assert {"libgl1", "libice6", "libsm6", "libx11-6", "libxcb1", "libxext6"} <= {
        deb.name for deb in added
    }
    # By Depends they would be 52 packages and 218 MB.
    assert len(added) < 20
    assert layer is not None
    assert layer.uncompressed_size < 20_000_000
