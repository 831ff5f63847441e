"""What is in an image: everything that follows from its layers, worked out when it is asked for."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import msgspec

from boxwright.scan.filesystem import Filesystem, Gone, Live, merge
from boxwright.scan.layer_index import (
    FILE,
    HARDLINK,
    Artifact,
    Binary,
    LayerIndex,
    Member,
    SecretHit,
)
from boxwright.scan.ownership import SYSTEM, find_modified, find_owners, find_promises

if TYPE_CHECKING:
    from boxwright.scan.gpu import GpuFacts
    from boxwright.scan.inspected import Inspected, Step
    from boxwright.scan.leaks import Leak
    from boxwright.scan.packages.package import Inventory, Package
    from boxwright.scan.waste import Waste


class FoundArtifact(NamedTuple):
    """A model or a data set, and whether a container sees it."""

    artifact: Artifact
    layer: int
    state: str
    """`live`, or `deleted` or `replaced` by a later layer, in which case it still ships."""
    removed_by: int | None
    """Which layer hides it."""


_Key = tuple[str, str, str, str, str]
_MOST_MARKS = 8
"""As many `!` as paths have that lead into archives in archives, and some of names."""
_Placed = TypeVar("_Placed", Member, SecretHit, Artifact, Binary)


class Contents:
    """An image's contents; layers that could not be read hold nothing."""

    def __init__(self, inspected: Inspected) -> None:
        self._layers = [layer.index for layer in inspected.layers]
        self._filesystem = merge(self._layers)
        if self._filesystem.moved:
            self._layers = _renamed(self._layers, self._filesystem.moved)
            inspected = dataclasses.replace(
                inspected,
                layers=tuple(
                    dataclasses.replace(layer, index=index)
                    for layer, index in zip(inspected.layers, self._layers, strict=True)
                ),
            )
        self.inspected = inspected
        """The image, with members whose names lead through a symbolic link where that leads to."""

    @property
    def filesystem(self) -> Filesystem:
        """The merged layers, with the hard links among them."""
        return self._filesystem

    @property
    def files(self) -> Mapping[str, Live]:
        """The final filesystem, by path."""
        return self._filesystem.files

    @property
    def gone(self) -> tuple[Gone, ...]:
        """What ships but is hidden."""
        return self._filesystem.gone

    @cached_property
    def problems(self) -> tuple[str, ...]:
        """What of the layers cannot be as they say, in clauses that name the layer."""
        told = [
            f"layer {at}: {problem}"
            for at, index in enumerate(self._layers)
            if index is not None
            for problem in index.problems
        ]
        return (*told, *self._filesystem.problems)

    @cached_property
    def documents(self) -> Mapping[str, bytes]:
        """The documents of packages that a container sees, under all their names."""
        found: dict[str, bytes] = {}
        for at, index in enumerate(self._layers):
            for path, content in index.documents.items() if index is not None else ():
                place = self._filesystem.place(at, path)
                if place is None or self.files[place].member.kind not in (FILE, HARDLINK):
                    continue
                for name in self._filesystem.names.get(place, (place,)):
                    found[name] = content
        return found

    @cached_property
    def inventory(self) -> Inventory:
        """The packages of the final filesystem."""
        from boxwright.scan.packages.read import read_packages

        return read_packages(self.documents, self.files)

    @cached_property
    def hidden_packages(self) -> tuple[Package, ...]:
        """The packages that only documents that are gone tell of; their files may ship still."""
        from boxwright.scan.packages.read import read_packages

        known = {_name(package) for package in self.inventory.packages}
        found: dict[tuple[str, ...], Package] = {}
        for at, index in enumerate(self._layers):
            gone = self._gone_of.get(at)
            if index is None or not gone:
                continue
            documents = {path: text for path, text in index.documents.items() if path in gone}
            if not documents:
                continue
            files = {path: Live(member, at) for path, member in gone.items()}
            for package in read_packages(documents, files).packages:
                if _name(package) not in known:
                    found.setdefault(_name(package), package)
        return tuple(sorted(found.values(), key=lambda it: (it.type, it.name, it.path, it.version)))

    def layer_of(self, package: Package) -> int | None:
        """
        Return which layer brought *package* in; None where nothing tells.

        It is that of the file that tells of it, before layers that only rewrite that; where one
        file tells of all packages, that which most of its files are from.
        """
        path = self._teller(package)
        if path is None:
            layers = Counter(
                live.layer
                for file in package.files
                if (live := self.files.get(file.path)) is not None
                and live.member.kind in (FILE, HARDLINK)
            )
            return max(sorted(layers), key=layers.__getitem__, default=None)
        layer = self.files[path].layer if path in self.files else None
        while (before := self._rewritten.get((path, layer))) is not None:
            layer = before
        return layer

    def owner(self, path: str) -> Package | None:
        """Return whose the live file *path* is."""
        return self.owners.get(path)

    @cached_property
    def owners(self) -> Mapping[str, Package]:
        """The owner of each live file that has one, by path."""
        return find_owners(self.inventory.packages, self.files)

    def size_of(self, package: Package) -> int:
        """Return the bytes of the live files that *package* owns."""
        return self._sizes.get(_key(package), 0)

    def provider(self, package: Package) -> Package | None:
        """
        Return the distribution's package that *package* is a part of.

        Debian's `python3-numpy` has a `dist-info` of its own, which tells of `numpy` once more.
        """
        owner = None if package.type in SYSTEM else self.owner(package.path)
        return owner if owner is not None and owner.type in SYSTEM else None

    def is_proven(self, path: str, layer: int) -> bool:
        """
        Tell whether what *layer* has at *path* is what a package promises by SHA-256.

        RECORD and conda promise so. Packages that are from no index promise nothing of others, and
        dpkg and apk promise digests of other kinds.
        """
        member = self._member(path, layer)
        if member is None or not member.digest:
            return False
        place = self._filesystem.place(layer, path)
        names = self._filesystem.names.get(place, ()) if place is not None else ()
        names = (path, *names)
        proofs = self._proofs
        if not self._suspects.issuperset(names):
            proofs = self._promised(frozenset(names))
        return any(member.digest in proofs.get(name, ()) for name in names)

    @cached_property
    def modified(self) -> tuple[str, ...]:
        """The live files that are not as their package promises, by path."""
        promised = find_promises(self.inventory.packages, self.files)
        return find_modified(self.owners, promised, self.files)

    @cached_property
    def unowned(self) -> tuple[str, ...]:
        """The live files that are no package's, by path."""
        owners = self.owners
        return tuple(
            sorted(
                path
                for path, live in self.files.items()
                if live.member.kind in (FILE, HARDLINK) and path not in owners
            )
        )

    @cached_property
    def artifacts(self) -> tuple[FoundArtifact, ...]:
        """Models and data sets of all layers, lowest layer first."""
        found = []
        for at, index in enumerate(self._layers):
            for artifact in index.artifacts if index is not None else ():
                place = self._filesystem.place(at, artifact.path)
                if place is not None:
                    if place != artifact.path:
                        artifact = msgspec.structs.replace(artifact, path=place)
                    found.append(FoundArtifact(artifact, at, "live", None))
                    continue
                gone = self._gone_at.get((at, artifact.path))
                if gone is not None and gone.how in ("rewritten", "repeated"):
                    # The layer that has the same content again tells of it.
                    continue
                state = "deleted" if gone is not None and gone.how == "deleted" else "replaced"
                found.append(FoundArtifact(artifact, at, state, gone.removed_by if gone else None))
        return tuple(found)

    @cached_property
    def binaries(self) -> Mapping[str, Binary]:
        """The programs and libraries that a container sees, by path; of hard links one name."""
        found = {}
        for at, index in enumerate(self._layers):
            for binary in index.binaries if index is not None else ():
                place = self._filesystem.place(at, binary.path)
                if place is not None:
                    found[place] = (
                        binary
                        if place == binary.path
                        else msgspec.structs.replace(binary, path=place)
                    )
        return found

    @cached_property
    def gpu(self) -> GpuFacts:
        """What it has for GPUs, and what of the host that needs."""
        from boxwright.scan.gpu import gpu_facts

        sizes = {
            path: live.member.size
            for path, live in self.files.items()
            if live.member.kind in (FILE, HARDLINK)
        }
        environment = dict(self.inspected.config.env)
        return gpu_facts(environment, self.inventory.packages, self.binaries, sizes)

    @cached_property
    def leaks(self) -> tuple[Leak, ...]:
        """Credentials in any layer, in the configuration and in the history."""
        from boxwright.scan.leaks import find_leaks

        return find_leaks(self.inspected, self.files, self.gone, self.is_proven)

    @cached_property
    def waste(self) -> tuple[Waste, ...]:
        """What ships for nothing, largest first."""
        from boxwright.scan.waste import find_waste

        return find_waste(
            self._filesystem,
            self.owners,
            self.inventory.packages,
            dict(self.inspected.config.env),
        )

    @cached_property
    def size(self) -> int:
        """Bytes of content of the final filesystem, hard links counted once."""
        return sum(live.member.size for live in self.files.values() if live.member.kind == FILE)

    @cached_property
    def shipped(self) -> int:
        """Bytes of content in all layers."""
        return sum(
            sum(member.size for member in index.members if member.kind == FILE)
            + sum(index.repeated.values())
            for index in self._layers
            if index is not None
        )

    @cached_property
    def efficiency(self) -> float:
        """The part of what ships that a container can see; 1 for an image without files."""
        return self.size / self.shipped if self.shipped else 1.0

    def step_of(self, layer: int) -> Step | None:
        """Return the entry of the history that made *layer*; None where it does not tell."""
        step = self.inspected.layers[layer].step
        return None if step is None else self.inspected.history[step]

    @cached_property
    def _gone_at(self) -> Mapping[tuple[int, str], Gone]:
        return {(gone.layer, gone.member.path): gone for gone in self.gone}

    @cached_property
    def _gone_of(self) -> Mapping[int, dict[str, Member]]:
        found: dict[int, dict[str, Member]] = {}
        for gone in self.gone:
            if gone.how != "repeated":
                found.setdefault(gone.layer, {})[gone.member.path] = gone.member
        return found

    @cached_property
    def _rewritten(self) -> Mapping[tuple[str, int | None], int]:
        """Which layer had what another one rewrites, by path and that other one."""
        return {
            (gone.member.path, gone.removed_by): gone.layer
            for gone in self.gone
            if gone.how == "rewritten"
        }

    @cached_property
    def _sizes(self) -> Mapping[_Key, int]:
        sizes: dict[int, int] = {}
        for path, package in self.owners.items():
            sizes[id(package)] = sizes.get(id(package), 0) + self.files[path].member.size
        return {
            _key(package): sizes[id(package)]
            for package in self.inventory.packages
            if id(package) in sizes
        }

    @cached_property
    def _suspects(self) -> frozenset[str]:
        """The files that have something like a credential, under all their names."""
        found: set[str] = set()
        for at, index in enumerate(self._layers):
            for hit in index.secrets if index is not None else ():
                # Which of the marks is that of an archive does not matter here.
                parts = hit.path.split("!", _MOST_MARKS)
                for end in range(1, len(parts) + 1):
                    path = "!".join(parts[:end])
                    found.add(path)
                    place = self._filesystem.place(at, path)
                    found.update(self._filesystem.names.get(place, ()) if place else ())
        return frozenset(found)

    @cached_property
    def _proofs(self) -> Mapping[str, frozenset[bytes]]:
        return self._promised(self._suspects)

    def _promised(self, paths: frozenset[str]) -> Mapping[str, frozenset[bytes]]:
        if not paths:
            return {}
        packages: Iterable[Package] = (*self.inventory.packages, *self.hidden_packages)
        return find_promises((package for package in packages if not package.origin), paths)

    @cached_property
    def _members(self) -> dict[int, dict[str, Member]]:
        return {}

    def _member(self, path: str, layer: int) -> Member | None:
        """Return what *layer* has at *path*; of a hard link, the file that it is."""
        index = self._layers[layer]
        if index is None:
            return None
        if layer not in self._members:
            self._members[layer] = {member.path: member for member in index.members}
        member = self._members[layer].get(path)
        for _ in range(10):
            if member is None or member.kind != HARDLINK:
                break
            member = self._members[layer].get(member.link)
        return member

    def _teller(self, package: Package) -> str | None:
        """Return the file that tells of *package* only; None where there is none."""
        folder = package.path.rpartition("/")[0]
        if package.type in ("apk", "rpm"):
            return None
        if package.type != "deb" or folder.endswith("status.d"):
            return package.path
        for name in (package.name, f"{package.name}:{package.architecture}"):
            path = f"{folder}/info/{name}.list"
            if path in self.files:
                return path
        return None


