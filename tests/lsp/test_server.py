from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest
from lsprotocol import types
from tests.lsp.conftest import Editor, Session

from boxwright.practices.registry import find_rule

# So that what is tested does not depend on which rules there are.
SETTINGS = '[check]\nselect = ["relative-workdir", "unused-suppression", "invalid-yaml"]\n'
FILES = {"boxwright.toml": SETTINGS}
UNUSED = "FROM scratch\n# boxwright: ignore[relative-workdir] because 🐍\nLABEL a=b\n"
RELATIVE = "FROM scratch\nLABEL a=🐍 \\\n  b=c\nWORKDIR app\n"


def test_findings_are_published_when_a_document_is_opened_and_closed(session: Session) -> None:
    async def script(editor: Editor) -> list[types.PublishDiagnosticsParams]:
        editor.open("Dockerfile", RELATIVE)
        opened = await editor.diagnostics()
        editor.text_document_did_close(
            types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(opened.uri))
        )
        return [opened, await editor.diagnostics()]

    opened, closed = session(script, files=FILES)

    assert list(opened.diagnostics) == [
        types.Diagnostic(
            types.Range(types.Position(3, 8), types.Position(3, 11)),
            "`WORKDIR app` depends on the working directory of the base",
            severity=types.DiagnosticSeverity.Warning,
            code="relative-workdir",
            source="boxwright",
        )
    ]
    assert opened.version == 1
    assert not closed.diagnostics


def test_a_document_is_checked_when_it_is_no_longer_changed(session: Session) -> None:
    async def script(editor: Editor) -> list[types.PublishDiagnosticsParams]:
        editor.open("Dockerfile", UNUSED)
        published = [await editor.diagnostics()]
        for version in range(2, 12):
            editor.change("Dockerfile", "FROM scratch\n" * version, version=version)
        editor.change("Dockerfile", RELATIVE, version=12)
        published.append(await editor.diagnostics())
        await asyncio.sleep(0.5)
        assert editor.published.empty()
        return published

    opened, changed = session(script, files=FILES)

    assert [(each.code, each.range.start.line) for each in opened.diagnostics] == [
        ("unused-suppression", 1)
    ]
    assert (changed.version, [each.code for each in changed.diagnostics]) == (
        12,
        ["relative-workdir"],
    )


@pytest.mark.parametrize(
    ("offered", "agreed", "end"),
    [
        (None, "utf-16", 48),
        (["utf-16", "utf-8"], "utf-16", 48),
        (["utf-8", "utf-16"], "utf-8", 50),
        (["utf-32", "utf-16"], "utf-32", 47),
    ],
)
def test_columns_are_counted_as_editor_and_server_agree(
    session: Session, offered: list[types.PositionEncodingKind | str] | None, agreed: str, end: int
) -> None:
    async def script(editor: Editor) -> types.PublishDiagnosticsParams:
        editor.open("Dockerfile", UNUSED)
        return await editor.diagnostics()

    capabilities = types.ClientCapabilities(
        general=types.GeneralClientCapabilities(position_encodings=offered)
    )

    published = session(script, files=FILES, capabilities=capabilities, encoding=agreed)

    assert [each.range for each in published.diagnostics] == [
        types.Range(types.Position(1, 0), types.Position(1, end))
    ]


def test_a_fix_is_offered_as_a_change_of_the_version_that_was_checked(session: Session) -> None:
    async def script(editor: Editor) -> list[types.CodeAction]:
        editor.open("Dockerfile", "")
        editor.change("Dockerfile", UNUSED, version=7)
        return await editor.actions("Dockerfile", 1)

    fix, fix_all = session(script, files=FILES)

    assert (fix.title, fix.kind, fix.is_preferred) == (
        "Remove the suppression",
        types.CodeActionKind.QuickFix,
        True,
    )
    assert [each.code for each in fix.diagnostics] == ["unused-suppression"]
    (change,) = fix.edit.document_changes
    assert change.text_document.version == 7
    assert list(change.edits) == [
        types.TextEdit(types.Range(types.Position(1, 0), types.Position(2, 0)), "")
    ]
    assert (fix_all.title, fix_all.kind) == (
        "Fix all that boxwright can fix safely",
        "source.fixAll.boxwright",
    )
    assert list(fix_all.edit.document_changes) == [change]


