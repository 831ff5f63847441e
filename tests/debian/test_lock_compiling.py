"""Locking the base of this machine beside a platform that is foreign to it, from a small archive."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from boxwright.lock.compiling import compiling_part, lock_helpers
from boxwright.lock.model import Lock, LockedDeb, PlatformLock
from boxwright.lock.sources import Sources
from boxwright.oci.digest import digest_of
from boxwright.plan.model import (
    ApplicationPlan,
    BasePlan,
    DependencyPlan,
    LayerPlan,
    Plan,
    ProcessPlan,
)
from boxwright.progress import Silent
from boxwright.settings import Settings
from boxwright.store.cache import Cache

if TYPE_CHECKING:
    from tests.debian.conftest import SmallArchive

PLAN = Plan(
    name="demo",
    version="1.0",
    description="",
    platform="linux/arm64",
    base=BasePlan(suites=("trixie",), variant="distroless", packages=("ffmpeg",)),
    python="",
    accelerator="cpu",
    dependencies=DependencyPlan(source="none", path=""),
    application=ApplicationPlan(files=()),
    process=ProcessPlan(entrypoint=("/opt/venv/bin/python",)),
    layers=LayerPlan(),
)


@pytest.fixture
def foreign(lock: Callable[..., tuple[LockedDeb, ...]]) -> PlatformLock:
    """The lock of a platform that is not that of the machine, with what the archive has."""
    return PlatformLock(
        platform="linux/arm64",
        suite="trixie",
        variant="distroless",
        python="3.13",
        debs=tuple(replace(deb, architecture="arm64") for deb in lock()),
        wheels=(),
    )


@pytest.fixture
def helpers(
    archive: SmallArchive, cache: Cache, tmp_path: Path
) -> Callable[[Lock], tuple[PlatformLock, ...]]:
    """Lock what a machine with an amd64 processor needs."""
    sources = Sources(settings=Settings(), folder=tmp_path, environ={})
    vars(sources)["mirrors"] = archive.mirrors

    def helpers(lock: Lock) -> tuple[PlatformLock, ...]:
        return lock_helpers(
            PLAN, lock, ["linux/arm64"], "amd64", sources=sources, cache=cache, progress=Silent()
        )

    return helpers


def test_the_base_of_the_machine_is_locked_without_what_the_plan_adds(
    foreign: PlatformLock, helpers: Callable[[Lock], tuple[PlatformLock, ...]]
) -> None:
    lock = Lock(inputs=digest_of(b""), platforms=(foreign,))

    (helper,) = found = helpers(lock)

    assert (helper.platform, helper.suite, helper.wheels) == ("linux/amd64", "trixie", ())
    assert {deb.role for deb in helper.debs} == {"base"}
    assert compiling_part(replace(lock, helpers=found), foreign, "amd64") is helper


def test_there_is_none_where_the_archive_has_another_python(
    foreign: PlatformLock, helpers: Callable[[Lock], tuple[PlatformLock, ...]]
) -> None:
    older = tuple(replace(deb, version="0.9") for deb in foreign.debs)

    assert helpers(Lock(inputs=digest_of(b""), platforms=(replace(foreign, debs=older),))) == ()
