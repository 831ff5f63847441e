"""The language server: what an editor asks, and what it is answered."""

from __future__ import annotations

import asyncio
import logging

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from boxwright import __version__
from boxwright.errors import BoxwrightError
from boxwright.findings.finding import Finding, Severity
from boxwright.lsp.actions import FIX_ALL, code_actions
from boxwright.lsp.documents import Document, Documents
from boxwright.practices.registry import find_rule, rule_names

_WAIT = 0.2
"""Seconds without a change before a text is checked again."""

_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.INFO: types.DiagnosticSeverity.Information,
}


class Server(LanguageServer):
    """A language server over the documents that its editor has open."""

    def __init__(self) -> None:
        # Whole texts: editor and server need not agree on what a line is to keep them equal.
        super().__init__("boxwright", __version__, types.TextDocumentSyncKind.Full)
        self._documents: Documents | None = None
        self._waiting: dict[str, asyncio.Task[None]] = {}
        self._complaint = ""

    @property
    def documents(self) -> Documents:
        """The documents that are open."""
        if self._documents is None:
            self._documents = Documents(self.workspace)
        return self._documents

    def check(self, uri: str) -> Document | None:
        """Return the document *uri* as it is now; None if it is none to check."""
        try:
            checked = self.documents.check(uri)
        except BoxwrightError as error:
            self._complain(f"{error.message} ({error.hint})" if error.hint else error.message)
            return None
        for failure in checked.failures if checked else ():
            bug = f"{type(failure.error).__name__}: {failure.error}"
            self._log(f"a bug in boxwright: `{failure.rule}` fails on {failure.path}: {bug}")
        return checked

    def publish(self, uri: str) -> None:
        """Send the findings in the document *uri*."""
        waiting = self._waiting.pop(uri, None)
        if waiting is not None:
            waiting.cancel()
        checked = self.check(uri)
        self.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(
                uri,
                [diagnostic(checked, finding) for finding in checked.findings] if checked else [],
                version=checked.version if checked else None,
            )
        )

    def publish_soon(self, uri: str) -> None:
        """Send the findings in the document *uri* when it is no longer changed."""
        waiting = self._waiting.pop(uri, None)
        if waiting is not None:
            waiting.cancel()
        self._waiting[uri] = asyncio.get_running_loop().create_task(self._publish_later(uri))

    def publish_all(self) -> None:
        """Send the findings in every open document: what is around them has changed."""
        self.documents.forget()
        self._complaint = ""
        for document in list(self.workspace.text_documents.values()):
            self.publish(document.uri)

    def close(self, uri: str) -> None:
        """Take the findings in the document *uri* away."""
        waiting = self._waiting.pop(uri, None)
        if waiting is not None:
            waiting.cancel()
        self.documents.forget()
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))

    def _complain(self, message: str) -> None:
        """Show *message*, once in a row."""
        if message != self._complaint:
            self._complaint = message
            self.window_show_message(
                types.ShowMessageParams(types.MessageType.Error, f"boxwright: {message}")
            )

    def _log(self, message: str) -> None:
        self.window_log_message(types.LogMessageParams(types.MessageType.Error, message))

    async def _publish_later(self, uri: str) -> None:
        await asyncio.sleep(_WAIT)
        del self._waiting[uri]
        self.publish(uri)


def diagnostic(checked: Document, finding: Finding) -> types.Diagnostic:
    """Return *finding* as an editor has it."""
    return types.Diagnostic(
        checked.lines.range(finding.span),
        finding.message,
        severity=_SEVERITIES[finding.severity],
        code=finding.rule,
        source="boxwright",
    )


def make_server() -> Server:
    """Return a server that is ready to be started."""
    # What a client sends is not ours to log; standard error is shown to users by some editors.
    logging.getLogger("pygls").setLevel(logging.WARNING)
    server = Server()

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def opened(ls: Server, params: types.DidOpenTextDocumentParams) -> None:
        ls.publish(params.text_document.uri)

    # Asynchronous, since only then there is a loop to wait in.
    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    async def changed(ls: Server, params: types.DidChangeTextDocumentParams) -> None:
        ls.publish_soon(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def saved(ls: Server, _params: types.DidSaveTextDocumentParams) -> None:
        ls.publish_all()

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(ls: Server, params: types.DidCloseTextDocumentParams) -> None:
        ls.close(params.text_document.uri)

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def files_changed(ls: Server, _params: types.DidChangeWatchedFilesParams) -> None:
        ls.publish_all()

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionOptions([types.CodeActionKind.QuickFix, FIX_ALL]),
    )
    def actions(ls: Server, params: types.CodeActionParams) -> list[types.CodeAction]:
        checked = ls.check(params.text_document.uri)
        if checked is None:
            return []
        return code_actions(checked, params, ls.client_capabilities, described=diagnostic)

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def hover(ls: Server, params: types.HoverParams) -> types.Hover | None:
        checked = ls.check(params.text_document.uri)
        return None if checked is None else page_at(checked, params.position)

    return server


def page_at(checked: Document, position: types.Position) -> types.Hover | None:
    """Return the pages of the rules that found something at *position*."""
    offset = checked.lines.offset(position)
    here = [
        finding
        for finding in checked.findings
        if finding.span.start <= offset <= max(finding.span.end, finding.span.start)
    ]
    names = list(dict.fromkeys(finding.rule for finding in here if finding.rule in rule_names()))
    if not names:
        return None
    pages = [f"**{name}**\n\n{find_rule(name).page.strip()}" for name in names]
    narrowest = min(here, key=lambda finding: finding.span.end - finding.span.start)
    return types.Hover(
        types.MarkupContent(types.MarkupKind.Markdown, "\n\n---\n\n".join(pages)),
        checked.lines.range(narrowest.span),
    )
