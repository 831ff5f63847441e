"""Tests of the rule `deleted-in-later-layer`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("deleted-in-later-layer")
KNOWN = Judge(
    "deleted-in-later-layer",
    files={"data/a.bin": "", "b.py": ""},
    sizes={"data/a.bin": 350 * 10**6},
)


def test_message_and_place() -> None:
    text = "FROM debian\nCOPY data /app/data\nRUN true && \\\n  rm -rf /app/data\n"

    assert KNOWN.messages(text) == [
        "`/app/data` (350 MB) stays in the layer of line 2: removing it here only hides it"
    ]
    assert KNOWN.places(text) == ["/app/data"]


@pytest.mark.parametrize(
    "text",
    [
        "RUN git clone https://example.com/x.git /x\nRUN make -C /x && rm -rf /x",
        "RUN apt-get install -y gcc\nRUN apt-get remove -y gcc",
        "RUN apk add --virtual .build gcc\nRUN apk del .build",
        "FROM debian AS base\nCOPY data /data\nFROM base\nRUN <<EOF\nrm -r /data\nEOF",
        "WORKDIR /app\nCOPY . .\nRUN rm -rf data",
    ],
)
def test_what_stays(text: str) -> None:
    assert len(KNOWN.messages(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "FROM debian\nRUN git clone https://example.com/x.git /x && rm -rf /x",
        "RUN apt-get install -y gcc && apt-get remove -y gcc",
        "COPY install.sh /tmp/\nRUN /tmp/install.sh && rm /tmp/install.sh",
        "COPY . /app\nRUN rm -rf /app/tests",
        "COPY data /data\nRUN rm -rf $DIR",
        "RUN rm -rf /var/lib/apt/lists/*",
        "FROM a AS a\nCOPY data /data\nRUN rm -rf /data\nFROM b\nCOPY --from=a /x /x",
    ],
)
def test_what_is_fine(text: str) -> None:
    assert JUDGE.messages(text) == []
