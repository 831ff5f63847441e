"""What each kind of instruction says."""

import pytest

from boxwright.syntax.dockerfile.instructions import (
    Add,
    Arg,
    Cmd,
    Copy,
    Dockerfile,
    Entrypoint,
    Env,
    Expose,
    From,
    Healthcheck,
    Instruction,
    Label,
    Maintainer,
    Onbuild,
    Run,
    Shell,
    Stopsignal,
    User,
    Volume,
    Workdir,
)
from boxwright.syntax.dockerfile.parse import parse_dockerfile
from boxwright.syntax.dockerfile.words import Flag, Word
from boxwright.text.source import Source, Span


def parsed(text: str) -> Dockerfile:
    return parse_dockerfile(Source("Dockerfile", text))


def only(line: str) -> Instruction:
    (instruction,) = parsed(line).instructions
    return instruction


def raws(words: tuple[Word, ...] | None) -> list[str] | None:
    return None if words is None else [word.raw for word in words]


def values(words: tuple[Word, ...] | None) -> list[str] | None:
    return None if words is None else [word.value for word in words]


def test_flags_have_places() -> None:
    text = "COPY --from=a --link \\\n --chown='b c' d e"
    copy = only(text)

    assert isinstance(copy, Copy)
    assert copy.flags == (
        Flag("from", "a", Span(5, 13), Span(12, 13)),
        Flag("link", "", Span(14, 20), Span(20, 20), has_value=False),
        Flag("chown", "b c", Span(24, 37), Span(32, 37)),
    )
    assert (copy.from_, copy.link, copy.chown) == copy.flags
    assert copy.arguments.text == "d e"


@pytest.mark.parametrize(
    ("line", "flags", "arguments"),
    [
        ("RUN --a --b=c d --e", ["a", "b"], "d --e"),
        ("RUN -- --a", [], "--a"),
        ("RUN --a -- b", ["a"], "b"),
        ("RUN --a", ["a"], ""),
        ('RUN --"a b"=c d', ["a b"], "d"),
        ("RUN --a\\ b c", ["a b"], "c"),
        ("RUN -a b", [], "-a b"),
        ("RUN", [], ""),
    ],
)
def test_flags_end_where_arguments_start(line, flags, arguments) -> None:
    run = only(line)

    assert [flag.name for flag in run.flags] == flags
    assert run.arguments.text == arguments


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ('["a", "b c"]', ["a", "b c"]),
        ('[ "a" ,\t"b" ] ', ["a", "b"]),
        ("[]", []),
        (r'["a\"\\\u0041\n"]', ['a"\\A\n']),
        ('["\\ud83d\\ude00"]', ["\U0001f600"]),
        ('["\\ud83d"]', ["\ufffd"]),
        ("['a']", None),
        ('["a" "b"]', None),
        ('["a",]', None),
        ('["a"', None),
        ('["a"] b', None),
        ('["a\tb"]', None),
        ('["\\x"]', None),
        ('[ -f "a" ]', None),
        ('["a", 1]', None),
        ('"a"', None),
        ("a", None),
    ],
)
def test_an_exec_form_is_a_json_array_of_strings(arguments, words) -> None:
    for kind in (Run, Cmd, Entrypoint, Shell):
        instruction = only(f"{kind.__name__.upper()} {arguments}")

        assert isinstance(instruction, Run | Cmd | Entrypoint | Shell)
        assert values(instruction.exec) == words
        assert instruction.is_exec == (words is not None)


@pytest.mark.parametrize(
    ("arguments", "problem", "looks_like_json"),
    [
        ("['a', 'b']", "JSON has no single quotes", True),
        ("['a']", "JSON has no single quotes", True),
        ('["a" "b"]', "a comma or `]` is missing", True),
        ('["a" b]', "a comma or `]` is missing", True),
        ('[ "a", b]', "it is no JSON", True),
        ('[ "$a" ] && b', "something follows the `]`", False),
        ('[ "$a" = b ]', "a comma or `]` is missing", False),
        ('["a", b]', "it is no JSON", True),
        ('["a"', "a comma or `]` is missing", True),
        ('["a", "b\\c"]', "a string is not closed, or has a character that needs `\\`", True),
        ('["a"] && b', "something follows the `]`", True),
        ("[ -f a ]", "it is no JSON", False),
        ("a", "", False),
        ('["a"]', "", False),
    ],
)
def test_what_is_nearly_json_can_be_told(arguments, problem, looks_like_json) -> None:
    cmd = only(f"CMD {arguments}")

    assert (cmd.json_problem, cmd.looks_like_json) == (problem, looks_like_json)


def test_words_of_an_exec_form_have_places() -> None:
    cmd = only('CMD [ "a\\n", \\\n "b" ]')

    assert isinstance(cmd, Cmd)
    assert cmd.exec == (
        Word('"a\\n"', "a\n", Span(6, 11), 6),
        Word('"b"', "b", Span(16, 19), 14),
    )
    assert cmd.script.text == ""


