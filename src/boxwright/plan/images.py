"""Which public images a Dockerfile starts from: Python to build with, and what it runs on."""

from __future__ import annotations

import datetime
import functools
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boxwright.errors import PlanError
from boxwright.plan.base_image import suites
from boxwright.plan.cuda import major
from boxwright.plan.explain import Explained
from boxwright.plan.model import SITE, BasePlan, GpuPlan, PublicImages
from boxwright.plan.python_limits import find_limits
from boxwright.plan.specifier import admits
from boxwright.project.detectors.lock_files import TOOLS
from boxwright.project.evidence import Evidence
from boxwright.project.facts import Project
from boxwright.settings import Settings

_LOCKED = frozenset({"uv.lock", "pylock.toml", *TOOLS})
"""Sources of dependencies that are installed for whatever Python the image has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicPython:
    """The Python of the public images, and the suite that they are made of."""

    minor: str
    suite: str
    """Of what runs: `trixie`, `bookworm` or `ubuntu24.04`."""
    image: str
    """To build with, which may be of another suite than what runs."""
    cuda: str = ""
    """The image with CUDA that it runs on, where the wheels bring none."""


@functools.cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads(Path(__file__).with_name("images.toml").read_text("utf-8"))


def latest_release(minor: str) -> str:
    """
    Return the newest release of Python *minor* that there are public images of.

    >>> latest_release("3.13")
    '3.13.15'
    """
    row = _table()["python"].get(minor)
    return str(row["latest"]) if row else minor


def decide_python(
    project: Project,
    settings: Settings,
    gpu: GpuPlan | None,
    explained: Explained,
) -> PublicPython:
    """Return the Python that a Dockerfile builds with, by what the project wants."""
    asked = settings.images.python
    if asked is not None:
        explained.from_settings("images.python", asked)
        return _of_tag(asked, settings)
    suite = settings.suite or "trixie"
    needs_cuda = gpu is not None and not gpu.bundled
    if needs_cuda and settings.python is None:
        found = _with_cuda(project, gpu, explained)
        if found is not None:
            return found
    minor = _minor(project, settings, explained)
    row = _table()["python"][minor]
    version = _version(project, minor)
    if settings.suite is None:
        suite = _suites_of(version, row)[0]
    image = f"python:{version}-slim-{suite}"
    _tell_of_ends(minor, row["ends"], suite, explained)
    return PublicPython(minor=minor, suite=suite, image=image)


def decide_images(
    python: PublicPython,
    settings: Settings,
    base: BasePlan,
    accelerator: str,
    packages: Sequence[str],
    command: Sequence[str],
    explained: Explained,
) -> PublicImages:
    """Return the public images; *packages* are Debian packages that need to be installed."""
    table = _table()
    if settings.images.uv:
        explained.from_settings("images.uv", settings.images.uv)
    return PublicImages(
        python=python.image,
        uv=settings.images.uv or table["uv"],
        runtime=_runtime(python, settings, base, accelerator, packages, command, explained),
        python_version=python.minor,
        suite=python.suite,
    )


def _runtime(
    python: PublicPython,
    settings: Settings,
    base: BasePlan,
    accelerator: str,
    packages: Sequence[str],
    command: Sequence[str],
    explained: Explained,
) -> str:
    if settings.images.runtime is not None:
        explained.from_settings("images.runtime", settings.images.runtime)
        return settings.images.runtime
    if python.cuda:
        explained.add(
            "images.runtime",
            python.cuda,
            "the wheels bring no CUDA libraries; this has them, and cuDNN",
            practice="cuda-devel-at-runtime",
        )
        return python.cuda
    distroless: Mapping[str, str] = _table()["distroless"]
    why = ""
    if base.variant != "distroless":
        why = f"the variant is `{base.variant}`"
    elif accelerator == "cuda":
        why = "CUDA is in the wheels, and its tools look for programs of a distribution"
    elif settings.images.python is not None:
        why = "the virtual environment is made for the image that was asked for"
    elif (python.minor, python.suite) != (distroless["python"], distroless["suite"]):
        why = f"distroless has Python {distroless['python']} only"
    elif packages:
        shown = ", ".join(f"`{name}`" for name in packages[:3])
        why = f"{shown} can be installed in an image with a package manager only"
    elif not command[0].startswith(f"{SITE}/") and command[0].startswith("/usr/"):
        why = f"`{command[0]}` is not in distroless"
    if why:
        explained.add("images.runtime", python.image, why, practice="full-base-image")
        return ""
    image = distroless["image"]
    explained.add(
        "images.runtime",
        image,
        "no shell and no package manager, and the same Python",
        practice="shell-in-runtime-image",
    )
    return image


def _minor(project: Project, settings: Settings, explained: Explained) -> str:
    rows: Mapping[str, Mapping[str, Any]] = _table()["python"]
    wanted = project.requires_python
    allowed = [
        minor
        for minor, row in rows.items()
        if not wanted or admits(wanted.value, row["latest"]) or _exact(project, row)
    ]
    newest = ", ".join(sorted((row["latest"] for row in rows.values()), key=_key))
    if settings.python is not None:
        if settings.python not in rows:
            raise PlanError(
                f"{settings.source}: {settings.key('python')}: no public image is known for Python"
                f" `{settings.python}`",
                hint=f"choose one of {', '.join(sorted(rows, key=_key))}, or name an image in"
                f" `{settings.key('images.python')}`",
            )
        if wanted and settings.python not in allowed:
            raise PlanError(
                f"{settings.source}: {settings.key('python')}: `{settings.python}` is not admitted"
                f" by `requires-python` (`{wanted.value}`, {wanted.evidence})",
                hint="change one of them",
            )
        explained.from_settings("python", settings.python)
        return settings.python
    if not allowed:
        assert wanted is not None  # noqa: S101 (without it all are allowed)
        raise PlanError(
            f"{wanted.evidence}: `requires-python` is `{wanted.value}`, which none of the Pythons"
            f" with public images is: {newest}",
            hint=f"widen `requires-python`, or name an image in `{settings.key('images.python')}`",
        )
    return _best(project, settings, allowed, explained)


def _of_debian() -> set[str]:
    return {suite.minor for suite in suites().values()}


def _exact(project: Project, row: Mapping[str, Any]) -> str:
    """Return the one version that `requires-python` admits, where it has an image: `3.12.1`."""
    wanted = project.requires_python
    found = re.fullmatch(r"===?\s*(3\.\d+\.\d+)", wanted.value.strip()) if wanted else None
    if found is None or found[1].rpartition(".")[0] != row["latest"].rpartition(".")[0]:
        return ""
    is_known = _key(found[1]) <= _key(row["latest"]) and _suites_of(found[1], row)
    return found[1] if is_known else ""


def _version(project: Project, minor: str) -> str:
    row: Mapping[str, Any] = _table()["python"][minor]
    latest: str = row["latest"]
    return _exact(project, row) or latest


def _suites_of(version: str, row: Mapping[str, Any]) -> list[str]:
    """Return the suites that there are images of *version* on, the newest first."""
    return [suite for suite, first in row["suites"].items() if _key(first) <= _key(version)]


def _best(
    project: Project, settings: Settings, allowed: Sequence[str], explained: Explained
) -> str:
    """Return the first of the Pythons *allowed* that all that is pinned has wheels for."""
    wanted, preferred = project.requires_python, project.preferred_python
    rows: Mapping[str, Mapping[str, Any]] = _table()["python"]
    kept = [minor for minor in allowed if not rows[minor].get("is_last_resort")] or list(allowed)
    if preferred is not None and preferred.value in kept:
        _add(
            _version(project, preferred.value),
            "the Python that the developers work with",
            explained,
            preferred.evidence,
        )
        return preferred.value
    why = "the newest that the usual wheels are made for"
    evidence: tuple[Evidence, ...] = (wanted.evidence,) if wanted else ()
    if wanted:
        why += " and `requires-python` admits"
    if preferred is not None and all(_key(preferred.value) < _key(minor) for minor in kept):
        # What was pinned for an old one has wheels for its neighbours rather than for the newest.
        kept.sort(key=_key)
        why = f"the nearest to {preferred.value}, which gets no security updates any more"
        evidence = (preferred.evidence,)
    if project.dependencies.source not in _LOCKED:
        # What has no lock is locked for a Python of Debian, which the image then has too.
        kept.sort(key=lambda minor: minor not in _of_debian())
    others = [minor for minor in allowed if minor not in kept]
    limits = find_limits(project.dependencies, allowed)
    free = [minor for minor in (*kept, *others) if not limits[minor]]
    chosen = free[0] if free else min(kept, key=lambda minor: (len(limits[minor]), _key(minor)))
    against = limits[kept[0]]
    if against:
        shown = ", ".join(f"`{limit}`" for limit in against[:3])
        more = f" and {len(against) - 3} more" if len(against) > 3 else ""
        have = "has" if len(against) == 1 else "have"
        why = f"{shown}{more} {have} no wheels for Python {kept[0]}"
        evidence = tuple(dict.fromkeys(limit.evidence for limit in against[:3]))
    _add(_version(project, chosen), why, explained, *evidence)
    if not free:
        limit = limits[chosen][0]
        explained.notice(
            f"`{limit}` has no wheels for Python {chosen}: it is compiled, or cannot be installed",
            "ask for a newer version, or name an image with an older Python in"
            f" `{settings.key('images.python')}`",
            limit.evidence,
        )
    return chosen


def _add(version: str, why: str, explained: Explained, *evidence: Evidence) -> None:
    explained.add(
        "images.python",
        f"Python {version}",
        f"{why}; by its exact tag",
        *evidence,
        practice="moving-base-tag",
    )


def _key(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _with_cuda(project: Project, gpu: GpuPlan | None, explained: Explained) -> PublicPython | None:
    """Return the Python of an image with CUDA; None where none will do."""
    table = _table()["cuda"]
    minor: str = table["python"]
    row = _table()["python"][minor]
    wanted = project.requires_python
    version = str(major(gpu.cuda) or "") if gpu else ""
    image = table["images"].get(version or max(table["images"]))
    if image is None or (wanted and not admits(wanted.value, row["latest"])):
        reason = (
            f"CUDA {version} has no image that is still kept"
            if image is None
            else f"images with CUDA have Python {minor}, which `requires-python` does not admit"
        )
        explained.notice(
            f"the wheels bring no CUDA libraries, and {reason}",
            "take a variant that depends on the `nvidia-…` wheels, or name an image in"
            " `images.runtime`",
            *((wanted.evidence,) if wanted else ()),
        )
        return None
    _add(row["latest"], "the Python of the image with CUDA that it runs on", explained)
    explained.notice(
        "the wheels bring no CUDA libraries, and `boxwright build` has no base with them",
        "take a variant that depends on the `nvidia-…` wheels (an extra such as `cuda`), or build"
        " with the Dockerfile that `boxwright init` writes",
    )
    return PublicPython(
        minor=minor,
        suite=table["suite"],
        image=f"python:{row['latest']}-slim-{table['built_on']}",
        cuda=image,
    )


def _of_tag(image: str, settings: Settings) -> PublicPython:
    """Return what the tag of an image says: `mirror/python:3.12.14-slim-bookworm`."""
    tag = image.partition("@")[0].rpartition(":")[2]
    version = re.match(r"(3\.\d+)(?![\d])", tag)
    if version is None and settings.python is None:
        raise PlanError(
            f"{settings.source}: {settings.key('images.python')}: which Python `{image}` has is not"
            " in its tag",
            hint=f'say so: `python = "3.13"` beside `{settings.key("images.python")}`',
        )
    suite = re.search(r"trixie|bookworm", tag)
    return PublicPython(
        minor=settings.python or (version[1] if version else ""),
        suite=suite[0] if suite else settings.suite or "trixie",
        image=image,
    )


def _tell_of_ends(minor: str, ends: datetime.date, suite: str, explained: Explained) -> None:
    """Tell where security updates had ended when the tables were made: a plan knows no clock."""
    table = _table()
    if ends <= table["as_of"]:
        explained.notice(
            f"Python {minor} gets no security updates since {ends}",
            "move on to a newer one: widen `requires-python`, or set `python`",
        )
    regular: datetime.date = table["suite"][suite]
    if regular <= table["as_of"]:
        explained.notice(
            f"Debian {suite} has left regular support on {regular}",
            "trixie is supported until 2028: leave `suite` out, or take a newer Python",
        )
