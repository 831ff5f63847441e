from __future__ import annotations

import pytest
from tests.practices.rules.trial import Trial, messages

NAME = "secret-file-copied"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "FROM a\nCOPY id_rsa /root/.ssh/id_rsa\n",
            ["`/root/.ssh/id_rsa`, a private SSH key, becomes part of the image"],
        ),
        (
            'FROM a\nWORKDIR /app\nADD ["a.py", ".env", "./"]\n',
            ["`/app/.env`, a file of credentials, becomes part of the image"],
        ),
        (
            "FROM a AS b\nFROM c\nCOPY --from=b /root/.netrc /root/\n",
            ["`/root/.netrc`, the passwords of netrc, becomes part of the image"],
        ),
        (
            "FROM a\nCOPY <<EOF /root/.netrc\nmachine x\nEOF\n",
            ["`/root/.netrc`, the passwords of netrc, becomes part of the image"],
        ),
        (
            "FROM a\nCOPY .ssh /root/.ssh\n",
            ["`/root/.ssh`, a file of credentials, becomes part of the image"],
        ),
        ("FROM a\nCOPY .env.example cert.pem ca.pem id_rsa.pub /app/\n", []),
        ("FROM a\nCOPY --from=ghcr.io/x/y /etc/ssl/private/a.key /etc/\n", []),
        ("FROM a\nCOPY . /app\n", []),
        ("FROM a\nCOPY .netrc /root/\nRUN rm /root/.netrc\n", []),
        ("FROM a\nCOPY $FILE /root/\n", []),
    ],
)
def test_files_that_hold_credentials_by_name(text: str, expected: list[str]) -> None:
    assert messages(NAME, text) == expected


def test_what_does_not_ship_is_a_warning() -> None:
    trial = Trial(NAME, "FROM a AS b\nCOPY .netrc /root/\nFROM c\n")

    assert (trial.severities, trial.places) == (["warning"], [".netrc"])


@pytest.mark.parametrize(
    ("name", "content", "is_found"),
    [
        (".env", "LOG_LEVEL=debug\nPORT=80\n", False),
        (".env", "HF_TOKEN=8f3ab1c92d7e\n", True),
        (".npmrc", "registry=https://npm.acme.io\n", False),
        (".npmrc", "//npm.acme.io/:_authToken=8f3ab1c92d7e\n", True),
        ("tls.key", "-----BEGIN RSA PRIVATE KEY-----\n", True),
        ("tls.pem", "-----BEGIN CERTIFICATE-----\n", False),
        ("credentials.json", '{"client_secret": "8f3ab1c92d7e"}', True),
        ("credentials.json", '{"columns": ["a"]}', False),
    ],
)
def test_what_is_in_the_file_decides(name: str, content: str, *, is_found: bool) -> None:
    text = f"FROM a\nCOPY {name} /app/\n"

    assert bool(messages(NAME, text, {name: content})) is is_found
