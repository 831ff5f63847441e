"""Files that hold credentials, and the commands that write them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from boxwright.practices.credentials import url_credential
from boxwright.practices.programs.files import redirected_paths, written_paths
from boxwright.practices.programs.runners import Invocation, invocation
from boxwright.practices.secret_names import is_secret_name
from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    from boxwright.syntax.shell.command import Command, ShellWord
    from boxwright.text.source import Span


class CredentialFile(NamedTuple):
    """A file of credentials that a command writes."""

    path: str
    kind: str
    """With its article: `the credentials of git`."""
    tool: str
    """The command that writes it: a redirection's, or one that keeps what it is given."""
    span: Span


def credential_file(path: str) -> str | None:
    """
    Return what file of credentials *path* is, with its article; None for another file.

    >>> credential_file("/root/.netrc"), credential_file("/app/main.py")
    ('the passwords of netrc', None)
    """
    text = path.replace("\\", "/").rstrip("/")
    for ending, kind in _FILES:
        if text == ending.lstrip("/") or text.endswith(ending):
            return kind
    name = posixpath.basename(text)
    if name.startswith(("id_rsa", "id_ed25519", "id_ecdsa", "id_dsa")) and "." not in name:
        return "a private SSH key"
    if name.startswith("service-account") and name.endswith(".json"):
        return "the key of a Google service account"
    return None


def written_credential_files(command: Command) -> tuple[CredentialFile, ...]:
    """Return the files of credentials that *command* writes, by redirection or by itself."""
    found = []
    for word in written_paths(command):
        path = word.value
        kind = credential_file(path)
        if kind is None and _is_package_settings(path) and _holds_credential(command):
            kind = "the credentials of a package index"
        # A link or a copy of a secret mount is a matter of what is at its other end.
        if kind is not None:
            found.append(CredentialFile(path, kind, command.program, word.span))
    started = invocation(command)
    if started is not None:
        found.extend(_by_tool(started, command))
    return tuple(found)


def copied_secrets(command: Command) -> tuple[ShellWord, ...]:
    """Return the words for files into which *command* puts what `/run/secrets` has."""
    reads = any("/run/secrets/" in word.value for word in command.arguments) or any(
        redirect.operator.startswith("<")
        and redirect.target is not None
        and "/run/secrets/" in redirect.target.value
        for redirect in command.redirects
    )
    if not reads:
        return ()
    if command.program in {"cp", "mv", "install", "tee", "dd", "ln"}:
        return written_paths(command)
    return redirected_paths(command)


_FILES = (
    ("/.netrc", "the passwords of netrc"),
    ("/_netrc", "the passwords of netrc"),
    ("/.git-credentials", "the credentials of git"),
    ("/.config/git/credentials", "the credentials of git"),
    ("/huggingface/token", "the token of Hugging Face"),
    ("/huggingface/stored_tokens", "the token of Hugging Face"),
    ("/.huggingface/token", "the token of Hugging Face"),
    ("/kaggle.json", "the key of Kaggle"),
    ("/.kaggle/access_token", "the key of Kaggle"),
    ("/.pypirc", "the credentials of a package index"),
    ("/.docker/config.json", "the credentials of registries"),
    ("/.dockercfg", "the credentials of registries"),
    ("/containers/auth.json", "the credentials of registries"),
    ("/.aws/credentials", "the keys of AWS"),
    ("/.azure/accessTokens.json", "the tokens of Azure"),
    ("/.azure/msal_token_cache.json", "the tokens of Azure"),
    ("/gcloud/application_default_credentials.json", "the credentials of Google Cloud"),
    ("/gcloud/credentials.db", "the credentials of Google Cloud"),
    ("/.kube/config", "the credentials of a cluster"),
    ("/.config/gh/hosts.yml", "the token of GitHub"),
    ("/.config/hub", "the token of GitHub"),
    ("/.config/pypoetry/auth.toml", "the credentials of Poetry"),
    ("/.condarc.token", "the token of a conda channel"),
    ("/.databrickscfg", "the token of Databricks"),
    ("/.pgpass", "the passwords of PostgreSQL"),
    ("/.my.cnf", "the password of MySQL"),
    ("/.s3cfg", "the keys of S3"),
    ("/.boto", "the keys of a bucket"),
    ("/.mlflow/credentials", "the password of MLflow"),
    ("/.clearml.conf", "the keys of ClearML"),
    ("/clearml.conf", "the keys of ClearML"),
    ("/.comet.config", "the key of Comet"),
    ("/.vault-token", "the token of Vault"),
    ("/.terraform.d/credentials.tfrc.json", "the token of Terraform"),
)
_PACKAGE_SETTINGS = (
    "pip.conf",
    "pip.ini",
    ".npmrc",
    ".yarnrc",
    ".yarnrc.yml",
    "uv.toml",
    ".condarc",
)