def test_an_editor_without_versions_is_given_plain_changes(session: Session) -> None:
    async def script(editor: Editor) -> list[types.CodeAction]:
        editor.open("Dockerfile", UNUSED)
        return await editor.actions("Dockerfile", 1, only=[types.CodeActionKind.QuickFix])

    (fix,) = session(script, files=FILES, capabilities=types.ClientCapabilities())

    assert fix.edit.document_changes is None
    assert [len(edits) for edits in fix.edit.changes.values()] == [1]


def test_an_unsafe_fix_says_so_and_is_not_preferred(session: Session) -> None:
    async def script(editor: Editor) -> list[types.CodeAction]:
        editor.open("Dockerfile", RELATIVE)
        return await editor.actions("Dockerfile", 3)

    fix, ignore = session(script, files=FILES)

    assert fix.title == "Write `/app` (unsafe: look it over)"
    assert not fix.is_preferred
    assert ignore.title == "Ignore `relative-workdir` here"


@pytest.mark.parametrize(
    ("text", "line", "inserted"),
    [
        ("FROM scratch\r\nWORKDIR app\r\n", 1, "\r\n"),
        ("FROM scratch\n\n  WORKDIR \\\n  app\n", 3, "\n"),
        ("FROM scratch\n# why\nWORKDIR app\n", 2, "\n"),
    ],
)
def test_a_finding_is_ignored_by_a_comment_above_its_instruction(
    session: Session, text: str, line: int, inserted: str
) -> None:
    async def script(editor: Editor) -> list[types.CodeAction]:
        editor.open("Dockerfile", text)
        return await editor.actions("Dockerfile", line)

    *_, ignore = session(script, files=FILES)

    (edit,) = ignore.edit.document_changes[0].edits
    first = next(number for number, each in enumerate(text.splitlines()) if "WORKDIR" in each)
    indent = "  " if "  WORKDIR" in text else ""
    assert edit == types.TextEdit(
        types.Range(types.Position(first, 0), types.Position(first, 0)),
        f"{indent}# boxwright: ignore[relative-workdir] because {inserted}",
    )


def test_nothing_is_offered_where_nothing_was_found(session: Session) -> None:
    async def script(editor: Editor) -> list[types.CodeAction]:
        editor.open("Dockerfile", RELATIVE)
        return await editor.actions("Dockerfile", 0)

    assert session(script, files=FILES) == []


def test_the_page_of_a_rule_is_shown_over_its_finding(session: Session) -> None:
    async def script(editor: Editor) -> list[types.Hover | None]:
        editor.open("Dockerfile", RELATIVE)
        document = types.TextDocumentIdentifier(editor.uri("Dockerfile"))
        return [
            await editor.text_document_hover_async(
                types.HoverParams(document, types.Position(line, 9))
            )
            for line in (3, 0)
        ]

    there, nowhere = session(script, files=FILES)

    page = find_rule("relative-workdir").page.strip()
    assert there.contents == types.MarkupContent(
        types.MarkupKind.Markdown, f"**relative-workdir**\n\n{page}"
    )
    assert there.range == types.Range(types.Position(3, 8), types.Position(3, 11))
    assert nowhere is None


def test_settings_of_the_project_count_and_are_read_again_when_a_document_is_saved(
    session: Session,
) -> None:
    async def script(editor: Editor) -> list[list[tuple[str, str]]]:
        editor.open("Dockerfile", RELATIVE)
        found = [await editor.found()]
        (editor.folder / "boxwright.toml").write_text('[check]\nignore = ["all"]\n')
        editor.text_document_did_save(
            types.DidSaveTextDocumentParams(types.TextDocumentIdentifier(editor.uri("Dockerfile")))
        )
        return [*found, await editor.found()]

    assert session(script, files=FILES) == [[("relative-workdir", "3:8-3:11")], []]


