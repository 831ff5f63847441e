"""Credentials are found by their form, placeholders are not, and nothing is told in full."""

from __future__ import annotations

import random
import string

import pytest

from boxwright.scan.secrets import Secret, find_secrets

_RANDOM = random.Random(7)  # noqa: S311 (made-up credentials, the same in every run)


def made(length: int, alphabet: str = string.ascii_letters + string.digits) -> str:
    """Return letters that only look like a credential; none is ever written down in a file."""
    return "".join(_RANDOM.choice(alphabet) for _ in range(length))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("-----BEGIN RSA PRIVATE " + f"KEY-----\n{made(64)}\n", "a private key"),
        ("-----BEGIN PRIVATE " + f"KEY-----\\n{made(64)}\\n", "a private key"),
        ("AKIA" + made(16, string.ascii_uppercase + "234567"), "an AWS access key"),
        (f"aws_secret_access_key = {made(40)}", "an AWS secret key"),
        (f"AIza{made(35)}", "a Google API key"),
        (f"ghp_{made(36)}", "a GitHub token"),
        (f"github_pat_{made(82)}", "a GitHub token"),
        (f"glpat-{made(20)}", "a GitLab token"),
        (f"HF_TOKEN='hf_{made(34)}'", "a Hugging Face token"),
        (f"sk-proj-{made(48)}", "an OpenAI key"),
        (f"sk-ant-api03-{made(90)}", "an Anthropic key"),
        (f"xoxb-{made(40, string.digits + 'abcdef')}", "a Slack token"),
        (f"sk_live_{made(24)}", "a Stripe key"),
        (f"npm_{made(36)}", "an npm token"),
        (f"postgres://svc:{made(14)}@db.internal:5432/x", "a password in a URL"),
        (f"redis://:{made(14)}@cache:6379", "a password in a URL"),
    ],
)
def test_credentials_are_found_with_their_line(text: str, kind: str) -> None:
    found = find_secrets("settings.py", f"# first\n{text}\n".encode())

    assert [(secret.line, secret.kind) for secret in found] == [(2, kind)]


@pytest.mark.parametrize(
    "text",
    [
        'if "-----BEGIN PRIVATE ' + 'KEY-----" in text:',
        "AKIAIOSFODNN7EXAMPLE",
        "ghp_" + "x" * 36,
        "hf_" + "a" * 34,
        "sk-proj-your-key-goes-here-and-it-is-long-enough-for-a-match",
        "postgres://user:password@localhost/db",
        "postgres://postgres:postgres@db/app",
        "postgres://${USER}:${PASSWORD}@host/db",
        "f'postgres://{user}:{password}@{host}/db'",
        "mysql://root:%(password)s@db/app",
        "mysql://keystone:foobar@db/keystone",
        "mysql://keystone:stonekey@127.0.0.1/keystone",
        "https://example.com:8443/path@2",
        "http://[::1]:8000/a:b@c",
        "task-sk-learn-pipeline",
        "git+https://github.test/org/name@main",
    ],
)
def test_placeholders_and_lookalikes_are_not(text: str) -> None:
    assert find_secrets("settings.py", text.encode()) == ()


def test_what_is_shown_is_the_issuers_prefix_and_no_more() -> None:
    token = made(36)

    assert find_secrets("a.env", f"T=ghp_{token}".encode()) == (
        Secret(1, "a GitHub token", "`ghp_…`, 40 characters"),
    )
    assert find_secrets("a.env", f"postgres://svc:{token}@db/x".encode())[0].redacted == "hidden"


def test_binary_files_are_not_looked_into() -> None:
    token = f"ghp_{made(36)}".encode()

    assert find_secrets("model.bin", b"\0\1" + token) == ()
    assert find_secrets("image.png", token) == ()
