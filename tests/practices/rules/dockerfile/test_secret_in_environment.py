from __future__ import annotations

import pytest
from tests.practices.rules.trial import Trial, fixed, messages

NAME = "secret-in-environment"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "FROM a\nENV HF_TOKEN=8f3ab1c92d\n",
            ["error: everybody who has the image can read the value of `HF_TOKEN`"],
        ),
        ("ENV TOKEN $T\n", ["error: the image keeps what `TOKEN` was at the build"]),
        ("FROM a\nENV TOKEN=\n", ["info: `TOKEN` has a place in the image for a credential"]),
        (
            "FROM a\nENV API_KEY=change-me\n",
            ["warning: `API_KEY` is to be replaced by a credential in the image"],
        ),
        (
            "FROM a\nENV DB=postgres://u:Xk29fq7pLz@db/x\n",
            ["error: `DB` has a credential in its URL, `postgres://u:…@db`"],
        ),
        (
            "FROM a AS b\nENV TOKEN=8f3ab1c92d\nFROM c\n",
            ["warning: everybody who has the image can read the value of `TOKEN`"],
        ),
        ("FROM a\nENV PASSWORD_FILE=/run/secrets/x MAX_TOKENS=5 PUBLIC_KEY=x\n", []),
        ("FROM a\nENV GOOGLE_APPLICATION_CREDENTIALS=/run/secrets/key.json\n", []),
    ],
)
def test_variables_that_are_credentials(text: str, expected: list[str]) -> None:
    trial = Trial(NAME, text)

    assert [
        f"{severity}: {message}"
        for severity, message in zip(trial.severities, trial.messages, strict=True)
    ] == expected


def test_no_message_has_the_value() -> None:
    text = "FROM a\nENV X=hf_" + "aBcD1234" * 5 + " Y_TOKEN=zzTop99887766\n"

    assert not any("aBcD" in message or "zzTop" in message for message in messages(NAME, text))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("FROM a\nENV TOKEN=8f3ab1c92d\nCMD x\n", "FROM a\nCMD x\n"),
        ("FROM a\nENV A=1 \\\n    TOKEN=8f3ab1c92d\n", "FROM a\nENV A=1\n"),
        ("FROM a\nENV TOKEN=8f3ab1c92d \\\n    A=1\n", "FROM a\nENV A=1\n"),
        (
            "FROM a\nENV TOKEN=8f3ab1c92d\nRUN x $TOKEN\n",
            "FROM a\nENV TOKEN=8f3ab1c92d\nRUN x $TOKEN\n",
        ),
    ],
)
def test_fix(before: str, after: str) -> None:
    assert fixed(NAME, before) == after