def _name(package: Package) -> tuple[str, ...]:
    return package.type, package.name, package.version, package.architecture


def _key(package: Package) -> _Key:
    return package.type, package.name, package.version, package.architecture, package.path


def _renamed(
    layers: list[LayerIndex | None], moved: Mapping[tuple[int, str], str]
) -> list[LayerIndex | None]:
    """Return *layers* with all that is at a path that was *moved* where that is."""
    touched = {at for at, _ in moved}
    return [
        _with_places(index, at, moved) if index is not None and at in touched else index
        for at, index in enumerate(layers)
    ]


def _with_places(index: LayerIndex, at: int, moved: Mapping[tuple[int, str], str]) -> LayerIndex:
    def place(path: str) -> str:
        file, mark, inner = path.partition("!")
        return moved.get((at, path)) or moved.get((at, file), file) + mark + inner

    def placed(items: tuple[_Placed, ...]) -> tuple[_Placed, ...]:
        return tuple(
            item
            if (path := place(item.path)) == item.path
            else msgspec.structs.replace(item, path=path)
            for item in items
        )

    return msgspec.structs.replace(
        index,
        members=placed(index.members),
        secrets=placed(index.secrets),
        artifacts=placed(index.artifacts),
        binaries=placed(index.binaries),
        documents={place(path): content for path, content in index.documents.items()},
        repeated={place(path): size for path, size in index.repeated.items()},
    )