def _is_package_settings(path: str) -> bool:
    return posixpath.basename(path) in _PACKAGE_SETTINGS


def _holds_credential(command: Command) -> bool:
    """Return whether what *command* writes has a credential in it."""
    texts = [word.value for word in command.arguments]
    if command.stdin is not None:
        texts.append(command.stdin.text)
    return any(
        url_credential(text) is not None or "_auth" in text.lower() or "_password" in text
        for text in texts
    )


_WRITERS: tuple[tuple[str, tuple[str, ...], str, str], ...] = (
    # Program, the words it starts with, the file, and what that is.
    ("huggingface-cli", ("login",), "~/.cache/huggingface/token", "the token of Hugging Face"),
    ("hf", ("auth", "login"), "~/.cache/huggingface/token", "the token of Hugging Face"),
    ("wandb", ("login",), "~/.netrc", "the key of Weights & Biases"),
    ("aws", ("configure", "set"), "~/.aws/credentials", "the keys of AWS"),
    ("docker", ("login",), "~/.docker/config.json", "the credentials of registries"),
    ("podman", ("login",), "~/.config/containers/auth.json", "the credentials of registries"),
    ("gh", ("auth", "login"), "~/.config/gh/hosts.yml", "the token of GitHub"),
    ("az", ("login",), "~/.azure/msal_token_cache.json", "the tokens of Azure"),
    ("gcloud", ("auth", "activate-service-account"), "~/.config/gcloud/credentials.db",
     "the credentials of Google Cloud"),
    ("gcloud", ("auth", "login"), "~/.config/gcloud/credentials.db",
     "the credentials of Google Cloud"),
    ("npm", ("login",), "~/.npmrc", "the credentials of a package index"),
    ("kaggle", ("config", "set"), "~/.kaggle/kaggle.json", "the key of Kaggle"),
    ("mc", ("alias", "set"), "~/.mc/config.json", "the keys of a bucket"),
    ("dvc", ("remote", "modify"), ".dvc/config", "the credentials of a DVC remote"),
    ("poetry", ("config",), "~/.config/pypoetry/auth.toml", "the credentials of Poetry"),
    ("databricks", ("configure",), "~/.databrickscfg", "the token of Databricks"),
    ("clearml-init", (), "~/clearml.conf", "the keys of ClearML"),
    ("vault", ("login",), "~/.vault-token", "the token of Vault"),
)  # fmt: skip


def _by_tool(started: Invocation, command: Command) -> Iterator[CredentialFile]:
    """Return the files that programs keep what they are given in."""
    names = [word.value for word in started.arguments if not word.value.startswith("-")]
    span = started.word.span._replace(end=command.span.end)
    for program, verbs, path, kind in _WRITERS:
        if program != started.name or tuple(names[: len(verbs)]) != verbs:
            continue
        if _writes_credential(started, names):
            yield CredentialFile(path, kind, " ".join((program, *verbs)), span)
            return
    if started.name == "git" and "config" in names:
        yield from _by_git(names, span)
    if names[:2] != ["config", "set"]:
        return
    index = "the credentials of a package index"
    if started.name in {"pip", "pip3"} and any(url_credential(name) for name in names[2:]):
        yield CredentialFile("~/.config/pip/pip.conf", index, "pip config set", span)
    elif started.name == "npm" and any("_auth" in name or "_pass" in name for name in names[2:]):
        yield CredentialFile("~/.npmrc", index, "npm config set", span)


def _writes_credential(started: Invocation, names: Sequence[str]) -> bool:
    match started.name:
        case "aws":
            return len(names) > 2 and is_secret_name(names[2]) is not None
        case "poetry":
            return len(names) > 2 and names[1].startswith(("http-basic.", "pypi-token."))
        case "dvc":
            return any(is_secret_name(name) is not None for name in names[3:-1])
        case "kaggle":
            return "key" in [word.value for word in started.arguments]
        case "az":
            return "--identity" not in [word.value for word in started.arguments]
        case _:
            return not any(word.value in {"--help", "-h"} for word in started.arguments)


def _by_git(names: Sequence[str], span: Span) -> Iterator[CredentialFile]:
    at = names.index("config")
    settings = [name.lower() for name in names[at + 1 :]]
    if settings[:1] == ["set"]:
        settings = settings[1:]
    if settings[:1] == ["credential.helper"] and settings[1:2] and settings[1].startswith("store"):
        yield CredentialFile("~/.git-credentials", "the credentials of git", "git config", span)
    elif settings and ("extraheader" in settings[0] or url_credential(settings[0]) is not None):
        yield CredentialFile("~/.gitconfig", "the credentials of git", "git config", span)
