"""Quotes and escapes of words."""

from __future__ import annotations

import pytest

from boxwright.syntax.shell.command import ShellWord
from boxwright.syntax.shell.quoting import expansion_end, shell_word, unquoted_text
from boxwright.text.joined import Joined
from boxwright.text.source import Span


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("", ""),
        ("a", "a"),
        ("'a $b'", "a $b"),
        ('"a b"', "a b"),
        ("a\\ b", "a b"),
        ("\\$a", "$a"),
        ('"\\$a \\" \\\\ \\n"', '$a " \\ \\n'),
        ("'a'\\''b'", "a'b"),
        ("a\"b\"'c'", "abc"),
        ("a\\\nb", "ab"),
        ("$'a\\tb\\x41\\u00e9\\101\\''", "a\tbAéA'"),
        ('$"a"', "a"),
        ("*.whl", "*.whl"),
        ("a$", "a$"),
        ('"', ""),
        ("'a", "a"),
        ("a\\", "a"),
    ],
)
def test_quotes_are_taken_off(raw: str, value: str) -> None:
    assert shell_word(raw, Span(0, len(raw))) == ShellWord(raw, value, Span(0, len(raw)))


@pytest.mark.parametrize(
    ("raw", "value", "variables"),
    [
        ("$a", "$a", ("a",)),
        ('"${a}/x"', "${a}/x", ("a",)),
        ("${a:-$b}", "${a:-$b}", ("a", "b")),
        ("x$a$a", "x$a$a", ("a",)),
        ("$(a $b)", "$(a $b)", ()),
        ('"$(a "b)")"\'c\'', '$(a "b)")c', ()),
        ("`a \\` b`'c'", "`a \\` b`c", ()),
        ("$((1 + $(a)))x", "$((1 + $(a)))x", ()),
        ("<(a)", "<(a)", ()),
        ("$1$@", "$1$@", ()),
        ("$(a", "$(a", ()),
    ],
)
def test_what_is_put_in_stays_as_it_is_written(
    raw: str, value: str, variables: tuple[str, ...]
) -> None:
    word = shell_word(raw, Span(0, len(raw)))

    assert word == ShellWord(raw, value, Span(0, len(raw)), is_static=False, variables=variables)


@pytest.mark.parametrize(
    ("text", "end"), [("$a-b", 2), ("${a}b", 4), ("$(a)b", 4), ("`a`b", 3), ("$", 1), ("$ a", 1)]
)
def test_where_an_expansion_ends(text: str, end: int) -> None:
    assert expansion_end(text, 0) == end


def test_a_script_in_quotes_keeps_its_places() -> None:
    word = Joined.of([('"a \\"b\\" ', 10), ("&& \\$c\"'d'", 30)])

    text, has_substitution = unquoted_text(word)

    assert (text.text, has_substitution) == ('a "b" && $cd', False)
    assert [text.offset(at) for at in range(len(text))] == [
        11, 12, 14, 15, 17, 18, 30, 31, 32, 34, 35, 38
    ]  # fmt: skip
