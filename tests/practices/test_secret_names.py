"""Names that say that their value is a credential."""

from __future__ import annotations

import pytest

from boxwright.practices.secret_names import (
    is_literal_secret,
    is_secret_name,
    name_words,
    value_kind,
)


@pytest.mark.parametrize(
    "name",
    [
        # What BuildKit's own tests have.
        "SUPER_Secret",
        "super_duper_secret_token",
        "auth",
        "apikey",
        "git_key",
        "password",
        "secret",
        "token",
        "credentials",
        "DATABASE_PASSWORD",
        "AUTH_TOKEN",
        "passwd_x",
        "pword",
        # Those of machine learning.
        "HF_TOKEN",
        "HUGGING_FACE_HUB_TOKEN",
        "WANDB_API_KEY",
        "OPENAI_API_KEY",
        "KAGGLE_KEY",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "NGC_API_KEY",
        "VAULT_SECRET_ID",
        # Those that BuildKit does not see.
        "PGPASSWORD",
        "MYSQL_PWD",
        "DB_PASS",
        "openaiApiKey",
        "OPENAIAPIKEY",
        "GATEWAY_API_KEYS",
        "SSH_PRIVATE_KEY",
        "SSH_PASSPHRASE",
    ],
)
def test_name_is_one_of_a_credential(name: str) -> None:
    assert is_secret_name(name) is not None


@pytest.mark.parametrize(
    "name",
    [
        "TOKENIZERS_PARALLELISM",
        "TOKENIZER",
        "MAX_TOKENS",
        "MAX_TOKEN",
        "NUM_TOKEN",
        "PAD_TOKEN_ID",
        "EOS_TOKEN",
        "TOKEN_LIMIT",
        "HF_TOKEN_PATH",
        "HF_HUB_DISABLE_IMPLICIT_TOKEN",
        "PASSWORD_FILE",
        "POSTGRES_PASSWORD_FILE",
        "SECRET_NAME",
        "KEY_ORDER",
        "CACHE_KEY",
        "PUBLIC_KEY",
        "SSH_PUBLIC_KEY",
        "GPG_KEY",
        "KMS_KEY_ID",
        "AUTH_TYPE",
        "SSH_AUTH_SOCK",
        "API_TOKEN_URL",
        "MONKEY",
        "KEYBOARD_LAYOUT",
        "AUTHOR",
        "PASSAGE_COUNT",
        "PWD",
        "OLD_PWD",
        "",
        "_",
    ],
)
def test_name_is_not_one_of_a_credential(name: str) -> None:
    assert is_secret_name(name) is None


@pytest.mark.parametrize(
    ("name", "value", "is_secret"),
    [
        ("HF_TOKEN", "hf_abc", True),
        ("HF_TOKEN", "", True),
        ("HF_TOKEN", "$TOKEN", True),
        ("HF_TOKEN", "your-token-here", True),
        ("HF_TOKEN", "/run/secrets/hf", False),
        ("HF_TOKEN", "false", False),
        ("HF_TOKEN", "1", False),
        ("MYSQL_PASSWORD", "1234", True),
        ("CUDA_KEY", "https://example.org/3bf863cc.pub", False),
        ("WEBHOOK_KEY", "https://user:swordfish@example.org", True),
    ],
)
def test_value_can_clear_a_name(name: str, value: str, is_secret: bool) -> None:
    assert (is_secret_name(name, value) is not None) == is_secret


@pytest.mark.parametrize(
    ("name", "value", "is_literal"),
    [
        ("HF_TOKEN", "hf_abcdef", True),
        ("POSTGRES_PASSWORD", "password", True),
        ("POSTGRES_PASSWORD", "postgres", True),
        ("POSTGRES_PASSWORD", "1234", True),
        ("POSTGRES_PASSWORD", "changeme", False),
        ("POSTGRES_PASSWORD", "<password>", False),
        ("POSTGRES_PASSWORD", "${POSTGRES_PASSWORD:?}", False),
        ("POSTGRES_PASSWORD", "", False),
        ("HF_TOKEN", "token", False),
        ("HF_TOKEN", "1", False),
        ("MODEL_NAME", "hf_abcdef", False),
    ],
)
def test_literal_credential(name: str, value: str, is_literal: bool) -> None:
    assert is_literal_secret(name, value) == is_literal


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("", "empty"),
        ('""', "empty"),
        ("$X", "variable"),
        ("${X:-y}", "variable"),
        ("${{ secrets.X }}", "variable"),
        ("pa$$word", "literal"),
        ("True", "boolean"),
        ("12", "number"),
        ("/etc/key", "path"),
        ("~/.ssh/id", "path"),
        ("key.pem", "path"),
        ("/aB3d+fG7==", "literal"),
        ("https://example.org", "url"),
        ("xxxxxxxx", "placeholder"),
        ("{{ token }}", "placeholder"),
        ("changeme", "placeholder"),
        ("s3cr3t", "literal"),
    ],
)
def test_value_kind(value: str, kind: str) -> None:
    assert value_kind(value) == kind


def test_words_of_a_name() -> None:
    assert name_words("HTTPProxyPassword2_x") == ("http", "proxy", "password2", "x")


def test_long_names_and_values_take_no_long_time() -> None:
    assert is_secret_name("A" * 1_000_000) is None
    assert value_kind("/" + "a/" * 500_000) == "path"