def test_copy_takes_words_or_an_array() -> None:
    words, array = parsed('COPY a\\ b $c "d" e\nADD ["x y", "\'$z\'", "/w"]\n').instructions

    assert isinstance(words, Copy)
    assert isinstance(array, Add)
    assert raws(words.words) == ["a\\", "b", "$c", '"d"', "e"]
    assert values(words.sources) == ["a", "b", "$c", "d"]
    # Variables are expanded, and quotes removed, in the strings that the array has.
    assert array.words == (
        Word("x y", "x y", Span(24, 29)),
        Word("'$z'", "$z", Span(31, 37)),
        Word("/w", "/w", Span(39, 43)),
    )
    assert array.destination == array.words[2]


def test_copy_with_one_word_has_no_destination() -> None:
    copy = only("COPY a")

    assert isinstance(copy, Copy)
    assert (copy.sources, copy.destination) == ((), None)


def test_copy_has_its_flags() -> None:
    copy = only("COPY --from=a --exclude=b --exclude=c --parents --chmod=1 d e")
    add = only("ADD --checksum=a --keep-git-dir=true --unpack --exclude=b c d")

    assert isinstance(copy, Copy)
    assert isinstance(add, Add)
    assert [flag.value for flag in copy.excludes] == ["b", "c"]
    found = (copy.from_, copy.parents, copy.chmod, copy.chown, add.checksum, add.keep_git_dir)
    assert [flag.value if flag else None for flag in (*found, add.unpack)] == [
        "a", "", "1", None, "a", "true", "",
    ]  # fmt: skip


def test_from_has_image_platform_and_name() -> None:
    from_ = only("FROM --platform=$P a:1 as B")

    assert isinstance(from_, From)
    assert from_.image == Word("a:1", "a:1", Span(19, 22), 19)
    assert from_.as_keyword == Word("as", "as", Span(23, 25), 23)
    assert from_.name == Word("B", "B", Span(26, 27), 26)
    assert from_.platform == Flag("platform", "$P", Span(5, 18), Span(16, 18))


def test_an_incomplete_from_has_an_empty_image() -> None:
    empty, odd = parsed("FROM\nFROM a b c\n").instructions

    assert isinstance(empty, From)
    assert isinstance(odd, From)
    assert empty.image == Word("", "", Span(4, 4), 4)
    assert (odd.as_keyword, odd.name) == (None, None)


@pytest.mark.parametrize(
    ("arguments", "pairs"),
    [
        ("a=b", [("a", "b")]),
        ("a=b c=d=e", [("a", "b"), ("c", "d=e")]),
        ('a=\'b c\' d="e \\" f"', [("a", "b c"), ("d", 'e " f')]),
        ("a=b\\ c d=", [("a", "b c"), ("d", "")]),
        ("a=$b${c:-d e} f='$g'", [("a", "$b${c:-d"), ("f", "$g")]),
        ('"a b"=c', [("a b", "c")]),
        ("a b c", [("a", "b c")]),
        ("a  b  'c'=d", [("a", "b  c=d")]),
        ("a=b c", [("a", "b")]),
        ("a=b\\", [("a", "b")]),
        ("a='b", [("a", "'b")]),
        ("a", []),
        ("", []),
    ],
)
def test_env_and_label_have_pairs(arguments, pairs) -> None:
    for kind in (Env, Label):
        instruction = only(f"{kind.__name__.upper()} {arguments}")

        assert isinstance(instruction, Env | Label)
        assert [(pair.name.value, pair.value.value) for pair in instruction.pairs] == pairs


def test_pairs_have_places() -> None:
    text = "ENV a=1 \\\n  b='2 3'\nENV c d e"
    new, old = parsed(text).instructions

    assert isinstance(new, Env)
    assert isinstance(old, Env)
    assert [(pair.span, pair.name.span, pair.value.span, pair.legacy) for pair in new.pairs] == [
        (Span(4, 7), Span(4, 5), Span(6, 7), False),
        (Span(12, 19), Span(12, 13), Span(14, 19), False),
    ]
    assert [(pair.span, pair.value.span, pair.legacy) for pair in old.pairs] == [
        (Span(24, 29), Span(26, 29), True)
    ]


def test_a_part_of_a_word_has_a_place() -> None:
    env = only("ENV a=x$y\\\nz")

    assert isinstance(env, Env)
    value = env.pairs[0].value
    assert value.raw == "x$yz"
    assert env.part_span(value, 1, 4) == Span(7, 12)


