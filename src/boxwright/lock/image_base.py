"""An image as the base: found by its name once, looked into, and locked by digest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from boxwright.debian.suite import suites
from boxwright.errors import LockError, StoreError
from boxwright.image.image import Image
from boxwright.lock.debian import lock_added, lock_system, missing_libraries
from boxwright.lock.fetch import fetch_wheels
from boxwright.lock.image_facts import ImageFacts, find_facts, glibc_of, is_for
from boxwright.lock.libraries import Libraries
from boxwright.lock.model import (
    LockedDeb,
    LockedImage,
    LockedLayer,
    LockedPython,
    LockedWheel,
    PlatformLock,
)
from boxwright.lock.platform import complete, read_needs_of, resolve_first, with_sizes
from boxwright.lock.sources import Sources
from boxwright.lock.target import image_target
from boxwright.lock.uv import Uv
from boxwright.oci import media_type
from boxwright.oci.config import ImageConfig
from boxwright.oci.digest import Digest
from boxwright.oci.document import parse_document
from boxwright.oci.place import OnDisk, parse_place
from boxwright.oci.platform import Platform, parse_platform
from boxwright.oci.reference import Reference
from boxwright.plan.model import Plan
from boxwright.plan.specifier import admits
from boxwright.store import archive, layout
from boxwright.store.cache import Cache

if TYPE_CHECKING:
    from boxwright.lock.debian import Need
    from boxwright.lock.fetch import FetchedWheel
    from boxwright.progress import Progress
    from boxwright.store.transport import Transport

VARIANT = "image"
"""What a lock has as its variant where an image is the base."""

_SHOWN = 12
_ANOTHER = "take an image that has one, `python:3.13-slim-trixie` say, or a base of Boxwright"
_TOOLS = frozenset({"pip", "setuptools", "wheel"})
"""Distributions that every image with Python has, and no service uses."""


def lock_on_image(
    plan: Plan,
    folder: Path,
    *,
    preferences: Sequence[LockedWheel],
    earlier: Sequence[LockedImage],
    sources: Sources,
    cache: Cache,
    progress: Progress,
) -> PlatformLock:
    """
    Return what the image of *plan*, for the project in *folder*, is made of above its base.

    Of *earlier*, the bases that other platforms or an earlier lock have, one with the same
    name says which image the name stands for: a tag that moved since does not count.
    """
    image, index = _find(plan, folder, earlier, sources.transport)
    facts = find_facts(image, plan.base.image, cache=cache, progress=progress)
    architecture = parse_platform(plan.platform).architecture
    glibc = _check(facts, plan, architecture)
    suite = facts.codename
    progress.note(
        f"the base {plan.base.image} is {facts.title or 'of no known distribution'}, with Python "
        f"{facts.python_release or facts.python} in /{facts.program} and glibc "
        f"{glibc[0]}.{glibc[1]}"
    )
    target = image_target(suite, plan.platform, facts.python, glibc)
    indexes, transport = sources.indexes, sources.transport
    uv = Uv(folder=folder, indexes=indexes, environ=transport.environ, offline=transport.offline)
    resolution = resolve_first(plan, uv, preferences, progress, targets=[target])
    lock = complete(resolution, plan, indexes, cache, transport, progress)
    lock = replace(lock, variant=VARIANT, image=_locked(image, index, plan, facts, glibc))
    wheels = fetch_wheels(
        lock, folder, indexes=indexes, cache=cache, transport=transport, progress=progress
    )
    needs = read_needs_of(wheels, cache)
    debs = _system(plan, facts, needs, architecture, sources, cache, progress)
    _tell_of_duplicates(facts, wheels, progress)
    return replace(lock, wheels=with_sizes(lock.wheels, wheels), debs=debs)


def open_locked(image: LockedImage, platform: Platform, folder: Path) -> Image | None:
    """
    Return the *image* of a lock where it is on disk, relative to *folder*; None elsewhere.

    LockError where what is there now is another one.
    """
    place = parse_place(image.name)
    if isinstance(place, Reference):
        return None
    try:
        return _on_disk(place, folder, platform, image.digest)
    except StoreError as error:
        raise LockError(
            f"the base `{image.name}` is not the one that was locked, {image.digest}:"
            f" {error.message}",
            hint="bring it back, or take the one that is there: `boxwright lock --upgrade`",
        ) from error


def locked_reference(image: LockedImage) -> Reference:
    """Return where a registry has *image*, by the digest of its manifest."""
    place = parse_place(image.name)
    assert isinstance(place, Reference)  # noqa: S101 (asked for only where it is one)
    return replace(place, tag="", digest=image.digest)


def _find(
    plan: Plan, folder: Path, earlier: Iterable[LockedImage], transport: Transport
) -> tuple[Image, Digest | None]:
    """Return the base that *plan* names, and the digest of the index that it is in."""
    name, platform = plan.base.image, parse_platform(plan.platform)
    place = parse_place(name)
    if isinstance(place, OnDisk):
        return _on_disk(place, folder, platform, None), None
    from boxwright.store.registry.client import Repository

    digest = place.digest or next(
        (one.index or one.digest for one in earlier if one.name == name), None
    )
    if digest is None:
        top = Repository(place, transport).manifest(place.tag)
        digest = top.descriptor.digest
        index = digest if top.descriptor.media_type in media_type.INDEXES else None
        image = Repository(replace(place, tag="", digest=digest), transport).read(platform)
    else:
        image = Repository(replace(place, tag="", digest=digest), transport).read(platform)
        index = None if image.digest == digest else digest
    return image, index


def _on_disk(place: OnDisk, folder: Path, platform: Platform, digest: Digest | None) -> Image:
    path, reference = _path(place, folder)
    if path.is_dir():
        return layout.read(path, digest or reference, platform=platform)
    with path.open("rb") as file:
        if file.read(4).startswith((b"\x1f\x8b", b"\x28\xb5\x2f\xfd")):
            raise StoreError(
                f"the archive `{place.path}` is packed as a whole, so its layers have to be"
                " looked for from its start each time",
                hint="unpack it first: `gunzip` or `unzstd`",
            )
    image = archive.read(path, reference, platform=platform)
    if digest is not None and image.digest != digest:
        raise StoreError(f"`{place.path}` holds {image.digest}")
    return image


def _path(place: OnDisk, folder: Path) -> tuple[Path, str | None]:
    text = place.path
    cuts = [len(text), *(at for at in range(len(text) - 1, 0, -1) if text[at] in ":@")]
    for at in cuts:
        path = folder / Path(text[:at]).expanduser()
        if path.is_file() or (path.is_dir() and layout.is_layout(path)):
            return path, text[at + 1 :] or None
    raise StoreError(
        f"there is no layout and no archive `{text}`",
        hint=f"paths are relative to the project, `{folder}`",
    )


def _check(facts: ImageFacts, plan: Plan, architecture: str) -> tuple[int, int]:
    """Return the version of the base's C library; LockError where wheels cannot run on it."""
    name = plan.base.image
    if not facts.program:
        raise LockError(f"the base `{name}` has no Python on its PATH", hint=_ANOTHER)
    if facts.is_musl:
        raise LockError(
            f"the base `{name}` has musl as its C library ({facts.title or 'no distribution'}),"
            " and the wheels of most libraries for machine learning need glibc",
            hint="take an image of Debian or Ubuntu: `python:3.13-slim-trixie` instead of"
            " `python:3.13-alpine`",
        )
    glibc = glibc_of(facts)
    if glibc is None:
        raise LockError(f"the base `{name}` has no C library that wheels run on", hint=_ANOTHER)
    if not is_for(facts, architecture):
        raise LockError(
            f"the Python of the base `{name}`, /{facts.program}, is not for {plan.platform}",
            hint="take an image that is what it says, or set `platform`",
        )
    minor = facts.python
    if minor.endswith("t") or not minor.removeprefix("3.").isdigit():
        raise LockError(
            f"the Python of the base `{name}` is /{facts.program}, no usual CPython", hint=_ANOTHER
        )
    release = facts.python_release or f"{minor}.0"
    if plan.python and not admits(plan.python, release):
        raise LockError(
            f"the base `{name}` has Python {release}, and `requires-python` is `{plan.python}`",
            hint="take an image with another Python, or widen `requires-python`",
        )
    return glibc


