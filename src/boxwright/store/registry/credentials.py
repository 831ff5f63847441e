"""
Whom a registry knows us as: variables, what `docker login` left here, CI jobs and clouds.

They are asked for when a registry refuses access, and not before: a helper may take
a moment, or ask the user.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boxwright.store.registry.ci import credentials_of_job
from boxwright.store.registry.clouds import credentials_of_cloud
from boxwright.store.registry.programs import Credentials, ask_helper

USER, PASSWORD, REGISTRY = (
    "BOXWRIGHT_REGISTRY_USER",
    "BOXWRIGHT_REGISTRY_PASSWORD",
    "BOXWRIGHT_REGISTRY",
)
"""The variables that name a user and a password, and the registry that they are for."""
_DOCUMENT = "DOCKER_AUTH_CONFIG"
"""The variable that holds what else is Docker's `config.json`."""

_HUB = "docker.io"
_HUB_KEYS = ("index.docker.io", _HUB, "registry-1.docker.io")
_HUB_SERVER = "https://index.docker.io/v1/"
"""What Docker calls its own registry where it keeps credentials."""
_LARGEST = 4 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What was found, and why not more was."""

    credentials: Credentials | None = None
    problems: tuple[str, ...] = ()
    """Files and helpers that could not be read or asked, in clauses without any secret."""


def look_for_credentials(registry: str, repository: str, environ: Mapping[str, str]) -> Search:
    """
    Return the credentials for *repository* of *registry* that this machine has.

    The first that has some counts: BOXWRIGHT_REGISTRY_USER and BOXWRIGHT_REGISTRY_PASSWORD;
    DOCKER_AUTH_CONFIG; the files (REGISTRY_AUTH_FILE, podman's `auth.json`, Docker's
    `config.json`), in each the helper for that registry before the helper for all, and this
    before what is written in it; what a CI job has for its own registry; the programs of the
    cloud that the registry is of.
    """
    problems: list[str] = []
    for place, settings in _places(registry, repository, environ, problems):
        found = (
            settings
            if isinstance(settings, Credentials)
            else _in_file(settings, registry, repository, place, environ, problems)
        )
        if found:
            return Search(credentials=found, problems=tuple(problems))
    found = credentials_of_job(registry, environ) or credentials_of_cloud(
        registry, environ, problems
    )
    return Search(credentials=found, problems=tuple(problems))


def _places(
    registry: str, repository: str, environ: Mapping[str, str], problems: list[str]
) -> Iterator[tuple[str, dict[str, Any] | Credentials]]:
    """Yield what may have credentials, read when it is its turn."""
    named = _named(registry, repository, environ, problems)
    if named:
        yield REGISTRY, named
    if text := environ.get(_DOCUMENT):
        settings = _parsed(text, _DOCUMENT, problems)
        if settings is not None:
            yield _DOCUMENT, settings
    for path in _files(environ):
        settings = _read(path, problems)
        if settings is not None:
            yield f"`{path}`", settings


def _named(
    registry: str, repository: str, environ: Mapping[str, str], problems: list[str]
) -> Credentials | None:
    password, place = environ.get(PASSWORD, ""), environ.get(REGISTRY, "")
    if not password:
        return None
    if not place:
        problems.append(f"{PASSWORD} is set, but not {REGISTRY}, which says for which registry")
        return None
    if _plain(place) in _scopes(registry, repository):
        return Credentials(user=environ.get(USER, ""), password=password)
    return None


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
            content = file.read(_LARGEST)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        problems.append(f"`{path}` cannot be read: {error.strerror or error}")
        return None
    return _parsed(content, f"`{path}`", problems)


def _parsed(content: str | bytes, place: str, problems: list[str]) -> dict[str, Any] | None:
    try:
        settings = json.loads(content)
    except (ValueError, RecursionError):
        problems.append(f"{place} is no JSON document")
        return None
    if not isinstance(settings, dict):
        problems.append(f"{place} is no JSON object")
        return None
    return settings


def _in_file(
    settings: dict[str, Any],
    registry: str,
    repository: str,
    place: str,
    environ: Mapping[str, str],
    problems: list[str],
) -> Credentials | None:
    helpers = settings.get("credHelpers")
    helper = None
    if isinstance(helpers, dict):
        helper = next((helpers[key] for key in _keys(registry) if key in helpers), None)
    helper = helper or settings.get("credsStore")
    if isinstance(helper, str) and helper:
        server = _HUB_SERVER if registry == _HUB else registry
        found = ask_helper(helper, server, environ, problems)
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
                problems.append(f"{place} has credentials for `{key}` that are none")
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
