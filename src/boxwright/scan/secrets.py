"""Credentials in text, by their form; what is found is told without telling it."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_LOOKED_AT = 8192
"""A NUL among so many first bytes makes a file binary, as Git has it."""
_PLACEHOLDER = (
    rb"(?i)example|placeholder|dummy|redacted|changeme|your[_-]|insert[_-]|xxxx|\*\*\*|\.\.\."
    rb"|0123456789|1234567890|abcdefghij|(.)\1{7}"
)
_LEAST_VARIETY = 8
"""A real credential of twenty or more characters has more different ones than this."""


@dataclass(frozen=True, slots=True, order=True)
class Secret:
    """Something that looks like a credential."""

    line: int
    kind: str
    """With its article: `a private key`."""
    redacted: str
    """What may be shown of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """A row of `secrets.toml`."""

    kind: str
    keywords: tuple[bytes, ...]
    any_case: bool
    pattern: bytes
    shown: int
    placeholders: frozenset[bytes]
    hosts: frozenset[bytes]


def find_secrets(path: str, content: bytes) -> tuple[Secret, ...]:
    """
    Return what looks like a credential in *content*, by line; nothing for binary files.

    *path* is only looked at for its suffix.

    >>> find_secrets("a.py", b'TOKEN = "ghp_" + read()')
    ()
    """
    if path.lower().endswith(_NO_TEXT) or b"\0" in content[:_LOOKED_AT]:
        return ()
    lowered = b""
    found: set[Secret] = set()
    for form in _forms():
        text = content
        if form.any_case:
            text = lowered = lowered or content.lower()
        if any(keyword in text for keyword in form.keywords):
            found.update(_matches(form, content))
    return tuple(sorted(found))


_NO_TEXT = (
    ".png", ".jpg", ".jpeg", ".gif", ".webp", ".ico", ".woff", ".woff2", ".ttf", ".so", ".pyc",
    ".safetensors", ".onnx", ".gguf", ".gz", ".zip",
)  # fmt: skip


@functools.cache
def _forms() -> tuple[_Form, ...]:
    text = Path(__file__).with_name("secrets.toml").read_text("utf-8")
    return tuple(
        _Form(
            kind=row["kind"],
            keywords=tuple(keyword.encode() for keyword in row["keywords"]),
            any_case=row.get("any_case", False),
            pattern=row["pattern"].encode(),
            shown=row["shown"],
            placeholders=frozenset(word.encode() for word in row.get("placeholders", ())),
            hosts=frozenset(host.encode() for host in row.get("hosts", ())),
        )
        for row in tomllib.loads(text)["secret"]
    )


def _matches(form: _Form, content: bytes) -> Iterator[Secret]:
    # Compiled where a keyword was met, which is rare: `re` remembers it.
    for match in re.finditer(form.pattern, content):
        secret = match["secret"]
        if _is_placeholder(form, match, secret):
            continue
        line = content.count(b"\n", 0, match.start()) + 1
        shown = secret[: form.shown].decode(errors="replace")
        yield Secret(
            line, form.kind, f"`{shown}…`, {len(secret)} characters" if shown else "hidden"
        )


def _is_placeholder(form: _Form, match: re.Match[bytes], secret: bytes) -> bool:
    if re.search(_PLACEHOLDER, secret):
        return True
    if not form.placeholders:
        return len(set(secret[form.shown :])) < _LEAST_VARIETY
    lowered = secret.lower().strip(b"_-")
    return (
        lowered in form.placeholders
        or lowered == match["user"].lower()
        or match["host"].lower() in form.hosts
        or match["host"].lower().endswith((b".example.com", b".example.org", b".example"))
        # `%(name)s`, `%s` and URL-encoded templates stand for what comes later.
        or lowered.startswith(b"%")
        or len(set(lowered)) == 1
    )
