"""What rendering takes beside the plan, and what it gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from boxwright.project.context import IgnoredPath


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
    """What lies in the project and does not belong into the build context."""
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
