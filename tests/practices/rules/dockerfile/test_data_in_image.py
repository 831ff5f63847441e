"""Tests of the rule `data-in-image`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

MB = 1_000_000
SIZES = {
    "data/train.csv": 2000 * MB,
    "data/test.parquet": 30 * MB,
    "data/labels.json": 20 * MB,
    "static/catalogue.json": 50 * MB,
    "models/net.h5": 900 * MB,
    "small.csv": 2 * MB,
}
JUDGE = Judge("data-in-image", files=dict.fromkeys([*SIZES, "app.py"], ""), sizes=SIZES)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "FROM a\nCOPY . .",
            ("2.1 GB of data get into the image: `data/train.csv`, `data/test.parquet`,"
            " `data/labels.json` and 1 more"),
        ),
        (
            "FROM a\nCOPY app.py data/*.parquet ./",
            "30 MB of data get into the image: `data/test.parquet`",
        ),
        (
            "FROM a\nRUN python -c \"from datasets import load_dataset; load_dataset('imdb')\"",
            "datasets puts the data set `imdb` into the image",
        ),
        ("FROM a AS b\nCOPY data/*.parquet /x/\nFROM b", "30 MB of data get into the image: `data/test.parquet`"),
    ],
)  # fmt: skip
def test_data_is_found(text: str, message: str) -> None:
    assert JUDGE.messages(f"{text}\n") == [message]


@pytest.mark.parametrize(
    "text",
    [
        "FROM a\nCOPY app.py small.csv static models ./",
        "FROM a\nCOPY --exclude=data . .",
        "FROM a AS b\nCOPY . .\nFROM a\nCOPY --from=b /model /model",
        "FROM a\nRUN --mount=type=bind,source=data,target=/data python fit.py",
        "FROM a\nRUN python -m nltk.downloader punkt",
        "FROM a\nRUN hf download --repo-type dataset a/b && python fit.py && rm -rf /root/.cache",
        "FROM a\nCOPY $DATA .",
    ],
)
def test_what_is_no_data_or_does_not_ship_is_not(text: str) -> None:
    assert JUDGE.messages(f"{text}\n") == []


def test_the_limit_is_a_setting() -> None:
    judge = Judge("data-in-image", files={"small.csv": ""}, sizes=SIZES, settings="limit = 1")

    assert judge.messages("FROM a\nCOPY . .\n") == [
        "2.0 MB of data get into the image: `small.csv`"
    ]


def test_without_a_context_nothing_is_said_of_copies() -> None:
    assert Judge("data-in-image").messages("FROM a\nCOPY data /data\n") == []
