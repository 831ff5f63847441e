"""What a project could stand on: what fits, in which order, and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from tests.scan.advisories.conftest import RECORDS

from boxwright.build.from_folder import plan_folder
from boxwright.lock.model import Lock, LockedDeb, PlatformLock
from boxwright.oci.digest import digest_of
from boxwright.plan.model import GpuPlan, Plan
from boxwright.practices.base_images import BaseImage
from boxwright.progress import Silent
from boxwright.scan.advisories.compile import import_exports
from boxwright.scan.advisories.database import Database
from boxwright.setup.bases import Base, Comparison, Measured, candidates, compare
from boxwright.setup.locked_bases import base_vulnerabilities
from boxwright.store.cache import Cache

TODAY = date(2026, 11, 22)
NOW = datetime(2025, 12, 1, tzinfo=UTC)


def plan(tmp_path: Path, *, requires: str = ">=3.11", needs: str = "") -> Plan:
    (tmp_path / "pyproject.toml").write_text(
        f'[project]\nname = "app"\nversion = "1.0"\nrequires-python = "{requires}"\n'
        f"dependencies = [{needs}]\n"
    )
    (tmp_path / "main.py").write_text("print()\n")
    overrides = {"platform": "linux/amd64"}
    return plan_folder(tmp_path, overrides=overrides, offline=True, environ={}).plan


def named(found: Comparison, start: str) -> Base:
    return next(base for base in found.bases if base.name.startswith(start))


def test_without_a_project_the_smallest_of_ours_is_recommended() -> None:
    found = compare(None, today=TODAY)

    assert found.recommended is not None
    assert found.recommended.name == "boxwright distroless trixie"
    assert found.bases[0] is found.recommended
    assert all(base.fits for base in found.bases)
    assert found.wants == ("Python 3.13, which nearly all wheels are made for: no project is here",)
    assert found.reasons == (
        "built from signed Debian packages, without a daemon",
        "no shell and no package manager",
        "supported until 2028-08-09",
        "19 MB to pull, where `python:3.13.15-slim-trixie` has about 44 MB",
    )


def test_a_python_that_the_project_does_not_take_is_in_the_way(tmp_path: Path) -> None:
    found = compare(plan(tmp_path, requires=">=3.10,<3.13"), today=TODAY)

    assert named(found, "boxwright distroless trixie").obstacles == (
        "its Python is 3.13, and the project does not take it",
    )
    assert named(found, "quay.io/jupyter").obstacles == (
        "its Python is 3.13, and the project is for 3.11",
    )
    assert named(found, "boxwright distroless bookworm").fits
    # Debian 12 is out of regular support by then.
    assert found.recommended is not None
    assert found.recommended.name == "python:3.11.16-slim-trixie"
    assert found.reasons == (
        "supported until 2028-08-09",
        (
            "`boxwright distroless bookworm`: out of regular support since 2026-07-11; long-term "
            "support until 2028-06-30"
        ),
        "`boxwright distroless trixie`: its Python is 3.13, and the project does not take it",
    )


def test_as_long_as_bookworm_is_supported_it_serves_older_pythons(tmp_path: Path) -> None:
    found = compare(plan(tmp_path, requires=">=3.10,<3.13"), today=date(2026, 1, 1))

    assert found.recommended is not None
    assert found.recommended.name == "boxwright distroless bookworm"


def test_wheels_that_bring_cuda_need_only_the_driver(tmp_path: Path) -> None:
    made = replace(plan(tmp_path), accelerator="cuda", gpu=GpuPlan(cuda="13.0", bundled=True))

    found = compare(made, today=TODAY)

    assert found.wants == (
        "Python 3.13 (>=3.11)",
        "the driver of NVIDIA only: CUDA is in the wheels",
    )
    assert found.recommended is not None
    assert found.recommended.name == "boxwright distroless trixie"
    assert (
        "CUDA 13.0.3, which the project has no use for" in named(found, "nvidia/cuda:13").drawbacks
    )


def test_wheels_without_cuda_need_it_from_the_base(tmp_path: Path) -> None:
    made = replace(plan(tmp_path), accelerator="cuda", gpu=GpuPlan(cuda="12.8", bundled=False))

    found = compare(made, today=TODAY)

    assert found.wants[1] == "the libraries of CUDA 12.8"
    fitting = [base for base in found.bases if base.fits]
    assert fitting
    assert all((BaseImage(base.name).facts or BaseImage("x")).cuda for base in fitting)  # type: ignore[union-attr]
    assert found.recommended is not None
    assert found.recommended.name == "nvidia/cuda:12.9.1-cudnn-runtime-ubuntu24.04"
    assert named(found, "boxwright slim trixie").obstacles == (
        "it has no libraries of CUDA, and the wheels bring none",
    )
    assert found.reasons[-2:] == (
        "`boxwright distroless trixie`: it has no libraries of CUDA, and the wheels bring none",
        "`boxwright distroless bookworm`: it has no libraries of CUDA, and the wheels bring none",
    )


def test_debian_packages_cannot_go_into_a_base_without_a_package_manager(tmp_path: Path) -> None:
    made = plan(tmp_path, needs='"opencv-python"')
    assert made.system_packages

    found = compare(made, today=TODAY)

    assert found.wants[1] == f"{len(made.system_packages)} Debian packages that wheels need"
    assert named(found, "gcr.io/distroless").obstacles == (
        "no Debian package can be installed in it, and wheels need some",
    )
    # Boxwright's own are assembled with them.
    assert found.recommended is not None
    assert found.recommended.name == "boxwright distroless trixie"


def test_where_nothing_fits_nothing_is_recommended(tmp_path: Path) -> None:
    made = replace(plan(tmp_path), python="==3.9.*", accelerator="cuda", gpu=GpuPlan(bundled=False))
    bases = replace(made.base, suites=())

    found = compare(replace(made, base=bases), today=TODAY)

    assert (found.recommended, found.reasons) == (None, ())


def test_what_was_measured_counts_for_more_than_the_table() -> None:
    measured = Measured(size=41_000_000, unpacked=120_000_000, created="2026-11-01", packages=99)

    found = compare(None, today=TODAY, measured={"python:3.13.15-slim-trixie": measured})

    base = named(found, "python:3.13.15-slim-trixie")
    assert (base.size, base.is_rough, base.measured) == (41_000_000, False, measured)
    assert found.reasons[-1] == "19 MB to pull, where `python:3.13.15-slim-trixie` has 41 MB"


def test_vulnerabilities_decide_only_where_all_are_known() -> None:
    names = [base.name for base in compare(None, today=TODAY).bases]
    bad = {"boxwright distroless trixie": {"critical": 1}}

    some = compare(None, today=TODAY, vulnerabilities=bad)
    every = compare(
        None,
        today=TODAY,
        vulnerabilities={
            **{name: {} for name in names},
            "gcr.io/distroless/python3-debian13:nonroot": {"high": 1},
        },
    )

    assert [base.name for base in some.bases] == names
    assert some.bases[0].vulnerabilities == {"critical": 1}
    assert [base.name for base in every.bases][:3] == names[:3]
    assert every.bases[2].vulnerabilities == {"high": 1}


@pytest.mark.parametrize("name", candidates(None))
def test_every_public_candidate_is_known_to_the_tables(name: str) -> None:
    facts = BaseImage(name).facts

    assert facts is not None
    assert facts.size_mb


def test_a_lock_tells_the_vulnerabilities_of_its_base(tmp_path: Path, cache: Cache) -> None:
    import_exports([RECORDS], cache=cache, progress=Silent())
    lock = Lock(
        inputs=digest_of(b""),
        platforms=(
            PlatformLock(
                platform="linux/amd64",
                suite="bookworm",
                variant="slim",
                python="3.11",
                debs=(
                    deb(
                        "libssl3", "pool/main/o/openssl/libssl3_3.0.13-1~deb12u1_amd64.deb", "base"
                    ),
                    deb("zlib1g", "pool/main/z/zlib/zlib1g_1.2.13_amd64.deb", "system"),
                ),
                wheels=(),
            ),
        ),
    )

    with Database(cache) as database:
        found = base_vulnerabilities(lock, database, now=NOW)

    assert found == {"boxwright slim bookworm": {"high": 1}}


def test_without_advisories_a_lock_tells_nothing(cache: Cache) -> None:
    part = PlatformLock(
        platform="linux/amd64",
        suite="trixie",
        variant="slim",
        python="3.13",
        debs=(deb("libssl3t64", "pool/main/o/openssl/libssl3t64_3.5.1-1_amd64.deb", "base"),),
        wheels=(),
    )

    with Database(cache) as database:
        lock = Lock(inputs=digest_of(b""), platforms=(part,))
        assert base_vulnerabilities(lock, database, now=NOW) == {}


def deb(name: str, path: str, role: str) -> LockedDeb:
    return LockedDeb(
        name=name,
        version=path.split("_")[1],
        architecture="amd64",
        archive="debian",
        path=path,
        digest=digest_of(path.encode()),
        size=1,
        role=role,
    )
