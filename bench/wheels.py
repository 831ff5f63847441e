"""The folder of wheels that all contenders install from."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from pathlib import Path

from cases import PLATFORMS, Case
from measure import BenchError, run

PIP = "pip==26.3"
"""What the Docker build installs with, where its base is a stand-in."""


def fetch_wheels(case: Case) -> None:
    """Download what is missing of the wheels of *case*, by way of this user's pip settings."""
    wanted = _lines(case.pins(upgraded=False)) | _lines(case.pins(upgraded=True))
    _download(case, sorted(wanted), case.wheels)
    for name, upgraded in (("wheels-before", False), ("wheels-after", True)):
        _link_set(case, case.state / name, _lines(case.pins(upgraded=upgraded)))
    _read(case.wheels)


def fetch_pip(case: Case) -> Path:
    """Return the wheel of pip itself, for the stand-in of Docker's base."""
    folder = case.state.parent / "pip"
    _download(case, [PIP], folder)
    return next(folder.glob(f"pip-{PIP.split('==')[1]}-*.whl"))


def wheels_before(case: Case) -> Path:
    """Return the folder that holds exactly the pins before the upgrade."""
    return case.state / "wheels-before"


def wheels_after(case: Case) -> Path:
    """Return the folder that holds exactly the pins after the upgrade."""
    return case.state / "wheels-after"


def size_of(folder: Path) -> tuple[int, int]:
    """Return the number of wheels in *folder* and their bytes."""
    files = list(folder.glob("*.whl"))
    return len(files), sum(file.stat().st_size for file in files)


def _lines(text: str) -> set[str]:
    return {line for line in text.split("\n") if line and not line.startswith("#")}


def _download(case: Case, pins: list[str], folder: Path) -> None:
    missing = [pin for pin in pins if _find(folder, pin) is None]
    if not missing:
        return
    folder.mkdir(parents=True, exist_ok=True)
    print(f"downloading {len(missing)} wheels for {case.name}", file=sys.stderr)
    target = ["--only-binary=:all:", "--no-deps", f"--python-version={case.python}"]
    platforms = [f"--platform={platform}" for platform in PLATFORMS]
    # The two releases of the upgraded distribution conflict in one call of pip.
    for group in _without_conflict(missing):
        run([*_pip(), "download", "--quiet", "--dest", folder, *target, *platforms, *group])
    still = [pin for pin in pins if _find(folder, pin) is None]
    if still:
        raise BenchError(f"pip did not download {', '.join(still)} to `{folder}`")


def _without_conflict(pins: list[str]) -> list[list[str]]:
    groups: list[dict[str, str]] = []
    for pin in pins:
        name = pin.split("==")[0]
        group = next((group for group in groups if name not in group), None)
        if group is None:
            group = {}
            groups.append(group)
        group[name] = pin
    return [list(group.values()) for group in groups]


def _find(folder: Path, pin: str) -> Path | None:
    """Return the wheel of *pin*; a local version (`+cpu`) may follow the pinned one."""
    name, version = pin.split("==")
    stem = name.replace("-", "_").lower()
    for wheel in folder.glob("*.whl"):
        found_name, found_version = wheel.name.split("-")[:2]
        if found_name.lower() == stem and found_version.split("+")[0] == version:
            return wheel
    return None


def _link_set(case: Case, folder: Path, pins: set[str]) -> None:
    """Fill *folder* with hard links to exactly the wheels of *pins*."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for pin in pins:
        wheel = _find(case.wheels, pin)
        if wheel is None:
            raise BenchError(f"no wheel of {pin} in `{case.wheels}`")
        os.link(wheel, folder / wheel.name)


def _read(folder: Path) -> None:
    """Have the wheels in the page cache for everybody: disks are not what is compared."""
    for wheel in folder.glob("*.whl"):
        with wheel.open("rb") as file:
            while file.read(1 << 20):
                pass


def _pip() -> list[str]:
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip"]
    found = shutil.which("pip") or shutil.which("pip3")
    if not found:
        raise BenchError("the wheels are downloaded with pip, which is not installed")
    return [found]
