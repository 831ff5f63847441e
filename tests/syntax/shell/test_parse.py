"""Scripts become commands that know where they are."""

from __future__ import annotations

import random

import pytest
from tests.syntax.shell.reading import lines, read, values

from boxwright.syntax.shell.command import Assignment, Redirect, ShellWord, Statement
from boxwright.syntax.shell.parse import command_of_words, parse_script
from boxwright.text.joined import Joined, Word
from boxwright.text.source import Span


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "a && b || c; d | e & f\ng",
            ["a", "&& b", "|| c  (conditional)", ";  d", "|  e", "&  f", "\\n g"],
        ),
        pytest.param(
            "a && b > f || c 2>g | d >h",
            ["a", "&& b", "|| c  (conditional)", "|  d  (conditional)"],
            id="a redirection before a pipe does not take the list into it",
        ),
        pytest.param("a || b && c", ["a", "|| b  (conditional)", "&& c"], id="left to right"),
        pytest.param(
            "a || (b && c)", ["a", "|| b  (conditional)", "&& c  (conditional)"], id="group"
        ),
        ("(cd x && a); { b; c; }", ["cd x", "&& a", ";  b", ";  c"]),
        (
            "if a; then b; elif c; then d; else e; fi; f",
            [
                "a",
                ";  b  (conditional)",
                ";  c  (conditional)",
                ";  d  (conditional)",
                ";  e  (conditional)",
                ";  f",
            ],
        ),
        ("for x in a $(b); do c; done", ["b  (substitution)", ";  c  (conditional)"]),
        ("while a; do b; done", ["a", ";  b  (conditional)"]),
        ("until a; do b; done", ["a", ";  b  (conditional)"]),
        ("for ((i=0; i<3; i++)); do a; done", [";  a  (conditional)"]),
        (
            "case $x in a|b) c ;; *) d;; esac; e",
            [";  c  (conditional)", ";  d  (conditional)", ";  e"],
        ),
        ("f() { a; }; f", ["a  (function)", ";  f"]),
        (
            'a "$(b "$(c)")" `d` <(e)',
            [
                'a $(b "$(c)") `d` <(e)',
                "b $(c)  (substitution)",
                "c  (substitution)",
                "d  (substitution)",
                "e  (substitution)",
            ],
        ),
        ("X=$(a) b", ["b", "a  (substitution)"]),
        ("! a && ! b | c", ["a", "&& b", "|  c"]),
        ("[ -f x ] && [[ $a == b* ]]", ["[ -f x ]", "&& [[ $a == b* ]]"]),
        ("a # b\nc", ["a", "\\n c"]),
        ("a |\n b ||\n c", ["a", "|  b", "|| c  (conditional)"]),
        ("((i++)); a", [";  a"]),
        pytest.param(
            "for x in y; do if a; then b; fi done && c",
            [";  a  (conditional)", ";  b  (conditional)", "&& c"],
            id="no semicolon between closing words",
        ),
        ("pip install a==1.2 'b>=1' \"c<2\" d~=1", ["pip install a==1.2 b>=1 c<2 d~=1"]),
    ],
)
def test_commands_and_what_joins_them(text: str, expected: list[str]) -> None:
    assert not read(text).has_error
    assert lines(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a && ) b ; c", ["a", "&& b", ";  c"]),
        ('a; b "c', ["a", ";  b"]),
        ("a; if b; then c d", ["a", ";  b", ";  c d  (conditional)"]),
        ("a && (b", ["a", "&& b"]),
    ],
)
def test_an_error_does_not_lose_the_other_commands(text: str, expected: list[str]) -> None:
    assert read(text).has_error
    assert lines(text) == expected


