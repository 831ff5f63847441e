from __future__ import annotations

import pytest
from tests.practices.rules.trial import Trial, fixed

NAME = "copy-after-user-without-chown"
ROOT = "belongs to root, not to"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "FROM a\nUSER app\nCOPY . /app\n",
            [f"info: what is copied to `/app` {ROOT} `app`"],
        ),
        (
            "FROM a\nUSER app\nWORKDIR /app\nCOPY a ./\nRUN npm ci\n",
            [f"warning: what is copied to `./` {ROOT} `app`"],
        ),
        (
            "FROM a\nUSER app\nWORKDIR /app\nCOPY a.txt a.txt\nRUN npm ci && pip install -r a.txt\n",
            [f"info: what is copied to `a.txt` {ROOT} `app`"],
        ),
        (
            "FROM a\nUSER app\nADD start.sh /app/\nRUN chmod +x /app/start.sh\n",
            [f"warning: what is copied to `/app/` {ROOT} `app`"],
        ),
        (
            "FROM a AS b\nUSER 10\nFROM b\nCOPY . /app\nUSER root\nRUN chmod +x /app/x\n",
            [f"info: what is copied to `/app` {ROOT} `10`"],
        ),
        ("FROM a\nUSER app\nCOPY x /usr/bin/\nCOPY y /dev/null\nCOPY z /opt/z/\n", []),
        ("FROM a\nUSER app\nCOPY --chown=app . /app\n", []),
        ("FROM a\nUSER root\nCOPY . /app\n", []),
        ("FROM a\nCOPY . /app\nUSER app\n", []),
        ("FROM a\nUSER $X\nCOPY . /app\n", []),
        ("FROM quay.io/jupyter/base-notebook:2024-10-07\nCOPY . /app\n", []),
    ],
)
def test_who_owns_what_is_copied(text: str, expected: list[str]) -> None:
    trial = Trial(NAME, text)

    assert [
        f"{severity}: {message}"
        for severity, message in zip(trial.severities, trial.messages, strict=True)
    ] == expected


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("FROM a\nUSER app\nCOPY . /app\n", "FROM a\nUSER app\nCOPY --chown=app . /app\n"),
        (
            "FROM a\r\nUSER 10:20\r\nCOPY --from=b \\\r\n  x /app\r\n",
            "FROM a\r\nUSER 10:20\r\nCOPY --chown=10:20 --from=b \\\r\n  x /app\r\n",
        ),
        (
            "FROM a\nENV U=app\nUSER $U\ncopy a /b\n",
            "FROM a\nENV U=app\nUSER $U\ncopy --chown=app a /b\n",
        ),
    ],
)
def test_fix(before: str, after: str) -> None:
    assert fixed(NAME, before) == after
