from __future__ import annotations

import pytest
from tests.practices.rules.trial import Trial, fixed

NAME = "sparse-user-database"


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("RUN useradd -u 123456 app\n", ["123456"]),
        ("FROM a\nRUN groupadd g && \\\r\n  useradd -m --uid=100000 -g g app\n", ["100000"]),
        ("FROM a\nARG UID=1000680000\nRUN useradd -u $UID app\n", ["$UID"]),
        ("FROM a\nONBUILD RUN useradd -u123456 app\n", ["123456"]),
        ("RUN useradd -u 99999 app\n", []),
        ("RUN useradd -lmu 123456 app\n", []),
        ("RUN useradd --no-log-init -u 123456 app\n", []),
        ("RUN useradd -u $UID app\n", []),
        ("RUN adduser -u 123456 app\n", []),
        ("RUN useradd -u 0001000 app\n", []),
    ],
)
def test_high_numbers(text: str, places: list[str]) -> None:
    assert Trial(NAME, text).places == places


def test_fix() -> None:
    before = "FROM a\r\nRUN <<EOF\r\nset -e\r\nuseradd -u 123456 app\r\nEOF\r\n"

    assert fixed(NAME, before) == before.replace("useradd", "useradd --no-log-init")
