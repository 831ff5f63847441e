"""Which Debian suite the image stands on, by the Python that the project wants."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from boxwright.errors import PlanError
from boxwright.plan.explain import Explained
from boxwright.plan.model import BasePlan, Plan
from boxwright.plan.python_limits import find_limits
from boxwright.plan.specifier import admits
from boxwright.plan.system_packages import present_name
from boxwright.project.evidence import Evidence
from boxwright.project.facts import Project
from boxwright.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """A row of `suites.toml`."""

    name: str
    debian: int
    python: str
    """With its patch level: a project may need one that Debian does not have."""
    glibc: str
    supported: str
    long_term: str

    @property
    def minor(self) -> str:
        """The minor version of its Python: `3.13`."""
        return self.python.rpartition(".")[0]


@functools.cache
def suites() -> Mapping[str, Suite]:
    """Return the suites that images can stand on, the default first."""
    text = Path(__file__).with_name("suites.toml").read_text("utf-8")
    return {name: Suite(name=name, **row) for name, row in tomllib.loads(text).items()}


def decide_base(
    project: Project,
    settings: Settings,
    variant: str | None,
    explained: Explained,
    *,
    image: str | None = None,
) -> BasePlan:
    """
    Return the suites that will do, and the variant; or the image that is asked for instead.

    *variant* and *image* were asked for on the command line.
    """
    if image or settings.base:
        return _image(project, settings, variant, image, explained)
    chosen = _suites(project, settings, explained)
    decided = variant or settings.variant or "distroless"
    if variant:
        explained.add("variant", decided, "asked for on the command line")
    elif settings.variant:
        explained.from_settings("variant", decided)
    else:
        explained.add(
            "variant",
            decided,
            "no shell and no package manager: nothing for an intruder to use",
            practice="shell-in-runtime-image",
        )
    return BasePlan(
        suites=chosen, variant=decided, packages=_packages(project, settings, explained)
    )


def _image(
    project: Project,
    settings: Settings,
    variant: str | None,
    asked: str | None,
    explained: Explained,
) -> BasePlan:
    given = {"suite": settings.suite, "python": settings.python, "variant": settings.variant}
    key = next((settings.key(key) for key, value in given.items() if value), "")
    if variant or key:
        what = "`--variant`" if variant else f"`{key}`"
        raise PlanError(
            f"{what} chooses among the bases of Boxwright, but an image is to be the base",
            hint=f"leave {what} out, or the image: its Python and its programs are what they are",
        )
    image = asked or settings.base or ""
    if asked:
        explained.add("base", image, "asked for on the command line")
    else:
        explained.from_settings("base", image)
    explained.add(
        "base.image",
        image,
        "`boxwright lock` looks up its digest once and takes its Python; its layers go into the"
        " image as they are",
        practice="undigested-base",
    )
    # The variant is that of a generated Dockerfile, which has images of its own.
    return BasePlan(
        suites=(),
        variant="distroless",
        packages=_packages(project, settings, explained),
        image=image,
    )


def _packages(project: Project, settings: Settings, explained: Explained) -> tuple[str, ...]:
    if settings.debian.packages:
        explained.from_settings("debian.packages", ", ".join(settings.debian.packages))
    named = (present_name(fact.value) for fact in project.dependencies.debian)
    return tuple(dict.fromkeys((*settings.debian.packages, *(name for name in named if name))))


def required_suites(plan: Plan) -> tuple[str, ...]:
    """Return the suites that a direct build can stand on; PlanError where there are none."""
    if plan.base.suites:
        return plan.base.suites
    found = next(decision for decision in plan.decisions if decision.what == _NO_SUITE)
    (evidence,) = found.evidence
    key = f"{evidence.says}: " if _is_setting(evidence) else ""
    raise PlanError(f"{evidence}: {key}{found.why}", hint=_hint(evidence))


_NO_SUITE = "base.suites"


def _is_setting(evidence: Evidence) -> bool:
    return evidence.line is None


def _hint(evidence: Evidence) -> str:
    dockerfile = "build with the Dockerfile that `boxwright init` writes"
    if _is_setting(evidence):
        have = ", ".join(f"{suite.minor} ({suite.name})" for suite in suites().values())
        return f"choose one of Python {have}, or {dockerfile}"
    return f"widen `requires-python` if the project runs on one of them, or {dockerfile}"


def _suites(project: Project, settings: Settings, explained: Explained) -> tuple[str, ...]:
    known = suites()
    allowed = list(known.values())
    wanted = project.requires_python
    have = " and ".join(f"{suite.python} ({suite.name})" for suite in known.values())
    if wanted is not None:
        allowed = [suite for suite in allowed if admits(wanted.value, suite.python)]
        if not allowed:
            return _none(
                f"`requires-python` is `{wanted.value}`, but the Pythons that Debian supports are"
                f" {have}",
                wanted.evidence,
                explained,
            )
    for key, asked in (("suite", settings.suite), ("python", settings.python)):
        if asked is None:
            continue
        allowed = [
            suite for suite in allowed if asked == (suite.name if key == "suite" else suite.minor)
        ]
        if not allowed:
            by = f" or not admitted by `requires-python` (`{wanted.value}`)" if wanted else ""
            asks = f" or fits no other setting of `{settings.source}`" if not by else ""
            return _none(
                f"`{asked}` is not what Debian has{by}{asks}: {have}",
                Evidence(settings.source, None, settings.key(key)),
                explained,
            )
    names = tuple(suite.name for suite in allowed)
    best = allowed[0]
    value = f"Debian {best.debian} ({best.name}), Python {best.minor}"
    if settings.suite or settings.python:
        explained.from_settings("suite" if settings.suite else "python", value)
        return names
    preferred = project.preferred_python
    if preferred is not None:
        same = [suite for suite in allowed if suite.minor == preferred.value]
        if same:
            names = tuple(suite.name for suite in (*same, *(s for s in allowed if s not in same)))
            value = f"Debian {same[0].debian} ({same[0].name}), Python {same[0].minor}"
            why = "the Python that the developers work with"
            explained.add("base", value, why, preferred.evidence)
            return names
        explained.notice(
            f"the image has Python {best.minor}, not {preferred.value}",
            f"Debian has {' and '.join(suite.minor for suite in known.values())};"
            " test the project with the one that it will run on",
            preferred.evidence,
        )
    limits = find_limits(project.dependencies, [suite.minor for suite in allowed])
    free = [suite for suite in allowed if not limits[suite.minor]]
    if limits[best.minor] and free:
        against, newest = limits[best.minor][0], best.minor
        best = free[0]
        explained.add(
            "base",
            f"Debian {best.debian} ({best.name}), Python {best.minor}",
            f"`{against}` has no wheels for Python {newest}",
            against.evidence,
        )
        return tuple(suite.name for suite in (*free, *(s for s in allowed if s not in free)))
    why = (
        "the newest stable Debian that `requires-python` admits"
        if wanted
        else ("the newest stable Debian; the project names no Python")
    )
    evidence = (wanted.evidence,) if wanted else ()
    explained.add("base", value, why, *evidence, practice="end-of-life-base")
    if len(names) > 1:
        explained.add(
            _NO_SUITE, ", ".join(names), "the next one is for wheels that the first lacks"
        )
    return names


def _none(why: str, evidence: Evidence, explained: Explained) -> tuple[str, ...]:
    """Tell that no suite will do, which only a direct build needs."""
    explained.add(_NO_SUITE, "none", why, evidence)
    explained.notice(
        "`boxwright build` has no base for this project; a Dockerfile has",
        _hint(evidence),
        evidence,
    )
    return ()
