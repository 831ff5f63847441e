"""An editor: a client of the language server, which is started as editors start it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, TypeVar

import pytest
from lsprotocol import types
from pygls.lsp.client import LanguageClient

Result = TypeVar("Result")


class Editor(LanguageClient):
    """A client that keeps what the server publishes."""

    def __init__(self, folder: Path) -> None:
        super().__init__("test", "1")
        self.folder = folder
        self.published: asyncio.Queue[types.PublishDiagnosticsParams] = asyncio.Queue()
        self.shown: list[str] = []
        self.logged: list[str] = []

        @self.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)  # type: ignore[untyped-decorator]
        def published(params: types.PublishDiagnosticsParams) -> None:
            self.published.put_nowait(params)

        @self.feature(types.WINDOW_SHOW_MESSAGE)  # type: ignore[untyped-decorator]
        def shown(params: types.ShowMessageParams) -> None:
            self.shown.append(params.message)

        @self.feature(types.WINDOW_LOG_MESSAGE)  # type: ignore[untyped-decorator]
        def logged(params: types.LogMessageParams) -> None:
            self.logged.append(params.message)

    def uri(self, name: str) -> str:
        return (self.folder / name).as_uri()

    async def begin(
        self, capabilities: types.ClientCapabilities, *, has_folder: bool
    ) -> types.InitializeResult:
        await self.start_io(sys.executable, "-m", "boxwright", "lsp")
        root = self.folder.as_uri()
        result = await self.initialize_async(
            types.InitializeParams(
                capabilities,
                workspace_folders=[types.WorkspaceFolder(root, "test")] if has_folder else None,
            )
        )
        self.initialized(types.InitializedParams())
        return result

    async def end(self) -> int | None:
        await self.shutdown_async(None)
        self.exit(None)
        await self.stop()  # type: ignore[no-untyped-call]
        assert self._server is not None
        return self._server.returncode

    def open(self, name: str, text: str, *, language: str = "", uri: str = "") -> None:
        self.text_document_did_open(
            types.DidOpenTextDocumentParams(
                types.TextDocumentItem(uri or self.uri(name), language or "plaintext", 1, text)
            )
        )

    def change(self, name: str, text: str, *, version: int) -> None:
        self.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(version, self.uri(name)),
                [types.TextDocumentContentChangeWholeDocument(text)],
            )
        )

    async def diagnostics(self) -> types.PublishDiagnosticsParams:
        """Return what is published next."""
        return await asyncio.wait_for(self.published.get(), 20)

    async def found(self) -> list[tuple[str, str]]:
        """Return the rules, and where they found something, of what is published next."""
        published = await self.diagnostics()
        return [(str(each.code), str(each.range)) for each in published.diagnostics]

    async def actions(
        self,
        name: str,
        line: int,
        *,
        only: list[types.CodeActionKind | str] | None = None,
        trigger: types.CodeActionTriggerKind | None = None,
    ) -> list[types.CodeAction]:
        here = types.Range(types.Position(line, 0), types.Position(line, 99))
        result = await self.text_document_code_action_async(
            types.CodeActionParams(
                types.TextDocumentIdentifier(self.uri(name)),
                here,
                types.CodeActionContext([], only=only, trigger_kind=trigger),
            )
        )
        assert result is not None
        return [action for action in result if isinstance(action, types.CodeAction)]


ALL = types.ClientCapabilities(
    workspace=types.WorkspaceClientCapabilities(
        workspace_edit=types.WorkspaceEditClientCapabilities(
            document_changes=True, resource_operations=[types.ResourceOperationKind.Create]
        )
    )
)

Session = Callable[..., Any]


@pytest.fixture
def session(tmp_path: Path) -> Session:
    """Run what an editor does, in a folder with some files, until the server has ended."""

    def run(
        script: Callable[[Editor], Awaitable[Result]],
        *,
        files: Mapping[str, str] | None = None,
        capabilities: types.ClientCapabilities = ALL,
        has_folder: bool = True,
        encoding: str = "utf-16",
    ) -> Result:
        for name, text in (files or {}).items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")

        async def whole() -> Result:
            editor = Editor(tmp_path)
            result = await editor.begin(capabilities, has_folder=has_folder)
            assert result.capabilities.position_encoding == encoding
            try:
                return await script(editor)
            finally:
                assert await editor.end() == 0

        return asyncio.run(timely(whole()))

    return run


async def timely(whole: Coroutine[Any, Any, Result]) -> Result:
    return await asyncio.wait_for(whole, 60)
