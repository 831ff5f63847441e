"""What a registry says of why it refuses: its error document (distribution-spec, "Error Codes")."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

LARGEST = 1 << 14
"""Bytes of an answer that are looked at."""
_MOST = 3
_LONGEST = 200


class _Error(msgspec.Struct):
    code: object = None
    message: object = None


class _Document(msgspec.Struct):
    errors: list[_Error] = []
    details: object = None
    """Of Docker's token server: what is wrong, as text."""
    error_description: object = None
    """Of a token server as in OAuth (RFC 6749, 5.2)."""


def what_it_says(body: bytes, *, secrets: Iterable[str] = ()) -> str:
    """
    Return the errors that *body* tells of, in one clause; empty where it tells of none.

    One that has any of *secrets* in it is left out.

    >>> what_it_says(b'{"errors": [{"code": "DENIED", "message": "no such project"}]}')
    'DENIED: no such project'
    """
    try:
        document = msgspec.json.decode(body[:LARGEST], type=_Document)
    except (msgspec.DecodeError, RecursionError):
        return ""
    found: list[str] = []
    for error in document.errors[:_MOST]:
        parts = [text for text in (error.code, error.message) if isinstance(text, str) and text]
        found.append(": ".join(parts))
    more = (document.details, document.error_description)
    found += [text for text in more if isinstance(text, str)]
    hidden = [secret.casefold() for secret in secrets if secret]
    shown = (
        _printable(text)
        for text in found
        if text and not any(secret in text.casefold() for secret in hidden)
    )
    return "; ".join(dict.fromkeys(shown))


def _printable(text: str) -> str:
    """Return *text* in one line, without what a terminal would act on."""
    clean = " ".join("".join(it if it.isprintable() else " " for it in text).split())
    clean = clean.replace("`", "'").rstrip(".")
    return clean if len(clean) <= _LONGEST else f"{clean[:_LONGEST]}…"
