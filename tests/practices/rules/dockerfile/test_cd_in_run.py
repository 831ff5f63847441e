"""Tests of the rule `cd-in-run`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("cd-in-run")


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("RUN cd /srv && make", ["cd /srv"]),
        ("RUN make -C /srv", []),
        ("RUN echo cd /srv", []),
        ("ONBUILD RUN a; cd b", ["cd b"]),
    ],
)
def test_a_change_of_folder_is_found(text: str, places: list[str]) -> None:
    assert JUDGE.places(f"FROM debian\n{text}\n") == places
