"""Which files of the project go into the image, and which of them are models."""

from __future__ import annotations

import fnmatch
import functools
import posixpath
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boxwright.errors import ProjectError
from boxwright.project.detectors.ours import generated_texts, is_generated
from boxwright.project.evidence import Evidence
from boxwright.project.facts import LeftOut, Remark
from boxwright.project.tree import Tree
from boxwright.settings import Settings
from boxwright.syntax.dockerignore import Dockerignore

DOCKERIGNORE = ".dockerignore"
_OURS = "written by `boxwright init`"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationFiles:
    """What goes in, and what does not with the reason."""

    files: tuple[str, ...]
    models: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    remarks: tuple[Remark, ...]


def find_application_files(
    tree: Tree, settings: Settings, ignore: Dockerignore
) -> ApplicationFiles:
    """Sort the files of *tree*: into the application, the models, or out."""
    include = Dockerignore.of(settings.include, settings.key("include"))
    exclude = Dockerignore.of(settings.exclude, settings.key("exclude"))
    out: dict[str, list[str]] = {}
    remarks: list[Remark] = []
    kept: list[str] = []
    brought_back: set[str] = set()
    default = _Defaults.read()
    ours = generated_texts(tree)
    for path in tree.paths():
        if ignore.ignores(path):
            reason: str | None = DOCKERIGNORE
        elif exclude.ignores(path):
            reason = f"`{settings.key('exclude')}`"
        elif include.ignores(path):
            brought_back.add(path)
            reason = None
        elif path in ours:
            reason = _OURS
        else:
            reason = default.reason(path)
        if reason is None:
            kept.append(path)
        else:
            out.setdefault(reason, []).append(path)
    kept = _without_image_layouts(tree, kept, brought_back, out)
    kept = _without_outside_links(tree, kept, remarks)
    kept, data, more = _without_data(tree, kept, brought_back, settings)
    remarks += more
    left_out = [LeftOut(paths=tuple(paths), reason=reason) for reason, paths in sorted(out.items())]
    models = _models(tree, kept, settings)
    return ApplicationFiles(
        files=tuple(path for path in kept if path not in models),
        models=tuple(path for path in kept if path in models),
        left_out=(*left_out, *data),
        remarks=tuple(remarks),
    )


@dataclass(frozen=True, slots=True)
class _Defaults:
    """`left_out.toml`, ready to ask; what holds for a folder holds for all in it."""

    names: Mapping[str, str]
    globs: tuple[tuple[re.Pattern[str], str], ...]
    at_root: Mapping[str, str]
    root_globs: tuple[tuple[re.Pattern[str], str], ...]
    folders: dict[str, str | None]

    @classmethod
    def read(cls) -> _Defaults:
        names: dict[str, str] = {}
        at_root: dict[str, str] = {}
        globs = []
        root_globs = []
        for entry in _table("left_out.toml")["left_out"]:
            reason = entry["reason"]
            names |= dict.fromkeys(entry.get("names", ()), reason)
            if "globs" in entry:
                globs.append((_any(entry["globs"]), reason))
            wild = [name for name in entry.get("at_root", ()) if "*" in name]
            at_root |= {name: reason for name in entry.get("at_root", ()) if "*" not in name}
            if wild:
                root_globs.append((_any(wild), reason))
        return cls(names, tuple(globs), at_root, tuple(root_globs), {"": None})

    def reason(self, path: str) -> str | None:
        """Return why *path* is left out, None where it is not."""
        folder, _, name = path.rpartition("/")
        if folder not in self.folders:
            self.folders[folder] = self.reason(folder)
        above = self.folders[folder]
        if above is not None:
            return above
        if name in self.names:
            return self.names[name]
        for glob, reason in self.globs:
            if glob.match(name):
                return reason
        if folder:
            return None
        if name in self.at_root:
            return self.at_root[name]
        return next((reason for glob, reason in self.root_globs if glob.match(name)), None)


@functools.cache
def _table(name: str) -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name(name).read_text("utf-8"))


def _any(globs: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(fnmatch.translate(glob) for glob in globs))


def _without_image_layouts(
    tree: Tree, kept: list[str], brought_back: set[str], out: dict[str, list[str]]
) -> list[str]:
    """Leave out folders that are OCI image layouts: the output of an earlier build."""
    layouts = tuple(
        f"{posixpath.dirname(path)}/"
        for path in tree.paths()
        if posixpath.basename(path) == "oci-layout" and "/" in path
    )
    if not layouts:
        return kept
    inside = [path for path in kept if path.startswith(layouts) and path not in brought_back]
    if inside:
        out.setdefault("made by builds", []).extend(inside)
    gone = set(inside)
    return [path for path in kept if path not in gone]


