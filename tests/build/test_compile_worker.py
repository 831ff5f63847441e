"""The program that compiles: what it gives is the same on every processor."""

from __future__ import annotations

import marshal
import math

from boxwright.build.compile_worker import bytecode

HEAD = 16
"""Bytes of a .pyc before the code: magic number, flags, hash."""


def constants(source: str) -> tuple[object, ...]:
    """Return the constants of *source*, compiled."""
    code = marshal.loads(bytecode("m.py", source.encode())[HEAD:])  # noqa: S302 (ours)
    found: tuple[object, ...] = code.co_consts
    return found


def signs(*values: object) -> list[float]:
    return [math.copysign(1, value) for value in values if isinstance(value, float)]


def test_byte_code_is_what_the_compiler_and_marshal_make() -> None:
    source = "def double(x):\n    return 2 * x + 0.5\n"

    content = bytecode("m.py", source.encode())

    assert content[HEAD:] == marshal.dumps(compile(source, "m.py", "exec", dont_inherit=True))


def test_source_that_does_not_compile_has_none() -> None:
    assert bytecode("m.py", b"def\n") == b""


def test_what_is_not_a_number_has_one_sign_whatever_computes_it() -> None:
    # One of the two has it already: which, depends on the processor.
    first, second, *_ = constants("a = 1e999 - 1e999\nb = -(1e999 - 1e999)\n")

    assert signs(first, second) == [-1, -1]


def test_it_has_one_sign_in_functions_tuples_and_complex_numbers() -> None:
    source = "def f():\n    return (1, -(1e999 * 0)), -(1e999 * 0), 1e999j * 0, -(1e999j * 0)\n"

    code = next(value for value in constants(source) if hasattr(value, "co_consts"))
    floats = [
        part
        for value in _flat(code.co_consts)
        for part in ((value.real, value.imag) if isinstance(value, complex) else (value,))
        if isinstance(part, float) and math.isnan(part)
    ]

    assert floats
    assert set(signs(*floats)) == {-1}


def test_a_string_of_bytes_that_looks_like_a_number_stays() -> None:
    text = b"g\0\0\0\0\0\0\xf8\x7f"

    assert text in constants(f"a = {text!r}\nb = -(1e999 * 0)\nc = 1e999 * 0\n")


def _flat(value: object) -> list[object]:
    return [part for one in value for part in _flat(one)] if isinstance(value, tuple) else [value]
