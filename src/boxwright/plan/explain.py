"""Decisions and notices, gathered while a plan is made."""

from __future__ import annotations

from dataclasses import dataclass, field

from boxwright.plan.model import Decision, Notice
from boxwright.project.evidence import Evidence
from boxwright.settings import Settings


@dataclass(slots=True)
class Explained:
    """What was decided so far, each with its reason."""

    settings: Settings
    decisions: list[Decision] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)

    def add(self, what: str, value: str, why: str, *evidence: Evidence, practice: str = "") -> None:
        """Tell that *what* is *value*, and why."""
        self.decisions.append(
            Decision(what=what, value=value, why=why, evidence=evidence, practice=practice)
        )

    def from_settings(self, what: str, value: str) -> None:
        """Tell that *what* is *value* because the key of that name says so."""
        key = self.settings.key(what)
        self.add(what, value, "set by the user", Evidence(self.settings.source, None, key))

    def notice(self, text: str, hint: str, *evidence: Evidence) -> None:
        """Tell something that the user should know."""
        self.notices.append(Notice(text=text, hint=hint, evidence=evidence))
