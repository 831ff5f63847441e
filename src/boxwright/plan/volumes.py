"""What outlives a container or is too large for an image, and where it is mounted."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from boxwright.plan.explain import Explained
from boxwright.plan.model import Mount, Volume
from boxwright.plan.resources import GIB
from boxwright.project.evidence import Evidence
from boxwright.project.facts import Project, Training, Variable
from boxwright.settings import Settings

CACHE = "/cache"
WORKSPACE = "/workspace"
_CHECKPOINTS = re.compile(r"(^|_)CHECKPOINTS?_(DIR|PATH|FOLDER)$")
_KEPT = re.compile(r"(^|/)__init__\.py$|\.(ya?ml|json|toml|cfg|ini)$")
"""Packages and settings, without which the code of a folder does not run."""
_HUGGING_FACE = ("huggingface", "transformers", "diffusers", "sentence-transformers", "datasets")


@dataclass(slots=True, kw_only=True)
class Volumes:
    """The volumes so far, by name."""

    project: Project
    working_dir: str
    explained: Explained
    found: dict[str, Volume] = field(default_factory=dict)

    def models(self) -> tuple[Mount, ...]:
        """Return the mounts of weights that do not go into the image."""
        folders: dict[str, int] = {}
        for artifact in self.project.artifacts:
            if artifact.kind == "model" and not artifact.is_shipped:
                folder = _folder(artifact.path)
                folders[folder] = folders.get(folder, 0) + artifact.size
        mounts = []
        for folder, size in _outermost(folders):
            name = self._name("models", folder)
            self.found[name] = Volume(
                name=name, kind="models", source=folder, size=_gib(size * 6 // 5), shared=True
            )
            self._explain(name, folder, "weights that are not in the image", Evidence(folder))
            mounts.append(self._mount(name, folder, read_only=True))
        return tuple(mounts)

    def datasets(self, training: Training | None = None) -> tuple[Mount, ...]:
        """Return the mounts of data that a training, or a notebook, reads."""
        folders: dict[str, int] = {}
        for path in training.inputs if training else ():
            folder = self._input_folder(path)
            if folder:
                folders.setdefault(folder, 0)
        for artifact in self.project.artifacts:
            if artifact.kind != "dataset":
                continue
            folder = _folder(artifact.path)
            if not folder:
                continue
            inside = next((it for it in folders if _is_below(folder, it)), folder)
            folders[inside] = folders.get(inside, 0) + artifact.size
        written = {path.strip("/") for path in training.outputs} if training else set()
        mounts = []
        for folder, size in _outermost(folders):
            if any(_is_below(it, folder) or _is_below(folder, it) for it in written):
                # What is written below it could not be mounted on a read-only folder.
                continue
            if any(_is_below(it, folder) and _KEPT.search(it) for it in self.project.files):
                # A volume would hide what the image has there.
                continue
            name = self._name("datasets", folder)
            if name not in self.found:
                self.found[name] = Volume(
                    name=name, kind="datasets", source=folder, size=_gib(2 * size), shared=True
                )
                self._explain(
                    name, folder, "data is read, and not part of an image", Evidence(folder)
                )
            mounts.append(self._mount(name, folder, read_only=True))
        return tuple(mounts)

    def outputs(self, training: Training) -> tuple[Mount, ...]:
        """Return the mounts of what a training writes."""
        folders = dict.fromkeys(
            (path.strip("/") for path in training.outputs if _is_inside(path)), 0
        )
        mounts = []
        for folder, _ in _outermost(folders):
            name = self._name("outputs", folder)
            self.found[name] = Volume(name=name, kind="outputs", source=folder, size=10 * GIB)
            self._explain(name, folder, "the training writes there", training.evidence)
            mounts.append(self._mount(name, folder))
        return tuple(mounts)

    def checkpoints(self, training: Training) -> tuple[tuple[Mount, ...], dict[str, str]]:
        """Return where a training that was stopped goes on from, if it asks for such a place."""
        for variable in self.project.variables:
            if _CHECKPOINTS.search(variable.name) and variable.evidence.path == training.path:
                self.found["checkpoints"] = Volume(
                    name="checkpoints", kind="outputs", size=10 * GIB
                )
                self._explain(
                    "checkpoints", f"`{variable.name}`", "training goes on from there after a stop",
                    variable.evidence,
                )  # fmt: skip
                mount = Mount(volume="checkpoints", target="/checkpoints")
                return (mount,), {variable.name: mount.target}
        return (), {}

    def cache(self, scope: str, *, is_large: bool) -> tuple[tuple[Mount, ...], dict[str, str]]:
        """Return the cache for what is fetched at run time, and the variables that lead there."""
        fetched = [it for it in self.project.downloads if it.scope == scope]
        if not fetched:
            return (), {}
        size = (50 if is_large else 20) * GIB
        known = self.found.get("cache")
        if known is None:
            self._explain(
                "cache", CACHE, f"`{fetched[0].name}` is fetched once, not at each start",
                fetched[0].evidence, practice="model-downloaded-at-start",
            )  # fmt: skip
        if known is None or known.size < size:
            self.found["cache"] = Volume(name="cache", kind="cache", size=size)
        env = {"XDG_CACHE_HOME": CACHE}
        dependencies = self.project.dependencies
        if any(it.library in _HUGGING_FACE for it in fetched):
            env["HF_HOME"] = f"{CACHE}/huggingface"
        if dependencies.has("torch") or any(it.library.startswith("torch") for it in fetched):
            env["TORCH_HOME"] = f"{CACHE}/torch"
        if any(it.library == "tensorflow-datasets" for it in fetched):
            env["TFDS_DATA_DIR"] = f"{CACHE}/tensorflow_datasets"
        if any(it.library == "nltk" for it in fetched):
            env["NLTK_DATA"] = f"{CACHE}/nltk"
        if any(it.library in ("tensorflow", "keras") for it in fetched):
            env["KERAS_HOME"] = f"{CACHE}/keras"
        return (Mount(volume="cache", target=CACHE),), env

    def workspace(self) -> Mount:
        """Return the mount of the project itself, to work in."""
        self.found["workspace"] = Volume(
            name="workspace", kind="workspace", source=".", size=10 * GIB
        )
        return Mount(volume="workspace", target=WORKSPACE)

    def add(self, volumes: Iterable[Volume]) -> None:
        """Add further ones."""
        for volume in volumes:
            self.found[volume.name] = volume

    def settled(self, settings: Settings) -> tuple[Volume, ...]:
        """Return them all by name, as the user wants them."""
        asked = dict(settings.volumes)
        result = []
        for name, volume in sorted(self.found.items()):
            choice = asked.get(name)
            if choice is None:
                result.append(volume)
                continue
            self.explained.from_settings(f"volumes.{name}", "set")
            if choice.enabled:
                result.append(
                    replace(
                        volume,
                        source=volume.source if choice.source is None else choice.source,
                        size=volume.size if choice.size is None else choice.size,
                    )
                )
        return tuple(result)

    def _input_folder(self, path: str) -> str:
        """Return the folder of what is read; a file of it is known by its suffix."""
        if not _is_inside(path):
            return ""
        plain = path.strip("/")
        is_folder = path.endswith("/") or not posixpath.splitext(plain)[1]
        return plain if is_folder else posixpath.dirname(plain)

    def _mount(self, name: str, folder: str, *, read_only: bool = False) -> Mount:
        return Mount(
            volume=name, target=posixpath.join(self.working_dir, folder), read_only=read_only
        )

    def _name(self, kind: str, folder: str) -> str:
        """Return the name of a volume: its kind, and the folder where there are several."""
        known = self.found.get(kind)
        if known is None or known.source == folder:
            return kind
        slug = re.sub(r"[^a-z0-9]+", "-", folder.lower()).strip("-")
        return f"{kind}-{slug}"[:50].rstrip("-")

    def _explain(
        self, name: str, value: str, why: str, evidence: Evidence, practice: str = ""
    ) -> None:
        self.explained.add(f"volumes.{name}", value, why, evidence, practice=practice)


def checkpoint_variable(variable: Variable) -> bool:
    """Tell whether *variable* is the place of checkpoints."""
    return bool(_CHECKPOINTS.search(variable.name))


def _folder(path: str) -> str:
    return path.rstrip("/") if path.endswith("/") else posixpath.dirname(path)


def _is_inside(path: str) -> bool:
    return bool(path.strip("/.")) and not path.startswith(("/", "..", "~"))


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")


def _outermost(folders: dict[str, int]) -> list[tuple[str, int]]:
    """Return the folders that are in no other one of them, with the sizes of those that are."""
    sums: dict[str, int] = {}
    for folder in sorted(folder for folder in folders if folder):
        outer = next((it for it in sums if _is_below(folder, it)), folder)
        sums[outer] = sums.get(outer, 0) + folders[folder]
    return list(sums.items())


def _gib(size: int) -> int:
    return max(1, -(-size // GIB)) * GIB
