"""
What our layers hold is what `uv pip install` makes of the same wheel.

The wheels are those in wheels.txt beside this file; BOXWRIGHT_ORACLE_WHEELS names another
such list. They are kept in BOXWRIGHT_TEST_WHEELS, `~/.cache/boxwright-tests` by default.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import uv

from boxwright.build.wheels import WheelFile, wheel_layers
from boxwright.image.image import Layer
from boxwright.oci.digest import Digest
from boxwright.plan.model import SITE, LayerPlan
from boxwright.progress import Silent
from boxwright.store.cache import Cache
from boxwright.wheel.filename import canonical_name, parse_wheel_filename

OWN_LIST = Path(__file__).with_name("wheels.txt")
LIST = Path(os.environ.get("BOXWRIGHT_ORACLE_WHEELS", OWN_LIST))
PINS = [line for line in LIST.read_text().splitlines() if line and not line.startswith("#")]
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"

ONLY_UVS = ("REQUESTED", "direct_url.json", "uv_cache.json")
"""
Files of .dist-info that uv writes and we do not: the first two tell how the user asked
for the wheel (no image depends on that), the third when uv did what.
"""

PIPS_OTHER_NAME = f"bin/pip{PYTHON}"
"""A program that pip's wheel does not ask for: uv makes it for this one distribution."""

pytestmark = [pytest.mark.network, pytest.mark.oracle, pytest.mark.slow]


@dataclass(frozen=True, slots=True)
class File:
    """What is compared of an installed file."""

    is_executable: bool
    content: bytes

    def __repr__(self) -> str:
        digest = hashlib.sha256(self.content).hexdigest()[:12]
        return f"File({'x' if self.is_executable else '-'}, {len(self.content)} bytes, {digest})"


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """All wheels of the list by their pins, fetched by pip as this machine is set up."""
    home = Path(os.environ.get("BOXWRIGHT_TEST_WHEELS", Path.home() / ".cache/boxwright-tests"))
    folder = home / f"python-{PYTHON}"
    folder.mkdir(parents=True, exist_ok=True)
    missing = [pin for pin in PINS if pin not in _by_pin(folder)]
    if missing:
        requirements = tmp_path_factory.mktemp("pip") / "requirements.txt"
        requirements.write_text("\n".join(missing))
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command = [*pip, "--only-binary=:all:", "--dest", str(folder)]
        subprocess.run([*command, "--requirement", str(requirements)], check=True)
    return _by_pin(folder)


@pytest.fixture(scope="session")
def empty_environment(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    """Return the paths of an environment in which nothing is installed."""
    folder = tmp_path_factory.mktemp("uv") / "empty"
    _uv("venv", "--python", sys.executable, str(folder))
    return frozenset(_tree(folder))


@pytest.mark.parametrize("pin", PINS)
def test_the_tree_is_that_of_uv(
    pin: str,
    wheels: Mapping[str, Path],
    empty_environment: frozenset[str],
    cache: Cache,
    tmp_path: Path,
) -> None:
    wheel = wheels[pin]
    theirs = tmp_path / "v"
    _uv("venv", "--python", sys.executable, str(theirs))
    _uv("pip", "install", "--python", f"{theirs}/bin/python", "--no-deps", "--offline",
        "--no-index", str(wheel))  # fmt: skip
    made = wheel_layers(
        [_wheel_file(wheel)],
        python=PYTHON,
        policy=LayerPlan(bytecode="none"),
        compiler=None,
        cache=cache,
        workers=1,
        progress=Silent(),
    )

    expected = _expected(_tree(theirs), empty_environment, theirs)
    assert _compared(_unpacked(made[1:])) == _compared(expected)
    assert _records(_unpacked(made[1:])) == _records(expected)


def test_at_least_a_hundred_wheels_are_compared() -> None:
    pins = [line for line in OWN_LIST.read_text().splitlines() if "==" in line]

    assert len(pins) >= 100


def _wheel_file(path: Path) -> WheelFile:
    name = parse_wheel_filename(path.name)
    content = path.read_bytes()
    return WheelFile(
        name=name.name,
        version=name.version,
        path=path,
        digest=Digest(f"sha256:{hashlib.sha256(content).hexdigest()}"),
        size=len(content),
    )


def _by_pin(folder: Path) -> dict[str, Path]:
    found = {}
    for path in sorted(folder.glob("*.whl")):
        name = parse_wheel_filename(path.name)
        found[f"{canonical_name(name.name)}=={name.version}"] = path
    return found


def _uv(*arguments: str) -> None:
    done = subprocess.run([uv.find_uv_bin(), "--quiet", *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def _tree(folder: Path) -> dict[str, File]:
    return {
        path.relative_to(folder).as_posix(): File(
            bool(path.stat().st_mode & 0o111), path.read_bytes()
        )
        for path in folder.rglob("*")
        if path.is_file()
    }


def _unpacked(layers: Iterable[Layer]) -> dict[str, File]:
    """Return the files of *layers*, by path below the environment; any other place is a failure."""
    found = {}
    for layer in layers:
        with (
            layer.blob.open() as blob,
            gzip.open(blob) as stream,
            tarfile.open(fileobj=stream, mode="r|") as tar,
        ):
            for member in tar:
                assert (member.uid, member.gid) == (0, 0)
                if member.isdir():
                    assert member.mode == 0o755
                    continue
                assert member.isreg()
                assert member.mode in (0o644, 0o755)
                assert member.name.startswith(f"{SITE[1:]}/")
                opened = tar.extractfile(member)
                assert opened is not None
                path = member.name.removeprefix(f"{SITE[1:]}/")
                found[path] = File(member.mode == 0o755, opened.read())
    return found


def _expected(tree: dict[str, File], empty: frozenset[str], folder: Path) -> dict[str, File]:
    """Return what we should have, given what uv has in *folder*: the list of all differences."""
    found = {}
    for path, file in tree.items():
        name = path.rpartition("/")[2]
        info = ".dist-info/" in path and path.count("/") == 4
        # Byte code in a wheel cannot be checked against its source; ours is made from it.
        # `.lock` is how two runs of uv keep out of each other's way.
        if (
            path in empty
            or path in (".lock", PIPS_OTHER_NAME)
            or "__pycache__/" in path
            or (info and name in ONLY_UVS)
        ):
            continue
        content = file.content
        # Scripts name the environment that they are installed into.
        if path.startswith("bin/"):
            content = content.replace(f"#!{folder}/bin/".encode(), f"#!{SITE}/bin/".encode(), 1)
        if info and name == "INSTALLER":
            content = b"boxwright\n"
        found[path] = File(file.is_executable, content)
    return found


def _compared(tree: Mapping[str, File]) -> dict[str, File]:
    return {path: file for path, file in tree.items() if not path.endswith(".dist-info/RECORD")}


def _records(tree: Mapping[str, File]) -> dict[str, list[tuple[str, ...]]]:
    """
    Return the rows of every RECORD in *tree*, sorted, without those of what may differ.

    Every other difference between two RECORDs would be one between the files, or a lie.
    """
    found = {}
    for path, file in tree.items():
        if not path.endswith(".dist-info/RECORD"):
            continue
        rows: list[tuple[str, ...]] = []
        for row in csv.reader(io.StringIO(file.content.decode())):
            name = row[0].rpartition("/")[2]
            if row[0] == f"../../../{PIPS_OTHER_NAME}":
                continue
            if row[0].startswith("../../../bin/") or name == "INSTALLER":
                rows.append((row[0],))
            elif name not in ONLY_UVS and "__pycache__/" not in row[0]:
                rows.append(tuple(row))
        found[path] = sorted(rows)
    return found
