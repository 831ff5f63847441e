"""Tests of the rule `add-instead-of-copy`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("add-instead-of-copy")


@pytest.mark.parametrize(
    "text",
    [
        "ADD a b",
        "ONBUILD ADD app /app",
        "FROM debian\nARG NAME=model\nADD $NAME /models/",
        'FROM debian\nADD ["a.txt", "/b/"]',
    ],
)
def test_a_plain_file_is_found(text: str) -> None:
    assert len(JUDGE.messages(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "ADD https://example.com/model.onnx /models/",
        "ADD rootfs.tar.xz /",
        "ADD git@example.com:org/repository.git#v1 /src",
        "FROM debian\nARG NAME\nADD $NAME /models/",
        "FROM debian\nADD <<EOF /greeting\nhello\nEOF",
        "COPY a b",
    ],
)
def test_what_only_add_can_do_is_not(text: str) -> None:
    assert JUDGE.messages(text) == []


def test_the_keyword_alone_is_changed() -> None:
    text = "FROM debian\nadd  --chown=1000  a \\\n  b /c/ \n"

    assert JUDGE.fixed(text) == text.replace("add", "copy")
