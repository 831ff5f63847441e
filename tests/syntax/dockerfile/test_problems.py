"""What BuildKit would refuse."""

import pytest

from boxwright.syntax.dockerfile.lines import SyntaxProblem
from boxwright.syntax.dockerfile.parse import parse_dockerfile
from boxwright.text.source import Source


def problems(text: str) -> tuple[SyntaxProblem, ...]:
    return parse_dockerfile(Source("Dockerfile", text)).problems


@pytest.mark.parametrize(
    ("line", "message", "place"),
    [
        ("COPPY a b", "unknown instruction: COPPY", "COPPY"),
        ("FROM", "FROM requires either one or three arguments", "FROM"),
        ("FROM a b", "FROM requires either one or three arguments", "a b"),
        ("FROM a AS", "FROM requires either one or three arguments", "a AS"),
        ("FROM a or b", "FROM requires either one or three arguments", "a or b"),
        ("FROM a # b", "FROM requires either one or three arguments", "a # b"),
        (
            "FROM a AS 1b",
            'invalid name for build stage: "1b", name can\'t start with a number or contain symbols',
            "1b",
        ),
        ("FROM --foo=b a", "unknown flag: --foo", "--foo=b"),
        ("FROM --platform a", "missing a value on flag: --platform", "--platform"),
        ("ENV", "ENV requires at least one argument", "ENV"),
        ("ENV a", "ENV must have two arguments", "a"),
        ("LABEL a", "LABEL must have two arguments", "a"),
        ("ENV =a", "ENV names can not be blank", "=a"),
        ("ENV a=b c", 'can\'t find = in "c". Must be of the form: name=value', "c"),
        ("ENV --a=b c=d", "unknown flag: --a", "--a=b"),
        ("ENV a=${b^}", "unsupported modifier (^) in substitution", "${b^}"),
        (
            "ENV a='b",
            "unexpected end of statement while looking for matching single-quote",
            "'b",
        ),
        ("ARG", "ARG requires at least one argument", "ARG"),
        ("ARG =a", "ARG names can not be blank", "=a"),
        (
            "COPY a",
            (
                "COPY requires at least two arguments, but only one was provided. Destination could not"
                " be determined"
            ),
            "COPY",
        ),
        ("COPY", "COPY requires at least two arguments", "COPY"),
        ("COPY []", "COPY requires at least two arguments", "COPY"),
        ("COPY a <<b\nb", "COPY cannot accept a heredoc as a destination", "<<b"),
        ("COPY --chown=a --chown=b c d", "duplicate flag specified: --chown", "--chown=b"),
        ("COPY --link=maybe a b", "expecting boolean value for flag --link, not: maybe", None),
        ("COPY --link= a b", "missing a value on flag: --link", "--link="),
        ("COPY --checksum=a b c", "unknown flag: --checksum", "--checksum=a"),
        ("COPY --from=$a b c", "variable expansion is not supported for --from", "$a"),
        ("COPY --from=0 b c", "the stage copies from itself: 0", "--from=0"),
        ("COPY --from=x b c", "the stage copies from itself: x", "--from=x"),
        ("COPY --from=last b c", "the stage copies from a stage that comes later: last", None),
        ("COPY --from=9 b c", "invalid stage index 9", "--from=9"),
        (
            "COPY --chmod=99 a b",
            (
                "invalid chmod parameter: '99'. it should be octal string and between 0 and 07777, or"
                " symbolic"
            ),
            "99",
        ),
        ("ADD --checksum=abc a b", "invalid checksum: abc", "abc"),
        (
            'CMD ["a", 1]',
            "when using JSON array syntax, arrays must be comprised of strings only",
            '["a", 1]',
        ),
        (
            'RUN [["a"]]',
            "when using JSON array syntax, arrays must be comprised of strings only",
            '[["a"]]',
        ),
        ("RUN --mount=type=x a", 'unsupported mount type "x"', "--mount=type=x"),
        ("RUN --mount a", "missing a value on flag: --mount", "--mount"),
        ("RUN --mount=from=last a", "the stage copies from a stage that comes later: last", None),
        ("RUN --network=x a", "invalid network mode: x", "--network=x"),
        ("RUN --security=x a", "invalid security mode: x", "--security=x"),
        ("CMD --a", "unknown flag: --a", "--a"),
        ("EXPOSE", "EXPOSE requires at least one argument", "EXPOSE"),
        ("EXPOSE 80 x", 'invalid port: "x"', "x"),
        ("EXPOSE 90-80", 'invalid port: "90-80"', "90-80"),
        ("EXPOSE 65536", 'invalid port: "65536"', "65536"),
        ("EXPOSE 80/http", 'invalid port: "80/http"', "80/http"),
        ("HEALTHCHECK", "HEALTHCHECK requires at least one argument", "HEALTHCHECK"),
        ("HEALTHCHECK CMD", "Missing command after HEALTHCHECK CMD", "CMD"),
        ("HEALTHCHECK CMD []", "Missing command after HEALTHCHECK CMD", "CMD"),
        ("HEALTHCHECK NONE a", "HEALTHCHECK NONE takes no arguments", "a"),
        ("HEALTHCHECK curl", 'Unknown type "CURL" in HEALTHCHECK (try CMD)', "curl"),
        ("HEALTHCHECK --interval=30 CMD a", 'invalid duration "30"', "30"),
        ("HEALTHCHECK --timeout=1us CMD a", 'invalid duration "1us"', "1us"),
        ("HEALTHCHECK --timeout=-1s CMD a", 'invalid duration "-1s"', "-1s"),
        ("HEALTHCHECK --retries=-1 CMD a", "--retries is no number that is 0 or more: -1", "-1"),
        ("ONBUILD", "ONBUILD requires at least one argument", "ONBUILD"),
        ("ONBUILD FROM a", "FROM isn't allowed as an ONBUILD trigger", "FROM"),
        ("ONBUILD maintainer a", "MAINTAINER isn't allowed as an ONBUILD trigger", "maintainer"),
        (
            "ONBUILD ONBUILD RUN a",
            "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed",
            "ONBUILD",
        ),
        ("ONBUILD ENV a", "ENV must have two arguments", "a"),
        ("ONBUILD RUNN a", "unknown instruction: RUNN", "RUNN"),
        ("SHELL", "SHELL requires at least one argument", "SHELL"),
        ("SHELL []", "SHELL requires at least one argument", "SHELL"),
        ("SHELL bash -c", "SHELL requires the arguments to be in JSON form", "bash -c"),
        ("STOPSIGNAL", "STOPSIGNAL requires exactly one argument", "STOPSIGNAL"),
        ("STOPSIGNAL SIGFOO", "invalid signal: SIGFOO", "SIGFOO"),
        ("STOPSIGNAL 0", "invalid signal: 0", "0"),
        ("STOPSIGNAL RTMAX+1", "invalid signal: RTMAX+1", "RTMAX+1"),
        ("USER", "USER requires exactly one argument", "USER"),
        ("WORKDIR", "WORKDIR requires exactly one argument", "WORKDIR"),
        ("MAINTAINER", "MAINTAINER requires exactly one argument", "MAINTAINER"),
        ("VOLUME", "VOLUME requires at least one argument", "VOLUME"),
        ('VOLUME [" "]', "VOLUME specified can not be an empty string", '" "'),
    ],
)
def test_an_instruction_is_refused(line, message, place) -> None:
    text = f"FROM a AS x\n{line}\nFROM b AS last\n"

    found = problems(text)

    assert [problem.message for problem in found] == [message]
    if place is not None:
        (span,) = (problem.span for problem in found)
        assert text[span.start : span.end] == place
        assert span.start > text.index("\n")


