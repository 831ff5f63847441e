"""Tests of the rule `cuda-stubs-at-runtime`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("cuda-stubs-at-runtime")
STUBS = "/usr/local/cuda/lib64/stubs"


def test_the_folder_is_taken_out() -> None:
    text = f"FROM a\r\nENV LD_LIBRARY_PATH=/a:{STUBS}\r\n"

    assert JUDGE.messages(text) == [
        f"`{STUBS}` in `LD_LIBRARY_PATH` is loaded instead of the driver"
    ]
    assert JUDGE.fixed(text) == "FROM a\r\nENV LD_LIBRARY_PATH=/a\r\n"
    assert JUDGE.fixed(f"FROM a\nENV LD_LIBRARY_PATH={STUBS}:$LD_LIBRARY_PATH\n") == "FROM a\n"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (f"RUN echo {STUBS} > /etc/ld.so.conf.d/z.conf && ldconfig", 1),
        (f"RUN ln -s {STUBS}/libcuda.so /usr/lib/x86_64-linux-gnu/libcuda.so.1", 1),
        (f"RUN ln -s {STUBS}/libcuda.so {STUBS}/libcuda.so.1", 0),
        (f"ENV LIBRARY_PATH={STUBS}", 0),
        (f"RUN LD_LIBRARY_PATH={STUBS} make", 0),
        (f"FROM a AS b\nENV LD_LIBRARY_PATH={STUBS}\nFROM c\nCOPY --from=b /a /a", 0),
    ],
)
def test_where_the_loader_learns_of_it(text: str, number: int) -> None:
    assert len(JUDGE.messages(text)) == number
