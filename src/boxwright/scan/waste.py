"""Bytes that an image ships for nothing, each cause with what it would save and how."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from boxwright.scan.copies import Copy, common_roots, find_cuda_copies, find_duplicates
from boxwright.scan.filesystem import Filesystem, Gone, Live
from boxwright.scan.layer_index import DIRECTORY, FILE, Member
from boxwright.scan.packages.package import Package
from boxwright.scan.unneeded import Kind, Unneeded, find_unneeded

_MOST_PATHS = 50
_LEAST = 16_384
"""Bytes of a likely cause below which nobody would act."""
_LEAST_OF_ROOTS = 1 << 20
"""Bytes of copies with the same two roots from which on they are told of on their own."""
_MOST_ROOTS = 20

_PUT_IN_PLACE = (
    "put them where they belong in the instruction that brings them in (deleted-in-later-layer)"
)
_DELETE_AT_ONCE = (
    "delete them in the instruction that makes them, or make them in another stage"
    " (deleted-in-later-layer)"
)

DELETED = "deleted-in-image"
REWRITTEN = "rewritten-in-image"
CACHE = "cache-in-image"
BUILD_TOOLS = "build-tools-in-image"
TESTS = "tests-in-image"
DUPLICATES = "duplicate-files-in-image"
CUDA_TWICE = "cuda-twice-in-image"
PRACTICES = (DELETED, REWRITTEN, CACHE, BUILD_TOOLS, TESTS, DUPLICATES, CUDA_TWICE)
"""The rules that waste may be about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waste:
    """Bytes with one cause."""

    practice: str
    """The rule of `boxwright check` that is about it: `deleted-in-image`."""
    title: str
    """What they are: `files that layer 6 deletes`."""
    size: int
    """Bytes of content that would not be there."""
    layer: int | None
    """Which layer has them; None where several have."""
    paths: tuple[tuple[str, int], ...]
    """The largest of them with their sizes, at most 50: files, or folders for all in them."""
    count: int
    """How many files there are of it."""
    advice: str
    """What saves it, as an order."""
    certain: bool = True
    """Whether no container can need them; caches and tests are only likely not to be needed."""
    removed_by: int | None = None
    """Which layer hides them, where they are hidden."""


def find_waste(
    filesystem: Filesystem,
    owners: Mapping[str, Package],
    packages: Iterable[Package],
    environment: Mapping[str, str],
) -> tuple[Waste, ...]:
    """
    Return what *filesystem* holds for nothing, largest first; no byte is counted twice.

    What is certain is all that no container sees, and adds up, with what one sees, to all that
    ships. The rest is only likely: weights in the caches of Hugging Face and torch are models and
    no waste, and neither is byte code.
    """
    packages = tuple(packages)
    found = list(_hidden(filesystem))
    counted: set[str] = set()
    for copies in find_cuda_copies(filesystem.files, owners, packages, environment):
        counted.update(copy.path for copy in copies.copies)
        found.append(
            _cuda(
                filesystem.files,
                copies.copies,
                copies.from_system,
                copies.preferred,
                copies.users,
            )
        )
    unneeded = [
        each
        for each in find_unneeded(filesystem, owners, packages, environment)
        if each.path not in counted
    ]
    counted.update(each.path for each in unneeded)
    found += _unneeded(unneeded, filesystem.files, owners)
    found += _duplicates(find_duplicates(filesystem.files, owners, counted), filesystem.files)
    worth = [waste for waste in found if waste.size >= (1 if waste.certain else _LEAST)]
    worth.sort(key=lambda waste: (-waste.size, waste.practice, waste.layer or 0, waste.title))
    return tuple(worth)


def _hidden(filesystem: Filesystem) -> Iterator[Waste]:
    groups: dict[tuple[str, int, int], list[Gone]] = {}
    for gone in filesystem.gone:
        if gone.member.kind == FILE:
            groups.setdefault((gone.how, gone.layer, gone.removed_by), []).append(gone)
    groups = {
        key: group for key, group in groups.items() if any(gone.member.size for gone in group)
    }
    if not groups:
        return
    later = _Later(filesystem)
    for (how, layer, removed_by), group in groups.items():
        match how:
            case "deleted":
                title, advice = later.deletion(removed_by, group)
                paths = later.folders(removed_by, group)
            case "replaced":
                title = f"files that layer {removed_by} replaces"
                advice = (
                    "make them once, in one instruction or in another stage"
                    " (deleted-in-later-layer)"
                )
                paths = _sizes(group)
            case "rewritten":
                title, advice = later.rewriting(removed_by, group)
                paths = _sizes(group)
            case _:
                title = f"files that layer {layer} has twice"
                advice = "have whatever writes the layer write each path once"
                paths = _sizes(group)
        yield Waste(
            practice=DELETED if how in ("deleted", "replaced") else REWRITTEN,
            title=title,
            size=sum(gone.member.size for gone in group),
            layer=layer,
            paths=_largest(paths),
            count=len(group),
            advice=advice,
            removed_by=removed_by,
        )


