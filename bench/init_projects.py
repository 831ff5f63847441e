"""The projects that `boxwright init` is measured with, and the changes made in them."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from cases import CHECKOUT, STATE
from measure import BenchError

ADDED = "humanize"
"""The small dependency that is added: one pure wheel without dependencies."""

NOT_THE_PROJECT = shutil.ignore_patterns(
    *("Dockerfile*", ".dockerignore", "*compose*.y*ml", "kubernetes", "monitoring", "secrets"),
    *(".github", ".gitlab-ci.yml", ".boxwright", "boxwright.lock", "requirements.lock"),
    *("__pycache__", ".venv", "dist"),
)
"""What `boxwright init` writes, or what a run leaves behind."""

FROM_PLAN = (
    *("pyproject.toml", "requirements.txt", "requirements.lock", "boxwright.lock"),
    *("Dockerfile", ".dockerignore"),
)
"""The files that are not the same after a dependency is added."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project with a service, and where a line of it is changed."""

    name: str
    title: str
    folder: Path
    python: str
    suite: str
    application: str
    """What uvicorn is started with."""
    edited: str

    @property
    def state(self) -> Path:
        """Where this project's copies, wheels and caches are kept."""
        return STATE / "init" / self.name

    def copy(self, target: Path) -> None:
        """Make *target* a copy of the project, without anything generated."""
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(self.folder, target, ignore=NOT_THE_PROJECT)

    def add_dependency(self, folder: Path) -> None:
        """Declare one dependency more in *folder*, a copy of the project."""
        path = folder / "pyproject.toml"
        before = path.read_text()
        after = re.sub(r"(?m)^dependencies = \[\n", rf'\g<0>  "{ADDED}>=4",\n', before, count=1)
        if after == before:
            raise BenchError(f"{path}: no list of dependencies")
        path.write_text(after)


DIGITS = Project(
    name="digits",
    title="digits-api",
    folder=CHECKOUT / "examples" / "digits-api",
    python="3.13",
    suite="trixie",
    application="main:app",
    edited="main.py",
)

STACK = Project(
    name="stack",
    title="reference-stack",
    folder=CHECKOUT / "examples" / "reference-stack",
    python="3.13",
    suite="trixie",
    application="scoring.api:app",
    edited="scoring/api.py",
)

PROJECTS = {project.name: project for project in (DIGITS, STACK)}


def pinned(lock: Path) -> str:
    """Return the requirements of a hashed lock file as a developer would write them: pins alone."""
    lines = lock.read_text().splitlines()
    pins = [match[0] for line in lines if (match := re.match(r"[\w.\-\[\],]+==[^\s;\\]+", line))]
    if not pins:
        raise BenchError(f"{lock}: no pinned requirement")
    return "\n".join(pins) + "\n"
