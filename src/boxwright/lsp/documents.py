"""The documents that an editor has open, checked among the files around them."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pygls.uris import to_fs_path

from boxwright.errors import ProjectError
from boxwright.findings.finding import Finding
from boxwright.lsp.positions import Lines
from boxwright.practices.autofix import fix_file
from boxwright.practices.check import Checked, RuleFailure, check_file
from boxwright.practices.discovery import (
    Kind,
    discover,
    is_kubernetes,
    kind_of_content,
    kind_of_name,
    why_not,
)
from boxwright.practices.registry import rule_names
from boxwright.practices.selection import Selection
from boxwright.practices.workspace import File, Workspace
from boxwright.project.settings_search import SettingsSearch
from boxwright.project.tree import FolderTree
from boxwright.text.record import NamedTuple
from boxwright.text.source import Source

if TYPE_CHECKING:
    from pygls.workspace import TextDocument
    from pygls.workspace import Workspace as OpenDocuments

    from boxwright.settings import Settings

_KINDS_OF_LANGUAGES = {
    "dockerfile": Kind.DOCKERFILE,
    "dockercompose": Kind.COMPOSE,
    "github-actions-workflow": Kind.GITHUB,
}
"""What editors call the kinds of files, whatever their names."""


class Document(NamedTuple):
    """A document as it was checked."""

    uri: str
    version: int | None
    kind: Kind
    source: Source
    lines: Lines
    findings: tuple[Finding, ...]
    failures: tuple[RuleFailure, ...]
    project: Project
    path: str
    """In the project."""


class Documents:
    """What is open; each document is checked once for each of its versions."""

    def __init__(self, opened: OpenDocuments) -> None:
        self._opened = opened
        self._checked: dict[str, Document | None] = {}
        self._projects: dict[Path | str, Project] = {}
        self._search = SettingsSearch()

    def check(self, uri: str) -> Document | None:
        """
        Return the document *uri* as it is now; None where there is nothing to check.

        Raises BoxwrightError where the settings around it are wrong.
        """
        document = self._opened.text_documents.get(_key(uri))
        if document is None:
            return None
        checked = self._checked.get(uri)
        if checked is None or checked.version != document.version:
            checked = self._checked[uri] = self._check(document)
        return checked

    def forget(self) -> None:
        """Look at everything anew: files have changed that are not open, or settings."""
        self._checked.clear()
        self._projects.clear()
        self._search = SettingsSearch()

    def _check(self, document: TextDocument) -> Document | None:
        project, path = self._place(document)
        kind = _kind(document, path)
        if kind is None or project.selection.excludes(path):
            return None
        checked = project.check(path, self._texts(project))
        return Document(
            document.uri,
            document.version,
            kind,
            checked.source,
            Lines(checked.source.text, self._opened.position_encoding or "utf-16"),
            checked.findings,
            checked.failures,
            project,
            path,
        )

    def _texts(self, project: Project) -> dict[str, tuple[Kind | None, str]]:
        """Return kind and text of the open documents of *project*, by path."""
        texts = {}
        for document in self._opened.text_documents.values():
            of, path = self._place(document)
            if of is project:
                texts[path] = (_kind(document, path), document.source)
        return texts

    def _place(self, document: TextDocument) -> tuple[Project, str]:
        """Return the project that *document* is in, and its path there."""
        place = to_fs_path(document.uri)
        if place is None:
            # Not saved yet: there is nothing around it, not even another such document.
            return self._project(document.uri, None, is_whole=False), "untitled"
        path = Path(place)
        settings, root = self._search.of(path.parent)
        around = [Path(each) for each in self._roots() if path.is_relative_to(each)]
        if root is None:
            root = max(around, key=lambda each: len(each.parts), default=None)
        folder = root or path.parent
        project = self._project(folder, settings, is_whole=root is not None)
        return project, path.relative_to(folder).as_posix()

    def _roots(self) -> list[str]:
        folders = [folder.uri for folder in self._opened.folders.values()]
        uris = folders or ([self._opened.root_uri] if self._opened.root_uri else [])
        return [root for root in map(to_fs_path, uris) if root]

    def _project(self, key: Path | str, settings: Settings | None, *, is_whole: bool) -> Project:
        if key not in self._projects:
            root = key if isinstance(key, Path) else None
            self._projects[key] = Project(root, settings, is_whole=is_whole)
        return self._projects[key]


class Project:
    """
    The files that one file of settings, or none, is about, with those open as they are there.

    That is what `boxwright check` takes it to be: a repository, or a folder with settings;
    else a folder of the editor's. Around a document that is in none of them are the files
    of its own folder, which is not searched for others to check: it may be anything.
    """

    def __init__(self, root: Path | None, settings: Settings | None, *, is_whole: bool) -> None:
        self.root = root
        """None for a document that was never saved."""
        self.selection = Selection(settings)
        self._is_whole = is_whole
        self._tree = None if root is None else FolderTree(root)
        self._workspace: Workspace | None = None
        self._given: dict[str, str] = {}

    def check(self, path: str, opened: Mapping[str, tuple[Kind | None, str]]) -> Checked:
        """Return what is found in the file *path*; *opened* are kind and text of those open."""
        return check_file(self._with(opened), path, self.selection)

    def mended(self, document: Document) -> str:
        """Return the text of *document* with all safe fixes."""
        assert self._workspace is not None  # noqa: S101 (it was checked)
        return fix_file(self._workspace, document.path, self.selection).text

    def is_silenced(self, finding: Finding, document: Document, text: str) -> bool:
        """Tell whether *finding* is gone, and nothing is new, if *document* has the *text*."""
        assert self._workspace is not None  # noqa: S101 (it was checked)
        changed = self._workspace.changed({document.path: text})
        before = Counter(each.rule for each in document.findings)
        after = Counter(
            each.rule for each in check_file(changed, document.path, self.selection).findings
        )
        # What it says of the new comment itself, such as that it gives no reason, is right.
        new = {rule for rule in after - before if rule_names().get(rule) != "suppression"}
        return after[finding.rule] < before[finding.rule] and not new

    def starts(self, document: Document) -> tuple[int, ...]:
        """Return the lines at which instructions begin; none in what is no Dockerfile."""
        if self._workspace is None or document.kind is not Kind.DOCKERFILE:
            return ()
        dockerfile = self._workspace.dockerfile(document.path)
        return tuple(each.first_line for each in dockerfile.instructions) if dockerfile else ()

    def created_in(self, document: Document) -> Path | None:
        """Return the folder that what a fix in *document* creates is relative to."""
        if self._workspace is None or self.root is None:
            return None
        return self.root / self._workspace.created_in(document.path)

    def _with(self, opened: Mapping[str, tuple[Kind | None, str]]) -> Workspace:
        """Return the files of the project with the texts of those that are *opened*."""
        workspace = self._workspace
        is_new = workspace is None or any(
            kind is not None and path not in workspace.files for path, (kind, _) in opened.items()
        )
        if workspace is None or is_new:
            files = self._found() if self._is_whole else {}
            for path, (kind, text) in opened.items():
                if kind is not None:
                    files[path] = File(path, path, kind, text)
            workspace = Workspace(self._tree, files.values(), today=datetime.now(tz=UTC).date())
            self._given = {}
        texts = {path: text for path, (_, text) in opened.items() if self._given.get(path) != text}
        self._given.update(texts)
        self._workspace = workspace.changed(texts) if texts else workspace
        return self._workspace

    def _found(self) -> dict[str, File]:
        assert self.root is not None  # noqa: S101 (a whole project has a folder)
        tree = FolderTree(self.root, leaves_out=self.selection.excludes_all_below)
        files = {}
        for path, kind in discover(tree, leaves_out=self.selection.excludes).found:
            try:
                files[path] = File.of(path, path, kind, tree.read(path))
            except ProjectError:
                continue  # discover has told that it cannot be read, or it has just gone
        return files


def _kind(document: TextDocument, path: str) -> Kind | None:
    """Return what *document* is."""
    known = kind_of_name(path) or _KINDS_OF_LANGUAGES.get(document.language_id or "")
    if known is not None:
        return known
    content = document.source.encode(errors="replace")
    is_yaml = posixpath.splitext(path)[1].lower() in (".yml", ".yaml")
    if is_yaml:
        return Kind.KUBERNETES if is_kubernetes(content) and not why_not(path, content) else None
    if document.language_id == "yaml" and "." not in path:
        return kind_of_content(content)
    return None


def _key(uri: str) -> str:
    """Return *uri* as the open documents are found by."""
    from urllib.parse import unquote

    return unquote(uri)