class _Later:
    """What the layer that hides something has in its place."""

    def __init__(self, filesystem: Filesystem) -> None:
        self._folders: set[tuple[int, str]] = set()
        self._digests: dict[int, set[bytes]] = {}
        self._members: dict[tuple[int, str], Member] = {}
        hiding = {gone.removed_by for gone in filesystem.gone}
        for gone in filesystem.gone:
            member = gone.member
            if member.kind == DIRECTORY:
                self._folders.add((gone.removed_by, member.path))
            elif gone.how != "repeated":
                self._members[gone.layer, member.path] = member
        rewriting = {gone.removed_by for gone in filesystem.gone if gone.how == "rewritten"}
        for path, (member, layer) in filesystem.files.items():
            if layer in hiding and member.kind == FILE and member.digest:
                self._digests.setdefault(layer, set()).add(member.digest)
            if layer in rewriting:
                self._members[layer, path] = member

    def deletion(self, layer: int, group: Sequence[Gone]) -> tuple[str, str]:
        """Return title and advice for what *layer* deletes, or has elsewhere."""
        digests = self._digests.get(layer, ())
        size = sum(gone.member.size for gone in group)
        moved = sum(gone.member.size for gone in group if gone.member.digest in digests)
        if moved * 2 > size:
            return f"files that layer {layer} moves elsewhere", _PUT_IN_PLACE
        return f"files that layer {layer} deletes", _DELETE_AT_ONCE

    def rewriting(self, layer: int, group: Sequence[Gone]) -> tuple[str, str]:
        """Return title and advice for what *layer* has again, by what it changes most bytes of."""
        causes: Counter[str] = Counter()
        for gone in group:
            after = self._members.get((layer, gone.member.path))
            causes[_change(gone.member, after)] += gone.member.size
        cause = max(sorted(causes), key=causes.__getitem__)
        advice = {
            "owner": "use `COPY --chown`, or change the owner in the RUN that makes them"
            " (chown-duplicates-layer)",
            "mode": "use `COPY --chmod`, or change the mode in the RUN that makes them"
            " (chown-duplicates-layer)",
        }.get(cause, "leave out the instruction that copies or touches them again")
        if cause == "nothing":
            return f"files that layer {layer} has again unchanged", advice
        return f"files that layer {layer} has again with another {cause}", advice

    def folders(self, layer: int, group: Iterable[Gone]) -> Counter[str]:
        """Return the sizes of the highest folders that *layer* deletes, and of files beside them."""
        tops: dict[str, str] = {}
        sizes: Counter[str] = Counter()
        for gone in group:
            path = gone.member.path
            folder = path.rpartition("/")[0]
            top = tops.get(folder)
            if top is None:
                top = tops[folder] = self._top(layer, folder)
            sizes[top or path] += gone.member.size
        return sizes

    def _top(self, layer: int, folder: str) -> str:
        top = ""
        while folder and (layer, folder) in self._folders:
            top = folder
            folder = folder.rpartition("/")[0]
        return top


def _change(before: Member, after: Member | None) -> str:
    if after is None:
        return "nothing"
    if (before.uid, before.gid) != (after.uid, after.gid):
        return "owner"
    if before.mode != after.mode:
        return "mode"
    return "time" if before.mtime != after.mtime else "nothing"