def _locked(
    image: Image, index: Digest | None, plan: Plan, facts: ImageFacts, glibc: tuple[int, int]
) -> LockedImage:
    config = ImageConfig.from_dict(parse_document(image.config.content, "the configuration"))
    return LockedImage(
        name=plan.base.image,
        digest=image.digest,
        index=index,
        layers=tuple(
            LockedLayer(
                digest=layer.blob.descriptor.digest,
                size=layer.blob.descriptor.size,
                diff_id=layer.diff_id,
                unpacked=found.unpacked,
                media_type=_media_type(layer.blob.descriptor.media_type, plan.base.image),
                created_by=layer.created_by,
            )
            for layer, found in zip(image.layers, facts.layers, strict=True)
        ),
        python=LockedPython(
            program=facts.program,
            version=facts.python_release,
            library=facts.standard_library,
            shared=facts.shared,
            layers=facts.python_layers,
        ),
        glibc=f"{glibc[0]}.{glibc[1]}",
        distribution=facts.distribution,
        release=facts.release,
        env=tuple(f"{name}={value}" for name, value in config.env),
        user=config.user,
        working_dir=config.working_dir,
        entrypoint=config.entrypoint,
        certificates=facts.certificates,
        packages=facts.packages,
        accounts=facts.accounts,
        groups=facts.groups,
    )