@pytest.mark.parametrize(
    "line",
    [
        "RUN",
        "CMD",
        "ADD [1] b",
        "ENTRYPOINT []",
        "CMD ['a']",
        "ARG --foo a=$b",
        "ARG a",
        "HEALTHCHECK --foo NONE",
        "HEALTHCHECK --interval=0 --timeout=1m30.5s --start-period=1ms CMD a",
        "HEALTHCHECK --retries=3 cmd a",
        "EXPOSE 80 8000-8010/UDP 0 127.0.0.1:80:90/sctp $P ${P}/tcp",
        "STOPSIGNAL sigterm",
        "STOPSIGNAL RTMIN+15",
        "STOPSIGNAL -1",
        "STOPSIGNAL $S",
        "COPY --chmod=u=rwX,go+r-w a b",
        "COPY --chmod=0755 --from=image:1 --exclude=a --exclude=b --parents --link=false c d",
        "COPY --from=0 --chmod=$m a b",
        "ADD --checksum=sha256:0123 --keep-git-dir --unpack=true a b",
        "RUN --mount=type=$t --network=host --security=insecure --device=nvidia.com/gpu=all a",
        "RUN --mount=type=bind,from=first a",
        "RUN --mount=type=bind,from=1 a",
        "LABEL a=${b:-c}",
        "ONBUILD COPY --from=later a b",
        "USER ${u:-root}",
        "FROM first",
        "FROM --platform=$BUILDPLATFORM ${a:-b} as c",
        "from x",
    ],
)
def test_an_instruction_is_accepted(line) -> None:
    assert problems(f"FROM a AS first\nFROM c AS second\n{line}\n") == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "file with no instructions"),
        ("# a\n\n", "file with no instructions"),
        ("ARG a\n", "dockerfile contains no stages to build"),
        (
            "ARG a\nRUN b\nUSER c\nFROM d\n",
            "RUN stands before the first FROM, where only ARG may",
        ),
    ],
)
def test_a_file_needs_a_stage(text, message) -> None:
    assert [problem.message for problem in problems(text)] == [message]


def test_one_problem_hides_no_other() -> None:
    text = "FROM a\nCOPY b\nENV c\n  && d\nRUN <<EOF\nCOPY b\n"

    assert [problem.kind for problem in problems(text)] == [
        "missing-argument",
        "missing-argument",
        "unknown-instruction",
        "unterminated-heredoc",
        "missing-argument",
    ]


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("EXPOS 80", "did you mean `EXPOSE`?"),
        ("&& b", "where it belongs to the line above, end that one with `\\`"),
        ("COPY --form=a b c", "did you mean `--from`?"),
        ("CMD --help", "in exec form, words may start with `--`"),
        ("FROM a # b", "a comment needs a line of its own"),
    ],
)
def test_there_are_hints(line, hint) -> None:
    assert [problem.hint for problem in problems(f"FROM a\n{line}\n")] == [hint]
