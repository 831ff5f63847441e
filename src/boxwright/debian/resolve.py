"""
Which packages a set of packages needs: the closure over Depends and Pre-Depends.

Our own and simple, because what it resolves is: one suite, its newest versions, nothing
installed before, no Conflicts to weigh. Recommends are never followed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from boxwright.debian.packages import Package, PackageIndex
from boxwright.debian.relation import Relation, parse_relations
from boxwright.debian.suite import PackageSet
from boxwright.debian.version import satisfies, version_key
from boxwright.errors import LockError


class Offer:
    """What several indexes offer together: of each package the newest version."""

    def __init__(self, indexes: Sequence[PackageIndex]) -> None:
        self._indexes = indexes
        self._found: dict[str, tuple[Package, str] | None] = {}

    def find(self, name: str) -> Package | None:
        """Return the package *name*."""
        located = self._locate(name)
        return located[0] if located else None

    def origin(self, name: str) -> str:
        """Return which archive the package *name* is in."""
        located = self._locate(name)
        return located[1] if located else ""

    def _locate(self, name: str) -> tuple[Package, str] | None:
        if name not in self._found:
            self._found[name] = max(
                ((found, index.origin) for index in self._indexes if (found := index.find(name))),
                key=lambda located: version_key(located[0].version),
                default=None,
            )
        return self._found[name]

    def providers(self, name: str) -> list[Package]:
        """Return the packages that provide *name*, by their names."""
        names = {provider for index in self._indexes for provider in index.providers(name)}
        found = (self.find(provider) for provider in sorted(names))
        # A newer version of a package may have ceased to provide it.
        return [package for package in found if package and _provides(package, Relation(name))]

    def names(self) -> Iterable[str]:
        """Return the names of all packages."""
        return {name for index in self._indexes for name in index.names()}


def close(offer: Offer, wanted: PackageSet, *, present: Iterable[str] = ()) -> list[Package]:
    """
    Return the packages of *wanted* and all that they need, sorted by name.

    What is *present* already is neither returned nor followed. Raises LockError where a
    package does not exist or a dependency cannot be met.
    """
    chosen: dict[str, Package] = {}
    there = {name: offer.find(name) for name in present}
    queue: list[Package] = []

    def choose(package: Package) -> None:
        chosen[package.name] = package
        queue.append(package)

    for name in wanted.roots:
        if name in chosen or name in there:
            continue
        package = offer.find(name)
        if package is None:
            raise _unknown(offer, name)
        choose(package)
    while queue:
        package = queue.pop(0)
        for group in _relations(package):
            if any(relation.name in wanted.drop for relation in group):
                continue
            have = [*chosen.values(), *filter(None, there.values())]
            if any(_fulfils(one, relation) for relation in group for one in have):
                continue
            choose(_best(offer, package, group, wanted.drop))
    return [chosen[name] for name in sorted(chosen)]


def _relations(package: Package) -> tuple[tuple[Relation, ...], ...]:
    try:
        return parse_relations(package.depends)
    except ValueError as error:
        raise LockError(f"the package `{package.name}` {package.version}: {error}") from error


def _best(
    offer: Offer, package: Package, group: tuple[Relation, ...], drop: frozenset[str]
) -> Package:
    for relation in group:
        found = offer.find(relation.name)
        if found and _fulfils(found, relation):
            return found
        for provider in offer.providers(relation.name):
            if provider.name not in drop and _provides(provider, relation):
                return provider
    wanted = " | ".join(map(str, group))
    raise LockError(
        f"the Debian package `{package.name}` {package.version} needs `{wanted}`, "
        "which the archive does not have in this version",
        hint="the mirror may be in the middle of an update: try again, or try another mirror",
    )


def _fulfils(package: Package, relation: Relation) -> bool:
    if package.name == relation.name and (
        not relation.operator or satisfies(package.version, relation.operator, relation.version)
    ):
        return True
    return _provides(package, relation)


def _provides(package: Package, relation: Relation) -> bool:
    if relation.name not in package.provides:
        return False
    try:
        provided = parse_relations(package.provides)
    except ValueError:
        return False
    # Policy 7.5: a relation with a version is met only by a Provides with a version.
    return any(
        one.name == relation.name
        and (
            not relation.operator
            or (one.version != "" and satisfies(one.version, relation.operator, relation.version))
        )
        for group in provided
        for one in group
    )


def _unknown(offer: Offer, name: str) -> LockError:
    import difflib

    if providers := offer.providers(name):
        names = ", ".join(f"`{package.name}`" for package in providers[:5])
        return LockError(
            f"the Debian package `{name}` exists only as a name for others", hint=f"use {names}"
        )
    near = difflib.get_close_matches(name, offer.names(), n=1, cutoff=0.8)
    return LockError(
        f"the archive has no Debian package `{name}`",
        hint=f"did you mean `{near[0]}`?" if near else "check the name on packages.debian.org",
    )
