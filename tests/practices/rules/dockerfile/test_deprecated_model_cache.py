"""Tests of the rule `deprecated-model-cache`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("deprecated-model-cache")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("ENV TRANSFORMERS_CACHE=/m", "ENV HF_HUB_CACHE=/m"),
        ("ENV A=1 \\\n    TRANSFORMERS_CACHE=/m", "ENV A=1 \\\n    HF_HUB_CACHE=/m"),
        ("ENV TRANSFORMERS_CACHE /m", "ENV HF_HUB_CACHE /m"),
        ("ENV TRANSFORMERS_CACHE=/m\nRUN mkdir $TRANSFORMERS_CACHE", None),
        ("ENV HF_HOME=/h HF_HUB_CACHE=/m TRANSFORMERS_CACHE=/m", None),
    ],
)
def test_it_gets_its_new_name(before: str, after: str | None) -> None:
    text = f"FROM a\n{before}\n"

    assert JUDGE.messages(text) == [
        "`TRANSFORMERS_CACHE` is deprecated in favour of `HF_HUB_CACHE`"
    ]
    assert JUDGE.fixed(text, unsafe=False) == f"FROM a\n{after or before}\n"


@pytest.mark.parametrize(
    "lines",
    [
        "ENV HF_HOME=/m",
        "ENV HUGGINGFACE_HUB_CACHE=/m",
        "ENV TRANSFORMERS_CACHE=/m\nRUN pip install transformers==4.35.0",
    ],
)
def test_other_names_and_old_releases_are_not_found(lines: str) -> None:
    assert JUDGE.messages(f"FROM a\n{lines}\n") == []
