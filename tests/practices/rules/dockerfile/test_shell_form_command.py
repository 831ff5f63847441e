"""Tests of the rule `shell-form-command`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

from boxwright.findings.finding import Applicability, Severity

JUDGE = Judge("shell-form-command")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("CMD python app.py", 'CMD ["python", "app.py"]'),
        ("CMD exec python -m app 'a b'", 'CMD ["python", "-m", "app", "a b"]'),
        ("cmd python \\\n  # why\n  -u \\\n  app.py", 'cmd ["python", \\\n  # why\n  "-u", \\\n  "app.py"]'),
        ("ENTRYPOINT /entry.sh", 'ENTRYPOINT ["/entry.sh"]'),
        ('CMD a --b="c d"', 'CMD ["a", "--b=c d"]'),
    ],
)  # fmt: skip
def test_plain_words_become_an_array(before: str, after: str) -> None:
    text = f"FROM python:3.12-slim\n{before}\n"

    assert JUDGE.fixed(text, unsafe=False) == f"FROM python:3.12-slim\n{after}\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("CMD a --port $PORT", '["/bin/sh", "-c", "exec a --port $PORT"]'),
        ("CMD cd /srv && \\\n  a '\"x\"'", '["/bin/sh", "-c", "cd /srv && \\\n  exec a \'\\"x\\"\'"]'),
        ("CMD A=1 a", '["/bin/sh", "-c", "A=1 exec a"]'),
        ("CMD exec a *", '["/bin/sh", "-c", "exec a *"]'),
        ("CMD a > /log 2>&1", '["/bin/sh", "-c", "exec a > /log 2>&1"]'),
    ],
)  # fmt: skip
def test_what_needs_a_shell_takes_its_place(before: str, after: str) -> None:
    text = f"FROM python:3.12-slim\n{before}\n"

    assert JUDGE.fixed(text) == f"FROM python:3.12-slim\nCMD {after}\n"
    assert JUDGE.fixed(text, unsafe=False) == text


@pytest.mark.parametrize(
    "text",
    [
        "CMD a | b",
        "CMD a & b & wait",
        "CMD a || b",
        "CMD if a; then b; fi",
        "CMD ['a']",
        "CMD cd x",
    ],
)
def test_other_scripts_are_found_and_left(text: str) -> None:
    text = f"FROM python:3.12-slim\n{text}\n"

    assert len(JUDGE.messages(text)) == 1
    assert JUDGE.fixed(text) == text


@pytest.mark.parametrize(
    ("text", "applicability"),
    [
        ("CMD a b", Applicability.UNSAFE),
        ("FROM debian\nENTRYPOINT a\nCMD b", Applicability.UNSAFE),
        ('FROM debian\nENTRYPOINT ["/e.sh"]\nCMD b', Applicability.UNSAFE),
        ('FROM debian\nENTRYPOINT ["/usr/bin/tini", "--"]\nCMD b', Applicability.SAFE),
        ("FROM nobody/knows\nCMD b", Applicability.UNSAFE),
    ],
)
def test_what_an_entrypoint_may_see_is_not_changed_unasked(
    text: str, applicability: Applicability
) -> None:
    fix = JUDGE.findings(text)[0].fix

    assert fix is not None
    assert fix.applicability is applicability


def test_messages_name_the_program() -> None:
    assert JUDGE.messages("CMD a; python app.py\nONBUILD ENTRYPOINT exec b") == [
        "a shell is process 1, and keeps the signal to stop from `python`",
        "a shell starts `b`, which gets no arguments from `CMD` or `docker run`",
    ]
    assert JUDGE.findings("CMD exec a")[0].severity is Severity.INFO


@pytest.mark.parametrize(
    "text",
    [
        'CMD ["a"]',
        "CMD []",
        "HEALTHCHECK CMD a",
        'FROM debian\nSHELL ["bash", "-c"]\nCMD a',
        "RUN a",
    ],
)
def test_the_rest_is_fine(text: str) -> None:
    assert JUDGE.messages(text) == []


def test_line_ends_of_windows_stay() -> None:
    assert JUDGE.fixed("FROM debian\r\nCMD a \\\r\n  b\r\n") == (
        'FROM debian\r\nCMD ["a", \\\r\n  "b"]\r\n'
    )


@pytest.mark.parametrize("cmd", ['python -m app "$@"', '["/bin/sh", "-c", "exec app"]'])
def test_an_entrypoint_that_would_be_given_a_shell_is_left(cmd: str) -> None:
    text = f"FROM debian:12\nENTRYPOINT /entry.sh\nCMD {cmd}\n"

    assert "ENTRYPOINT /entry.sh\n" in JUDGE.fixed(text)
    assert "ENTRYPOINT [" in JUDGE.fixed(text.replace(cmd, "--port 80"))
