"""Tests of the rule `unpinned-git-source`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("unpinned-git-source")
NONE = "`b` is taken without a commit or tag"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("RUN git clone https://x.y/a/b.git", NONE),
        ("RUN git clone --depth 1 git@x.y:a/b.git /c && make -C /c", NONE),
        ("RUN git clone -b main https://x.y/a/b", "`b` is taken from `main`, which moves"),
        ("RUN pip install git+https://x.y/a/b", NONE),
        ("RUN uv pip install 'b @ git+https://x.y/a/b.git@master#egg=b'",
         "`b` is taken from `master`, which moves"),
        ("ADD https://x.y/a/b.git /c", NONE),
        ("ONBUILD RUN git clone https://x.y/a/b", NONE),
        ("ARG R=develop\nRUN git clone -b $R https://x.y/a/b", "`b` is taken from `develop`, which moves"),
    ],
)  # fmt: skip
def test_what_moves_is_found(text: str, message: str) -> None:
    assert JUDGE.messages(f"FROM debian\n{text}\n") == [message]


@pytest.mark.parametrize(
    "text",
    [
        "RUN git clone -b v1.2 https://x.y/a/b",
        "RUN git clone https://x.y/a/b && cd b && git checkout 3f2a9c1d",
        "RUN git clone https://x.y/a/b /c\nRUN cd /c && git checkout 3f2a9c1d",
        "RUN git clone https://x.y/a/b && cd b && git checkout main && git reset --hard 3f2a9c1d",
        "RUN git clone https://x.y/a/b /c\nRUN git -C /c reset --hard 3f2a9c1d",
        "RUN git clone -b $REF https://x.y/a/b",
        "RUN git clone -b r2.1 https://x.y/a/b",
        "RUN git clone /srv/b",
        "RUN git clone $REPO b",
        "RUN git config --global x y",
        "RUN pip install git+https://x.y/a/b@3f2a9c1d",
        "RUN pip install git+https://x.y/a/b@$REF",
        "ADD https://x.y/a/b.git#v1:sub /c",
        "ADD https://x.y/a/b.tar.gz /c",
    ],
)
def test_the_rest_is_fine(text: str) -> None:
    assert JUDGE.messages(f"FROM debian\n{text}\n") == []