def _media_type(found: str, name: str) -> str:
    """Return what OCI calls the media type *found*: Docker's mean the same bytes."""
    if found in media_type.LAYERS_PLAIN:
        return media_type.LAYER
    if found in media_type.LAYERS_GZIP:
        return media_type.LAYER_GZIP
    if found == media_type.LAYER_ZSTD or found.endswith("rootfs.diff.tar.zstd"):
        return media_type.LAYER_ZSTD
    raise LockError(
        f"the base `{name}` has a layer of the type `{found[:80]}`, which cannot be passed on",
        hint="take an image whose layers are its own",
    )


def _system(
    plan: Plan,
    facts: ImageFacts,
    needs: Sequence[Need],
    architecture: str,
    sources: Sources,
    cache: Cache,
    progress: Progress,
) -> tuple[LockedDeb, ...]:
    """Return the Debian packages that are added to the base; LockError where none can be."""
    there = Libraries(
        names=frozenset(library.name for library in facts.libraries),
        defined=tuple(
            (library.name, library.defines) for library in facts.libraries if library.defines
        ),
    )
    suite = facts.codename
    if facts.distribution != "debian" or suite not in suites():
        missing = missing_libraries(needs, there, f"the base `{plan.base.image}`")
        lacking = [f"{library} (needed by {by})" for library, by in missing.items()]
        lacking += [f"the Debian package {name}" for name in plan.base.packages]
        if lacking:
            more = f" and {len(lacking) - _SHOWN} more" if len(lacking) > _SHOWN else ""
            raise LockError(
                f"the base `{plan.base.image}` ({facts.title or 'no distribution'}) lacks "
                f"{', '.join(lacking[:_SHOWN])}{more}, and packages can be added to Debian"
                f" {' and '.join(suites())} only",
                hint="take an image of one of these, or build one that has them and name that"
                " as `base`",
            )
        return ()
    present = frozenset(facts.debs)
    added = lock_added(
        plan.base.packages,
        suite,
        architecture,
        present=present,
        mirrors=sources.mirrors,
        transport=sources.transport,
        cache=cache,
        settings=sources.settings,
        progress=progress,
    )
    system = lock_system(
        needs,
        added,
        suite,
        architecture,
        there=there,
        present=present,
        where=f"the base `{plan.base.image}`",
        mirrors=sources.mirrors,
        transport=sources.transport,
        cache=cache,
        settings=sources.settings,
        progress=progress,
    )
    return tuple(sorted((*added, *system), key=lambda deb: deb.name))


def _tell_of_duplicates(
    facts: ImageFacts, wheels: Sequence[FetchedWheel], progress: Progress
) -> None:
    """Tell what the base has that the wheels bring once more: none of it is used."""
    ours = {wheel.name for wheel in wheels} - _TOOLS
    twice = [f"{name} {version}" for name, version in facts.distributions if name in ours]
    if twice:
        shown = ", ".join(twice[:_SHOWN])
        progress.note(
            f"the base has {shown} for itself, which is not used: the project's own wheels go to"
            " /opt/venv, so a base without them would be smaller"
        )
    if facts.cuda and any(wheel.name.startswith("nvidia-") for wheel in wheels):
        progress.note(
            f"the base has CUDA {facts.cuda}, and the wheels bring CUDA along once more: a base"
            " without CUDA would do and be smaller"
        )
