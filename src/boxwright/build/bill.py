"""The software bill of materials of a built image: told by its lock, without a look into it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from boxwright import __version__
from boxwright.debian.suite import find_suite
from boxwright.oci.canonical import canonical_json
from boxwright.oci.digest import digest_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxwright.image.image import Image
    from boxwright.lock.model import LockedDeb, LockedWheel, PlatformLock
    from boxwright.scan.packages.package import Distribution, Package
    from boxwright.store.cache import Cache

MEDIA_TYPE = "application/vnd.cyclonedx+json"

_FORMAT = 1
"""Raised when the same lock gives another document."""
_KIND = "bills"
_REBUILT = re.compile(r"\+b\d+$")
"""What a Debian version ends with if the package was built again from the same source."""


def locked_bill(name: str, lock: PlatformLock, image: Image, *, cache: Cache) -> bytes:
    """
    Return what is in the *image* called *name*, which was built from *lock*, in CycloneDX.

    The same image has the same bytes. *cache* remembers them: making them takes longer than
    all else that a build does in which nothing has changed.
    """
    key = digest_of(f"{_FORMAT} {__version__} {name} {image.digest} {lock!r}".encode())
    known = cache.recall(_KIND, key)
    if known is not None and isinstance(known.get("document"), dict):
        return canonical_json(known["document"])
    document = _document(name, lock, image)
    cache.remember(_KIND, key, {"document": document})
    return canonical_json(document)


def _document(name: str, lock: PlatformLock, image: Image) -> dict[str, object]:
    from boxwright.oci.document import parse_document
    from boxwright.scan.sbom.bill import make_bill
    from boxwright.scan.sbom.cyclonedx import cyclonedx

    created = parse_document(image.config.content, "the configuration").get("created")
    packages = [
        *_of_image(lock),
        *(debian_package(deb) for deb in lock.debs),
        *(_of_python(wheel, lock.python) for wheel in lock.wheels),
    ]
    return cyclonedx(
        make_bill(
            name=name,
            digest=image.digest,
            created=created.text() if created else "",
            platform=image.platform,
            layers=[layer.blob.descriptor.digest for layer in image.layers],
            distribution=locked_distribution(lock),
            packages=[(package, None) for package in packages],
        )
    )


def distribution_of(suite: str) -> Distribution:
    """Return what the os-release of the Debian *suite* says."""
    from boxwright.scan.packages.package import Distribution

    version = find_suite(suite).version
    return Distribution(
        id="debian",
        version_id=version,
        name=f"Debian GNU/Linux {version} ({suite})",
        codename=suite,
    )


def locked_distribution(lock: PlatformLock) -> Distribution | None:
    """Return the distribution of the base of *lock*, None where an image has none."""
    from boxwright.scan.packages.package import Distribution

    if lock.image is None:
        return distribution_of(lock.suite)
    if not lock.image.distribution:
        return None
    return Distribution(
        id=lock.image.distribution,
        version_id=lock.image.release,
        name=" ".join((lock.image.distribution, lock.image.release)).strip(),
        codename=lock.suite,
    )


def _of_image(lock: PlatformLock) -> Iterator[Package]:
    """Yield the packages of the image that is the base, as its lock names them."""
    from boxwright.scan.package_url import parse_package_url
    from boxwright.scan.packages.package import Package

    for text in lock.image.packages if lock.image else ():
        url = parse_package_url(text)
        if url is None:
            continue
        # A binary package's URL names its source and, after an `@`, the version of that.
        source, _, version = url.qualifiers.get("upstream", "").partition("@")
        scope = f"{url.namespace}/" if url.type == "npm" and url.namespace else ""
        yield Package(
            type=url.type,
            name=scope + url.name,
            version=url.version,
            path="",
            architecture=url.qualifiers.get("arch", ""),
            source="" if source == url.name else source,
            source_version=version,
        )


def debian_package(deb: LockedDeb) -> Package:
    """Return *deb* as a look into the image finds it."""
    from boxwright.scan.packages.package import Package

    # The pool has a folder for each source: `pool/main/g/glibc/libc6_2.41-12_amd64.deb`.
    source = deb.path.split("/")[-2]
    version = _REBUILT.sub("", deb.version)
    return Package(
        type="deb",
        name=deb.name,
        version=deb.version,
        path=f"var/lib/dpkg/status.d/{deb.name}",
        architecture=deb.architecture,
        source="" if source == deb.name else source,
        source_version="" if version == deb.version else version,
        digest=deb.digest,
    )


def _of_python(wheel: LockedWheel, python: str) -> Package:
    from boxwright.scan.packages.package import Package

    folder = (
        "-".join(wheel.file.split("-")[:2]) or f"{wheel.name.replace('-', '_')}-{wheel.version}"
    )
    return Package(
        type="pypi",
        name=wheel.name,
        version=wheel.version,
        path=f"opt/venv/lib/python{python}/site-packages/{folder}.dist-info/METADATA",
        installer="boxwright",
        digest=wheel.digest or "",
    )
