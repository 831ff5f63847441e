"""Which COPY brings the source code of the project."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from boxwright.practices.stage_facts import StageFacts
    from boxwright.syntax.dockerfile.instructions import Add, Copy
    from boxwright.text.joined import Word


def source_word(stage: StageFacts, copy: Copy | Add) -> Word | None:
    """Return the word of *copy* that brings source code from the context."""
    if copy.from_ is not None:
        return None
    context = stage.context
    for word in copy.sources:
        path = stage.expanded(word.raw, copy)
        if path is None or "://" in path or path.startswith("git@"):
            continue
        plain = posixpath.normpath(path).strip("/") if path.strip("/") else "."
        name = posixpath.basename(plain)
        if name.endswith(".py"):
            # Any other script may be a tool that is needed to install.
            if name in _PROGRAMS or name in _started(stage):
                return word
            continue
        is_all = plain in {".", "*"}
        if is_all or context is None:
            is_source = is_all or name in _SOURCE_FOLDERS
        else:
            is_source = context.is_folder(plain) and any(
                each.endswith(_SOURCE_SUFFIXES) and posixpath.basename(each) not in _NOT_SOURCE
                for each in context.matches(path)
            )
        if is_source:
            return word
    return None


_SOURCE_FOLDERS = frozenset({"src", "app", "code", "source", "backend", "server", "api", "service"})
_PROGRAMS = frozenset(
    {
        "main.py", "app.py", "server.py", "serve.py", "api.py", "train.py", "predict.py", "run.py",
        "inference.py", "handler.py", "manage.py", "wsgi.py", "asgi.py", "streamlit_app.py",
        "worker.py", "bot.py", "model.py",
    }
)  # fmt: skip
_NOT_SOURCE = frozenset({"setup.py", "conanfile.py", "hatch_build.py"})
_SOURCE_SUFFIXES = (".py", ".ipynb", ".js", ".ts", ".tsx", ".jsx", ".go", ".rs", ".java", ".sh")


def _started(stage: StageFacts) -> frozenset[str]:
    """Return the names of the files that containers of *stage* are started with."""
    words = stage.start.words if stage.start is not None else ()
    return frozenset(posixpath.basename(word.value) for word in words)
