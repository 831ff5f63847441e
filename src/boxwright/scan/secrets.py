"""Credentials in sources, by their form; what is found is told without telling it."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from boxwright.scan.secret_forms import Form, find, group_of, source_forms

_LOOKED_AT = 8192
"""A NUL among so many first bytes makes a file binary, as Git has it."""
_SHORT = 8192
"""Bytes up to which looking for each keyword costs less than getting re2 ready."""


@dataclass(frozen=True, slots=True, order=True)
class Secret:
    """Something that looks like a credential."""

    line: int
    kind: str
    """With its article: `a private key`."""
    redacted: str
    """What may be shown of it."""


def find_secrets(path: str, content: bytes) -> tuple[Secret, ...]:
    """
    Return what looks like a credential in *content*, by line; nothing for binary files.

    A build stops for what is found, so only forms that hardly anything else has are looked
    for. *path* is only looked at for its suffix.

    >>> find_secrets("a.py", b'TOKEN = "ghp_" + read()')
    ()
    """
    if path.lower().endswith(_NO_TEXT) or b"\0" in content[:_LOOKED_AT]:
        return ()
    forms = _announced(content) if len(content) <= _SHORT else source_forms()
    if not forms:
        return ()
    best: dict[int, tuple[int, Secret]] = {}
    for found in find(content, group_of(*forms)):
        known = best.get(found.start)
        if known is None or found.form.rank < known[0]:
            line = content.count(b"\n", 0, found.at) + 1
            best[found.start] = (
                found.form.rank,
                Secret(line, found.form.kind, found.redacted),
            )
    return tuple(sorted({secret for _, secret in best.values()}))


_NO_TEXT = (
    ".png", ".jpg", ".jpeg", ".gif", ".webp", ".ico", ".woff", ".woff2", ".ttf", ".so", ".pyc",
    ".safetensors", ".onnx", ".gguf", ".gz", ".zip",
)  # fmt: skip


def _announced(content: bytes) -> tuple[Form, ...]:
    """Return the forms that have a keyword in *content*."""
    lowered = content.lower()
    exact, any_case = _keywords()
    found = {
        form.rank: form
        for forms, text in ((exact, content), (any_case, lowered))
        for keyword in filter(text.__contains__, forms)
        for form in forms[keyword]
        if form.needs in lowered
    }
    return tuple(found.values())


@functools.cache
def _keywords() -> tuple[dict[bytes, list[Form]], dict[bytes, list[Form]]]:
    """Return the forms by their keywords, those first that are compared as written."""
    exact: dict[bytes, list[Form]] = {}
    any_case: dict[bytes, list[Form]] = {}
    for form in source_forms():
        for keyword in form.keywords:
            (any_case if form.any_case else exact).setdefault(keyword, []).append(form)
    return exact, any_case
