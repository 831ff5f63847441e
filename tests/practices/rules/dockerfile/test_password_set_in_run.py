from __future__ import annotations

import pytest
from tests.practices.rules.trial import Trial

NAME = "password-set-in-run"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "RUN echo root:hunter2 | chpasswd\n",
            ["error: the password of `root` stands in the Dockerfile"],
        ),
        (
            'FROM a\nRUN echo "dev:$PASSWORD" | chpasswd\n',
            ["warning: the image sets a password for `dev`"],
        ),
        (
            "FROM a\nRUN <<EOF\nchpasswd <<< 'app:Xk29'\nEOF\n",
            ["error: the password of `app` stands in the Dockerfile"],
        ),
        (
            "FROM a\nRUN usermod -p Xk29fq7pLz dev\n",
            ["error: the password of `dev` stands in the Dockerfile"],
        ),
        ("FROM a\nRUN passwd -d root\n", ["error: `root` needs no password any more"]),
        ("FROM a\nRUN useradd -p '*' dev\n", []),
        ("FROM a\nRUN useradd dev && passwd -l root\n", []),
        ("FROM a\nRUN --mount=type=secret,id=p chpasswd < /run/secrets/p\n", []),
    ],
)
def test_passwords(text: str, expected: list[str]) -> None:
    trial = Trial(NAME, text)

    assert [
        f"{severity}: {message}"
        for severity, message in zip(trial.severities, trial.messages, strict=True)
    ] == expected
