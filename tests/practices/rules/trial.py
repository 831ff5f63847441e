"""What one rule says of a file, and what its fixes make of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from boxwright.findings.finding import Finding
from boxwright.practices.autofix import FixedFile, fix_file
from boxwright.practices.check import check_file
from boxwright.practices.discovery import Kind
from boxwright.practices.selection import Selection
from boxwright.practices.workspace import File, Workspace
from boxwright.project.tree import MemoryTree
from boxwright.settings import parse_settings

TODAY = date(2026, 11, 21)


class Trial:
    """A rule on a file, with the *files* around it where they are known."""

    def __init__(
        self,
        rule: str,
        text: str,
        files: Mapping[str, str] | None = None,
        *,
        path: str = "Dockerfile",
        sizes: Mapping[str, int] | None = None,
        options: Mapping[str, object] | None = None,
    ) -> None:
        kind = Kind.DOCKERIGNORE if path.endswith("ignore") else Kind.DOCKERFILE
        tree = None
        if files is not None:
            contents = {name: content.encode() for name, content in files.items()}
            tree = MemoryTree({**contents, path: text.encode()}, sizes=sizes or {})
        self.text = text
        self.path = path
        self.workspace = Workspace(tree, [File(path, path, kind, text)], today=TODAY)
        settings = parse_settings(None, {"check": {"rules": {rule: dict(options or {})}}})
        self.selection = Selection(settings, select=[rule])

    @property
    def findings(self) -> tuple[Finding, ...]:
        checked = check_file(self.workspace, self.path, self.selection)
        assert checked.failures == ()
        return checked.findings

    @property
    def messages(self) -> list[str]:
        return [finding.message for finding in self.findings]

    @property
    def places(self) -> list[str]:
        """What the findings point at."""
        return [self.text[finding.span.start : finding.span.end] for finding in self.findings]

    @property
    def severities(self) -> list[str]:
        return [str(finding.severity) for finding in self.findings]

    @property
    def result(self) -> FixedFile:
        return fix_file(self.workspace, self.path, self.selection, unsafe=True)

    @property
    def fixed(self) -> str:
        """The text after all fixes, none of which was refused."""
        result = self.result
        assert result.refused == ()
        return result.text


def messages(rule: str, text: str, files: Mapping[str, str] | None = None) -> list[str]:
    return Trial(rule, text, files).messages


def fixed(rule: str, text: str, files: Mapping[str, str] | None = None) -> str:
    return Trial(rule, text, files).fixed
