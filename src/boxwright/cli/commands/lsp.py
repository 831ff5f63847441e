"""`boxwright lsp`: the language server."""

from __future__ import annotations

import click

from boxwright.errors import BoxwrightError


@click.command("lsp")
def command() -> int:
    """
    Serve an editor: findings, fixes and the rules' pages.

    Speaks the language server protocol on standard input and output; editors start it.
    """
    try:
        from boxwright.lsp.server import make_server
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("pygls", "lsprotocol"):
            raise
        raise BoxwrightError(
            "the language server needs `pygls`, which is not installed",
            hint="pip install 'boxwright[lsp]'",
        ) from None
    make_server().start_io()
    return 0
