"""JSON documents that are signed: read so that no two readers can disagree on what they say."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from boxwright.errors import StoreError
from boxwright.oci.document import Node

LARGEST = 32 << 20
"""The most bytes that an envelope, a bundle or what is in one may have: bills are long."""
_HINT = "it is damaged, or made to deceive"


def signed_document(content: bytes, name: str, *, largest: int = LARGEST) -> Node:
    """
    Return the root of the JSON document *content*; StoreError calls it *name*.

    Of what readers of JSON take in different ways nothing passes: keys that are there twice,
    numbers that are none, bytes that are no UTF-8, a mark of byte order.

    >>> signed_document(b'{"a": 1, "a": 2}', "the payload")
    Traceback (most recent call last):
    boxwright.errors.StoreError: the payload has the key `a` twice
    """
    if len(content) > largest:
        raise StoreError(
            f"{name} has {len(content)} bytes, more than the {largest} that it may have",
            hint=_HINT,
        )

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            keys = [key for key, _ in pairs]
            twice = next(key for key in keys if keys.count(key) > 1)
            raise StoreError(f"{name} has the key `{twice[:80]}` twice", hint=_HINT)
        return found

    def no_number(text: str) -> None:
        raise StoreError(f"{name} has the number `{text}`, which JSON does not know", hint=_HINT)

    try:
        text = content.decode("utf-8", errors="strict")
        return Node(json.loads(text, object_pairs_hook=unique, parse_constant=no_number), name)
    except RecursionError:
        raise StoreError(f"{name} is nested too deeply", hint=_HINT) from None
    except ValueError as error:
        raise StoreError(f"{name} is no JSON document ({error})", hint=_HINT) from None


def decoded(node: Node) -> bytes:
    """
    Return the bytes of *node*, which is base64 of either alphabet, padded, in its one spelling.

    DSSE has verifiers accept both alphabets. Stray characters, missing padding and bits that
    mean nothing are refused: bytes that are signed have one text in an alphabet.
    """
    text = node.text()
    for decode, encode in (
        (base64.b64decode, base64.b64encode),
        (base64.urlsafe_b64decode, base64.urlsafe_b64encode),
    ):
        try:
            found = decode(text.encode("ascii"))
        except (UnicodeEncodeError, binascii.Error, ValueError):
            continue
        if encode(found).decode("ascii") == text:
            return found
    raise node.wrong("is no base64")


def base64_text(content: bytes) -> str:
    """
    Return *content* in base64.

    >>> base64_text(b"hello")
    'aGVsbG8='
    """
    return base64.b64encode(content).decode("ascii")
