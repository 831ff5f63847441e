"""Tests of the rule `verification-turned-off`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("verification-turned-off")


@pytest.mark.parametrize(
    "text",
    [
        "RUN curl -k https://x.example/a",
        "RUN curl -fsSkL https://x.example/a",
        "RUN wget --no-check-certificate https://x.example/a",
        "RUN pip install --trusted-host x.example a",
        "ENV PYTHONHTTPSVERIFY=0",
        "RUN NODE_TLS_REJECT_UNAUTHORIZED=0 npm ci",
        "RUN git config --global http.sslVerify false",
        "RUN npm config set strict-ssl false",
        "RUN apk add --allow-untrusted a.apk",
        "RUN yum install --nogpgcheck -y a",
        "RUN apt-get install --allow-unauthenticated a",
    ],
)
def test_it_is_found(text: str) -> None:
    assert len(JUDGE.messages(f"FROM debian\n{text}\n")) == 1


@pytest.mark.parametrize(
    "text",
    [
        "RUN curl -fsSL https://x.example/a",
        "RUN curl -k https://localhost/a",
        "ENV PYTHONHTTPSVERIFY=1",
    ],
)
def test_others_are_not(text: str) -> None:
    assert JUDGE.messages(f"FROM debian\n{text}\n") == []
