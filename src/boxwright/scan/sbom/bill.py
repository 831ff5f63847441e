"""What a bill of materials tells of an image, whatever form it is then written in."""

from __future__ import annotations

import datetime
import hashlib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from boxwright import __version__
from boxwright.errors import BoxwrightError
from boxwright.oci.platform import Platform
from boxwright.oci.reference import parse_reference
from boxwright.scan.layer_index import Artifact
from boxwright.scan.package_url import package_url, package_url_of
from boxwright.scan.packages.package import Distribution, Package
from boxwright.wheel.filename import canonical_name

if TYPE_CHECKING:
    from boxwright.scan.contents import Contents

_NAMESPACE = uuid.UUID("5b6f1c1e-5f0b-5a53-9d0c-3c6d1c2a7f10")
"""Of all identifiers of bills: any, but always this one."""


class Part(NamedTuple):
    """A package of the image."""

    package: Package
    layer: int | None
    """Which layer brought it in, counted from 0."""
    url: str
    """Its package URL."""
    key: str
    """What tells it from all others of the bill: letters, digits, `.` and `-`."""
    needs: tuple[int, ...]
    """Which packages of the bill it needs, by their place in it."""


class ArtifactPart(NamedTuple):
    """A model or a data set of the image."""

    artifact: Artifact
    layer: int
    digest: str
    """The SHA-256 of the file in hexadecimal digits; empty where it is not known."""
    url: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What is in an image; the same image gives the same bill."""

    name: str
    """Of the image, without a digest; `image` where it has none."""
    digest: str
    """Of its manifest."""
    created: str
    """RFC 3339, in UTC and whole seconds; empty where the image does not say."""
    platform: Platform
    layers: tuple[str, ...]
    """The digests of the layers' blobs, lowest first."""
    distribution: Distribution | None
    packages: tuple[Part, ...]
    artifacts: tuple[ArtifactPart, ...]
    unread: tuple[str, ...] = ()
    """What could not be read, so that the bill may lack it."""
    tool: str = __version__
    """Which boxwright wrote it."""

    @property
    def url(self) -> str:
        """The package URL of the image."""
        name, place, tag = self.name.rpartition("/")[2].lower(), "", ""
        try:
            reference = parse_reference(self.name)
        except BoxwrightError:
            pass  # a file's name
        else:
            name, tag = reference.repository.rpartition("/")[2], reference.tag
            # Without its registry, an image may have been built here, and be in none.
            if self.name.startswith(reference.registry):
                place = f"{reference.registry}/{reference.repository}"
        return package_url_of(
            "oci",
            name or "image",
            self.digest,
            qualifiers={
                "arch": self.platform.architecture,
                "repository_url": place,
                "tag": tag if self.name.endswith(f":{tag}") else "",
            },
        )

    def identifier(self, form: str) -> uuid.UUID:
        """Return the same identifier for the same image and the same boxwright, for a *form*."""
        return uuid.uuid5(_NAMESPACE, f"{form} {self.digest} {self.tool}")


def bill_of(contents: Contents) -> Bill:
    """Return the bill of the final filesystem of an image."""
    inspected, inventory = contents.inspected, contents.inventory
    return make_bill(
        name=inspected.name,
        digest=inspected.image.digest,
        created=inspected.config.created,
        platform=inspected.config.platform,
        layers=[layer.digest for layer in inspected.layers],
        distribution=inventory.distribution,
        packages=[(package, contents.layer_of(package)) for package in inventory.packages],
        artifacts=[
            (found.artifact, found.layer, contents.files[found.artifact.path].member.digest.hex())
            for found in contents.artifacts
            if found.state == "live"
        ],
        unread=inventory.unread,
    )


def make_bill(
    *,
    name: str,
    digest: str,
    created: str,
    platform: Platform,
    layers: Sequence[str],
    distribution: Distribution | None,
    packages: Iterable[tuple[Package, int | None]],
    artifacts: Iterable[tuple[Artifact, int, str]] = (),
    unread: Sequence[str] = (),
) -> Bill:
    """Return the bill with *packages* and *artifacts*, each with its layer; in a fixed order."""
    given = sorted(packages, key=lambda it: (it[0].type, it[0].name, it[0].version, it[0].path))
    needs = _needs([package for package, _ in given])
    taken: dict[str, int] = {}
    parts = tuple(
        Part(
            package=package,
            layer=layer,
            url=(url := package_url(package, distribution)),
            key=_key(f"{url}\0{package.path}", package.type, package.name, taken),
            needs=needed,
        )
        for (package, layer), needed in zip(given, needs, strict=True)
    )
    found = tuple(
        ArtifactPart(
            artifact=artifact,
            layer=layer,
            digest=hashed,
            url=package_url_of(
                "generic",
                artifact.path.rpartition("/")[2],
                qualifiers={"checksum": f"sha256:{hashed}" if hashed else ""},
            ),
            key=_key(artifact.path, artifact.role, artifact.path.rpartition("/")[2], taken),
        )
        for artifact, layer, hashed in sorted(artifacts, key=lambda it: (it[0].path, it[1]))
    )
    return Bill(
        name=clean(_name_of(name)),
        digest=digest,
        created=_in_utc(created),
        platform=platform,
        layers=tuple(layers),
        distribution=distribution,
        packages=parts,
        artifacts=found,
        unread=tuple(map(clean, unread)),
    )


