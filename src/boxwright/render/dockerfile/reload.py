"""The command of a service, so that it starts again when code changes."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence

_WITH_RELOAD = {
    "uvicorn": ("--reload",),
    "gunicorn": ("--reload",),
    "hypercorn": ("--reload",),
    "flask": ("--debug",),
    "quart": ("--debug",),
    "streamlit": ("--server.runOnSave", "true"),
}
_COMMANDS_WITH_DEBUG = frozenset({"flask", "quart"})


def reloading(argv: Sequence[str], folder: str) -> tuple[str, ...]:
    """
    Return *argv* with live reload of *folder*, unchanged where the program has none.

    >>> reloading(("/opt/venv/bin/uvicorn", "main:app"), "/app")
    ('/opt/venv/bin/uvicorn', 'main:app', '--reload', '--reload-dir', '/app')
    """
    words = tuple(argv)
    name = posixpath.basename(words[0])
    if name.startswith("python") and words[1:2] == ("-m",) and len(words) > 2:
        name = words[2]
    options = _WITH_RELOAD.get(name)
    if options is None or options[0] in words:
        return words
    # A server with several processes cannot reload, and one is enough for one developer.
    kept = _without_workers(words) if name == "uvicorn" else words
    if name in _COMMANDS_WITH_DEBUG and "run" in kept:
        at = kept.index("run") + 1
        return (*kept[:at], *options, *kept[at:])
    more = ("--reload-dir", folder) if name == "uvicorn" else ()
    return (*kept, *options, *more)


def _without_workers(words: tuple[str, ...]) -> tuple[str, ...]:
    kept = []
    skips = False
    for word in words:
        if skips:
            skips = False
        elif word == "--workers":
            skips = True
        elif not word.startswith("--workers="):
            kept.append(word)
    return tuple(kept)
