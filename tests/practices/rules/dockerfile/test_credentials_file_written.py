from __future__ import annotations

import pytest
from tests.practices.rules.trial import messages

NAME = "credentials-file-written"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "FROM a\nRUN echo x > ~/.netrc\n",
            ["the layer keeps the passwords of netrc in `/root/.netrc`"],
        ),
        (
            "FROM a\nUSER app\nRUN wandb login $K\n",
            ["the layer keeps the key of Weights & Biases in `/home/app/.netrc`"],
        ),
        (
            "RUN <<EOF\naws configure set aws_secret_access_key $K\nEOF\n",
            ["the layer keeps the keys of AWS in `/root/.aws/credentials`"],
        ),
        ("FROM a\nRUN echo x > ~/.netrc && y && rm -f ~/.netrc\n", []),
        ("FROM a\nRUN echo x > ~/.netrc\nRUN rm ~/.netrc\n", []),
        ("FROM a\nRUN --mount=type=tmpfs,target=/root echo x > ~/.netrc\n", []),
        ("FROM a AS b\nRUN echo x > ~/.netrc\nFROM c\n", []),
        ("FROM a\nRUN aws configure set region eu-west-1\n", []),
    ],
)
def test_files_that_stay(text: str, expected: list[str]) -> None:
    assert messages(NAME, text) == expected
