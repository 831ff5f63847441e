"""
How a built image came to be (SLSA provenance v1, https://slsa.dev/spec/v1.0/provenance).

It is complete: no program that could fetch something else runs in a build, so what the lock
names is all there is. It says neither when nor where, so that the same inputs give the same
bytes: whoever builds again can compare.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from boxwright import __version__
from boxwright.build.bill import debian_package, locked_distribution
from boxwright.image.compression import TRANSFORM
from boxwright.oci.annotations import BASE_DIGEST, BASE_NAME
from boxwright.oci.canonical import canonical_json
from boxwright.oci.digest import digest_of, hex_of
from boxwright.oci.document import parse_document
from boxwright.oci.statement import PROVENANCE, make_statement

if TYPE_CHECKING:
    from boxwright.image.image import Image
    from boxwright.lock.model import LockedWheel, PlatformLock
    from boxwright.plan.model import Plan
    from boxwright.project.revision import Revision
    from boxwright.store.cache import Cache

BUILD_TYPE = "urn:boxwright:build:v1"
BUILDER = "urn:boxwright:builder"
"""
Names, not addresses: there is no host to ask, and none that could say something else later.

SLSA would have them lead to a description; docs/explanation is where ours is.
"""

_FORMAT = 1
"""Raised when the same inputs give another document."""
_KIND = "provenance"
_DIRTY = "-dirty"


def locked_provenance(
    plan: Plan, lock: PlatformLock, image: Image, revision: Revision | None, *, cache: Cache
) -> bytes:
    """Return what `provenance` does; *cache* remembers it."""
    key = digest_of(
        f"{_FORMAT} {__version__} {image.digest} {_settings(plan, lock)!r} {lock!r} {revision!r}".encode()
    )
    known = cache.recall(_KIND, key)
    if known is not None and isinstance(known.get("document"), dict):
        return canonical_json(known["document"])
    content = provenance(plan, lock, image, revision)
    cache.remember(_KIND, key, {"document": parse_document(content, "the provenance").value})
    return content


def provenance(plan: Plan, lock: PlatformLock, image: Image, revision: Revision | None) -> bytes:
    """Return the statement of how *image* was built of *plan* and *lock* at *revision*."""
    external: dict[str, Any] = {"settings": _settings(plan, lock)}
    if revision is not None:
        external["source"] = _source(revision)
    predicate = {
        "buildDefinition": {
            "buildType": BUILD_TYPE,
            "externalParameters": external,
            "internalParameters": {"suite": lock.suite, "python": lock.python},
            "resolvedDependencies": list(_dependencies(lock, image, revision)),
        },
        "runDetails": {
            "builder": {
                "id": BUILDER,
                "version": {"boxwright": __version__, "transform": TRANSFORM},
            },
        },
    }
    return make_statement(PROVENANCE, predicate, digest=image.digest, name=plan.name)


def _settings(plan: Plan, lock: PlatformLock) -> dict[str, Any]:
    """Return what the user decides, as far as it decides what is in the image."""
    dependencies = plan.dependencies
    found = {
        "name": plan.name,
        "version": plan.version,
        "platform": plan.platform,
        "variant": lock.variant,
        "base": plan.base.image,
        "requires-python": plan.python,
        "accelerator": plan.accelerator,
        "packages": list(plan.base.packages),
        "dependencies": {
            "source": dependencies.source,
            "path": dependencies.path,
            "extras": list(dependencies.extras),
            "groups": list(dependencies.groups),
        },
        "layers": {
            "own-layer-from": plan.layers.own_layer_from,
            "split-from": plan.layers.split_from,
            "budget": plan.layers.budget,
            "bytecode": plan.layers.bytecode,
        },
    }
    return {key: value for key, value in found.items() if value}


def _source(revision: Revision) -> dict[str, Any]:
    commit = revision.name.removesuffix(_DIRTY)
    found: dict[str, Any] = {"name": "source", "digest": {"gitCommit": commit}}
    if revision.source:
        found["uri"] = f"git+{revision.source}"
    if commit != revision.name:
        # The commit is not all of it: files of the image differ from what is in it.
        found["annotations"] = {"modified": True}
    return found


def _dependencies(
    lock: PlatformLock, image: Image, revision: Revision | None
) -> Iterator[dict[str, Any]]:
    from boxwright.scan.package_url import package_url

    if revision is not None:
        yield _source(revision)
    manifest = parse_document(image.manifest.content, "the manifest")
    annotations = manifest.get("annotations")
    said = annotations.texts() if annotations else {}
    if BASE_DIGEST in said:
        yield {
            "name": said.get(BASE_NAME, "base"),
            "digest": {"sha256": said[BASE_DIGEST].rpartition(":")[2]},
        }
    distribution = locked_distribution(lock)
    for deb in lock.debs:
        yield {
            "name": deb.path.rpartition("/")[2],
            "uri": package_url(debian_package(deb), distribution),
            "digest": {"sha256": hex_of(deb.digest)},
        }
    for wheel in lock.wheels:
        yield _python(wheel)


def _python(wheel: LockedWheel) -> dict[str, Any]:
    """Return the wheel, or what it is built of where nobody publishes one."""
    from boxwright.scan.package_url import package_url_of

    url = package_url_of("pypi", wheel.name, wheel.version)
    if wheel.digest is not None:
        return {"name": wheel.file, "uri": url, "digest": {"sha256": hex_of(wheel.digest)}}
    source = wheel.source
    if source is None:
        return {"name": wheel.name, "uri": url}
    if source.kind == "vcs":
        return {
            "name": wheel.name,
            "uri": f"{_public(source.location)}@{source.revision}",
            "digest": {"gitCommit": source.revision},
        }
    found: dict[str, Any] = {"name": source.file or wheel.name, "uri": url}
    if source.digest is not None:
        found["digest"] = {"sha256": hex_of(source.digest)}
    return found


def _public(url: str) -> str:
    """Return *url* without the user, the password and the token that may be in it."""
    parts = urlsplit(url)
    netloc = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=netloc, query="", fragment=""))
