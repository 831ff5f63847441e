"""Tests of the rule `pipe-without-pipefail`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("pipe-without-pipefail")


@pytest.mark.parametrize(
    "text",
    [
        "RUN a | b",
        "RUN x && a | b | c",
        "RUN echo a | b | c",
        "RUN A=$(cat b | c) && d $A",
        "RUN wget -O - https://x.example | wc -l > /number",
        'SHELL ["/bin/sh", "-c"]\nRUN a | b',
    ],
)
def test_a_pipe_is_found(text: str) -> None:
    assert len(JUDGE.messages(f"FROM debian\n{text}\n")) == 1


@pytest.mark.parametrize(
    "text",
    [
        "RUN a && b",
        "RUN set -o pipefail && a | b",
        "RUN set -euo pipefail; a | b",
        'SHELL ["/bin/bash", "-o", "pipefail", "-c"]\nRUN a | b',
        'SHELL ["/bin/bash", "-eo", "pipefail", "-c"]\nRUN a | b',
        'RUN ["a", "|", "b"]',
        "RUN echo 'a | b'",
        "RUN echo a | sha256sum -c -",
        "RUN yes | ./install.sh",
        "RUN cd $(ls | grep a) && make",
        "RUN cd `ls | grep a` && make",
        "RUN export A=$(cat b | c)",
    ],
)
def test_without_a_pipe_or_with_pipefail_it_is_not(text: str) -> None:
    assert JUDGE.messages(f"FROM debian\n{text}\n") == []
