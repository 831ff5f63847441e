"""Tests of the rule `entrypoint-script-without-exec`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

START = 'ENTRYPOINT ["/app/start.sh"]\n'


def messages(script: str, start: str = START) -> list[str]:
    judge = Judge("entrypoint-script-without-exec", files={"start.sh": f"#!/bin/bash\n{script}\n"})
    return judge.messages(f"FROM debian\nWORKDIR /app\nCOPY start.sh .\n{start}")


@pytest.mark.parametrize(
    ("script", "program"),
    [
        ("set -e\nuvicorn a:b", "uvicorn"),
        ('echo a\n"$@"\nexit $?', "$@"),
        ("python train.py", "python"),
        ("cd /srv && gunicorn a", "gunicorn"),
        ("if true; then\n  celery -A a worker\nfi", "celery"),
    ],
)
def test_a_program_that_stays_is_found(script: str, program: str) -> None:
    assert messages(script) == [f"`start.sh` starts `{program}` without `exec`"]


@pytest.mark.parametrize("start", ["CMD bash start.sh", 'CMD ["sh", "./start.sh"]'])
def test_a_script_that_a_shell_is_given_counts(start: str) -> None:
    assert messages("uvicorn a:b", start) == ["`start.sh` starts `uvicorn` without `exec`"]


def test_the_script_that_cmd_is_handed_to_counts() -> None:
    assert messages('"$@"', f'{START}CMD ["uvicorn", "a:b"]') == [
        "`start.sh` starts `$@` without `exec`"
    ]


@pytest.mark.parametrize(
    "script",
    [
        "exec uvicorn a:b",
        'exec "$@"',
        'case $1 in a) exec python x.py;; *) exec "$@";; esac',
        "trap 'kill $p' TERM\nuvicorn a:b",
        "nginx &\nuvicorn a:b",
        "chown -R a /data",
        "python -c 1\nmkdir x",
        "f() { uvicorn a:b; }\nexec f",
        "exec tini -- uvicorn a:b",
    ],
)
def test_other_scripts_are_fine(script: str) -> None:
    assert messages(script) == []


def test_an_init_that_signals_all_is_fine() -> None:
    assert messages("uvicorn a:b", 'ENTRYPOINT ["dumb-init", "--", "/app/start.sh"]') == []
    assert messages("uvicorn a:b", 'ENTRYPOINT ["tini", "-g", "--", "/app/start.sh"]') == []
    assert len(messages("uvicorn a:b", 'ENTRYPOINT ["tini", "--", "/app/start.sh"]')) == 1


def test_without_the_script_nothing_is_known() -> None:
    judge = Judge("entrypoint-script-without-exec")

    assert judge.messages(f"FROM debian\nCOPY start.sh /app/\n{START}") == []
