"""What registries say when they refuse something, and what to do then."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from boxwright.errors import StoreError
from boxwright.store.registry.said import LARGEST, what_it_says
from boxwright.store.transport import Response


class _Entry(msgspec.Struct):
    code: str = ""
    message: str = ""


class _Body(msgspec.Struct):
    """The specification's form of errors (distribution-spec, "Error Codes")."""

    errors: list[_Entry] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The first error that an answer names."""

    code: str = ""
    """`NAME_UNKNOWN`; empty where the answer is not in the specification's form."""
    message: str = ""


def said(response: Response) -> Said:
    """Return the error that *response* names."""
    try:
        entries = msgspec.json.decode(response.content[:LARGEST], type=_Body).errors
    except (msgspec.DecodeError, RecursionError):
        return Said()
    first = entries[0] if entries else _Entry()
    return Said(code=first.code.upper(), message=first.message)


def refusal(
    response: Response, *, what: str, place: str, secrets: Iterable[str] = ()
) -> StoreError:
    """Return the error that *response* is, about *what* that is pushed to the repository *place*."""
    words = what_it_says(response.content, secrets=secrets)
    return StoreError(
        f"{what}: `{place}` refuses it (status {response.status})"
        + (f": {words}" if words else ""),
        hint=_hint(response.status, said(response), place),
    )


def _hint(status: int, told: Said, place: str) -> str:
    registry, _, repository = place.partition("/")
    text = told.message.lower()
    if told.code == "NAME_UNKNOWN" or (status == 404 and "repository" in text):
        return _create(registry, repository)
    if "immutab" in text or "cannot be overwritten" in text:
        return "the registry never moves a tag: give the image another one"
    if status == 507 or any(word in text for word in ("quota", "exceed", "storage limit")):
        return "the registry has no more room for it: remove images there, or have its limit raised"
    if told.code == "TOOMANYREQUESTS" or status == 429:
        return "the registry wants fewer requests: try again later, or log in to be given more"
    if status == 413:
        return (
            "a proxy before the registry takes no request that large: have it take more"
            " (nginx: `client_max_body_size 0`), or push past it"
        )
    if told.code in ("UNAUTHORIZED", "DENIED") or status in (401, 403):
        return (
            f"the account may not push to `{repository}`: check its permissions, the name, and"
            f" `docker login {registry}`"
        )
    if told.code in ("MANIFEST_BLOB_UNKNOWN", "BLOB_UNKNOWN"):
        return "the registry has lost a part of the image: push it again"
    if told.code == "DIGEST_INVALID":
        return "the bytes were changed on the way: try again, and check what is between"
    if status in (405, 501) or told.code == "UNSUPPORTED":
        return "the registry is read-only or does not take such images: check its settings"
    if status >= 500:
        return "the registry is in trouble: try again later"
    return "check the image's name and the registry"


def _create(registry: str, repository: str) -> str:
    """Return how to make *repository*, where a push does not do it."""
    if registry == "public.ecr.aws":
        name = repository.partition("/")[2] or repository
        return f"create it first: `aws ecr-public create-repository --repository-name {name}`"
    if ".dkr.ecr." in registry:
        return f"create it first: `aws ecr create-repository --repository-name {repository}`"
    if registry.endswith("-docker.pkg.dev"):
        parts = repository.split("/")
        if len(parts) > 1:
            location = registry.removesuffix("-docker.pkg.dev")
            return (
                f"create it first: `gcloud artifacts repositories create {parts[1]}"
                f" --project={parts[0]} --location={location} --repository-format=docker`"
            )
    return "check the name, or create the repository in the registry first"
