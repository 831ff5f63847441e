"""One rule over one text, for the tests of rules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from boxwright.findings.finding import Finding
from boxwright.practices.autofix import FixedFile, fix_file
from boxwright.practices.check import check_file
from boxwright.practices.discovery import Kind, discover, kind_of_name
from boxwright.practices.selection import Selection
from boxwright.practices.workspace import File, Workspace
from boxwright.project.settings_file import settings_in
from boxwright.project.tree import MemoryTree

TODAY = date(2026, 12, 1)


class Judge:
    """The rule *name*, over texts in the file *path* with other *files* around it."""

    def __init__(
        self,
        name: str,
        *,
        path: str = "Dockerfile",
        files: Mapping[str, str] | None = None,
        sizes: Mapping[str, int] | None = None,
        settings: str = "",
    ) -> None:
        self.name = name
        self.path = path
        self.files = {name: text.encode() for name, text in (files or {}).items()}
        self.sizes = dict(sizes or {})
        if settings:
            # Of the rule: `strict = true`.
            self.files["boxwright.toml"] = f"[check.rules.{name}]\n{settings}\n".encode()

    def findings(self, text: str) -> list[Finding]:
        """Return what the rule finds in *text*."""
        workspace, selection = self._workspace(text)
        checked = check_file(workspace, self.path, selection)
        assert checked.failures == ()
        return [finding for finding in checked.findings if finding.rule == self.name]

    def messages(self, text: str) -> list[str]:
        """Return the messages of what the rule finds in *text*."""
        return [finding.message for finding in self.findings(text)]

    def places(self, text: str) -> list[str]:
        """Return what the findings in *text* underline."""
        return [text[finding.span.start : finding.span.end] for finding in self.findings(text)]

    def fixed(self, text: str, *, unsafe: bool = True) -> str:
        """Return *text* with the rule's fixes made, of which none may be refused."""
        fixed = self.fix(text, unsafe=unsafe)
        assert fixed.refused == ()
        return fixed.text

    def fix(self, text: str, *, unsafe: bool = True) -> FixedFile:
        """Return what comes of the rule's fixes."""
        workspace, selection = self._workspace(text)
        return fix_file(workspace, self.path, selection, unsafe=unsafe)

    def _workspace(self, text: str) -> tuple[Workspace, Selection]:
        tree = MemoryTree({**self.files, self.path: text.encode()}, sizes=self.sizes)
        kinds = {found.path: found.kind for found in discover(tree).found}
        kinds.setdefault(self.path, kind_of_name(self.path) or Kind.KUBERNETES)
        files = [File.of(path, path, kind, tree.read(path)) for path, kind in kinds.items()]
        selection = Selection(settings_in(tree), select=[self.name])
        return Workspace(tree, files, today=TODAY), selection
