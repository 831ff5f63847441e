"""What a project could stand on: candidate bases side by side, and which one is recommended."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boxwright.plan.base_image import suites
from boxwright.plan.images import latest_release
from boxwright.plan.specifier import admits
from boxwright.practices.base_images import BaseImage, end_of_life, regular_support_end

if TYPE_CHECKING:
    from boxwright.plan.model import Plan

_MB = 1_000_000
_DEFAULT_PYTHON = "3.13"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What looking into a base found."""

    size: int
    """Bytes of its layers as they are sent."""
    unpacked: int
    created: str
    """RFC 3339; empty where the image does not say."""
    packages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """A candidate."""

    name: str
    """`boxwright distroless trixie`, or the reference of a public image."""
    is_own: bool
    """Whether `boxwright build` assembles it from Debian packages."""
    distribution: str
    """`debian:13`; empty where it is not known."""
    libc: str
    """`glibc 2.41`, `musl`; empty where it is not known."""
    python: str
    """The minor version of its Python: `3.13`; empty where it has none."""
    user: str
    """Who runs by default: `root`, `65532`; empty where it is not known."""
    has_shell: bool | None
    size: int | None
    """Bytes of its layers as they are sent; of an amd64 image."""
    is_rough: bool
    """Whether *size* is from a table rather than measured on this very image."""
    supported_until: date | None
    """The end of the security updates of its distribution or Python, whichever comes first."""
    measured: Measured | None = None
    vulnerabilities: Mapping[str, int] | None = None
    """How many by severity; None where nobody has looked, or there is no advisory data for it."""
    obstacles: tuple[str, ...] = ()
    """Why the project cannot stand on it, in clauses."""
    drawbacks: tuple[str, ...] = ()
    """What speaks against it, in clauses."""
    merits: tuple[str, ...] = ()
    """What speaks for it, in clauses."""

    @property
    def fits(self) -> bool:
        """Whether the project can stand on it."""
        return not self.obstacles


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The candidates, the recommended one first."""

    bases: tuple[Base, ...]
    recommended: Base | None
    reasons: tuple[str, ...]
    as_of: date
    """The day of the tables."""
    wants: tuple[str, ...] = field(default=())
    """What of the project decides, in clauses."""


def compare(
    plan: Plan | None,
    *,
    today: date,
    measured: Mapping[str, Measured] | None = None,
    vulnerabilities: Mapping[str, Mapping[str, int]] | None = None,
) -> Comparison:
    """
    Return the candidates for the project of *plan*, or for any where there is none.

    *measured* is what is known of some of them better than the tables do, by their names;
    *vulnerabilities* how many some have, by severity.
    """
    table = _table()
    found = measured or {}
    bases = [_own(row, plan, today, found) for row in table["own"]]
    bases += [_public(row, plan, today, found) for row in table["public"]]
    counts = vulnerabilities or {}
    bases = [replace(base, vulnerabilities=counts.get(base.name)) for base in bases]
    # Of what nobody has looked at nothing is known, which is not the same as none.
    by_counts = all(base.vulnerabilities is not None for base in bases if base.fits)
    ranked = sorted(bases, key=lambda base: _rank(base, today, by_counts=by_counts))
    best = ranked[0] if ranked and ranked[0].fits else None
    return Comparison(
        bases=tuple(ranked),
        recommended=best,
        reasons=_reasons(best, ranked, today) if best else (),
        as_of=table["as_of"],
        wants=_wants(plan),
    )


def candidates(plan: Plan | None) -> tuple[str, ...]:
    """Return the references of the public images that `compare` compares for *plan*."""
    return tuple(_reference(row, plan) for row in _table()["public"])


@functools.cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads(Path(__file__).with_name("bases.toml").read_text("utf-8"))


def _wants(plan: Plan | None) -> tuple[str, ...]:
    if plan is None:
        return (
            f"Python {_DEFAULT_PYTHON}, which nearly all wheels are made for: no project is here",
        )
    wants = [f"Python {_minor(plan)}" + (f" ({plan.python})" if plan.python else "")]
    if plan.gpu is not None and plan.accelerator == "cuda":
        wants.append(
            "the driver of NVIDIA only: CUDA is in the wheels"
            if plan.gpu.bundled
            else f"the libraries of CUDA {plan.gpu.cuda}".rstrip()
        )
    if plan.system_packages:
        wants.append(f"{len(plan.system_packages)} Debian packages that wheels need")
    return tuple(wants)


def _minor(plan: Plan | None) -> str:
    if plan is None or plan.images is None:
        return _DEFAULT_PYTHON
    return plan.images.python_version or _DEFAULT_PYTHON


def _own(
    row: Mapping[str, Any], plan: Plan | None, today: date, measured: Mapping[str, Measured]
) -> Base:
    suite = suites()[row["suite"]]
    name = f"boxwright {row['variant']} {row['suite']}"
    obstacles = []
    if plan is not None and not plan.base.image and suite.name not in plan.base.suites:
        obstacles.append(f"its Python is {suite.minor}, and the project does not take it")
    if _needs_cuda_libraries(plan):
        obstacles.append("it has no libraries of CUDA, and the wheels bring none")
    merits = ["built from signed Debian packages, without a daemon"]
    is_distroless = row["variant"] == "distroless"
    merits.append("no shell and no package manager" if is_distroless else "a shell for debugging")
    found = measured.get(name)
    return Base(
        name=name,
        is_own=True,
        distribution=f"debian:{suite.debian}",
        libc=f"glibc {suite.glibc}",
        python=suite.minor,
        user="65532",
        has_shell=not is_distroless,
        size=found.size if found else row["size"],
        is_rough=False,
        supported_until=_support(f"debian:{suite.debian}", suite.minor),
        measured=found,
        obstacles=tuple(obstacles),
        drawbacks=_support_drawbacks(f"debian:{suite.debian}", suite.minor, today),
        merits=tuple(merits),
    )


def _reference(row: Mapping[str, Any], plan: Plan | None) -> str:
    name: str = row["image"]
    return name.replace("{python}", latest_release(_minor(plan)))


def _public(
    row: Mapping[str, Any], plan: Plan | None, today: date, measured: Mapping[str, Measured]
) -> Base:
    name = _reference(row, plan)
    image = BaseImage(name)
    facts = image.facts
    assert facts is not None  # noqa: S101 (the tables are ours, and a test holds them together)
    python = row.get("python") or ".".join((facts.python or "").split(".")[:2])
    distribution = facts.distribution or ""
    libc = _table()["libc"].get(distribution) or facts.libc or ""
    obstacles, drawbacks, merits = [], [], []
    minor = _minor(plan)
    if python and python != minor and plan is not None and not admits(plan.python, python):
        obstacles.append(f"its Python is {python}, and the project is for {minor}")
    if libc.startswith("musl"):
        drawbacks.append("most wheels of machine learning are for glibc only")
    if _needs_cuda_libraries(plan) and not facts.cuda:
        obstacles.append("it has no libraries of CUDA, and the wheels bring none")
    if facts.cuda and not _needs_cuda_libraries(plan):
        drawbacks.append(f"CUDA {facts.cuda}, which the project has no use for")
    if facts.family == "distroless":
        merits.append("no shell and no package manager")
        if plan is not None and plan.system_packages:
            obstacles.append("no Debian package can be installed in it, and wheels need some")
    if facts.bundles:
        drawbacks.append(f"{', '.join(sorted(facts.bundles))} in it, whatever the lock says")
    if not facts.is_slim and facts.family == "python":
        drawbacks.append("compilers and headers, which nothing needs at run time")
    if facts.user in (None, "root"):
        drawbacks.append("runs as root unless it is told otherwise")
    if image.is_moving:
        drawbacks.append("its tag moves on")
    found = measured.get(name)
    drawbacks += _support_drawbacks(distribution, python, today)
    return Base(
        name=name,
        is_own=False,
        distribution=distribution,
        libc=libc,
        python=python,
        user=facts.user or "",
        has_shell=facts.has_program("sh"),
        size=found.size if found else facts.size_mb * _MB if facts.size_mb else None,
        is_rough=found is None,
        supported_until=_support(distribution, python),
        measured=found,
        obstacles=tuple(obstacles),
        drawbacks=tuple(drawbacks),
        merits=tuple(merits),
    )


def _needs_cuda_libraries(plan: Plan | None) -> bool:
    return (
        plan is not None
        and plan.accelerator == "cuda"
        and plan.gpu is not None
        and not plan.gpu.bundled
    )


def _support(distribution: str, python: str) -> date | None:
    """Return the end of support; Debian's own Python is kept up with Debian."""
    name, _, version = distribution.partition(":")
    days = [regular_support_end(distribution)]
    if days == [None]:
        end = end_of_life(name, version)
        days = [end.on if end else None]
    if name != "debian":
        end = end_of_life("python", python)
        days.append(end.on if end else None)
    return min((day for day in days if day is not None), default=None)


