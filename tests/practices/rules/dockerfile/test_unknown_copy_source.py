"""Tests of the rule `unknown-copy-source`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("unknown-copy-source")


def test_a_mistyped_name_is_found_and_mended() -> None:
    text = (
        "FROM debian:12 AS builder\r\nFROM debian:12\r\n"
        "COPY --chown=1 --from=bulider /a /b\r\n"
        "RUN --mount=from=buildr,target=/m true\r\n"
    )

    assert JUDGE.messages(text) == [
        "there is no stage `bulider` above; did you mean `builder`?",
        "there is no stage `buildr` above; did you mean `builder`?",
    ]
    assert JUDGE.places(text) == ["bulider", "buildr"]
    assert JUDGE.fixed(text) == text.replace("bulider", "builder").replace("=buildr", "=builder")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("COPY --from=models /a /b", "`models` is no stage above, and an image without a tag"),
        ("COPY --from=acme/tools /a /b", "`acme/tools` has no tag, which means `latest`"),
        ("FROM a\nCOPY --from=b /c /d\nFROM a AS b", "the stage `b` comes only below"),
        (
            "FROM a\nFROM b\nCOPY --from=2 /c /d",
            "there is no stage `2` above: this one is number 1",
        ),
    ],
)
def test_what_is_not_above_is_found(text: str, message: str) -> None:
    assert JUDGE.messages(text) == [message]


@pytest.mark.parametrize(
    "text",
    [
        "FROM a AS Build\nFROM b\nCOPY --from=build /c /d\nCOPY --from=0 /c /d",
        "FROM a\nCOPY --from=nginx:1.27 /c /d",
        "FROM a\nCOPY --from=nginx@sha256:0 /c /d",
        "FROM a AS b\nCOPY --from=b /c /d",
        "FROM a\nONBUILD COPY --from=build /c /d",
        "FROM a\nCOPY --from=$B /c /d",
        "FROM a\nRUN --mount=type=cache,target=/c true",
        "FROM a AS x\nFROM b\nCOPY --from=x c d\nFROM c AS x",
    ],
)
def test_stages_above_and_images_are_fine(text: str) -> None:
    assert JUDGE.messages(text) == []
