"""Tests of the rule `unverified-download`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("unverified-download")


@pytest.mark.parametrize(
    "text",
    [
        "RUN curl -fsSLO https://example.com/tool",
        "RUN wget https://example.com/tool && dpkg -i tool",
        "RUN curl -L https://example.com/tool | tar xz",
        "RUN curl https://example.com/tool > /usr/bin/tool",
        "ADD https://example.com/tool /usr/bin/",
        "ONBUILD ADD https://example.com/tool /usr/bin/",
    ],
)
def test_what_is_kept_is_found(text: str) -> None:
    assert JUDGE.messages(f"FROM debian\n{text}\n") == [
        "`tool` from `example.com` is not compared with a checksum"
    ]
    assert JUDGE.places(f"FROM debian\n{text}\n") == ["https://example.com/tool"]


def test_a_check_of_another_file_does_not_count() -> None:
    text = "RUN wget https://a.b/some https://a.b/other && echo 1 some | sha256sum -c"

    assert JUDGE.messages(text) == ["`other` from `a.b` is not compared with a checksum"]


@pytest.mark.parametrize(
    "text",
    [
        "RUN curl -fsSLO https://a.b/x && echo '1  x' | sha256sum -c -",
        "RUN curl -fsSLO https://a.b/x\nRUN sha256sum -c sums",
        "RUN wget https://a.b/x && gpg --verify x.asc x",
        "ADD --checksum=sha256:1 https://a.b/x /y",
        "ADD https://github.com/a/b.git#v1 /y",
        "ADD x /y",
        "RUN curl -fsSL https://a.b/key.gpg -o /k.gpg",
        "RUN curl -fsS http://localhost:8000/x -o y",
        "RUN curl -fsS https://a.b/ping",
        "RUN curl -fsS https://a.b/ping -o /dev/null",
        "RUN curl -fsSL https://a.b/install.sh | sh",
        "RUN hf download a/b",
    ],
)
def test_the_rest_is_fine(text: str) -> None:
    assert JUDGE.messages(f"FROM debian\n{text}\n") == []
