"""Which digest a tag of a registry has now; nothing is pulled (OCI distribution, "Pull")."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import msgspec

from boxwright.errors import FetchError, StoreError
from boxwright.oci.digest import Digest, digest_of
from boxwright.oci.reference import Reference, parse_reference
from boxwright.store.transport import NotFoundError, RefusedError, Transport

_HOSTS = {"docker.io": "registry-1.docker.io"}
"""Registries that are served by another host than the one in their images' names."""
_ACCEPTED = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
_LARGEST = 4 << 20
"""What the distribution specification lets a manifest have."""


def find_digest(image: str, transport: Transport) -> Digest:
    """
    Return the digest of the index or manifest that the tag of *image* names.

    It is computed from the bytes, whatever the registry's header says. Credentials are
    those in netrc; raises FetchError where the registry does not give it.
    """
    reference = parse_reference(image)
    if reference.digest is not None:
        return reference.digest
    what = f"the digest of `{reference.familiar}`"
    host = _HOSTS.get(reference.registry, reference.registry)
    scheme = "http" if _is_loopback(host) else "https"
    url = f"{scheme}://{host}/v2/{reference.repository}/manifests/{reference.tag}"
    headers = {"Accept": ", ".join(_ACCEPTED)}
    try:
        try:
            content = transport.read(url, limit=_LARGEST, what=what, headers=headers)
        except RefusedError as refused:
            token = _token(refused, reference, transport, what)
            headers["Authorization"] = f"Bearer {token}"
            content = transport.read(url, limit=_LARGEST, what=what, headers=headers)
    except NotFoundError as error:
        raise FetchError(
            f"`{reference.familiar}` is not in the registry", hint="check its name and tag"
        ) from error
    except RefusedError as error:
        raise FetchError(
            f"{what}: the registry refuses access",
            hint=f"check the image's name, or give credentials for `{host}` in netrc",
        ) from error
    return digest_of(content)


def find_digests(
    images: Iterable[str], transport: Transport
) -> tuple[dict[str, str], dict[str, FetchError | StoreError]]:
    """Return the digests of *images* by their names, and why others could not be found."""
    names = list(dict.fromkeys(images))
    found: dict[str, str] = {}
    failed: dict[str, FetchError | StoreError] = {}

    def look_up(name: str) -> str | FetchError | StoreError:
        try:
            return find_digest(name, transport)
        except (FetchError, StoreError) as error:
            return error

    with ThreadPoolExecutor(max_workers=8) as pool:
        for name, answer in zip(names, pool.map(look_up, names), strict=True):
            if isinstance(answer, str):
                found[name] = answer
            else:
                failed[name] = answer
    return found, failed


def _token(refused: RefusedError, reference: Reference, transport: Transport, what: str) -> str:
    """Return a token for pulling, from where the registry's challenge says."""
    scheme, _, rest = refused.challenge.partition(" ")
    asked = dict(re.findall(r'(\w+)="([^"]*)"', rest))
    if scheme.lower() != "bearer" or not asked.get("realm", "").startswith(("https://", "http://")):
        raise refused
    if asked["realm"].startswith("http://") and not _is_loopback(
        urllib.parse.urlsplit(asked["realm"]).netloc
    ):
        raise refused
    query = {"scope": f"repository:{reference.repository}:pull"}
    if "service" in asked:
        query["service"] = asked["service"]
    separator = "&" if "?" in asked["realm"] else "?"
    url = f"{asked['realm']}{separator}{urllib.parse.urlencode(query)}"
    content = transport.read(url, limit=1 << 20, what=what)
    try:
        answer = msgspec.json.decode(content, type=dict[str, object])
    except msgspec.DecodeError as error:
        raise StoreError(f"{what}: the registry's token is no JSON") from error
    token = answer.get("token") or answer.get("access_token")
    if not isinstance(token, str) or not re.fullmatch(r"[\x21-\x7e]+", token):
        raise StoreError(f"{what}: the registry gives no token")
    return token


def _is_loopback(host: str) -> bool:
    name = host.rpartition(":")[0] if ":" in host and not host.endswith("]") else host
    return name in {"localhost", "127.0.0.1", "[::1]"}
