"""Files that are checked together, as the subjects of rules: what is built from what, where."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from boxwright.errors import ProjectError
from boxwright.practices.discovery import Kind, Undecodable, decode
from boxwright.text.record import NamedTuple
from boxwright.text.source import Source

if TYPE_CHECKING:
    from datetime import date

    from boxwright.practices.compose_file import ComposeFile
    from boxwright.practices.context import Context
    from boxwright.practices.kubernetes_file import KubernetesFile, KubernetesObjects
    from boxwright.practices.subjects import Build, IgnoreFile
    from boxwright.practices.workflow_file import Workflow
    from boxwright.project.tree import Tree
    from boxwright.syntax.dockerfile.instructions import Dockerfile
    from boxwright.syntax.yaml.compose import Service
    from boxwright.syntax.yaml.tree import YamlFile


class File(NamedTuple):
    """A file to check."""

    name: str
    """Its path as findings call it."""
    path: str
    """Its path in the tree that it is checked in."""
    kind: Kind
    text: str
    problem: Undecodable | None = None
    """Why its bytes are no text, or only in part."""

    @classmethod
    def of(cls, name: str, path: str, kind: Kind, content: bytes) -> File:
        """Return the file with *content*."""
        return cls(name, path, kind, *decode(content))


class Workspace:
    """
    Files that are checked together, and the *tree* that they are in.

    A file is parsed when it is first asked for, and once. Without a tree nothing is known
    of what lies around them. *subjects* are those that no text can be made into, by path.
    """

    def __init__(
        self,
        tree: Tree | None,
        files: Iterable[File],
        *,
        today: date,
        subjects: Mapping[str, object] | None = None,
    ) -> None:
        self.tree = tree
        self.files = {file.path: file for file in files}
        self.today = today
        self._changed: dict[str, str] = {}
        self._views: dict[str, Tree] = {}
        self._sources: dict[str, Source] = {}
        self._dockerfiles: dict[str, Dockerfile] = {}
        self._contexts: dict[tuple[str, str, bool], Context] = {}
        self._yamls: dict[str, YamlFile] = {}
        self._composes: dict[str, ComposeFile] = {}
        self._subjects: dict[str, object] = dict(subjects or {})

    def changed(self, texts: Mapping[str, str]) -> Workspace:
        """
        Return the same files with other *texts*, by path; paths of no file are new in the tree.

        What is known of files that stay as they are is kept.
        """
        files = [
            file._replace(text=texts[file.path]) if file.path in texts else file
            for file in self.files.values()
        ]
        new = Workspace(self.tree, files, today=self.today)
        new._changed = {**self._changed, **texts}
        new._views = self._views
        new._sources = {path: it for path, it in self._sources.items() if path not in texts}
        new._yamls = {path: it for path, it in self._yamls.items() if path not in texts}
        new._dockerfiles = {path: it for path, it in self._dockerfiles.items() if path not in texts}
        return new

    def source(self, path: str) -> Source:
        """Return the text of the file *path* under the name that findings call it by."""
        if path not in self._sources:
            file = self.files[path]
            self._sources[path] = Source(file.name, file.text)
        return self._sources[path]

    def subject(self, path: str) -> object:
        """
        Return what rules look at for the file *path*.

        Raises ProjectError where an ignore file has a pattern that is none.
        """
        if path not in self._subjects:
            self._subjects[path] = self._make(self.files[path])
        return self._subjects[path]

    def dockerfile(self, path: str) -> Dockerfile | None:
        """Return the Dockerfile *path*, one of the files or any in the tree; None if unreadable."""
        if path not in self._dockerfiles:
            from boxwright.syntax.dockerfile.parse import parse_dockerfile

            source = self.source(path) if path in self.files else self._other_source(path)
            if source is None:
                return None
            self._dockerfiles[path] = parse_dockerfile(source)
        return self._dockerfiles[path]

    def created_in(self, path: str) -> str:
        """Return the folder of the tree that what a fix in *path* creates is relative to."""
        if self.files[path].kind.is_yaml:
            return posixpath.dirname(path)
        return self._context_folder(path)

    def has(self, path: str) -> bool:
        """Tell whether there is a file *path*; without a tree nobody can tell that it is free."""
        if path in self.files or path in self._changed or self.tree is None:
            return True
        folder, _, name = path.rpartition("/")
        view = self._view(folder)
        return view is not None and (name in view.paths() or name in view.folders())

    def _make(self, file: File) -> object:
        match file.kind:
            case Kind.DOCKERFILE:
                return self._build(file)
            case Kind.DOCKERIGNORE:
                return self._ignore_file(file)
            case Kind.COMPOSE:
                return self._compose_file(file)
            case Kind.KUBERNETES:
                return self._kubernetes_file(file)
            case Kind.GITHUB | Kind.GITLAB:
                return self._workflow(file)
            case Kind.KUSTOMIZATION | Kind.IMAGE:
                raise ValueError(f"nothing is known of the {file.kind} `{file.path}`")

    def _build(self, file: File) -> Build:
        from boxwright.practices.subjects import Build

        dockerfile = self.dockerfile(file.path)
        assert dockerfile is not None  # noqa: S101 (it is one of the files)
        return Build(
            file.name,
            self.source(file.path),
            dockerfile,
            today=self.today,
            context=self._context(self._context_folder(file.path), file.path),
        )

    def _ignore_file(self, file: File) -> IgnoreFile:
        from boxwright.practices.subjects import IgnoreFile
        from boxwright.syntax.dockerignore import Dockerignore

        source = self.source(file.path)
        ignore = Dockerignore.parse(source.text, file.name)
        folder = self._context_folder(file.path)
        # In the context it has the name that it has there.
        own = Source(posixpath.relpath(file.path, folder or "."), source.text)
        context = self._context(folder, _built_by(file.path), own_ignore=own)
        return IgnoreFile(file.name, source, ignore, context=context)

    def _context(
        self, folder: str, dockerfile: str, *, own_ignore: Source | None = None
    ) -> Context | None:
        """Return the context in *folder* of the tree, for the Dockerfile at the path *dockerfile*."""
        key = (folder, dockerfile, own_ignore is not None)
        if key not in self._contexts:
            tree = self._view(folder)
            if tree is None:
                return None
            from boxwright.practices.context import Context

            name = posixpath.relpath(dockerfile, folder or ".")
            self._contexts[key] = Context(tree, dockerfile=name, own_ignore=own_ignore)
        return self._contexts[key]

    def _view(self, folder: str) -> Tree | None:
        """Return the *folder* of the tree, with what was changed in it."""
        if self.tree is None:
            return None
        from boxwright.project.views import Overlay, context_of

        if folder not in self._views:
            self._views[folder] = context_of(self.tree, folder)
        inside = f"{folder}/" if folder else ""
        changed = {
            path.removeprefix(inside): text.encode("utf-8", "surrogatepass")
            for path, text in self._changed.items()
            if path.startswith(inside)
        }
        return Overlay(self._views[folder], changed) if changed else self._views[folder]

    def _context_folder(self, path: str) -> str:
        """
        Return the folder that is the context of the Dockerfile or ignore file *path*.

        It is what a compose file says; else the nearest folder, from that of the file on
        up, that has all that the Dockerfile copies.
        """
        own = posixpath.dirname(path)
        if self.files[path].kind is Kind.DOCKERIGNORE:
            built = _built_by(path)
            if built == path:
                return own
            path = built
        said = self._composed_contexts.get(path)
        if said is not None:
            return said
        dockerfile = self.dockerfile(path)
        copied = _copied(dockerfile) if dockerfile else ()
        if not own or not copied or self.tree is None:
            return own
        folder = own
        while True:
            if all(self._has(folder, name, path) for name in copied):
                return folder
            if not folder:
                return own
            folder = posixpath.dirname(folder)

    def _has(self, folder: str, name: str, dockerfile: str) -> bool:
        """Tell whether a COPY of *name* finds something with *folder* as the context."""
        from boxwright.practices.context import cleaned
        from boxwright.project.views import has
        from boxwright.syntax.go_match import is_pattern

        if self.tree is None:
            return False
        if is_pattern(name):
            context = self._context(folder, dockerfile)
            return context is not None and bool(context.sources(name))
        # Folders further up may be large, and most are not the context: they are not listed.
        path = cleaned(name)
        return not path or has(self.tree, f"{folder}/{path}" if folder else path)

    @cached_property
    def _composed_contexts(self) -> Mapping[str, str]:
        """The contexts of Dockerfiles as the compose files among the files have them."""
        found: dict[str, str] = {}
        for path, file in self.files.items():
            if file.kind is Kind.COMPOSE and "build" in file.text:
                folder = posixpath.dirname(path)
                for service in self._compose_without_builds(path).services:
                    section = service.build
                    if section is None or not (section.context and section.dockerfile_path):
                        continue
                    dockerfile = _joined(folder, section.dockerfile_path)
                    context = _joined(folder, section.context)
                    if dockerfile is not None and context is not None:
                        found.setdefault(dockerfile, context)
        return found

    def _compose_file(self, file: File) -> ComposeFile:
        compose = self._compose_without_builds(file.path)
        compose.builds = {
            service.name: self._composed_build(file, service)
            for service in compose.services
            if service.build is not None
        }
        return compose

    def _compose_without_builds(self, path: str) -> ComposeFile:
        from boxwright.practices.compose_file import ComposeFile

        if path not in self._composes:
            file = self.files[path]
            self._composes[path] = ComposeFile.of(
                file.name, self.source(path), tree=self._view(posixpath.dirname(path))
            )
        return self._composes[path]

    def _composed_build(self, file: File, service: Service) -> Build | None:
        """Return what *service* of the compose file *file* is built from, None if not known."""
        from boxwright.practices.subjects import Build
        from boxwright.syntax.dockerfile.parse import parse_dockerfile

        section = service.build
        if section is None or not section.context or section.is_remote:
            return None
        folder = posixpath.dirname(file.path)
        context = _joined(folder, section.context)
        if context is None:
            return None
        inline = section.dockerfile_inline
        if inline is not None:
            path = posixpath.join(context, "Dockerfile")
            dockerfile = parse_dockerfile(Source(file.name, inline.text))
        else:
            found = _joined(folder, section.dockerfile_path or "")
            parsed = self.dockerfile(found) if found else None
            if found is None or parsed is None:
                return None
            path, dockerfile = found, parsed
        return Build(
            dockerfile.source.name,
            dockerfile.source,
            dockerfile,
            today=self.today,
            context=self._context(context, path),
            arguments=section.arguments,
            target=section.target or "",
        )

    def _kubernetes_file(self, file: File) -> KubernetesFile:
        from boxwright.practices.kubernetes_file import KubernetesFile

        return KubernetesFile(
            file.name,
            self.source(file.path),
            self._yaml(file.path),
            all_objects=self._objects,
            builds=self._builds_by_image,
        )

    @cached_property
    def _objects(self) -> KubernetesObjects:
        """The Kubernetes objects of all files."""
        from boxwright.practices.kubernetes_file import KubernetesObjects
        from boxwright.syntax.yaml.kubernetes import objects_of

        return KubernetesObjects(
            found
            for path, file in self.files.items()
            if file.kind is Kind.KUBERNETES and not _is_binary(file)
            for found in objects_of(self._yaml(path))
        )

    @cached_property
    def _builds_by_image(self) -> Mapping[str, Build | None]:
        """What images are built from, by the names that the compose files give them."""
        found: dict[str, Build | None] = {}
        for path, file in self.files.items():
            if file.kind is Kind.COMPOSE and not _is_binary(file):
                for service in self._compose_without_builds(path).services:
                    if service.image and service.build is not None:
                        found.setdefault(service.image, self._composed_build(file, service))
        return found

    def _workflow(self, file: File) -> Workflow:
        from boxwright.practices.workflow_file import Workflow

        def others() -> tuple[Workflow, ...]:
            paths = [
                path
                for path, other in self.files.items()
                if other.kind is file.kind and path != file.path and not _is_binary(other)
            ]
            subjects = [self.subject(path) for path in paths]
            return tuple(subject for subject in subjects if isinstance(subject, Workflow))

        kind = "github" if file.kind is Kind.GITHUB else "gitlab"
        return Workflow(
            file.name, self.source(file.path), self._yaml(file.path), kind=kind, others=others
        )

    def _yaml(self, path: str) -> YamlFile:
        from boxwright.syntax.yaml.tree import parse_yaml

        if path not in self._yamls:
            self._yamls[path] = parse_yaml(self.source(path))
        return self._yamls[path]

    def _other_source(self, path: str) -> Source | None:
        """Return the text of *path*, which is none of the files; None where it cannot be read."""
        if path in self._changed:
            return Source(path, self._changed[path])
        if self.tree is None:
            return None
        try:
            text, problem = decode(self.tree.read(path))
        except ProjectError:
            return None
        return None if problem else Source(path, text)


def _joined(folder: str, path: str) -> str | None:
    """Return *path*, which starts at *folder*, in the tree; None where it leads out of it."""
    if path.startswith(("/", "~")):
        return None
    joined = posixpath.normpath(posixpath.join(folder, path))
    if joined == ".." or joined.startswith("../"):
        return None
    return "" if joined == "." else joined


def _is_binary(file: File) -> bool:
    return file.problem is not None and file.problem.is_binary


def _built_by(path: str) -> str:
    """Return the Dockerfile whose own ignore file *path* is; *path* itself where it is none's."""
    is_of_context = posixpath.basename(path).startswith(".")
    return path if is_of_context else path.removesuffix(".dockerignore")


def _copied(dockerfile: Dockerfile) -> tuple[str, ...]:
    """Return what *dockerfile* copies from its context by name, not just all that is there."""
    from boxwright.syntax.dockerfile.instructions import Add, Copy

    names = (
        word.value
        for instruction in (*dockerfile.of(Copy), *dockerfile.of(Add))
        if instruction.from_ is None
        for word in instruction.sources
    )
    return tuple(
        dict.fromkeys(
            name
            for name in names
            if not ("$" in name or "://" in name or name.startswith("git@")) and name.strip("./*")
        )
    )
