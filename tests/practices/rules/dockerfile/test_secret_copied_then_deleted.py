from __future__ import annotations

import pytest
from tests.practices.rules.trial import messages

NAME = "secret-copied-then-deleted"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "FROM a\r\nCOPY .netrc /root/\r\nRUN x\r\nRUN rm -f ~/.netrc\r\n",
            ["`/root/.netrc` stays in this layer, although line 4 removes it"],
        ),
        (
            "FROM a AS b\nCOPY id_rsa /k/\nFROM b\nRUN <<EOF\nrm -rf /k\nEOF\n",
            ["`/k/id_rsa` stays in this layer, although line 5 removes it"],
        ),
        (
            "FROM a\nWORKDIR /app\nCOPY . .\nRUN rm .env\n",
            ["`/app/.env` stays in this layer, although line 4 removes it"],
        ),
        (
            "FROM a\nRUN hf auth login --token $T\nRUN rm -r /root/.cache/huggingface\n",
            [("`/root/.cache/huggingface/token` stays in this layer, although line 3 removes it")],
        ),
        ("FROM a AS b\nCOPY .netrc /root/\nRUN rm /root/.netrc\nFROM c\n", []),
        ("FROM a\nRUN rm /root/.netrc\nCOPY .netrc /root/\n", []),
        ("FROM a\nCOPY .netrc /root/\n", []),
        ("FROM a\nCOPY . /app\nRUN rm /srv/.env\n", []),
        ("FROM a\nRUN echo $X > ~/.netrc && y && rm ~/.netrc\n", []),
    ],
)
def test_what_is_removed_too_late(text: str, expected: list[str]) -> None:
    assert messages(NAME, text) == expected


def test_with_the_context_only_what_is_sent_counts() -> None:
    text = "FROM a\nCOPY . /app\nRUN rm -f /app/.env /app/.netrc\n"
    files = {".env": "HF_TOKEN=8f3ab1c92d7e", ".netrc": "x", ".dockerignore": ".netrc\n"}

    assert messages(NAME, text, files) == [
        "`/app/.env` stays in this layer, although line 3 removes it"
    ]
