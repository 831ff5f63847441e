"""The two projects that are built, and what is changed in them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parent
STATE = CHECKOUT / ".cache" / "bench"
"""Everything that the benchmark makes, wheels and results alike; safe to delete."""

# What pip may take for Debian on x86-64, newest first (pip does not expand `manylinux_2_36`).
PLATFORMS = (
    *(f"manylinux_2_{minor}_x86_64" for minor in range(36, 16, -1)),
    "manylinux2014_x86_64",
    "manylinux_2_12_x86_64",
    "manylinux2010_x86_64",
    "manylinux_2_5_x86_64",
    "manylinux1_x86_64",
    "linux_x86_64",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade:
    """A small dependency that gets a new release."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A project, its pinned dependencies, and a question that its service answers."""

    name: str
    title: str
    project: Path
    requirements: Path
    python: str
    suite: str
    upgrade: Upgrade
    edited: str
    """The file of the project that one line is added to."""
    question: dict[str, object]
    pins_in_project: bool
    """Whether the project has a requirements file, or no more than ranges in pyproject.toml."""

    @property
    def state(self) -> Path:
        """Where this case's wheels, copies and results are kept."""
        return STATE / self.name

    @property
    def wheels(self) -> Path:
        """The folder that all contenders install from, with both releases of the upgrade."""
        return self.state / "wheels"

    def pins(self, *, upgraded: bool) -> str:
        """Return the pinned requirements, before or after the upgrade."""
        text = self.requirements.read_text()
        before = f"{self.upgrade.name}=={self.upgrade.before}\n"
        if before not in text:
            raise ValueError(f"{self.requirements}: no line `{before.strip()}`")
        if not upgraded:
            return text
        return text.replace(before, f"{self.upgrade.name}=={self.upgrade.after}\n")


IDNA = Upgrade(name="idna", before="3.19", after="3.20")

DIGITS = Case(
    name="digits",
    title="digits-api",
    project=CHECKOUT / "examples" / "digits-api",
    requirements=HERE / "digits" / "requirements.txt",
    python="3.13",
    suite="trixie",
    upgrade=IDNA,
    edited="main.py",
    question={"pixels": [0] * 20 + [16] * 24 + [0] * 20},
    pins_in_project=False,
)

TORCH = Case(
    name="torch",
    title="torch",
    project=HERE / "torch" / "app",
    requirements=HERE / "torch" / "requirements.txt",
    python="3.11",
    suite="bookworm",
    upgrade=IDNA,
    edited="main.py",
    question={"values": [0.5] * 16},
    pins_in_project=True,
)

CASES = {case.name: case for case in (DIGITS, TORCH)}
