"""Whose Python makes the byte code of an image that this machine cannot run."""

from __future__ import annotations

from dataclasses import replace

from tests.lock.conftest import Bench

from boxwright.lock.compiling import compiling_part, lock_helpers, pythons
from boxwright.lock.model import Lock, LockedDeb, LockedImage, LockedPython, PlatformLock
from boxwright.lock.sources import Sources
from boxwright.oci.digest import digest_of
from boxwright.progress import Silent
from boxwright.settings import Settings


def part(architecture: str, version: str = "3.13.5-2", suite: str = "trixie") -> PlatformLock:
    names = (("libc6", "2.41-12"), ("python3.13-minimal", version))
    return PlatformLock(
        platform=f"linux/{architecture}",
        suite=suite,
        variant="distroless",
        python="3.13",
        debs=tuple(
            LockedDeb(
                name=name,
                version=version,
                architecture=architecture,
                archive="debian",
                path=f"pool/{name}_{version}_{architecture}.deb",
                digest=digest_of(f"{name} {version} {architecture}".encode()),
                size=1,
                role="base",
            )
            for name, version in names
        ),
        wheels=(),
    )


def lock(*platforms: PlatformLock, helpers: tuple[PlatformLock, ...] = ()) -> Lock:
    return Lock(inputs=digest_of(b"inputs"), platforms=platforms, helpers=helpers)


def test_what_compiles_is_known_by_name_and_version_and_not_by_architecture() -> None:
    assert pythons(part("amd64")) == pythons(part("arm64")) == (("python3.13-minimal", "3.13.5-2"),)


def test_a_package_that_was_built_again_for_one_architecture_is_the_same_python() -> None:
    assert pythons(part("amd64", "3.13.5-2+b1")) == pythons(part("arm64"))


def test_on_a_machine_of_its_own_a_platform_compiles_for_itself() -> None:
    both = lock(part("amd64"), part("arm64"))

    assert compiling_part(both, both.platforms[1], "arm64") is both.platforms[1]


def test_another_platform_of_the_lock_compiles_for_a_foreign_one() -> None:
    both = lock(part("amd64"), part("arm64"))

    assert compiling_part(both, both.platforms[1], "amd64") is both.platforms[0]


def test_one_with_another_python_does_not() -> None:
    for other in (part("amd64", "3.13.5-3"), part("amd64", suite="bookworm")):
        both = lock(other, part("arm64"))
        assert compiling_part(both, both.platforms[1], "amd64") is None


def test_a_helper_compiles_where_no_platform_can() -> None:
    helped = lock(part("arm64"), helpers=(part("amd64"),))

    assert compiling_part(helped, helped.platforms[0], "amd64") is helped.helpers[0]


def test_helpers_stay_as_long_as_a_machine_needs_them(bench: Bench) -> None:
    def kept(before: Lock, architecture: str | None) -> tuple[PlatformLock, ...]:
        return lock_helpers(
            bench.plan(),
            before,
            [one.platform for one in before.platforms],
            architecture,
            sources=Sources(settings=Settings(), folder=bench.project, environ={}, offline=True),
            cache=bench.cache,
            progress=Silent(),
        )

    amd64, arm64 = part("amd64"), part("arm64")
    # Nothing is fetched: the machine needs none, has one, or is none that could have one.
    assert kept(lock(arm64, helpers=(amd64,)), "amd64") == (amd64,)
    assert kept(lock(arm64, helpers=(amd64,)), "arm64") == (amd64,)
    assert kept(lock(arm64, helpers=(amd64,)), None) == (amd64,)
    assert kept(lock(amd64, arm64, helpers=(amd64,)), "amd64") == ()
    assert kept(lock(arm64), "arm64") == ()
    older = replace(amd64, debs=part("amd64", "3.13.5-1").debs)
    assert kept(lock(arm64, helpers=(older,)), "arm64") == ()


def on_image(architecture: str, release: str = "3.13.9", glibc: str = "2.41") -> PlatformLock:
    image = LockedImage(
        name="python:3.13-slim",
        digest=digest_of(architecture.encode()),
        layers=(),
        python=LockedPython(program="usr/local/bin/python3.13", version=release),
        glibc=glibc,
    )
    return replace(part(architecture), variant="image", debs=(), image=image)


def test_the_image_of_another_platform_compiles_where_it_has_the_same_release() -> None:
    both = lock(on_image("amd64"), on_image("arm64"))

    assert compiling_part(both, both.platforms[1], "amd64") is both.platforms[0]


def test_an_image_is_on_its_own_where_no_other_tells_of_the_same_python() -> None:
    for other in (on_image("amd64", "3.13.8"), on_image("amd64", glibc="2.36"), part("amd64")):
        both = lock(other, on_image("arm64"))
        assert compiling_part(both, both.platforms[1], "amd64") is both.platforms[1]
    silent = lock(on_image("amd64", ""), on_image("arm64", ""))
    assert compiling_part(silent, silent.platforms[1], "amd64") is silent.platforms[1]