def _without_outside_links(tree: Tree, kept: list[str], remarks: list[Remark]) -> list[str]:
    """Leave out symbolic links that lead out of the project: they would dangle or surprise."""
    result = []
    for path in kept:
        target = tree.link(path)
        if target is not None:
            meant = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
            if posixpath.isabs(target) or meant == ".." or meant.startswith("../"):
                remarks.append(
                    Remark(
                        text=f"the link `{path}` leads out of the project and is left out",
                        hint="copy what it points to into the project if the service needs it",
                        evidence=(Evidence(path, None, f"→ {target}"),),
                    )
                )
                continue
        result.append(path)
    return result


def _without_data(
    tree: Tree, kept: Sequence[str], brought_back: set[str], settings: Settings
) -> tuple[list[str], list[LeftOut], list[Remark]]:
    """Leave out folders of data and large data files; each is named in a remark."""
    table = _table("models.toml")["data"]
    suffixes = tuple(table["suffixes"])
    models = Dockerignore.of(settings.models, settings.key("models"))
    is_model = _model_test(tree)

    def is_free(path: str) -> bool:
        return path not in brought_back and not models.ignores(path) and tree.link(path) is None

    gone: dict[str, list[str]] = {}
    for name in table["folders"]:
        inside = [path for path in kept if path.startswith(f"{name}/") and is_free(path)]
        inside = [path for path in inside if not path.endswith(".py") and not is_model(path)]
        if sum(tree.size(path) for path in inside) >= table["folder_from"]:
            gone[f"{name}/"] = inside
    taken = {path for paths in gone.values() for path in paths}
    for path in kept:
        if (
            path.lower().endswith(suffixes)
            and path not in taken
            and tree.size(path) >= table["file_from"]
            and is_free(path)
        ):
            gone[path] = [path]
            taken.add(path)
    left_out = []
    remarks = []
    for what, paths in gone.items():
        size = sum(tree.size(path) for path in paths)
        left_out.append(LeftOut(paths=tuple(paths), reason=f"data: `{what}`", size=size))
        count = f"{len(paths)} files, " if what.endswith("/") else ""
        remarks.append(
            Remark(
                text=f"`{what}` is data ({count}{size / 1e6:.1f} MB) and is left out",
                hint=f"mount it when the container runs; if it belongs into the image, add"
                f' "{what.rstrip("/")}" to `{settings.key("include")}`',
                evidence=(Evidence(what.rstrip("/")),),
            )
        )
    return [path for path in kept if path not in taken], left_out, remarks


def _model_test(tree: Tree) -> Callable[[str], bool]:
    least = {
        suffix: entry["from"]
        for entry in _table("models.toml")["models"]
        for suffix in entry["suffixes"]
    }

    def is_model(path: str) -> bool:
        wanted = least.get(posixpath.splitext(path)[1].lower())
        return wanted is not None and tree.link(path) is None and tree.size(path) >= wanted

    return is_model


def _models(tree: Tree, kept: Sequence[str], settings: Settings) -> set[str]:
    """Return the models among *kept*, with what lies beside them in folders without code."""
    asked = Dockerignore.of(settings.models, settings.key("models"))
    is_model = _model_test(tree)
    models = {path for path in kept if asked.ignores(path) or is_model(path)}
    with_code = {posixpath.dirname(path) for path in kept if path.endswith(".py")}
    # A tokenizer or a configuration belongs to the weights that it lies beside.
    folders = {posixpath.dirname(path) for path in models} - with_code - {""}
    # A SavedModel keeps its variables in a folder below.
    saved = tuple(
        f"{posixpath.dirname(path)}/"
        for path in models
        if posixpath.basename(path) == "saved_model.pb" and "/" in path
    )
    return models | {
        path for path in kept if posixpath.dirname(path) in folders or path.startswith(saved)
    }


def read_dockerignore(tree: Tree) -> Dockerignore:
    """
    Return the project's `.dockerignore`, an empty one where there is none.

    Of one that `boxwright init` wrote only what the user added counts: the rest was
    concluded from the project, and would hide from the next look what it was concluded from.
    """
    from boxwright.project.document import read_text

    try:
        text = read_text(tree, DOCKERIGNORE)
    except ProjectError:
        if DOCKERIGNORE in tree.paths():
            raise
        return Dockerignore()
    if is_generated(text):
        ours = set(generated_texts(tree).get(DOCKERIGNORE, text).splitlines())
        # Lines stay where they were, as messages name them.
        kept = ("" if line in ours else line for line in text.splitlines())
        text = "\n".join(kept)
    return Dockerignore.parse(text, DOCKERIGNORE)
