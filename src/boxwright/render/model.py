"""What rendering takes beside the plan, and what it gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from boxwright.plan.model import Plan, Workload
from boxwright.project.context import IgnoredPath


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A project whose image some of the workloads run, and from what that is built."""

    plan: Plan
    """The project's alone."""
    name: str = ""
    """As `Workload.image` has it."""
    folder: str = ""
    """The project's place below the folder that the files are written to; empty for that itself."""
    context: str = "."
    """What the image is built from, relative to the same: `services/api`, `../..`."""
    dockerfile: str = "Dockerfile"
    """Relative to the context."""

    @property
    def has_own_context(self) -> bool:
        """Whether the image is built from the folder of its Dockerfile, and nothing above it."""
        return self.dockerfile == "Dockerfile"

    @property
    def dockerignore(self) -> str:
        """The name of the file that says what of the context is left out, beside the Dockerfile."""
        # BuildKit prefers this one, and the top may have another for other images.
        return ".dockerignore" if self.has_own_context else "Dockerfile.dockerignore"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What files say that is no part of the plan: it is read where they are written."""

    version: str = "0"
    """Boxwright's own."""
    plan_digest: str = ""
    """`sha256:…` of the plan without its reasons."""
    digests: Mapping[str, str] = field(default_factory=dict)
    """Public images by their tag → `sha256:…`; those that could not be looked up are missing."""
    ignored: tuple[IgnoredPath, ...] = ()
    """What lies in the build context and does not belong into it, relative to it."""
    requirements_lock: bool = False
    """Whether `requirements.lock` is written beside the Dockerfile, with hashes."""
    repository: str = ""
    """Where the project is kept: `github.com/acme/digits`; empty where that is not known."""
    default_branch: str = "main"
    ci: str = ""
    """Where it is built: `github` or `gitlab`; empty: nowhere that is known."""
    boxwright: str = ""
    """How CI installs Boxwright, a requirement (PEP 508); empty: it does without."""
    tests: str = ""
    """The command that runs the project's own tests; empty where none were found."""
    folder: str = ""
    """The project's place below the folder that the files are written to; empty for that itself."""
    parts: tuple[Part, ...] = ()
    """The projects that run together, or the one whose image is built from a folder above it."""

    def part(self, plan: Plan, workload: Workload) -> Part:
        """Return the project of *workload*: that of *plan* itself, where there are no parts."""
        usual = Part(plan=plan, folder=self.folder)
        return next((each for each in self.parts if each.name == workload.image), usual)

    def pinned(self, image: str) -> str:
        """
        Return *image* with its digest, where that is known.

        >>> Surroundings(digests={"redis:8.2": "sha256:ab"}).pinned("redis:8.2")
        'redis:8.2@sha256:ab'
        """
        digest = self.digests.get(image)
        return f"{image}@{digest}" if digest else image


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratedFile:
    """A file that was rendered."""

    path: str
    """Relative to the folder that the files are written to."""
    text: str
    kind: str
    """`dockerfile`, `dockerignore`, `lock`, `compose`, `kubernetes` or `ci`: what `--only` takes."""


KINDS = ("dockerfile", "dockerignore", "lock", "compose", "kubernetes", "ci")
"""All of them."""
