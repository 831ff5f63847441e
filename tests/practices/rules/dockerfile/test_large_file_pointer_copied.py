"""Tests of the rule `large-file-pointer-copied`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 420000000\n".format(
    "0" * 64
)
FILES = {
    "models/a.pt": POINTER,
    "models/b.onnx": POINTER,
    "data/x.csv.dvc": "outs:\n- md5: 1\n  size: 2000000000\n  path: x.csv\n",
    "data/y.csv.dvc": "outs:\n- md5: 1\n  path: y.csv\n",
    "data/y.csv": "a,b\n",
    "app.py": "",
}
JUDGE = Judge("large-file-pointer-copied", files=FILES)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "COPY models/a.pt /m/",
            "`models/a.pt` is a pointer of Git LFS to a file of 420 MB that is not there",
        ),
        (
            "COPY models /m/",
            (
                "`models/a.pt` is a pointer of Git LFS to a file of 420 MB that is not there, and so is"
                " 1 more"
            ),
        ),
        (
            "ADD data /data/",
            "`data/x.csv.dvc` stands for `data/x.csv`, a file of 2.0 GB that is not there",
        ),
    ],
)
def test_pointers_are_found(line: str, message: str) -> None:
    assert JUDGE.messages(f"FROM a\n{line}\n") == [message]


@pytest.mark.parametrize(
    "text",
    [
        "FROM a\nCOPY app.py .",
        "FROM a\nCOPY data/y.csv.dvc data/y.csv /data/",
        "FROM a\nCOPY . .\nRUN git lfs pull",
        "FROM a\nCOPY . .\nRUN pip install dvc && dvc pull",
        "FROM a AS unused\nCOPY models /m\nFROM a\nCOPY app.py .",
        "FROM a\nCOPY --exclude=models --exclude=data . .",
    ],
)
def test_what_is_whole_or_fetched_is_not(text: str) -> None:
    assert JUDGE.messages(f"{text}\n") == []
