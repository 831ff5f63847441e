"""Programs that start other programs, and scripts in words."""

from __future__ import annotations

import pytest
from tests.syntax.shell.reading import lines, read, values


@pytest.mark.parametrize(
    ("text", "wrappers", "words"),
    [
        ("sudo -E -u app pip install x", ("sudo",), "pip install x"),
        ("env -i A=1 B=2 pip x", ("env",), "pip x"),
        ("sudo env A=1 nice -n 5 nohup pip x", ("sudo", "env", "nice", "nohup"), "pip x"),
        ("time -p make", ("time",), "make"),
        ("exec -a name python x", ("exec",), "python x"),
        ("command pip x", ("command",), "pip x"),
        ("stdbuf -oL -e 0 a", ("stdbuf",), "a"),
        ("timeout -s KILL 5 a", ("timeout",), "a"),
        ("gosu app:app a", ("gosu",), "a"),
        ("su-exec app a", ("su-exec",), "a"),
        ("setpriv --reuid 1 --regid=1 --clear-groups a", ("setpriv",), "a"),
        ("runuser -u app -- a -c", ("runuser",), "a -c"),
        ("/usr/bin/tini -g -- a", ("tini",), "a"),
        ("dumb-init a", ("dumb-init",), "a"),
        ("busybox wget x", ("busybox",), "wget x"),
        ("conda run -n e --no-capture-output pip x", ("conda run",), "pip x"),
        ("poetry run uvicorn a", ("poetry run",), "uvicorn a"),
        ("uv run --with x --no-sync gunicorn a", ("uv run",), "gunicorn a"),
        ("uv --project p run a", ("uv run",), "a"),
        # These start nothing, or not this.
        ("command -v pip", (), "command -v pip"),
        ("sudo -l", (), "sudo -l"),
        ("env", (), "env"),
        ("exec", (), "exec"),
        ("uv run -m pytest", (), "uv run -m pytest"),
        ("conda install x", (), "conda install x"),
    ],
)
def test_wrappers_are_taken_off(text: str, wrappers: tuple[str, ...], words: str) -> None:
    (command,) = read(text).commands

    assert (command.wrappers, values(command)) == (wrappers, words.split())
    assert [word.value for word in command.written] == text.split()


def test_assignments_of_env_are_those_of_the_command() -> None:
    text = 'A=1 env B="2 3" C=$X pip'

    (command,) = read(text).commands

    assert [
        (one.name, one.value.value, one.value.is_static, text[slice(*one.value.span)])
        for one in command.assignments
    ] == [("A", "1", True, "1"), ("B", "2 3", True, '"2 3"'), ("C", "$X", False, "$X")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sh -c 'a && b' && c", ["sh -c a && b", "a  (in 0)", "&& b  (in 0)", "&& c"]),
        ('bash -lc "a \\"b\\"; c"', ['bash -lc a "b"; c', "a b  (in 0)", ";  c  (in 0)"]),
        ("bash -euxo pipefail -c a", ["bash -euxo pipefail -c a", "a  (in 0)"]),
        ("sh -c \"sh -c 'a'\"", ["sh -c sh -c 'a'", "sh -c a  (in 0)", "a  (in 1)"]),
        ("su - app -c 'a b'", ["su - app -c a b", "a b  (in 0)"]),
        ("eval 'a b' c", ["eval a b c", "a b c  (in 0)"]),
        ('eval "$(a)"', ["eval $(a)", "a  (substitution)"]),
        ('sh -c "a $(b)"', ["sh -c a $(b)", "a $(b)  (in 0)", "b  (substitution)"]),
        ("a | xargs -n 1 pip install", ["a", "|  xargs -n 1 pip install", "pip install  (in 1)"]),
        (
            "xargs -I{} sh -c 'a {}'",
            ["xargs -I{} sh -c a {}", "sh -c a {}  (in 0)", "a {}  (in 1)"],
        ),
        (
            "find . -exec rm {} \\; -o -exec a {} +",
            ["find . -exec rm {} ; -o -exec a {} +", "rm {}  (in 0)", "a {}  (in 0)"],
        ),
        ("bash x.sh -c a", ["bash x.sh -c a"]),
        ("curl x | bash -s -- -y", ["curl x", "|  bash -s -- -y"]),
        ("if a; then sh -c b; fi", ["a", ";  sh -c b  (conditional)", "b  (conditional, in 1)"]),
    ],
)
def test_scripts_in_words_are_read(text: str, expected: list[str]) -> None:
    assert lines(text) == expected


def test_words_of_an_inner_script_have_exact_places() -> None:
    text = 'A=é bash -lc "x \\"y\\" && pip install --upgrade \\$Z"'

    pip = read(text).commands[-1]

    assert [text[slice(*word.span)] for word in pip.words] == [
        "pip",
        "install",
        "--upgrade",
        "$Z",
    ]


def test_options_of_the_shell_hold_for_its_script() -> None:
    _, a, b = read("bash -eo pipefail -c 'a; b'").commands

    assert [(one.errexit, one.pipefail) for one in (a, b)] == [(True, True)] * 2
