"""Which Debian suite the image stands on, by the Python that the project wants."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from boxwright.errors import PlanError
from boxwright.plan.explain import Explained
from boxwright.plan.model import BasePlan
from boxwright.plan.specifier import admits
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
    project: Project, settings: Settings, variant: str | None, explained: Explained
) -> BasePlan:
    """Return the suites that will do, and the variant."""
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
    if settings.debian.packages:
        explained.from_settings("debian.packages", ", ".join(settings.debian.packages))
    return BasePlan(suites=chosen, variant=decided, packages=settings.debian.packages)


def _suites(project: Project, settings: Settings, explained: Explained) -> tuple[str, ...]:
    known = suites()
    allowed = list(known.values())
    wanted = project.requires_python
    if wanted is not None:
        allowed = [suite for suite in allowed if admits(wanted.value, suite.python)]
        if not allowed:
            have = " and ".join(f"{suite.python} ({suite.name})" for suite in known.values())
            raise PlanError(
                f"{wanted.evidence}: `requires-python` is `{wanted.value}`,"
                f" but the Pythons that Debian supports are {have}",
                hint="widen `requires-python` if the project runs on one of them",
            )
    if settings.suite is not None:
        allowed = [suite for suite in allowed if suite.name == settings.suite]
        if not allowed:
            raise _contradiction(project, settings, "suite", settings.suite)
    if settings.python is not None:
        allowed = [suite for suite in allowed if suite.minor == settings.python]
        if not allowed:
            raise _contradiction(project, settings, "python", settings.python)
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
    why = (
        "the newest stable Debian that `requires-python` admits"
        if wanted
        else ("the newest stable Debian; the project names no Python")
    )
    evidence = (wanted.evidence,) if wanted else ()
    explained.add("base", value, why, *evidence, practice="end-of-life-base")
    if len(names) > 1:
        explained.add(
            "base.suites", ", ".join(names), "the next one is for wheels that the first lacks"
        )
    return names


def _contradiction(project: Project, settings: Settings, key: str, asked: str) -> PlanError:
    place = f"{settings.source}: {settings.key(key)}"
    have = ", ".join(f"{suite.minor} ({suite.name})" for suite in suites().values())
    wanted = project.requires_python
    by = f" or not admitted by `requires-python` (`{wanted.value}`)" if wanted else ""
    asks = f" or fits no other setting of `{settings.source}`" if not by else ""
    return PlanError(
        f"{place}: `{asked}` is not what Debian has{by}{asks}", hint=f"choose one of Python {have}"
    )
