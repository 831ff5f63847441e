from __future__ import annotations

import pytest
from tests.practices.rules.trial import Trial, messages

NAME = "secret-in-command"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "RUN git clone https://ci:Xk29fq7pLz@github.com/a/b\n",
            ["a credential in a URL stands in the command: `https://ci:…@github.com`"],
        ),
        (
            "FROM a\nRUN <<EOF\ndocker login --password hunter2hunter2 r.io\nEOF\n",
            ["a credential stands in the command: `--password …`"],
        ),
        (
            "FROM a AS b\nFROM c\nONBUILD RUN curl -u ci:Xk29fq7pLz https://x.io/a\n",
            ["a credential stands in the command: `-u …`"],
        ),
        (
            "FROM a\nADD https://ci:Xk29fq7pLz@x.io/a /\n",
            ["a credential stands in a URL: `https://ci:…@x.io`"],
        ),
        (
            'FROM a\nCMD ["redis-cli", "-a", "Xk29fq7pLz", "ping"]\n',
            ["a credential stands in the command: `-a …`"],
        ),
        ("FROM a\nARG T\nRUN git clone https://$T@github.com/a/b\n", []),
        ("FROM a\nRUN pip install --index-url https://pypi.acme.io/simple x\n", []),
        ("FROM a\nRUN PIP_INDEX_URL=$(cat /run/secrets/pip) pip install x\n", []),
        ("FROM a\nRUN useradd -p '*' app && git clone git@github.com:a/b\n", []),
    ],
)
def test_credentials_in_commands(text: str, expected: list[str]) -> None:
    assert messages(NAME, text) == expected


def test_all_of_the_word_is_pointed_at() -> None:
    trial = Trial(NAME, "RUN x \\\r\n  && wget --password=Xk29fq7pLz https://x.io/a\r\n")

    assert trial.places == ["Xk29fq7pLz"]