def _support_drawbacks(distribution: str, python: str, today: date) -> tuple[str, ...]:
    ends = _support(distribution, python)
    if ends is None or ends >= today:
        return ()
    long_term = end_of_life(*distribution.split(":")) if ":" in distribution else None
    if long_term is not None and long_term.on > today and long_term.on > ends:
        return (f"out of regular support since {ends}; long-term support until {long_term.on}",)
    return (f"out of support since {ends}",)


def _rank(base: Base, today: date, *, by_counts: bool) -> tuple[object, ...]:
    counts = (base.vulnerabilities or {}) if by_counts else {}
    worst = (counts.get("critical", 0), counts.get("high", 0))
    is_out = base.supported_until is not None and base.supported_until < today
    return (
        not base.fits,
        is_out,
        base.libc.startswith("musl"),
        not base.is_own,
        base.has_shell is not False,
        worst,
        base.size if base.size is not None else 1 << 62,
        base.name,
    )


def _reasons(best: Base, bases: list[Base], today: date) -> tuple[str, ...]:
    reasons = list(best.merits)
    if best.supported_until is not None and best.supported_until >= today:
        reasons.append(f"supported until {best.supported_until}")
    if not best.is_own:
        # Whoever asks Boxwright would have its own: so why not?
        reasons += [
            f"`{base.name}`: {clause}"
            for base in bases
            if base.is_own and not base.has_shell
            for clause in (*base.obstacles, *base.drawbacks)[:1]
        ]
    slim = next((base for base in bases if "-slim-" in base.name and base.size), None)
    if slim is not None and slim is not best and best.size and slim.size and best.size < slim.size:
        about = "about " if slim.is_rough else ""
        reasons.append(
            f"{best.size / _MB:.0f} MB to pull, where `{slim.name}` has {about}"
            f"{slim.size / _MB:.0f} MB"
        )
    return tuple(reasons)