def test_wrong_settings_are_shown_and_end_nothing(session: Session) -> None:
    async def script(editor: Editor) -> list[str]:
        editor.open("Dockerfile", RELATIVE)
        assert await editor.found() == []
        editor.open("api.dockerfile", RELATIVE)
        assert await editor.found() == []
        return editor.shown

    (message,) = session(script, files={"boxwright.toml": "[check]\nselekt = []\n"})

    assert message.startswith("boxwright: ")
    assert "check.selekt" in message


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("compose.yaml", "services: ]\n"),
        ("k8s/api.yaml", "apiVersion: v1\nkind: Pod\nspec: ]\n"),
        (".github/workflows/ci.yml", "on: push\njobs: ]\n"),
    ],
)
def test_other_kinds_of_files_are_known_by_name_or_content(
    session: Session, name: str, text: str
) -> None:
    async def script(editor: Editor) -> list[tuple[str, str]]:
        editor.open(name, text)
        return await editor.found()

    assert {rule for rule, _ in session(script, files=FILES)} == {"invalid-yaml"}


@pytest.mark.parametrize("name", ["values.yaml", "README.md", "charts/templates/api.yaml"])
def test_nothing_is_found_in_what_is_not_ours(session: Session, name: str) -> None:
    async def script(editor: Editor) -> list[tuple[str, str]]:
        editor.open(name, "apiVersion: {{ .Values.a }}\nkind: ]\n")
        return await editor.found()

    assert session(script, files=FILES) == []


def test_a_document_that_was_never_saved_is_known_by_its_language(session: Session) -> None:
    async def script(editor: Editor) -> list[tuple[str, str]]:
        editor.open("", RELATIVE, language="dockerfile", uri="untitled:Untitled-1")
        return await editor.found()

    assert ("relative-workdir", "3:8-3:11") in session(script)


def test_a_document_outside_of_the_editors_folders_is_checked_too(session: Session) -> None:
    async def script(editor: Editor) -> list[tuple[str, str]]:
        editor.open("Dockerfile", RELATIVE)
        return await editor.found()

    assert session(script, files=FILES, has_folder=False) == [("relative-workdir", "3:8-3:11")]


def test_odd_texts_do_not_end_the_server(session: Session) -> None:
    async def script(editor: Editor) -> int:
        for number, text in enumerate(["\ud83d", "\x00", "RUN <<A\n" * 50, "\ufeff\r\r\n\x0b"]):
            editor.open(f"{number}.dockerfile", text)
            await editor.diagnostics()
        editor.open("Dockerfile", RELATIVE)
        return len(await editor.found())

    assert session(script, files=FILES) == 1


def test_without_the_extra_the_command_says_how_to_install_it() -> None:
    script = (
        "import sys; sys.modules.update(pygls=None, lsprotocol=None);"
        "from boxwright.cli.main import main; main(['lsp'])"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "error: the language server needs `pygls`, which is not installed\n"
        "\n"
        "hint: pip install 'boxwright[lsp]'\n"
    )


def test_the_way_to_mend_all_is_not_looked_for_while_the_cursor_moves(session: Session) -> None:
    async def script(editor: Editor) -> list[list[str | types.CodeActionKind | None]]:
        editor.open("Dockerfile", UNUSED)
        automatic = types.CodeActionTriggerKind.Automatic
        return [
            [action.kind for action in await editor.actions("Dockerfile", 1, trigger=automatic)],
            [
                action.kind
                for action in await editor.actions(
                    "Dockerfile", 0, trigger=automatic, only=["source.fixAll"]
                )
            ],
        ]

    assert session(script, files=FILES) == [
        [types.CodeActionKind.QuickFix],
        ["source.fixAll.boxwright"],
    ]
