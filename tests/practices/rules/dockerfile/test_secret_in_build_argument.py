from __future__ import annotations

import pytest
from tests.practices.rules.trial import Trial, fixed, messages

NAME = "secret-in-build-argument"
KEPT = "the history of the image keeps the build argument "


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FROM a\nARG HF_TOKEN\n", [f"{KEPT}`HF_TOKEN`"]),
        ("ARG GITHUB_TOKEN\nFROM a\n", [f"{KEPT}`GITHUB_TOKEN`"]),
        ("ONBUILD ARG TOKEN\n", [f"{KEPT}`TOKEN`"]),
        ("FROM a\nARG A B_SECRET dbPassword\n", [f"{KEPT}`B_SECRET`", f"{KEPT}`dbPassword`"]),
        (
            "FROM a\nARG DB_PASSWORD=Xk29fq7pLz\n",
            ["the default of `DB_PASSWORD` is a credential that everybody can read"],
        ),
        (
            "FROM a\nARG INDEX=https://ci:Xk29fq7pLz@pypi.acme.io/simple\n",
            ["the default of `INDEX` is a credential that everybody can read"],
        ),
        (
            "FROM a\nARG PAT\nRUN git clone https://$PAT@github.com/a/b\n",
            ["the build argument `PAT` is used as a credential in a URL, and kept in the history"],
        ),
        ("FROM a\nARG MAX_TOKENS=1\nARG PUBLIC_KEY GPG_KEY\nARG KEY_PATH\n", []),
        ("FROM a\nARG TOKENIZERS_PARALLELISM=false\nARG TOKEN_PATH=/run/secrets/a\n", []),
        ("FROM a\nRUN --mount=type=secret,id=token,env=TOKEN true\n", []),
    ],
)
def test_arguments_that_are_credentials(text: str, expected: list[str]) -> None:
    assert messages(NAME, text) == expected


def test_what_does_not_ship_is_a_warning() -> None:
    trial = Trial(NAME, "FROM a AS b\nARG TOKEN\nFROM c\nARG TOKEN\n")

    assert (trial.severities, trial.places) == (["warning", "error"], ["TOKEN", "TOKEN"])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "FROM a\r\nARG HF_TOKEN\r\nRUN x\r\nRUN hf download --token $HF_TOKEN \\\r\n  m\r\n",
            (
                "FROM a\r\nRUN x\r\nRUN --mount=type=secret,id=hf_token,env=HF_TOKEN hf download "
                "--token $HF_TOKEN \\\r\n  m\r\n"
            ),
        ),
        (
            "FROM a\nARG TOKEN\nRUN <<EOF\ncurl -H $TOKEN x\nEOF\n",
            "FROM a\nRUN --mount=type=secret,id=token,env=TOKEN <<EOF\ncurl -H $TOKEN x\nEOF\n",
        ),
        ("FROM a\nARG TOKEN\nENV T=$TOKEN\n", "FROM a\nARG TOKEN\nENV T=$TOKEN\n"),
        ("FROM a\nARG TOKEN\nRUN train\n", "FROM a\nARG TOKEN\nRUN train\n"),
    ],
)
def test_fix(before: str, after: str) -> None:
    assert fixed(NAME, before) == after