def test_a_command_has_all_its_parts() -> None:
    text = 'A=1 B="x y" pip install -q "$C" a\\ b 2>/dev/null >> log'

    (command,) = read(text).commands

    assert command.words == (
        ShellWord("pip", "pip", Span(12, 15)),
        ShellWord("install", "install", Span(16, 23)),
        ShellWord("-q", "-q", Span(24, 26)),
        ShellWord('"$C"', "$C", Span(27, 31), is_static=False, variables=("C",)),
        ShellWord("a\\ b", "a b", Span(32, 36)),
    )
    assert command.arguments == command.words[1:]
    assert command.assignments == (
        Assignment("A", ShellWord("1", "1", Span(2, 3)), Span(0, 3)),
        Assignment("B", ShellWord('"x y"', "x y", Span(6, 11)), Span(4, 11)),
    )
    assert command.redirects == (
        Redirect("2>", 2, ShellWord("/dev/null", "/dev/null", Span(39, 48)), Span(37, 48)),
        Redirect(">>", None, ShellWord("log", "log", Span(52, 55)), Span(49, 55)),
    )
    assert (command.program, command.span, command.start_span) == (
        "pip",
        Span(0, len(text)),
        Span(12, 15),
    )


def test_words_behind_a_redirection_belong_to_the_command() -> None:
    (command,) = read("echo a > f b c").commands

    assert values(command) == ["echo", "a", "b", "c"]
    assert [redirect.target and redirect.target.value for redirect in command.redirects] == ["f"]


@pytest.mark.parametrize(
    ("text", "operators"),
    [
        ("a 1> x 2>&1", [">", "2>&"]),
        ("a &> x", ["&>"]),
        ("a < x", ["<"]),
        ("a <<< x", ["<<<"]),
        ("> x", [">"]),
        ("a 3<<E\nE\n", ["3<<"]),
        ("pip install torch>=2", [">"]),
    ],
)
def test_redirections_are_called_as_they_work(text: str, operators: list[str]) -> None:
    (command,) = read(text).commands

    assert [redirect.operator for redirect in command.redirects] == operators


def test_redirections_of_a_group_are_those_of_its_commands() -> None:
    commands = read("{ a; b > y; } > x 2>&1").commands

    assert [[redirect.operator for redirect in one.redirects] for one in commands] == [
        [">", "2>&"],
        [">", ">", "2>&"],
    ]


def test_assignments_alone_and_behind_export() -> None:
    text = "A=1; export B=2 C; D=3 E=4"

    shown = [
        (one.program, values(one), [(a.name, a.value.value) for a in one.assignments])
        for one in read(text).commands
    ]

    assert shown == [
        ("", [], [("A", "1")]),
        ("export", ["export", "B=2", "C"], [("B", "2")]),
        ("", [], [("D", "3"), ("E", "4")]),
    ]


def test_pipes_have_numbers() -> None:
    commands = read("a | b && c | { d; e; } | f").commands

    assert [(one.program, one.pipeline, one.pipe_position) for one in commands] == [
        ("a", 0, 0),
        ("b", 0, 1),
        ("c", 1, 0),
        ("d", 1, 1),
        ("e", 2, 0),
        ("f", 1, 2),
    ]


def test_statements_are_the_outermost_list() -> None:
    text = "a | b && ! c > x; if d; then e; fi\nf"

    script = read(text)

    a, b, c, d, e, f = script.commands
    assert script.statements == (
        Statement(Span(0, 5), "", Span(0, 0), (a, b)),
        Statement(Span(9, 16), "&&", Span(6, 8), (c,)),
        Statement(Span(18, 34), ";", Span(16, 17), (d, e)),
        Statement(Span(35, 36), "\n", Span(34, 35), (f,)),
    )


@pytest.mark.parametrize(
    ("text", "states"),
    [
        ("a; set -eux; b", [(False, False), (False, False), (True, False)]),
        ("set -euo pipefail && a", [(False, False), (True, True)]),
        ("set -e; set +e; a", [(False, False), (True, False), (False, False)]),
        ("set -o errexit; a", [(False, False), (True, False)]),
        ("f() { set -e; }; a", [(False, False), (False, False)]),
    ],
)
def test_errexit_and_pipefail_are_known(text: str, states: list[tuple[bool, bool]]) -> None:
    assert [(one.errexit, one.pipefail) for one in read(text).commands] == states


