"""Variables in Compose files, and .env files."""

from __future__ import annotations

import pytest

from boxwright.syntax.yaml.interpolation import (
    Interpolated,
    Variable,
    interpolate,
    parse_dotenv,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("$SET ${SET}", "s s"),
        ("${EMPTY:-d} ${EMPTY-d} ${NONE:-d} ${NONE-d} ${SET:-d}", "d  d d s"),
        ("${SET:+r}${SET+r}${EMPTY:+r}${EMPTY+r}${NONE:+r}${NONE+r}", "rrr"),
        ("${SET:?e}${SET?e}", "ss"),
        ("${NONE:-${NONE:-${SET}}}", "s"),
        ("$$SET $${SET}", "$SET ${SET}"),
        ("${NONE}", None),
        ("${NONE:?must be set}", None),
        ("${NONE:-$OTHER}", None),
        ("a $", None),
        ("${SET", None),
        ("$(pwd)", None),
        ("${SET!x}", None),
    ],
)
def test_variables_have_their_values_or_defaults(text: str, value: str | None) -> None:
    assert interpolate(text, {"SET": "s", "EMPTY": ""}).value == value


def test_what_is_not_known_stays_as_its_name() -> None:
    assert interpolate("${IP:?no}:${PORT:-80}", {}) == Interpolated(
        None,
        "${IP}:80",
        (Variable("IP", ":?", "no", 0, 9), Variable("PORT", ":-", "80", 10, 21)),
    )


def test_what_is_no_variable_is_a_problem() -> None:
    assert interpolate("x $(y)", {}).problem == (
        "`$(y)` is no variable; write `$$` for a dollar sign"
    )


@pytest.mark.parametrize("text", ["${A:-" * 50_000 + "}" * 50_000, "$" * 99_999, "${A" * 50_000])
def test_hostile_texts_end(text: str) -> None:
    assert interpolate(text, {}).value is None


def test_a_dotenv_file_is_read_as_compose_reads_it() -> None:
    text = (
        "\ufeff# comment\r\n"
        "A=1\r\n"
        "export B=two words  # comment\n"
        "C='$A # kept'\n"
        'D="line\\nbreak $A \\$A" # comment\n'
        'E="two\nlines"\n'
        "F=${A}${B}\n"
        "G=${HOST}\n"
        "H=${HOST:-here}\n"
        "I: yaml\n"
        "J=\n"
        "K=a#b\n"
        "NOTHING\n"
        "= x\n"
        'L="open\n'
    )

    assert parse_dotenv(text) == {
        "A": "1",
        "B": "two words",
        "C": "$A # kept",
        "D": "line\nbreak 1 $A",
        "E": "two\nlines",
        "F": "1two words",
        "H": "here",
        "I": "yaml",
        "J": "",
        "K": "a#b",
        "L": '"open',
    }
