"""The contender that this repository is: `boxwright build` to an OCI layout."""

from __future__ import annotations

import itertools
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cases import Case
from measure import Run, program, run
from wheels import wheels_after, wheels_before

HINT = "install it into the environment that runs this script: `pip install .`"


class Boxwright:
    """`boxwright lock` and `boxwright build` of one case."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._program = program("boxwright", HINT)
        self._project = case.state / "boxwright" / "project"
        self._layout = case.state / "boxwright" / "layout"
        self._cache = case.state / "boxwright" / "cache"
        self._only_base = case.state / "boxwright" / "cache-with-base"
        self._locks = {
            upgraded: case.state / "boxwright" / f"{name}.lock"
            for upgraded, name in ((False, "before"), (True, "after"))
        }
        self._base_layers: frozenset[str] = frozenset()
        self._numbers = itertools.count()

    def version(self) -> str:
        """Return the version of boxwright."""
        return run([self._program, "--version"]).output.split()[-1]

    def lock(self) -> dict[str, float]:
        """
        Lock the project before and after the upgrade, and return the seconds of both.

        The first begins with an empty cache and fetches the package lists of Debian; the
        second finds them there.
        """
        shutil.rmtree(self._case.state / "boxwright", ignore_errors=True)
        self._copy_project()
        seconds = {}
        for upgraded, wheels in (
            (False, wheels_before(self._case)),
            (True, wheels_after(self._case)),
        ):
            self._pin(upgraded=upgraded)
            options = ["--quiet", "--upgrade"] if upgraded else ["--quiet"]
            done = self._boxwright("lock", self._project, *options, wheels=wheels)
            seconds["again" if upgraded else "first"] = done.seconds
            shutil.copy(self._lock_file, self._locks[upgraded])
        return seconds

    def prepare_base(self) -> None:
        """
        Make the cache that holds the base layers and nothing else, as Docker holds its base.

        It is left behind by the build of a project without dependencies.
        """
        self.start_with_nothing()
        empty = self._case.state / "boxwright" / "empty"
        shutil.rmtree(empty, ignore_errors=True)
        empty.mkdir()
        (empty / "main.py").write_text("print('nothing')\n")
        (empty / "pyproject.toml").write_text(
            "[project]\n"
            'name = "empty"\n'
            'version = "1"\n'
            f'requires-python = "=={self._case.python}.*"\n'
        )
        self._boxwright(
            *("build", empty, "--tag=empty:1", f"--output={self._layout}", "--quiet"),
            wheels=wheels_before(self._case),
        )
        self._base_layers = frozenset(self._layers())
        shutil.rmtree(self._only_base, ignore_errors=True)
        self._cache.rename(self._only_base)

    def start_with_nothing(self) -> None:
        """Begin anew, with an empty cache."""
        for folder in (self._cache, self._layout):
            shutil.rmtree(folder, ignore_errors=True)
        self._copy_project()
        if self._locks[False].exists():
            self.pin(upgraded=False)

    def start_over(self) -> None:
        """Begin anew, with a cache that holds the base layers only."""
        self.start_with_nothing()
        shutil.copytree(self._only_base, self._cache, symlinks=True)

    def pin(self, *, upgraded: bool) -> None:
        """Pin the dependencies as they are before or after the upgrade."""
        self._pin(upgraded=upgraded)
        shutil.copy(self._locks[upgraded], self._lock_file)

    def edit(self) -> None:
        """Change one line of the application."""
        with (self._project / self._case.edited).open("a") as file:
            file.write(f"# changed {next(self._numbers)}\n")

    def build(self, *, bytecode: bool, offline: bool = True, look_at_memory: bool = False) -> Run:
        """Build to the layout folder."""
        return self._boxwright(
            *("build", self._project, f"--tag=bench-{self._case.name}:1", "--quiet"),
            f"--output={self._layout}",
            f"--bytecode={'all' if bytecode else 'none'}",
            *(["--offline"] if offline else []),
            look_at_memory=look_at_memory,
        )

    def build_archive(self, path: Path, *, bytecode: bool) -> str:
        """Build the same image as one archive, for `docker load`, and return its reference."""
        reference = f"bench-{self._case.name}:1"
        self._boxwright(
            *("build", self._project, f"--tag={reference}", "--quiet", f"--output={path}"),
            f"--bytecode={'all' if bytecode else 'none'}",
            "--offline",
        )
        return reference

    def layers(self) -> tuple[int, int]:
        """Return the compressed size of the whole image, and of what is above the base."""
        layers = self._layers()
        above = sum(size for digest, size in layers.items() if digest not in self._base_layers)
        return sum(layers.values()), above

    def _layers(self) -> dict[str, int]:
        index = json.loads((self._layout / "index.json").read_text())
        manifest = self._blob(index["manifests"][0]["digest"])
        if "manifests" in manifest:
            manifest = self._blob(manifest["manifests"][0]["digest"])
        return {layer["digest"]: layer["size"] for layer in manifest["layers"]}

    def _blob(self, digest: str) -> dict[str, Any]:
        path = self._layout / "blobs" / digest.replace(":", "/")
        document: dict[str, Any] = json.loads(path.read_text())
        return document

    @property
    def _lock_file(self) -> Path:
        return self._project / "boxwright.lock"

    def _copy_project(self) -> None:
        shutil.rmtree(self._project, ignore_errors=True)
        shutil.copytree(
            self._case.project,
            self._project,
            ignore=shutil.ignore_patterns("__pycache__", ".venv", "boxwright.lock", "dist"),
        )

    def _pin(self, *, upgraded: bool) -> None:
        # digits-api pins in boxwright.lock alone, as its own folder does; the other case has
        # the pinned file that its users would have.
        if self._case.pins_in_project:
            pins = self._project / "requirements.txt"
            pins.write_text(self._case.pins(upgraded=upgraded))

    def _boxwright(
        self, *arguments: str | Path, wheels: Path | None = None, look_at_memory: bool = False
    ) -> Run:
        return run(
            [self._program, *arguments],
            env=self._env(wheels or self._case.wheels),
            look_at_memory=look_at_memory,
        )

    def _env(self, wheels: Path) -> Mapping[str, str]:
        return {
            "BOXWRIGHT_CACHE_DIR": str(self._cache),
            "UV_FIND_LINKS": str(wheels),
            "UV_NO_INDEX": "1",
            # An installed program has its byte code; in a checkout it is written at the first run.
            "PYTHONDONTWRITEBYTECODE": "",
            # Whatever else pip is set up with here must not decide what is compared.
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_FIND_LINKS": "",
            "PIP_NO_INDEX": "1",
        }