def test_a_script_says_whether_it_starts_with_errexit() -> None:
    assert [read(text).errexit for text in ("set -ex; a", "a; set -e", "set -x")] == [
        True,
        False,
        False,
    ]
    assert parse_script(Joined.of([("a", 0)]), errexit=True).commands[0].errexit


@pytest.mark.parametrize(
    ("text", "program"),
    [
        ("/opt/venv/bin/pip x", "pip"),
        ("$VENV/bin/pip x", "pip"),
        ('"${VENV}"/bin/pip x', "pip"),
        ("$PIP x", ""),
        ("${PIP:-/usr/bin/pip} x", ""),
        ("$(which pip) x", ""),
        ("/x/$(a /b) x", ""),
    ],
)
def test_the_program_is_known_where_it_is_written(text: str, program: str) -> None:
    assert read(text).commands[0].program == program


def test_places_are_those_of_the_source() -> None:
    # "RUN é && \<newline>  pip install ü \<newline>  torch"
    script = Joined.of([("é && ", 4), ("  pip install ü ", 11), ("  torch", 29)])

    commands = parse_script(script).commands

    assert [(one.span, [word.span for word in one.words]) for one in commands] == [
        (Span(4, 5), [Span(4, 5)]),
        (Span(13, 36), [Span(13, 16), Span(17, 24), Span(25, 26), Span(31, 36)]),
    ]


def test_a_continuation_does_not_part_a_word() -> None:
    (command,) = read("pip inst\\\nall x").commands

    assert values(command) == ["pip", "install", "x"]


def test_exec_form_is_a_command() -> None:
    text = '["python", "-m", "pip", "$X"]'
    words = _json_words(text)

    (command,) = command_of_words(words)

    assert command.words == tuple(ShellWord(word.raw, word.value, word.span) for word in words)
    assert (command.program, command.pipeline, command.span) == ("python", 0, Span(1, 28))


def test_exec_form_of_a_shell_has_the_commands_of_its_script() -> None:
    text = r'["/bin/sh", "-c", "a \"b\" && pip install \u0078"]'

    sh, a, pip = command_of_words(_json_words(text), Joined.of([(text, 0)]))

    assert (sh.program, a.outer, pip.outer) == ("sh", sh, sh)
    assert (values(a), values(pip)) == (["a", "b"], ["pip", "install", "x"])
    assert [text[slice(*word.span)] for word in pip.words] == ["pip", "install", "\\"]


def test_exec_form_of_nothing_is_nothing() -> None:
    assert command_of_words([]) == ()


def _json_words(text: str) -> list[Word]:
    words = []
    at = 1
    while (start := text.find('"', at)) >= 0:
        at = start + 1
        while text[at] != '"':
            at += 2 if text[at] == "\\" else 1
        at += 1
        raw = text[start:at]
        value = raw[1:-1].replace('\\"', '"').replace("\\u0078", "x")
        words.append(Word(raw, value, Span(start, at), start))
    return words


@pytest.mark.parametrize(
    "text",
    [
        "(" * 20_000,
        "$(" * 20_000,
        '"$(' * 20_000,
        "${" * 5_000,
        "`" * 20_001,
        "if a; then " * 5_000,
        "a | " * 20_000,
        "a=(" * 20_000,
        "<<<" * 20_000,
        "<<A\n" * 20_000,
        "\0" * 20_000,
        "sudo " * 20_000,
        "xargs " * 20_000,
        "eval " * 5_000,
        "sh -c '" * 5_000,
        "`<..:-%" * 3_000,
        "\ud800 && é",
    ],
    ids=lambda text: repr(text[:10]),
)
def test_hostile_scripts_end(text: str) -> None:
    read(text)


def test_what_is_not_shell_raises_nothing() -> None:
    parts = [
        *"(){};|&<>$`'\"\\\n#=! ",
        "a ",
        "<<E\n",
        "\nE\n",
        "if ",
        "fi ",
        "case x in ",
        "$(",
        "é",
    ]
    choose = random.Random(7)  # noqa: S311
    for _ in range(300):
        text = "".join(choose.choice(parts) for _ in range(40))
        script = read(text)
        assert [command.number for command in script.commands] == [*range(len(script.commands))]
