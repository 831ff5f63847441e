"""What a rule looks at: a Compose file, and what is known around it."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from boxwright.errors import ProjectError
from boxwright.syntax.yaml.compose import Compose, Service
from boxwright.syntax.yaml.interpolation import parse_dotenv
from boxwright.syntax.yaml.tree import parse_yaml
from boxwright.text.source import Source

if TYPE_CHECKING:
    from boxwright.practices.subjects import Build
    from boxwright.project.tree import Tree


class ComposeFile:
    """A Compose file and what is known around it."""

    def __init__(
        self,
        path: str,
        source: Source,
        compose: Compose,
        *,
        tree: Tree | None = None,
        builds: Mapping[str, Build | None] | None = None,
        env: Mapping[str, str] | None = None,
        options: Mapping[str, object] | None = None,
    ) -> None:
        self.path = path
        """The file's path, as findings name it."""
        self.source = source
        self.compose = compose
        self.tree = tree
        """The files in and below its folder, from which the paths in it start; None if unknown."""
        self.builds: Mapping[str, Build | None] = builds or {}
        """What services are built from, by their names; None where the Dockerfile is not known."""
        self.env: Mapping[str, str] = env or {}
        """What the `.env` file beside it sets."""
        self.options: Mapping[str, object] = options or {}
        """The settings of the rule that is running; whoever runs rules sets them for each."""

    @classmethod
    def of(
        cls,
        path: str,
        source: Source,
        *,
        tree: Tree | None = None,
        builds: Mapping[str, Build | None] | None = None,
    ) -> ComposeFile:
        """Return the Compose file *source*, with what lies in *tree*, its folder, around it."""

        def read(other: str) -> Source | None:
            text = _read(tree, other)
            return None if text is None else Source(other, text)

        env = parse_dotenv(_read(tree, ".env") or "")
        compose = Compose(parse_yaml(source), environment=env, read=read)
        return cls(path, source, compose, tree=tree, builds=builds, env=env)

    @property
    def services(self) -> tuple[Service, ...]:
        """The services, in the order of the file."""
        return self.compose.services

    def service(self, name: str) -> Service | None:
        """Return the service *name*."""
        return self.compose.service(name)

    def build(self, service: Service) -> Build | None:
        """Return what *service* is built from, where that is known."""
        return self.builds.get(service.name)

    @cached_property
    def services_by_dockerfile(self) -> dict[str, tuple[Service, ...]]:
        """The services that are built, by the paths of their Dockerfiles from the folder."""
        found: dict[str, list[Service]] = {}
        for service in self.services:
            path = service.build.dockerfile_path if service.build is not None else None
            if path is not None:
                found.setdefault(path, []).append(service)
        return {path: tuple(services) for path, services in found.items()}

    @cached_property
    def dependencies(self) -> dict[str, tuple[str, ...]]:
        """What each service needs: those it waits for, links to or shares something with."""
        found = {}
        for service in self.services:
            names = [dependency.service for dependency in service.depends_on]
            names += (link.partition(":")[0] for link in service.keys("links"))
            names += (
                name.partition(":")[0]
                for name in service.keys("volumes_from")
                if not name.startswith("container:")
            )
            for key in ("network_mode", "pid", "ipc"):
                kind, _, name = (service.text(key) or "").partition(":")
                if kind == "service":
                    names.append(name)
            found[service.name] = tuple(dict.fromkeys(names))
        return found

    @cached_property
    def dependents(self) -> dict[str, tuple[str, ...]]:
        """Which services need each one directly."""
        found: dict[str, list[str]] = {}
        for name, needed in self.dependencies.items():
            for other in needed:
                found.setdefault(other, []).append(name)
        return {name: tuple(others) for name, others in found.items()}

    @cached_property
    def cycles(self) -> tuple[tuple[str, ...], ...]:
        """The services that need each other, or themselves: none of them can ever start."""
        forward = {
            name: [other for other in needed if other in self.dependencies]
            for name, needed in self.dependencies.items()
        }
        backward: dict[str, list[str]] = {name: [] for name in forward}
        for name, needed in forward.items():
            for other in needed:
                backward[other].append(name)
        # Kosaraju: what reaches each other is what the reversed graph reaches, last left first.
        places = {name: place for place, name in enumerate(forward)}
        left = [name for group in _reached(forward, list(forward)) for name in group]
        return tuple(
            tuple(sorted(group, key=places.__getitem__))
            for group in _reached(backward, left[::-1])
            if len(group) > 1 or any(name in forward[name] for name in group)
        )

    def environment(self, service: Service) -> dict[str, str | None]:
        """
        Return the variables of *service*, those of its `env_file` included.

        None is the value of what is set to something unknown.
        """
        found: dict[str, str | None] = {}
        for env_file in reversed(service.env_files):
            text = None if env_file.path is None else _read(self.tree, env_file.path)
            found = {**parse_dotenv(text or "", self.env), **found}
        for item in service.environment:
            known = self.env.get(item.name) if item.is_passed else item.value
            if known is not None or not item.is_passed or item.name not in found:
                found[item.name] = known
        return found

    @cached_property
    def services_by_volume(self) -> dict[str, tuple[Service, ...]]:
        """The services that mount each named volume."""
        found: dict[str, list[Service]] = {}
        for service in self.services:
            names = {it.source for it in service.volumes if it.type == "volume" and it.source}
            for name in names:
                found.setdefault(name, []).append(service)
        return {name: tuple(services) for name, services in found.items()}


def _read(tree: Tree | None, path: str) -> str | None:
    """Return the text of the file *path*; None where it cannot be had."""
    if tree is None:
        return None
    try:
        return tree.read(posixpath.normpath(path)).decode("utf-8", "replace")
    except ProjectError:
        return None


def _reached(graph: Mapping[str, list[str]], starts: list[str]) -> list[list[str]]:
    """Return what each of *starts* newly reaches, in the order in which it is left again."""
    seen: set[str] = set()
    groups = []
    for start in starts:
        if start in seen:
            continue
        seen.add(start)
        group = []
        trail = [(start, iter(graph[start]))]
        while trail:
            name, others = trail[-1]
            other = next((it for it in others if it not in seen), None)
            if other is None:
                trail.pop()
                group.append(name)
            else:
                seen.add(other)
                trail.append((other, iter(graph[other])))
        groups.append(group)
    return groups