def test_arg_declares_several() -> None:
    arg = only("ARG a b= c='d e' $f")

    assert isinstance(arg, Arg)
    assert [(item.name.raw, item.default and item.default.value) for item in arg.declared] == [
        ("a", None),
        ("b", ""),
        ("c", "d e"),
        ("$f", None),
    ]
    assert arg.declared[2].span == Span(9, 16)


def test_instructions_of_one_argument_keep_its_blanks() -> None:
    user, workdir, signal, maintainer, none = parsed(
        'USER a b\nWORKDIR "/c d"\nSTOPSIGNAL $S\nMAINTAINER e f <g>\nUSER\n'
    ).instructions

    assert isinstance(user, User)
    assert isinstance(workdir, Workdir)
    assert isinstance(signal, Stopsignal)
    assert isinstance(maintainer, Maintainer)
    assert isinstance(none, User)
    assert user.user == Word("a b", "a b", Span(5, 8), 5)
    assert workdir.path == Word('"/c d"', "/c d", Span(17, 23), 8)
    assert signal.signal == Word("$S", "$S", Span(35, 37), 11)
    assert (maintainer.text, none.user) == ("e f <g>", None)


def test_expose_and_volume_have_words() -> None:
    expose, one, two = parsed(
        'EXPOSE 80 90-91/udp $P\nVOLUME /a /b\nVOLUME ["/c d"]\n'
    ).instructions

    assert isinstance(expose, Expose)
    assert isinstance(one, Volume)
    assert isinstance(two, Volume)
    assert raws(expose.ports) == ["80", "90-91/udp", "$P"]
    assert (raws(one.paths), raws(two.paths)) == (["/a", "/b"], ["/c d"])


def test_healthcheck_has_a_command_or_none() -> None:
    shell, array, none = parsed(
        "HEALTHCHECK --interval=5m --retries=3 \\\n  CMD curl  -f x || exit 1\n"
        'healthcheck cmd ["a", "b"]\nHEALTHCHECK none\n'
    ).instructions

    assert isinstance(shell, Healthcheck)
    assert isinstance(array, Healthcheck)
    assert isinstance(none, Healthcheck)
    assert (shell.script.text, shell.command_span) == ("curl  -f x || exit 1", Span(46, 66))
    assert [flag.value for flag in (shell.interval, shell.retries) if flag] == ["5m", "3"]
    assert (shell.timeout, shell.start_period, shell.start_interval) == (None, None, None)
    assert values(array.exec) == ["a", "b"]
    assert (shell.none, array.none, none.none, none.commands) == (False, False, True, ())


def test_onbuild_has_an_instruction_of_its_own() -> None:
    text = "ONBUILD  COPY --chown=a \\\n b c\nONBUILD ONBUILD RUN x\nONBUILD\n"
    copy, twice, empty = parsed(text).of(Onbuild)

    inner = copy.instruction
    assert isinstance(inner, Copy)
    assert text[inner.span.start : inner.span.end] == "COPY --chown=a \\\n b c"
    assert (inner.parent, inner.chown and inner.chown.span) == (copy, Span(14, 23))
    assert isinstance(twice.instruction, Onbuild)
    assert twice.instruction.instruction is None
    assert empty.instruction is None


def test_commands_are_those_that_the_shell_would_run() -> None:
    run, cmd = parsed('FROM a\nRUN a b && \\\n  c\nCMD ["sh", "-c", "d | e"]\n').instructions[1:]

    assert isinstance(run, Run)
    assert isinstance(cmd, Cmd)
    assert [(command.program, command.span) for command in run.commands] == [
        ("a", Span(11, 14)),
        ("c", Span(22, 23)),
    ]
    assert [command.program for command in cmd.commands] == ["sh", "d", "e"]
    assert (run.script_problem, cmd.script_problem) == (False, False)


@pytest.mark.parametrize(
    ("text", "is_posix"),
    [
        ("FROM a\n", True),
        ('FROM a\nSHELL ["/bin/bash", "-o", "pipefail", "-c"]\n', True),
        ('FROM a\nSHELL ["conda", "run", "-n", "x", "/bin/bash", "-c"]\n', True),
        ('FROM a\nSHELL ["/usr/local/bin/_dockerfile_shell.sh"]\n', True),
        ('FROM a\nSHELL ["pwsh", "-Command"]\n', False),
        ('FROM a\nSHELL ["python3", "-c"]\n', False),
        ("# escape=`\nFROM a\n", False),
        ('# escape=`\nFROM a\nSHELL ["sh", "-c"]\n', True),
        ("FROM mcr.microsoft.com/windows/servercore:ltsc2022 AS b\nFROM b\n", False),
    ],
)
def test_only_scripts_for_a_posix_shell_are_read(text, is_posix) -> None:
    run = parsed(f"{text}RUN echo\n").of(Run)[0]

    assert run.runs_posix_shell == is_posix
    assert [command.program for command in run.commands] == (["echo"] if is_posix else [])
