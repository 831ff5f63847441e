"""What an editor offers to do about findings: mend one, mend all, or leave one be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from lsprotocol import types

from boxwright.findings.finding import Applicability, Finding, Fix
from boxwright.lsp.documents import Document
from boxwright.text.edit import Edit, apply_edits
from boxwright.text.source import Span

FIX_ALL = "source.fixAll.boxwright"

_PLACES = 8
"""How many blocks around a finding are tried for the comment that silences it."""

Described = Callable[[Document, Finding], types.Diagnostic]


def code_actions(
    document: Document,
    params: types.CodeActionParams,
    client: types.ClientCapabilities,
    *,
    described: Described,
) -> list[types.CodeAction]:
    """Return what can be done about the findings in the range that *params* asks about."""
    writer = _Writer(document, client)
    only = params.context.only or None
    result = []
    if _is_asked(types.CodeActionKind.QuickFix.value, only):
        start = document.lines.offset(params.range.start)
        end = document.lines.offset(params.range.end)
        here = [
            finding
            for finding in document.findings
            if finding.span.start <= end and start <= finding.span.end
        ]
        result += [
            action
            for make in (_mend, _silence)
            for finding in here
            for action in make(finding, document, writer, described)
        ]
    # Not each time that the cursor moves: to mend all takes many checks.
    is_automatic = params.context.trigger_kind is types.CodeActionTriggerKind.Automatic
    if _is_asked(FIX_ALL, only) and not (is_automatic and only is None):
        result += _mend_all(document, writer)
    return result


def _is_asked(kind: str, only: Iterable[str] | None) -> bool:
    """Tell whether actions of *kind* are among those that *only* asks for; None is all."""
    return only is None or any(kind == each or kind.startswith(f"{each}.") for each in only)


def _mend(
    finding: Finding,
    document: Document,
    writer: _Writer,
    described: Described,
) -> Iterator[types.CodeAction]:
    fix = finding.fix
    if fix is None:
        return
    edit = writer.edit(fix)
    is_safe = fix.applicability is Applicability.SAFE
    if edit is not None:
        yield types.CodeAction(
            fix.title if is_safe else f"{fix.title} (unsafe: look it over)",
            kind=types.CodeActionKind.QuickFix,
            diagnostics=[described(document, finding)],
            is_preferred=is_safe,
            edit=edit,
        )


def _mend_all(document: Document, writer: _Writer) -> Iterator[types.CodeAction]:
    if not any(
        finding.fix and finding.fix.applicability is Applicability.SAFE
        for finding in document.findings
    ):
        return
    before, after = document.source.text, document.project.mended(document)
    if after != before:
        edit = writer.edits([difference(before, after)])
        title = "Fix all that boxwright can fix safely"
        yield types.CodeAction(title, kind=FIX_ALL, edit=edit)


def _silence(
    finding: Finding,
    document: Document,
    writer: _Writer,
    described: Described,
) -> Iterator[types.CodeAction]:
    """Yield the action that puts a suppression where it silences *finding* and changes no more."""
    text = document.source.text
    comment = f"# boxwright: ignore[{finding.rule}] because "
    for line in _lines_above(finding, document):
        line_text = document.source.line(line)
        indent = line_text[: len(line_text) - len(line_text.lstrip(" \t"))]
        start = document.source.line_span(line).start + text.startswith("\ufeff", 0, line == 1)
        edit = Edit.insert(start, f"{indent}{comment}{document.source.newline}")
        if document.project.is_silenced(finding, document, apply_edits(text, [edit])):
            yield types.CodeAction(
                f"Ignore `{finding.rule}` here",
                kind=types.CodeActionKind.QuickFix,
                diagnostics=[described(document, finding)],
                edit=writer.edits([edit]),
            )
            return


def _lines_above(finding: Finding, document: Document) -> Iterator[int]:
    """Yield the lines above which a comment may be about *finding*, the nearest first."""
    starts = document.project.starts(document)
    line = finding.start.line
    if starts:
        yield max((start for start in starts if start <= line), default=line)
        return
    yielded = 0
    depth = None
    for number in range(line, 0, -1):
        text = document.source.line(number)
        stripped = text.lstrip(" \t")
        if not stripped or stripped.startswith("#"):
            continue
        indent = len(text) - len(stripped)
        if depth is None or indent < depth:
            yield number
            depth = indent
            yielded += 1
        if depth == 0 or yielded == _PLACES:
            return


def difference(before: str, after: str) -> Edit:
    """
    Return the one edit that makes *after* of *before*, without what they have in common.

    >>> difference("RUN pip install torch", "RUN pip install --no-cache-dir torch")
    Edit(start=16, end=16, text='--no-cache-dir ')
    """
    shorter = min(len(before), len(after))
    start = 0
    while start < shorter and before[start] == after[start]:
        start += 1
    end = 0
    while end < shorter - start and before[-1 - end] == after[-1 - end]:
        end += 1
    return Edit(start, len(before) - end, after[start : len(after) - end])


class _Writer:
    """Writes changes as the editor understands them."""

    def __init__(self, document: Document, client: types.ClientCapabilities) -> None:
        self._document = document
        workspace = client.workspace.workspace_edit if client.workspace else None
        self._has_versions = bool(workspace and workspace.document_changes)
        self._may_create = self._has_versions and types.ResourceOperationKind.Create in (
            (workspace and workspace.resource_operations) or ()
        )

    def edit(self, fix: Fix) -> types.WorkspaceEdit | None:
        """Return *fix*, None where the editor cannot do it."""
        if not fix.creates:
            return self.edits(fix.edits)
        folder = self._document.project.created_in(self._document)
        if not self._may_create or folder is None:
            return None
        changes: list[types.TextDocumentEdit | types.CreateFile] = []
        for path, content in fix.creates:
            uri = (folder / path).as_uri()
            changes += [
                types.CreateFile(uri),
                types.TextDocumentEdit(
                    types.OptionalVersionedTextDocumentIdentifier(uri),
                    [types.TextEdit(_AT_START, content)],
                ),
            ]
        if fix.edits:
            changes.append(self._versioned(fix.edits))
        return types.WorkspaceEdit(document_changes=changes)

    def edits(self, edits: Iterable[Edit]) -> types.WorkspaceEdit:
        """Return *edits* of the document."""
        if self._has_versions:
            return types.WorkspaceEdit(document_changes=[self._versioned(edits)])
        return types.WorkspaceEdit(changes={self._document.uri: self._texts(edits)})

    def _versioned(self, edits: Iterable[Edit]) -> types.TextDocumentEdit:
        identifier = types.OptionalVersionedTextDocumentIdentifier(
            self._document.uri, self._document.version
        )
        return types.TextDocumentEdit(identifier, self._texts(edits))

    def _texts(self, edits: Iterable[Edit]) -> list[types.TextEdit]:
        return [
            types.TextEdit(self._document.lines.range(Span(edit.start, edit.end)), edit.text)
            for edit in edits
        ]


_AT_START = types.Range(types.Position(0, 0), types.Position(0, 0))
