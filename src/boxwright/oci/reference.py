"""
References: `registry/repository:tag@digest`, as the distribution project writes them.

The grammar is that of its package `reference`; what is left out is filled in as Docker
does it, so `name` is `docker.io/library/name:latest`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from boxwright.errors import StoreError
from boxwright.oci.digest import Digest, parse_digest

_DEFAULT_REGISTRY = "docker.io"
_OFFICIAL = "library/"
_DEFAULT_TAG = "latest"

_LABEL = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
_REGISTRY = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9a-fA-F:]+\])(?::[0-9]+)?")
_REPOSITORY = re.compile(
    r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*"
)
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_IMAGE_ID = re.compile(r"[0-9a-f]{64}")
_MAX_NAME = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Where an image is kept and which one of those there it is."""

    registry: str
    repository: str
    tag: str = ""
    digest: Digest | None = None

    def __str__(self) -> str:
        """Return the whole reference, nothing left out."""
        return f"{self.registry}/{self.repository}{self._suffix}"

    @property
    def familiar(self) -> str:
        """
        The reference as people and `docker image ls` write it.

        >>> parse_reference("docker.io/library/redis:7").familiar
        'redis:7'
        """
        short = self.repository
        if short.count("/") == 1:
            short = short.removeprefix(_OFFICIAL)
        # `docker.io/a.b/c` cannot be shortened: `a.b` would be the registry.
        if self.registry != _DEFAULT_REGISTRY or _split(short) != (self.registry, self.repository):
            return str(self)
        return short + self._suffix

    @property
    def _suffix(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        return tag + (f"@{self.digest}" if self.digest else "")


def parse_reference(text: str) -> Reference:
    """
    Return the reference that *text* is; StoreError says what is wrong with it.

    Without tag and digest the tag is `latest`.

    >>> str(parse_reference("digits-api"))
    'docker.io/library/digits-api:latest'
    >>> str(parse_reference("localhost:5000/team/digits-api:1.2"))
    'localhost:5000/team/digits-api:1.2'
    >>> parse_reference("ghcr.io/team/api@sha256:" + 64 * "0").tag
    ''
    """
    rest, at, digest_text = text.partition("@")
    digest = _parse_digest(text, digest_text) if at else None
    name, tag = rest, ""
    colon = rest.rfind(":")
    if colon > rest.rfind("/"):
        name, tag = rest[:colon], rest[colon + 1 :]
        if not _TAG.fullmatch(tag):
            raise _wrong(text, f"its tag `{tag}` is not allowed", _TAG_HINT)
    elif not digest:
        tag = _DEFAULT_TAG
    registry, repository = _split(name)
    if not _REGISTRY.fullmatch(registry):
        raise _wrong(text, f"`{registry}` is no registry", "a registry is `host` or `host:port`")
    if not _REPOSITORY.fullmatch(repository):
        raise _wrong(text, f"its name `{name}` is not allowed", _name_hint(repository))
    if _IMAGE_ID.fullmatch(name):
        raise _wrong(text, "64 hexadecimal digits are an image's digest", "choose another name")
    if len(registry) + 1 + len(repository) > _MAX_NAME:
        raise _wrong(text, f"its name has more than {_MAX_NAME} characters", "shorten it")
    return Reference(registry=registry, repository=repository, tag=tag, digest=digest)


_TAG_HINT = (
    "a tag has up to 128 letters, digits, `_`, `.` and `-`, and does not begin with `.` or `-`"
)


def _split(name: str) -> tuple[str, str]:
    """Return registry and repository of *name*, which are told apart as Docker does it."""
    first, slash, rest = name.partition("/")
    is_host = bool(slash) and (
        any(sign in first for sign in ".:") or first == "localhost" or first != first.lower()
    )
    registry, repository = (first, rest) if is_host else (_DEFAULT_REGISTRY, name)
    if registry == "index.docker.io":
        registry = _DEFAULT_REGISTRY
    if registry == _DEFAULT_REGISTRY and "/" not in repository:
        repository = _OFFICIAL + repository
    return registry, repository


def _parse_digest(text: str, digest: str) -> Digest:
    try:
        return parse_digest(digest)
    except ValueError:
        hint = "a digest is `sha256:` and 64 lower-case hexadecimal digits"
        raise _wrong(text, f"its digest `{digest}` is not allowed", hint) from None


def _name_hint(repository: str) -> str:
    wanted = re.sub(r"[^a-z0-9/]+", "-", repository.removeprefix(_OFFICIAL).lower())
    wanted = re.sub(r"/+", "/", re.sub(r"-*/-*", "/", wanted)).strip("-/")
    rule = "a name has lower-case letters and digits, with single `.` or `_` or any `-` between"
    return f"write `{wanted}`; {rule}" if wanted else rule


def _wrong(text: str, how: str, hint: str) -> StoreError:
    return StoreError(f"`{text}` is no image reference: {how}", hint=hint)
