from __future__ import annotations

import pytest
from tests.practices.image_examples import found

RULE = "stale-image"


def built_on(created: str) -> str:
    return f'created: "{created}"\nlayers: [{{step: COPY a, files: {{a: 3 kB}}}}]\n'


def test_an_old_image_is_found() -> None:
    assert found(RULE, built_on("2026-03-01T00:00:00Z")) == [
        "1: info: the image is 275 days old, built on 2026-03-01"
    ]


def test_how_old_it_may_be_is_a_setting() -> None:
    assert found(RULE, built_on("2026-11-01T12:00:00Z")) == []
    assert len(found(RULE, built_on("2026-11-01T12:00:00Z"), settings="days = 14")) == 1


@pytest.mark.parametrize(
    "created",
    [
        "1970-01-01T00:00:00Z",
        "1980-01-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "2027-01-01T00:00:00Z",
        "2026-02-31T00:00:00Z",
        "",
        "yesterday",
    ],
)
def test_a_time_that_says_nothing_is_not_judged(created: str) -> None:
    assert found(RULE, built_on(created)) == []
