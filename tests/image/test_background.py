"""Calls in another thread."""

from __future__ import annotations

import pytest

from boxwright.image.background import Background


def test_calls_are_made_in_the_order_given() -> None:
    seen = bytearray()
    background = Background()
    expected = b""
    for n in range(2000):
        content = bytes([n % 251]) * (n * 7 % 9000)
        expected += content
        background.call(seen.extend, content)

    background.finish()

    assert bytes(seen) == expected


def test_what_a_call_raises_reaches_the_caller() -> None:
    def refuse(_: bytes) -> None:
        raise OSError(28, "No space left on device")

    background = Background()
    background.call(refuse, b"few")
    with pytest.raises(OSError, match="No space left"):
        background.finish()


def test_what_a_call_raises_stops_a_caller_that_goes_on() -> None:
    def refuse(_: bytes) -> None:
        raise OSError(28, "No space left on device")

    def go_on() -> None:
        background = Background()
        for _ in range(100):
            background.call(refuse, bytes(1 << 20))

    with pytest.raises(OSError, match="No space left"):
        go_on()
