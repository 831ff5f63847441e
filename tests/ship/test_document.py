"""Documents that are signed: what two readers could take differently is refused."""

from __future__ import annotations

import pytest

from boxwright.errors import StoreError
from boxwright.oci.document import Node
from boxwright.ship.document import decoded, signed_document


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"a":1,"b":2,"a":1}', "the payload has the key `a` twice"),
        (b'[{"a":{"x":1,"x":2}}]', "the payload has the key `x` twice"),
        (b'{"\\u0061":1,"a":2}', "the payload has the key `a` twice"),
        (b'{"a":NaN}', "the payload has the number `NaN`, which JSON does not know"),
        (b'{"a":-Infinity}', "the payload has the number `-Infinity`, which JSON does not know"),
        (b"[" * 100_000, "the payload is nested too deeply"),
        (b"x" * 101, "the payload has 101 bytes, more than the 100 that it may have"),
    ],
)
def test_what_is_ambiguous_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(StoreError) as failed:
        signed_document(content, "the payload", largest=100 if content[:1] == b"x" else 1 << 20)

    assert failed.value.message == message


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"{} {}", b"\xef\xbb\xbf{}", b"\xff", '{"a":1}'.encode("utf-16"), b"1" * 5000],
)
def test_what_is_no_json_is_refused(content: bytes) -> None:
    with pytest.raises(StoreError, match="the payload is no JSON document"):
        signed_document(content, "the payload")


@pytest.mark.parametrize(
    ("text", "content"), [("+/8=", b"\xfb\xff"), ("-_8=", b"\xfb\xff"), ("", b""), ("QQ==", b"A")]
)
def test_both_alphabets_are_read(text: str, content: bytes) -> None:
    assert decoded(Node(text, "a signature")) == content


@pytest.mark.parametrize(
    "text", ["QQ", "QQ=", "QR==", "QQ==\n", " QQ==", "Q Q==", "QQ===", "+_8=", "é", "QQ==QQ=="]
)
def test_base64_has_one_spelling(text: str) -> None:
    with pytest.raises(StoreError):
        decoded(Node(text, "a signature"))
