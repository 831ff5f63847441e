"""
Others that read as BuildKit does read the same.

`e2b-dockerfile-utils` is a port of BuildKit's parser, `dockerfile` a binding of the parser
of BuildKit 0.12. Neither says where in a line anything is.
"""

import random
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from boxwright.syntax.dockerfile.instructions import Dockerfile, Env, Label, Onbuild
from boxwright.syntax.dockerfile.parse import parse_dockerfile
from boxwright.text.source import Source

pytestmark = pytest.mark.oracle

CORPUS = Path(__file__).parent.parent / "corpus" / "dockerfile"

TRICKY = {
    "byte order mark, CRLF, backticks": (
        "\ufeff# check=skip=all\r\n# escape=`\r\nFROM a `\r\n  AS b\r\nRUN c `\r\n\r\n  # d\r\n  e\r\n"
    ),
    "backticks": "# escape=`\nFROM a `\n  AS b\nCOPY c:\\ d:\\\nRUN e \\\nUSER f `\n",
    "heredocs": (
        "FROM a\nRUN <<A cat <<-'B' 3<<\"C D\"\n1\nA\n\t2\n\tB\nC D\nRUN cat <<<x $((1<<2))\n"
        "RUN x && \\\n  cat <<E\n# no comment\n\\\nE\nUSER b\n"
    ),
    "continuations": (
        "FROM a\nRU\\\nN b \\\n  # c\n\n \\  \n  d\nRUN e \\\\\nUSER f\\\n  g\n# h\nENV i=j \\\n"
    ),
    "expansions": "ARG a=b\nFROM ${a:-c}${d+e}/${f%%:*} AS g\nENV a=${b/c/d} e='$f'\n",
    "flags": (
        "FROM --platform=a b\nRUN --mount=type=cache,target=/c --network=none -- --d\n"
        "COPY --from=e --chown='f g' --link h i\nADD --checksum=\"j\" k l\n"
        "HEALTHCHECK --interval=1s CMD m\nHEALTHCHECK NONE\n"
    ),
    "forms": (
        'FROM a\nRUN ["b", "c \\" d"]\nCMD [\'e\']\nENTRYPOINT [ "f" , "g" ]\nRUN [ -f h ]\n'
        'SHELL ["i"]\nCMD ["j"\nVOLUME ["k"]\nENTRYPOINT []\nCMD cat <<EOF\nRUN ["cat", "<<EOF"]\n'
    ),
    "cases and old forms": (
        "from a\nmaintainer b c\nEnv d e f\nlabel g h\nonbuild run i\nExpose 80 90/udp\n"
        "StopSignal 9\nWorkDir /j k\nARG l=m n 'o p'=q\n"
    ),
    "files": "FROM a\nCOPY <<b <<-'c' /d/\nü\nb\n\te\n\tc\nUSER f",
    "comments": "# a\n\n  # b\nFROM c # d\n#\n\t#e\nUSER f#g\n",
}

ONBUILD_HEREDOC = "an ONBUILD with a heredoc"
DIRECTIVES = "an escape directive behind a check directive"

Outline = list[tuple[str, int, int]]


def outline(dockerfile: Dockerfile) -> Outline:
    return [(item.keyword, item.first_line, item.last_line) for item in dockerfile.instructions]


def texts() -> dict[str, str]:
    found = dict(TRICKY)
    for path in sorted(CORPUS.rglob("*")) if CORPUS.is_dir() else []:
        if path.is_file():
            found[str(path.relative_to(CORPUS))] = path.read_bytes().decode(errors="replace")
    return found


def scrambled(count: int) -> list[str]:
    """Return *count* texts with lines of the tricky ones, put together anew."""
    chance = random.Random(20)  # noqa: S311 - no secret
    lines = [line for text in TRICKY.values() for line in text.splitlines(keepends=True)]
    return ["".join(chance.choices(lines, k=chance.randint(2, 12))) for _ in range(count)]


def known_differences(dockerfile: Dockerfile) -> set[str]:
    """Return what in *dockerfile* the others are known to read otherwise."""
    found = set()
    if any(onbuild.heredocs for onbuild in dockerfile.of(Onbuild)):
        found.add(ONBUILD_HEREDOC)
    if [item.name for item in dockerfile.directives][:2] == ["check", "escape"]:
        found.add(DIRECTIVES)
    return found


def assert_e2b_agrees(name: str, text: str) -> None:
    e2b = pytest.importorskip("e2b_dockerfile_utils")
    dockerfile = parse_dockerfile(Source(name, text))
    if ONBUILD_HEREDOC in known_differences(dockerfile):
        return
    if dockerfile.problems:
        # BuildKit would stop, and e2b may, at some of them.
        with suppress(e2b.DockerfileSyntaxError):
            assert_same_as_e2b(dockerfile, e2b.parse_dockerfile_ast(text).instructions)
    else:
        assert_same_as_e2b(dockerfile, e2b.parse_dockerfile_ast(text).instructions)


def assert_same_as_e2b(dockerfile: Dockerfile, instructions: list[Any]) -> None:
    assert outline(dockerfile) == [
        (item.name, item.start_line, item.end_line) for item in instructions
    ]
    for ours, theirs in zip(dockerfile.instructions, instructions, strict=True):
        assert ours.line.text == theirs.original.strip()
        assert [
            f"--{flag.name}={flag.value}" if flag.has_value else f"--{flag.name}"
            for flag in ours.flags
        ] == theirs.flags
        assert ours.is_exec == theirs.json
        assert [(doc.name, doc.body.text, doc.expand, doc.strip_tabs) for doc in ours.heredocs] == [
            (doc.name, doc.content, doc.expand, doc.chomp) for doc in theirs.heredocs
        ]
        if isinstance(ours, Env | Label):
            words = [word.raw for pair in ours.pairs for word in (pair.name, pair.value)]
            assert words == [word for at, word in enumerate(theirs.args) if at % 3 < 2]


def assert_binding_agrees(name: str, text: str) -> None:
    binding = pytest.importorskip("dockerfile")
    dockerfile = parse_dockerfile(Source(name, text))
    if known_differences(dockerfile):
        return
    if dockerfile.problems:
        with suppress(binding.GoParseError):
            assert_same_as_binding(dockerfile, binding.parse_string(text))
    else:
        assert_same_as_binding(dockerfile, binding.parse_string(text))


def assert_same_as_binding(dockerfile: Dockerfile, commands: tuple[Any, ...]) -> None:
    assert outline(dockerfile) == [
        ((command.cmd or "").upper(), command.start_line, command.end_line) for command in commands
    ]
    for ours, theirs in zip(dockerfile.instructions, commands, strict=True):
        assert ours.is_exec == theirs.json
        assert [(doc.name, doc.body.text) for doc in ours.heredocs] == [
            (doc.name, doc.content) for doc in theirs.heredocs
        ]


@pytest.mark.parametrize("name", list(texts()))
def test_the_port_of_buildkit_reads_the_same(name: str) -> None:
    assert_e2b_agrees(name, texts()[name])


@pytest.mark.parametrize("name", list(texts()))
def test_buildkits_own_parser_reads_the_same(name: str) -> None:
    assert_binding_agrees(name, texts()[name])


def test_they_read_scrambled_files_the_same() -> None:
    for text in scrambled(400):
        assert_e2b_agrees("scrambled", text)
        assert_binding_agrees("scrambled", text)
