"""Credentials in commands."""

from __future__ import annotations

import pytest
from tests.practices.programs.scripts import command

from boxwright.practices.credentials import (
    find_credentials,
    known_credential,
    redacted_url,
    url_credential,
)

# Put together here, so that nobody's scanner finds them.
HUGGING_FACE = "hf_" + "qWeRtYuIoPaSdFgHjKlZxCvBnM27182818"
GITHUB = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (f"hf download a/b --token {HUGGING_FACE}", [("a Hugging Face token", ())]),
        ("hf download a/b --token $HF_TOKEN", [("a credential", ("HF_TOKEN",))]),
        ("huggingface-cli login --token=${HF_TOKEN}", [("a credential", ("HF_TOKEN",))]),
        ("hf download a/b --token $(cat /run/secrets/hf)", []),
        ("HF_TOKEN=$HF hf download a/b", [("a credential", ("HF",))]),
        ("export HF_TOKEN=s3cr3tv4lue", [("a credential", ())]),
        ("HF_TOKEN=$(cat /run/secrets/hf) hf download a/b", []),
        ("git clone https://me:s3cr3t@github.com/a/b", [("a credential in a URL", ())]),
        (f"git clone https://{GITHUB}@github.com/a/b", [("a credential in a URL", ())]),
        ("git clone https://$TOKEN@github.com/a/b", [("a credential in a URL", ("TOKEN",))]),
        ("git clone https://oauth2:${TOKEN}@gitlab.com/a/b", [("a credential in a URL", ("TOKEN",))]),
        ("git clone https://git@github.com/a/b", []),
        ("git clone git@github.com:a/b", []),
        ("pip install --index-url https://$U:$P@x.org/simple a", [("a credential in a URL", ("P",))]),
        ("curl -u me:s3cr3t https://x.org", [("a credential", ())]),
        ("curl -u me https://x.org", []),
        ("curl -H 'Authorization: Bearer s3cr3tv4lue' https://x.org",
         [("a credential in a header", ())]),
        ('curl -H "Authorization: Bearer $TOKEN" https://x.org',
         [("a credential in a header", ("TOKEN",))]),
        ("git -c http.extraheader='Authorization: basic s3cr3tv4lue' clone https://x.org/a",
         [("a credential in a header", ())]),
        ("git config http.https://x.org/.extraheader 'Authorization: Bearer $T'",
         [("a credential in a header", ("T",))]),
        ("curl -H 'Content-Type: text/html' https://x.org", []),
        ("wget --password=s3cr3t https://x.org", [("a credential", ())]),
        ("docker login -u me -p s3cr3t", [("a credential", ())]),
        ("docker login -u me --password-stdin", []),
        ("wandb login abcdef0123456789", [("a credential", ())]),
        ("wandb login $WANDB_API_KEY", [("a credential", ("WANDB_API_KEY",))]),
        ("aws configure set aws_secret_access_key $KEY", [("a credential", ("KEY",))]),
        ("aws configure set region eu-west-1", []),
        ("npm config set //npm.example.com/:_authToken=$T",
         [("a credential", ("T",))]),
        ("poetry config http-basic.x me s3cr3t", [("a credential", ())]),
        ("mysql -ps3cr3t", [("a credential", ())]),
        ("mkdir -p /data", []),
        ("vllm serve m --api-key token-abc123 --tokenizer x --max-num-tokens 5",
         [("a credential", ())]),
        ("jupyter lab --ServerApp.token=''", []),
        ("jupyter lab --ServerApp.token=s3cr3t", [("a credential", ())]),
        ("tool --token-file /run/x --password-file y --key k.pem", []),
        ("pip install torch", []),
    ],
)  # fmt: skip
def test_credentials(script: str, expected: list[tuple[str, tuple[str, ...]]]) -> None:
    found = find_credentials(command(script))

    assert [(item.kind, item.variables) for item in found] == expected


@pytest.mark.parametrize(
    "script",
    [
        "git clone https://me:sw0rdfish@github.com/a/b",
        "git clone https://sw0rdfish12345@github.com/a/b",
        "curl -u me:sw0rdfish https://x.org",
        "curl -H 'X-Api-Key: sw0rdfish' https://x.org",
        "docker login -p sw0rdfish",
        "PASSWORD=sw0rdfish x",
        "wandb login sw0rdfish12345",
        "mysql -psw0rdfish",
    ],
)
def test_what_is_shown_has_no_credential(script: str) -> None:
    (found,) = find_credentials(command(script))

    assert "sw0rdfish" not in f"{found.kind} {found.shown}"


def test_place_of_a_credential() -> None:
    script = "docker login -u me --password='s3cr3t' x.org"
    (found,) = find_credentials(command(script))

    assert script[slice(*found.span)] == "'s3cr3t'"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://me:s3cr3t@x.org/a", "https://me:…@x.org/a"),
        ("https://$USER:$TOKEN@x.org/a", "https://$USER:…@x.org/a"),
        ("https://${U:-me}:${T:?no/t set}@x.org", "https://${U:-me}:…@x.org"),
        ("postgresql://me:s3cr3t@db:5432/x", "postgresql://me:…@db:5432/x"),
        (
            "see https://x.org and https://me:s3cr3t@x.org",
            "see https://x.org and https://me:…@x.org",
        ),
        ("https://x.org/a:b@c", "https://x.org/a:b@c"),
        ("https://me:@x.org", "https://me:@x.org"),
        ("https://user:password@x.org", "https://user:password@x.org"),
        ("ssh://git@github.com/a", "ssh://git@github.com/a"),
    ],
)
def test_redacted_url(url: str, shown: str) -> None:
    assert redacted_url(url) == shown


def test_url_credential_tells_what_is_what() -> None:
    found = url_credential("x https://me:s3cr3t@X.org:80/a")

    assert found is not None
    assert (found.user, found.host, found.start, found.is_literal) == ("me", "x.org", 2, True)


def test_known_forms() -> None:
    assert known_credential(f"echo {GITHUB}") == ("a GitHub token", "`ghp_…`, 40 characters")
    assert known_credential("sha256:" + "0123456789abcdef" * 4) is None


def test_long_texts_take_no_long_time() -> None:
    assert url_credential("https://" * 20_000) is None
    assert url_credential("https://" + "${" * 100_000) is None
    assert url_credential("a" * 300_000 + "://" + "b" * 300_000) is None
