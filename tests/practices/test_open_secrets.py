from __future__ import annotations

import pytest

from boxwright.practices.context import Context
from boxwright.practices.open_secrets import holds_credential, is_dockerfile, open_secrets
from boxwright.project.tree import MemoryTree


def _context(**files: str) -> Context:
    return Context(MemoryTree({name: text.encode() for name, text in files.items()}))


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        (".env", "HF_TOKEN=8f3ab1c92d7e\n", True),
        (".env", "PORT=80\n", False),
        (".env", "HF_TOKEN=\nDB_PASSWORD=${DB_PASSWORD}\n", False),
        (".env", "DB=postgres://u:Xk29fq7pLz@db/x\n", True),
        ("a.key", "-----BEGIN EC PRIVATE KEY-----", True),
        ("a.pem", "-----BEGIN CERTIFICATE-----", False),
        ("id_rsa", "", False),
        ("id_rsa", "something", None),
        ("secrets.yaml", "api_key: '8f3ab1c92d7e'\n", True),
    ],
)
def test_what_a_file_holds(name: str, text: str, *, expected: bool | None) -> None:
    assert holds_credential(_context(**{name: text}), f"./{name}") is expected


def test_a_file_that_is_not_there_is_not_known() -> None:
    assert holds_credential(_context(), ".env") is None
    assert holds_credential(None, ".env") is None


def test_keys_of_tests_and_of_packages_open_nothing() -> None:
    key = "-----BEGIN PRIVATE KEY-----"

    context = _context(
        **{"a.key": key, "tests/b.key": key, ".venv/lib/c.key": key, ".dockerignore": "d.key"},
        **{"d.key": key},
    )

    assert open_secrets(context) == ("a.key",)


def test_names_of_dockerfiles() -> None:
    assert [
        is_dockerfile(name)
        for name in ("Dockerfile", "gpu.dockerfile", "Dockerfile.gpu", "Dockerfile.dockerignore")
    ] == [True, True, True, False]
