"""Files of credentials, and commands that write them."""

from __future__ import annotations

import pytest
from tests.practices.programs.scripts import command

from boxwright.practices.credential_files import (
    copied_secrets,
    credential_file,
    written_credential_files,
)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("~/.netrc", "the passwords of netrc"),
        (".netrc", "the passwords of netrc"),
        ("/root/.cache/huggingface/token", "the token of Hugging Face"),
        ("kaggle.json", "the key of Kaggle"),
        ("/home/x/.docker/config.json", "the credentials of registries"),
        ("config.json", None),
        ("/root/.ssh/id_rsa", "a private SSH key"),
        ("/root/.ssh/id_rsa.pub", None),
        ("service-account-dev.json", "the key of a Google service account"),
        ("token", None),
    ],
)
def test_credential_file(path: str, kind: str | None) -> None:
    assert credential_file(path) == kind


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("echo \"machine x login y password $P\" > ~/.netrc", [("~/.netrc", "echo")]),
        ("cat <<EOF > /root/.kaggle/kaggle.json\n{}\nEOF", [("/root/.kaggle/kaggle.json", "cat")]),
        ("cp key /root/.ssh/id_ed25519", [("/root/.ssh/id_ed25519", "cp")]),
        ("echo index-url=https://me:$T@x.org > /etc/pip.conf", [("/etc/pip.conf", "echo")]),
        ("echo index-url=https://x.org > /etc/pip.conf", []),
        ("echo //x.org/:_authToken=$T > .npmrc", [(".npmrc", "echo")]),
        ("huggingface-cli login --token $T", [("~/.cache/huggingface/token", "huggingface-cli login")]),
        ("hf auth login --token $T", [("~/.cache/huggingface/token", "hf auth login")]),
        ("wandb login $T", [("~/.netrc", "wandb login")]),
        ("aws configure set aws_secret_access_key $T", [("~/.aws/credentials", "aws configure set")]),
        ("aws configure set region x", []),
        ("git config --global credential.helper store", [("~/.git-credentials", "git config")]),
        ("git config --global credential.helper cache", []),
        ('git config --global url."https://$T@github.com/".insteadOf https://github.com/',
         [("~/.gitconfig", "git config")]),
        ("pip config set global.index-url https://me:$T@x.org",
         [("~/.config/pip/pip.conf", "pip config set")]),
        ("docker login -u x --password-stdin", [("~/.docker/config.json", "docker login")]),
        ("docker login --help", []),
        ("ls ~/.netrc", []),
    ],
)  # fmt: skip
def test_written_credential_files(script: str, expected: list[tuple[str, str]]) -> None:
    found = written_credential_files(command(script))

    assert [(item.path, item.tool) for item in found] == expected


@pytest.mark.parametrize(
    ("script", "paths"),
    [
        ("cat /run/secrets/x > /app/x", ["/app/x"]),
        ("cp /run/secrets/x /root/.netrc", ["/root/.netrc"]),
        ("tr a b < /run/secrets/x > y", ["y"]),
        ("pip install -r /run/secrets/x", []),
        ("cat /run/secrets/x > /dev/null", []),
        ("cat x > y", []),
    ],
)
def test_copied_secrets(script: str, paths: list[str]) -> None:
    assert [word.value for word in copied_secrets(command(script))] == paths
