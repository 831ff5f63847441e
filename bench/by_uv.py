"""The contender that needs no engine either: uv installs, tar and pigz make a layer."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from cases import Case
from measure import BenchError, Run, Stopwatch, program, run


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """What it took until the dependencies were one compressed layer."""

    install: float
    pack: float
    size: int
    peak_pss: int

    @property
    def seconds(self) -> float:
        return self.install + self.pack


class Uv:
    """`uv pip install --target`, `tar` and `pigz` of one case."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._uv = program("uv", "it is on the package index")
        self._tar = program("tar", "GNU tar is meant")
        self._pigz = program("pigz", "on Debian it is in the package of that name")
        self._folder = case.state / "uv"
        self._python = find_python(case.python)

    def version(self) -> str:
        """Return uv's version."""
        return run([self._uv, "--version"]).output.split()[1]

    def can(self, *, bytecode: bool) -> bool:
        """Return whether byte code can be had: it takes a Python of the image's version."""
        return self._python is not None or not bytecode

    def install_and_pack(self, *, upgraded: bool, bytecode: bool) -> Packed:
        """Install the wheels into an empty folder and make a layer of it."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        pins = self._folder / "requirements.txt"
        pins.write_text(self._case.pins(upgraded=upgraded))
        target, layer = self._folder / "target", self._folder / "layer.tar.gz"
        installed = self._install(pins, target, bytecode=bytecode)
        watch = Stopwatch()
        self._pack(target, layer)
        packed = watch.seconds()
        size = layer.stat().st_size
        shutil.rmtree(self._folder)
        return Packed(
            install=installed.seconds, pack=packed, size=size, peak_pss=installed.peak_pss
        )

    def _install(self, pins: Path, target: Path, *, bytecode: bool) -> Run:
        if self._python:
            interpreter = [f"--python={self._python}"]
        else:
            interpreter = [f"--python-version={self._case.python}"]
            interpreter += ["--python-platform=x86_64-manylinux_2_36"]
        return run(
            [
                *(self._uv, "pip", "install", "--quiet", "--no-config", "--no-cache", "--offline"),
                *("--no-index", f"--find-links={self._case.wheels}", "--link-mode=copy"),
                *interpreter,
                *(["--compile-bytecode"] if bytecode else []),
                *(f"--target={target}", f"--requirements={pins}"),
            ]
        )

    def _pack(self, target: Path, layer: Path) -> None:
        owner = ["--owner=0", "--group=0", "--numeric-owner"]
        with layer.open("wb") as out:
            tar = subprocess.Popen(
                [self._tar, "--sort=name", *owner, "--mtime=@0", "-C", target, "-cf", "-", "."],
                stdout=subprocess.PIPE,
            )
            pigz = subprocess.Popen([self._pigz, "-6"], stdin=tar.stdout, stdout=out)
            if tar.stdout:
                tar.stdout.close()  # pigz has it; so tar learns it if pigz ends
            if pigz.wait() or tar.wait():
                raise BenchError("tar or pigz failed")


def find_python(version: str) -> str | None:
    """Return a Python of the minor *version* that starts, or None."""
    places = (
        shutil.which(f"python{version}"),
        *map(str, Path.home().glob(f".pyenv/versions/{version}.*/bin/python{version}")),
        *map(str, Path.home().glob(f".local/share/uv/python/cpython-{version}.*/bin/python3")),
    )
    for place in places:
        if not place:
            continue
        asked = [place, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
        answer = subprocess.run(asked, capture_output=True, text=True, check=False)
        if answer.returncode == 0 and answer.stdout.strip() == version:
            return place
    return None