def _cuda(
    files: Mapping[str, Live],
    copies: Sequence[Copy],
    from_system: bool,
    preferred: str,
    users: Sequence[str],
) -> Waste:
    if from_system:
        title = "CUDA libraries of the system beside those of wheels, which the wheels load"
        advice = (
            "take a base without CUDA: only the driver is needed, which the host has (cuda-twice)"
        )
        if users:
            advice = (
                f"have {_named(users)} load those of the wheels, and take a base without CUDA"
                " (cuda-twice)"
            )
        if preferred:
            advice += (
                f"; `LD_LIBRARY_PATH` names `{_printable(preferred)}`, so that some of these may be"
                " loaded instead: take it out (library-path-hides-wheels)"
            )
    else:
        title = "CUDA libraries that several wheels bring"
        advice = "install releases of them that depend on the same `nvidia-` wheels (cuda-twice)"
    return Waste(
        practice=CUDA_TWICE,
        title=title,
        size=sum(copy.size for copy in copies),
        layer=_only({files[copy.path].layer for copy in copies}),
        paths=_largest(Counter({copy.path: copy.size for copy in copies})),
        count=len(copies),
        advice=advice,
        certain=False,
    )


def _unneeded(
    unneeded: Iterable[Unneeded], files: Mapping[str, Live], owners: Mapping[str, Package]
) -> Iterator[Waste]:
    groups: dict[tuple[Kind, int | None], list[Unneeded]] = {}
    for each in unneeded:
        layer = None if each.kind.practice == TESTS else files[each.path].layer
        groups.setdefault((each.kind, layer), []).append(each)
    for (kind, _), group in groups.items():
        sizes: Counter[str] = Counter()
        of_packages: Counter[str] = Counter()
        for each in group:
            size = files[each.path].member.size
            sizes[each.root] += size
            if kind.packages:
                of_packages[owners[each.path].name] += size
        names = [name for name, _ in of_packages.most_common()]
        yield Waste(
            practice=kind.practice,
            title=f"{kind.what} ({_named(names)})" if names else kind.what,
            size=sum(sizes.values()),
            layer=_only({files[each.path].layer for each in group}),
            paths=_largest(sizes),
            count=len(group),
            advice=kind.advice,
            certain=False,
        )


def _duplicates(copies: Iterable[Copy], files: Mapping[str, Live]) -> Iterator[Waste]:
    groups: dict[tuple[str, str], list[Copy]] = {}
    for copy in copies:
        groups.setdefault(common_roots(copy.kept, copy.path), []).append(copy)
    others: list[Copy] = []
    told = 0
    by_size = sorted(
        groups.items(), key=lambda item: (-sum(copy.size for copy in item[1]), item[0])
    )
    for (kept, root), group in by_size:
        size = sum(copy.size for copy in group)
        if size < _LEAST_OF_ROOTS or told == _MOST_ROOTS:
            others += group
            continue
        told += 1
        where = f"`/{_printable(kept)}`"
        title = (
            f"files that are in {where} too"
            if kept != group[0].kept
            else f"content of {where} again"
        )
        yield _duplicate(title, root, group, files)
    if others:
        yield _duplicate("files that are elsewhere in the image too", "", others, files)


def _duplicate(title: str, root: str, copies: Sequence[Copy], files: Mapping[str, Live]) -> Waste:
    size = sum(copy.size for copy in copies)
    sizes = Counter({copy.path: copy.size for copy in copies})
    return Waste(
        practice=DUPLICATES,
        title=title,
        size=size,
        layer=_only({files[copy.path].layer for copy in copies}),
        paths=((root, size),) if root else _largest(sizes),
        count=len(copies),
        advice="keep one of them, and have links lead to it",
        certain=False,
    )


def _sizes(group: Iterable[Gone]) -> Counter[str]:
    sizes: Counter[str] = Counter()
    for gone in group:
        sizes[gone.member.path] += gone.member.size
    return sizes


def _largest(sizes: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(sizes.items(), key=lambda item: (-item[1], item[0]))[:_MOST_PATHS])


def _only(layers: Collection[int]) -> int | None:
    return next(iter(layers)) if len(layers) == 1 else None


def _named(names: Sequence[str], most: int = 3) -> str:
    """
    Return *names* for a title.

    >>> _named(["gcc-14", "cpp-14", "make", "git", "patch"])
    '`gcc-14`, `cpp-14`, `make` and 2 more'
    """
    shown = [f"`{_printable(name)}`" for name in names[:most]]
    more = len(names) - len(shown)
    if more:
        return f"{', '.join(shown)} and {more} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def _printable(text: str) -> str:
    """Return *text*, which an image made up, so that a title can hold it."""
    return "".join(
        each if each.isprintable() and each != "`" else "\N{REPLACEMENT CHARACTER}" for each in text
    )
