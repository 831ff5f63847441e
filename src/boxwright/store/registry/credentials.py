"""
Whom a registry knows us as: what `docker login` and `podman login` have left on this machine.

They are asked for when a registry refuses access, and not before: a helper may take
a moment, or ask the user.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_HUB = "docker.io"
_HUB_KEYS = ("index.docker.io", _HUB, "registry-1.docker.io")
_HUB_SERVER = "https://index.docker.io/v1/"
"""What Docker calls its own registry where it keeps credentials."""
_TOKEN_USER = "<token>"  # noqa: S105 (the name that helpers give to an identity token)
_PATIENCE = 60
"""Seconds that a helper has: it may ask the user."""
_LARGEST = 4 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """User and password, or an identity token that is exchanged for others."""

    user: str = ""
    password: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What was found, and why not more was."""

    credentials: Credentials | None = None
    problems: tuple[str, ...] = ()
    """Files and helpers that could not be read or asked, in clauses without any secret."""


def look_for_credentials(registry: str, repository: str, environ: Mapping[str, str]) -> Search:
    """
    Return the credentials for *repository* of *registry* that this machine has.

    Files in order: REGISTRY_AUTH_FILE, podman's `auth.json`, Docker's `config.json`. In each the
    helper for that registry comes before the helper for all, and this before what is written in it.
    """
    problems: list[str] = []
    for path in _files(environ):
        settings = _read(path, problems)
        if settings is None:
            continue
        found = _in_file(settings, registry, repository, path, environ, problems)
        if found:
            return Search(credentials=found, problems=tuple(problems))
    return Search(problems=tuple(problems))


def _files(environ: Mapping[str, str]) -> Iterator[Path]:
    home = Path(environ.get("HOME") or "~").expanduser()
    if named := environ.get("REGISTRY_AUTH_FILE"):
        yield Path(named)
    elif runtime := environ.get("XDG_RUNTIME_DIR"):
        yield Path(runtime) / "containers" / "auth.json"
    settings = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    yield settings / "containers" / "auth.json"
    yield Path(environ.get("DOCKER_CONFIG") or home / ".docker") / "config.json"


def _read(path: Path, problems: list[str]) -> dict[str, Any] | None:
    try:
        with path.open("rb") as file:
            settings = json.loads(file.read(_LARGEST))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        problems.append(f"`{path}` cannot be read: {error.strerror or error}")
        return None
    except (ValueError, RecursionError):
        problems.append(f"`{path}` is no JSON document")
        return None
    if not isinstance(settings, dict):
        problems.append(f"`{path}` is no JSON object")
        return None
    return settings


def _in_file(
    settings: dict[str, Any],
    registry: str,
    repository: str,
    path: Path,
    environ: Mapping[str, str],
    problems: list[str],
) -> Credentials | None:
    helpers = settings.get("credHelpers")
    helper = None
    if isinstance(helpers, dict):
        helper = next((helpers[key] for key in _keys(registry) if key in helpers), None)
    helper = helper or settings.get("credsStore")
    if isinstance(helper, str) and helper:
        found = _ask(helper, registry, environ, problems)
        if found:
            return found
    auths = settings.get("auths")
    if not isinstance(auths, dict):
        return None
    plain = {_plain(key): value for key, value in auths.items()}
    for key in _scopes(registry, repository):
        entry = plain.get(key)
        if isinstance(entry, dict) and entry:
            found = _decoded(entry)
            if found:
                return found
            if entry.get("auth"):
                problems.append(f"`{path}` has credentials for `{key}` that are none")
    return None


def _keys(registry: str) -> tuple[str, ...]:
    if registry == _HUB:
        return (_HUB_SERVER, *_HUB_KEYS)
    return (registry, f"https://{registry}")


def _scopes(registry: str, repository: str) -> Iterator[str]:
    """Yield what *repository* may be under, the narrowest first, as podman has it."""
    for name in _HUB_KEYS if registry == _HUB else (registry,):
        parts = repository.split("/")
        for end in range(len(parts), 0, -1):
            yield f"{name}/{'/'.join(parts[:end])}"
        yield name


def _plain(key: str) -> str:
    """
    Return the *key* of an entry without what some programs add to it.

    >>> _plain("https://index.docker.io/v1/")
    'index.docker.io'
    """
    bare = key.removeprefix("https://").removeprefix("http://").rstrip("/")
    for version in ("/v1", "/v2"):
        bare = bare.removesuffix(version)
    return bare


def _decoded(entry: Mapping[str, Any]) -> Credentials | None:
    token = entry.get("identitytoken")
    if isinstance(token, str) and token:
        return Credentials(identity_token=token)
    packed = entry.get("auth")
    if isinstance(packed, str) and packed:
        try:
            text = base64.b64decode(packed, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return None
        user, colon, password = text.partition(":")
        # Docker has written a zero byte after the password.
        return Credentials(user=user, password=password.rstrip("\0")) if colon else None
    name, secret = entry.get("username"), entry.get("password")
    if isinstance(name, str) and isinstance(secret, str) and name:
        return Credentials(user=name, password=secret)
    return None


def _ask(
    helper: str, registry: str, environ: Mapping[str, str], problems: list[str]
) -> Credentials | None:
    """Ask the program `docker-credential-<helper>` for what it keeps for *registry*."""
    name = f"docker-credential-{helper}"
    program = None if "/" in helper else shutil.which(name, path=environ.get("PATH", os.defpath))
    if program is None:
        problems.append(f"there is no program `{name}`")
        return None
    server = _HUB_SERVER if registry == _HUB else registry
    try:
        done = subprocess.run(
            [program, "get"],
            input=server,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_PATIENCE,
            env=dict(environ),
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        problems.append(f"`{name}` does not answer")
        return None
    if done.returncode:
        # What it says may be anything; that it has nothing is no problem.
        if "not found" not in (done.stdout + done.stderr).lower():
            problems.append(f"`{name}` ends with status {done.returncode}")
        return None
    try:
        answer = json.loads(done.stdout)
        user, secret = answer["Username"], answer["Secret"]
    except (ValueError, RecursionError, KeyError, TypeError):
        problems.append(f"`{name}` gives no credentials")
        return None
    if not isinstance(user, str) or not isinstance(secret, str) or not secret:
        problems.append(f"`{name}` gives no credentials")
        return None
    if user == _TOKEN_USER:
        return Credentials(identity_token=secret)
    return Credentials(user=user, password=secret)
