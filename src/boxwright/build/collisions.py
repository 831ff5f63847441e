"""Wheels that cannot share an environment, because they have different files at one path."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from boxwright.build.venv import skeleton
from boxwright.build.wheel_file import WheelFile
from boxwright.build.wheel_tree import WheelTree
from boxwright.errors import PackageError
from boxwright.wheel.spread import Environment, Target

_HINT = (
    "they cannot be installed together: leave one of them out, or pin a version that does"
    " not bring this file"
)


def check_collisions(trees: Mapping[WheelFile, WheelTree], environment: Environment) -> None:
    """
    Raise PackageError where two wheels have different files at one path.

    The same file in two wheels is no harm: parts of a namespace repeat `__init__.py`.
    """
    prefix = environment.prefix.lstrip("/")
    own = {path.removeprefix(f"{prefix}/") for path in skeleton(environment.python)}
    owners: dict[str, WheelFile] = {}
    shared: dict[str, list[WheelFile]] = {}
    for wheel in sorted(trees, key=lambda wheel: wheel.name):
        for path in trees[wheel].paths:
            other = owners.setdefault(path, wheel)
            if other is not wheel:
                shared.setdefault(path, [other]).append(wheel)
            if path in own:
                raise _takes_own(wheel, f"{prefix}/{path}")
    _check_directories(owners, own, prefix)
    for path, (first, *others) in sorted(shared.items()):
        for other in others:
            if trees[first].paths[path] != trees[other].paths[path]:
                raise collision(first, other, f"{prefix}/{path}")


def is_same_file(one: Target, other: Target) -> bool:
    """Return whether two targets of one path are the same, as far as their RECORDs tell."""
    return (one.row.algorithm, one.row.digest, one.mode) == (
        other.row.algorithm,
        other.row.digest,
        other.mode,
    )


def collision(one: WheelFile, other: WheelFile, path: str) -> PackageError:
    """Return the error that two wheels have different files at *path*."""
    return PackageError(
        f"wheels `{one.label}` and `{other.label}` both install `/{path}`, and not the same file",
        hint=_HINT,
    )


def _check_directories(owners: Mapping[str, WheelFile], own: Iterable[str], prefix: str) -> None:
    """Refuse a file of one wheel where another one has a directory."""
    files = {*owners, *own}
    above: dict[str, str] = {}
    for path in owners:
        cut = path.rfind("/")
        while cut > 0:
            folder = path[:cut]
            if folder in above:
                break
            above[folder] = path
            cut = folder.rfind("/")
    for folder in sorted(files & above.keys()):
        inner = owners[above[folder]]
        outer = owners.get(folder)
        if outer is None:
            raise _takes_own(inner, f"{prefix}/{folder}")
        raise PackageError(
            f"wheel `{outer.label}` installs the file `/{prefix}/{folder}`,"
            f" where wheel `{inner.label}` has a directory",
            hint=_HINT,
        )


def _takes_own(wheel: WheelFile, path: str) -> PackageError:
    return PackageError(
        f"wheel `{wheel.label}` installs `/{path}`, which belongs to the virtual environment",
        hint="report it to the wheel's publisher, and pin another version",
    )
