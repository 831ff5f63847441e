"""A finding: which practice is broken where, and how to mend it."""

from __future__ import annotations

from enum import Enum, IntEnum

from boxwright.text.edit import Edit
from boxwright.text.record import NamedTuple
from boxwright.text.source import Position, Span


class Severity(IntEnum):
    """How much a finding matters; greater is worse."""

    INFO = 1
    """Worth knowing: no harm comes from leaving it."""
    WARNING = 2
    """Costs time, space or trouble, or will some day."""
    ERROR = 3
    """Broken, leaking, or open to others."""

    def __str__(self) -> str:
        """Return its name as settings and output have it."""
        return self.name.lower()


class Applicability(Enum):
    """Who may apply a fix."""

    SAFE = "safe"
    """`check --fix`: the image or stack that it makes behaves the same."""
    UNSAFE = "unsafe"
    """`check --fix --unsafe-fixes`: right as a rule, but somebody should look."""


class Fix(NamedTuple):
    """A change that mends a finding."""

    title: str
    """What it does, as an order: ``Add `--no-cache-dir` ``."""
    edits: tuple[Edit, ...]
    """Changes of the file that the finding is in."""
    applicability: Applicability
    changes: tuple[str, ...] = ()
    """
    What it changes in the structure, beyond the insides of instructions.

    In Dockerfiles: `+USER` adds such an instruction, `-RUN` removes one, `order` moves
    some. In YAML: the dotted key paths below which data may differ
    (`services.api.tmpfs`). A fix that changes anything else is not applied.
    """
    creates: tuple[tuple[str, str], ...] = ()
    """Files that it makes: path in the tree, content. Never one that exists."""


class Finding(NamedTuple):
    """What a rule reports, with its place."""

    rule: str
    severity: Severity
    message: str
    """What is wrong here, with the names found here; a clause without a period."""
    path: str
    """The file, as the user named it or below the folder that the user named."""
    span: Span
    start: Position
    end: Position
    """Behind the last character."""
    fix: Fix | None = None
    fingerprint: str = ""
    """The same for the same finding while lines move: for baselines and code hosts."""
