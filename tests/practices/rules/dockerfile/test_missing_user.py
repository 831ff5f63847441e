from __future__ import annotations

import pytest
from tests.practices.rules.trial import Trial, fixed, messages

NAME = "missing-user"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "FROM python:3.12-slim\nCMD x\n",
            ["`x` runs as root: no `USER` is set, and `python:3.12-slim` has none"],
        ),
        (
            "FROM debian:12\n",
            ["containers run as root: no `USER` is set, and `debian:12` has none"],
        ),
        (
            'FROM scratch\nCOPY a /\nENTRYPOINT ["/a"]\n',
            ["`a` runs as root: no `USER` is set, and `scratch` has none"],
        ),
        (
            'FROM python:3.12-slim\nENTRYPOINT ["python3", "-u", "src/serve.py"]\n',
            ["`src/serve.py` runs as root: no `USER` is set, and `python:3.12-slim` has none"],
        ),
        ("FROM python:3.12-slim\nRUN useradd app\nCMD x\n", []),
        ("FROM scratch\nCOPY a /\n", []),
        ("FROM python:3.12-slim\nUSER app\n", []),
        ("FROM python:3.12-slim\nUSER root\n", []),
        ("FROM python:3.12-slim AS b\nUSER app\nFROM b\nRUN x\n", []),
        ("FROM python:3.12 AS b\nUSER app\nFROM gcr.io/distroless/python3-debian12:nonroot\n", []),
        ("ARG BASE\nFROM $BASE\n", []),
        ("RUN pip install x\n", []),
        ("FROM redis:7\nCOPY redis.conf /etc/\n", []),
        ("FROM mcr.microsoft.com/windows/nanoserver:ltsc2022\nCMD x\n", []),
    ],
)
def test_what_runs_as_root_without_saying_so(text: str, expected: list[str]) -> None:
    assert messages(NAME, text) == expected


def test_an_entrypoint_that_gives_root_up_is_read() -> None:
    text = (
        "FROM debian:12\nWORKDIR /srv\nCOPY docker/start.sh ./\n"
        'ENTRYPOINT ["/srv/start.sh"]\nCMD ["serve"]\n'
    )
    steps = '#!/bin/bash\nUSER=ubuntu\nexec gosu ${USER} "$@"\n'

    assert messages(NAME, text, {"docker/start.sh": steps}) == []
    assert messages(NAME, text, {"docker/start.sh": '#!/bin/bash\nexec "$@"\n'}) == [
        "`serve` runs as root: no `USER` is set, and `debian:12` has none"
    ]


def test_a_script_that_cannot_be_read_is_taken_to_use_the_gosu_that_is_installed() -> None:
    text = 'FROM debian:12\nRUN apt-get install -y gosu\nENTRYPOINT ["/start.sh"]\n'

    assert messages(NAME, text) == []


def test_an_action_of_github_runs_as_root() -> None:
    action = "runs:\n  using: docker\n  image: Dockerfile\n"

    assert messages(NAME, "FROM debian:12\nCMD x\n", {"action.yml": action}) == []


def test_a_shell_is_called_by_its_script() -> None:
    assert messages(NAME, 'FROM debian:12\nENTRYPOINT ["sh", "/start.sh"]\n') == [
        "`start.sh` runs as root: no `USER` is set, and `debian:12` has none"
    ]


def test_of_an_unknown_base_little_can_be_said() -> None:
    trial = Trial(NAME, "FROM acme/base:1\nCMD x\n")

    assert (trial.messages, trial.severities, trial.places) == (
        ["`x` may run as root: no `USER` is set, and whether `acme/base:1` has one is not known"],
        ["info"],
        ["acme/base:1"],
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "FROM python:3.12-slim\nWORKDIR /app",
            (
                "FROM python:3.12-slim\nWORKDIR /app\nRUN groupadd --gid 65532 app \\\n"
                "    && useradd --no-log-init --create-home --uid 65532 --gid 65532 app \\\n"
                "    && chown 65532:65532 /app\nUSER 65532:65532"
            ),
        ),
        (
            'FROM scratch\nCOPY a /\nENTRYPOINT ["/a"]\n',
            'FROM scratch\nCOPY a /\nUSER 65532:65532\nENTRYPOINT ["/a"]\n',
        ),
        ("FROM debian:12\nWORKDIR /root/app\n", "FROM debian:12\nWORKDIR /root/app\n"),
        (
            "FROM debian:12\nENV PATH=/root/.local/bin:$PATH\nCMD x\n",
            "FROM debian:12\nENV PATH=/root/.local/bin:$PATH\nCMD x\n",
        ),
        (
            "FROM debian:12\nWORKDIR /tmp\n",
            (
                "FROM debian:12\nWORKDIR /tmp\nRUN groupadd --gid 65532 app \\\n"
                "    && useradd --no-log-init --create-home --uid 65532 --gid 65532 app\n"
                "USER 65532:65532\n"
            ),
        ),
    ],
)
def test_fix(before: str, after: str) -> None:
    assert fixed(NAME, before) == after


def test_folders_of_caches_are_handed_over() -> None:
    text = 'FROM debian:bookworm-slim\nENV HF_HOME=/models\nCMD ["serve"]\n'
    own = 'FROM debian:12\nENV HF_HOME=/models\nRUN useradd -u 1000 -m app\nCMD ["serve"]\n'
    private = text.replace("/models", "/root/models")

    assert "&& mkdir -p /models \\\n    && chown 65532:65532 /models\nUSER" in fixed(NAME, text)
    assert "RUN mkdir -p /models \\\n    && chown 1000 /models\nUSER 1000\n" in fixed(
        "user-created-not-used", own
    )
    assert fixed(NAME, private) == private


def test_a_last_line_that_is_continued_is_ended() -> None:
    text = "FROM debian:12\nRUN make \\\n    # now\n\n"

    after = fixed(NAME, text)

    assert after.startswith("FROM debian:12\nRUN make\n    # now\nRUN groupadd")
    assert after.endswith("\nUSER 65532:65532\n\n")


def test_a_home_of_root_is_left() -> None:
    text = "FROM python:3.12-slim\nENV HOME=/root\nCMD x\n"

    assert messages(NAME, text) != []
    assert fixed(NAME, text) == text


def test_keywords_are_written_as_the_others() -> None:
    after = fixed(NAME, "from debian:12\ncmd x\n")

    assert after.startswith("from debian:12\nrun groupadd")
    assert after.endswith("\nuser 65532:65532\ncmd x\n")
