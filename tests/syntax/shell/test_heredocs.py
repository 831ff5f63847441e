"""Heredocs belong to their commands."""

from __future__ import annotations

import pytest
from tests.syntax.shell.reading import lines, read


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cat <<EOF > x && b\nbody\nEOF\nc", ["cat", "&& b", "\\n c"]),
        ("cat <<EOF; b\nbody; x\nEOF", ["cat", ";  b"]),
        ("cat <<'E F' | b\n$(no)\nE F\nc", ["cat", "|  b", "\\n c"]),
        (
            "cat <<EOF\n$(a) `b` \\$(no) $((1))\nEOF",
            ["cat", "a  (substitution)", "b  (substitution)"],
        ),
        ("if a; then cat <<E\nx\nE\nb\nfi", ["a", ";  cat  (conditional)", "\\n b  (conditional)"]),
        ("x=$(cat <<E\ny\nE\n) && b", ["", "cat  (substitution)", "&& b"]),
        ("a <<<x; b", ["a", ";  b"]),
        ("a $((1<<2)); b", ["a $((1<<2))", ";  b"]),
        ("a '<<E'; b # <<E\nc", ["a <<E", ";  b", "\\n c"]),
        ("cat <<A\nbody", ["cat"]),
    ],
)
def test_bodies_are_no_commands(text: str, expected: list[str]) -> None:
    script = read(text)

    assert not script.has_error
    assert lines(text) == expected


def test_the_body_is_the_input() -> None:
    text = "cat <<A <<-'B' x\na $b\nA\n\tc\n\t\td\n\tB\ny"

    cat, _ = read(text).commands

    assert cat.stdin is not None
    assert (cat.stdin.text, text[cat.stdin.offset(0)], text[cat.stdin.offset(2)]) == (
        "c\nd\n",
        "c",
        "d",
    )
    assert [
        (one.operator, one.target.raw if one.target else "", text[slice(*one.span)])
        for one in cat.redirects
    ] == [("<<", "A", "<<A"), ("<<-", "'B'", "<<-'B'")]
    assert [word.value for word in cat.words] == ["cat", "x"]


def test_a_shell_runs_its_heredoc() -> None:
    text = "bash -e <<EOF\npip install é a\nEOF\n"

    bash, pip = read(text).commands

    assert (pip.outer, pip.errexit, text[slice(*pip.words[-1].span)]) == (bash, True, "a")


def test_a_script_file_is_not_its_heredoc() -> None:
    assert lines("bash x.sh <<EOF\na\nEOF") == ["bash x.sh"]