def clean(text: str) -> str:
    r"""Return *text* as UTF-8 can hold it: what a file name has besides becomes `\xff`."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def address(text: str) -> str:
    """Return *text* if it is the address of a page; nothing otherwise."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    is_plain = text.isascii() and not any(c in text for c in ' "<>\\^`{|}')
    return text if parts.scheme in ("http", "https") and parts.hostname and is_plain else ""


def sha256_of(package: Package) -> str:
    """Return the digits of the SHA-256 of the archive that *package* is from, where it is known."""
    algorithm, _, digits = package.digest.partition(":")
    return digits if algorithm == "sha256" else ""


def _name_of(image: str) -> str:
    """Return what *image* is called without its digest; of a file, without the folders above it."""
    name = image.partition("@")[0]
    if not name or name.startswith("sha256:"):
        return "image"
    try:
        parse_reference(name)
    except BoxwrightError:
        name = name.rstrip("/").rpartition("/")[2]
    return name


def _key(whole: str, kind: str, name: str, taken: dict[str, int]) -> str:
    digest = hashlib.sha256(whole.encode("utf-8", "surrogateescape")).hexdigest()[:16]
    readable = "".join(c if (c.isascii() and c.isalnum()) or c in ".-" else "-" for c in name[:80])
    key = f"{kind}-{readable}-{digest}"
    taken[key] = taken.get(key, 0) + 1
    return key if taken[key] == 1 else f"{key}-{taken[key]}"


def _needs(packages: Sequence[Package]) -> list[tuple[int, ...]]:
    """
    Return the places of the packages that each of *packages* needs.

    Of several with the name that is needed, the one that is found is: that of the same folder of
    distributions, that of the nearest `node_modules`, that of the same environment of conda.
    """
    by_place: dict[tuple[str, str, str], int] = {}
    by_name: dict[tuple[str, str], int] = {}
    for at, package in enumerate(packages):
        if package.vendored_in:
            continue
        name = _name(package.type, package.name)
        by_place.setdefault((package.type, _folder(package), name), at)
        by_name.setdefault((package.type, name), at)
    found: list[tuple[int, ...]] = []
    for at, package in enumerate(packages):
        needed = set()
        for need in package.requires:
            name = _name(package.type, need)
            if package.type == "npm":
                place = _nearest(package, name, by_place)
            else:
                place = by_place.get((package.type, _folder(package), name))
                if place is None:
                    place = by_name.get((package.type, name))
            if place is not None and place != at:
                needed.add(place)
        found.append(tuple(sorted(needed)))
    return found


def _nearest(
    package: Package, name: str, by_place: Mapping[tuple[str, str, str], int]
) -> int | None:
    """Return the package that `require(name)` finds from where *package* is."""
    folder = package.path.rpartition("/")[0]
    while True:
        modules = f"{folder}/node_modules" if folder else "node_modules"
        place = by_place.get(("npm", modules, name))
        if place is not None or not folder:
            return place
        folder = folder.rpartition("/")[0]


def _folder(package: Package) -> str:
    """Return the folder that packages with *package* are in: where its name is looked for."""
    if package.type == "npm":
        return package.path.removesuffix("/package.json").removesuffix(f"/{package.name}")
    if package.type == "pypi" and package.path.rpartition("/")[2].lower() in (
        "metadata",
        "pkg-info",
    ):
        return package.path.rpartition("/")[0].rpartition("/")[0]
    return package.path.rpartition("/")[0]


def _name(kind: str, name: str) -> str:
    return canonical_name(name) if kind == "pypi" else name


def _in_utc(created: str) -> str:
    try:
        time = datetime.datetime.fromisoformat(created)
        if time.tzinfo is None:
            time = time.replace(tzinfo=datetime.UTC)
        return time.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError):
        return ""
