"""
Compose files: what a project consists of, and how its services are run.

Follows the Compose specification as Compose carries it out, as far as one file and what
is handed in tell. What depends on something unknown is None, never a guess.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from boxwright.syntax.yaml import compose_values as values
from boxwright.syntax.yaml.commands import exec_commands, script_commands
from boxwright.syntax.yaml.interpolation import Interpolated, interpolate
from boxwright.syntax.yaml.node import Mapping as MappingNode
from boxwright.syntax.yaml.node import (
    Node,
    Pair,
    Scalar,
    Sequence,
    as_bool,
    as_list,
    as_mapping,
    as_text,
)
from boxwright.syntax.yaml.tree import SyntaxProblem, YamlFile, parse_yaml
from boxwright.syntax.yaml.units import parse_cpus, parse_duration, parse_size
from boxwright.text.record import NamedTuple
from boxwright.text.source import Source, Span

if TYPE_CHECKING:
    from boxwright.syntax.shell.command import Command

Read: TypeAlias = Callable[[str], Source | None]
"""How another Compose file is read: by its path from the folder of this one."""

_MAXIMUM_LAYERS = 20
"""How many services one may extend, those that they extend included."""


def parse_compose(
    source: Source,
    *,
    environment: Mapping[str, str] | None = None,
    read: Read | None = None,
) -> Compose:
    r"""
    Return what the Compose file *source* says; never raises.

    *environment* holds the variables whose values are known (`parse_dotenv`), *read*
    reads the files that services extend.

    >>> compose = parse_compose(Source("compose.yaml", "services:\n  api:\n    image: a:${T:-1}"))
    >>> compose.services[0].image
    'a:1'
    """
    return Compose(parse_yaml(source), environment=environment, read=read)


class Compose:
    """A Compose file."""

    def __init__(
        self,
        file: YamlFile,
        *,
        environment: Mapping[str, str] | None = None,
        read: Read | None = None,
        overrides: tuple[Compose, ...] = (),
    ) -> None:
        self.file = file
        self.source = file.source
        self.environment: Mapping[str, str] = environment or {}
        self._read = read
        self._overrides = overrides
        self._others: dict[str, Compose | None] = {}

    @property
    def problems(self) -> tuple[SyntaxProblem, ...]:
        """What is no YAML."""
        return self.file.problems

    @property
    def root(self) -> MappingNode | None:
        """The whole file as a mapping."""
        return as_mapping(self.file.root)

    def overridden_by(self, *others: Compose) -> Compose:
        """Return this file as Compose merges it with *others*, of which later ones count more."""
        return Compose(
            self.file,
            environment=self.environment,
            read=self._read,
            overrides=(*self._overrides, *others),
        )

    @cached_property
    def name(self) -> str | None:
        """The name of the project, where the file has one."""
        return self.text(self.root.get("name")) if self.root else None

    @cached_property
    def services(self) -> tuple[Service, ...]:
        """The services, in the order of the file; those of overriding files alone come last."""
        found: dict[str, tuple[Scalar, list[Layer]]] = {}
        for compose in (self, *self._overrides):
            for name, pair in _pairs(compose.section("services")):
                layers = found.setdefault(name, (pair.key, []))[1]
                node = as_mapping(pair.value)
                if node is not None:
                    layers.insert(0, Layer(compose, node))
        return tuple(
            Service(self, name, key, tuple(layers)) for name, (key, layers) in found.items()
        )

    @cached_property
    def _by_name(self) -> dict[str, Service]:
        return {service.name: service for service in self.services}

    def service(self, name: str) -> Service | None:
        """Return the service *name*."""
        return self._by_name.get(name)

    def section(self, key: str) -> MappingNode | None:
        """Return the mapping at the top-level *key*: `volumes`, `networks`, `x-…`."""
        return as_mapping(self.root.get(key)) if self.root else None

    @property
    def networks(self) -> MappingNode | None:
        """The networks that are declared."""
        return self.section("networks")

    @property
    def volumes(self) -> MappingNode | None:
        """The volumes that are declared."""
        return self.section("volumes")

    @property
    def secrets(self) -> MappingNode | None:
        """The secrets that are declared."""
        return self.section("secrets")

    @property
    def configs(self) -> MappingNode | None:
        """The configs that are declared."""
        return self.section("configs")

    @cached_property
    def includes(self) -> tuple[str, ...]:
        """The paths of the files that are included, as far as they are known."""
        nodes: list[Node | None] = []
        for item in as_list(self.root.get("include")) if self.root else ():
            node = item.get("path") if isinstance(item, MappingNode) else item
            nodes += as_list(node) or (node,)
        return tuple(path for node in nodes if (path := self.text(node)) is not None)

    def interpolated(self, node: Node | None) -> Interpolated:
        """Return the text of a scalar with the values of its variables; empty for others."""
        return interpolate(as_text(node) or "", self.environment)

    def text(self, node: Node | None) -> str | None:
        """Return the text of a scalar with its variables; None where that is not known."""
        text = as_text(node)
        return None if text is None else interpolate(text, self.environment).value

    def other(self, path: str) -> Compose | None:
        """Return the Compose file at *path* from the folder of this one."""
        path = posixpath.normpath(path)
        if path not in self._others:
            source = self._read(path) if self._read is not None else None
            self._others[path] = None
            if source is not None:
                read = _read_from(posixpath.dirname(path), self._read)
                file = parse_yaml(source)
                self._others[path] = Compose(file, environment=self.environment, read=read)
        return self._others[path]


class Layer(NamedTuple):
    """What one file says about a service."""

    compose: Compose
    node: MappingNode

    def extended(self) -> Layer | None:
        """Return the service that it extends."""
        found = self.node.get("extends")
        if found is None:
            return None
        inner = as_mapping(found)
        compose: Compose | None = self.compose
        name = self.compose.text(found if inner is None else inner.get("service"))
        if inner is not None and inner.get("file") is not None:
            path = self.compose.text(inner.get("file"))
            compose = self.compose.other(path) if path is not None else None
        if compose is None or name is None:
            return None
        services = compose.section("services")
        node = as_mapping(services.get(name)) if services is not None else None
        return None if node is None else Layer(compose, node)


class Service:
    """
    A service, with what it merges and extends and is overridden by.

    A node that a lookup returns may stand in another file: `span_of` tells where to point.
    """

    def __init__(self, compose: Compose, name: str, key: Scalar, layers: tuple[Layer, ...]) -> None:
        self.compose = compose
        self.name = name
        self.key = key
        self._files = layers

    @property
    def node(self) -> MappingNode | None:
        """What is written in this file: the place to change; None where that is nothing."""
        return next(
            (it.node for it in self._files if it.compose.source is self.compose.source), None
        )

    @property
    def span(self) -> Span:
        """Where its name stands."""
        return self.span_of(self.key)

    def span_of(self, node: Node | None) -> Span:
        """Return where *node* stands; the service's name, where that is in another file."""
        if node is not None and node.source is self.compose.source:
            return node.span
        return self.key.span if self.key.source is self.compose.source else Span(0, 0)

    @cached_property
    def layers(self) -> tuple[MappingNode, ...]:
        """What it is made of, nearest first: overriding files, itself, what it extends."""
        result: list[MappingNode] = []
        for first in self._files:
            layer: Layer | None = first
            while layer is not None and layer.node not in result and len(result) < _MAXIMUM_LAYERS:
                result.append(layer.node)
                layer = layer.extended()
        return tuple(result)

    def get(self, *path: str) -> Node | None:
        """Return what lies at *path*, in the nearest layer that has something there."""
        return next(self._found(path), None)

    def all(self, *path: str) -> tuple[Node, ...]:
        """Return what lies at *path* in every layer, nearest first."""
        return tuple(self._found(path))

    def items(self, *path: str) -> tuple[Node, ...]:
        """Return the items at *path* of every layer, nearest first; a scalar is one itself."""
        result: list[Node] = []
        for node in self._found(path):
            if isinstance(node, Sequence):
                result += node.items
            elif isinstance(node, Scalar) and not node.is_null:
                result.append(node)
        return tuple(result)

    def keys(self, *path: str) -> tuple[str, ...]:
        """Return the keys of the mapping, or the texts of the list, at *path* of every layer."""
        found: dict[str, None] = {}
        for node in self._found(path):
            names = node.keys() if isinstance(node, MappingNode) else map(as_text, as_list(node))
            found.update(dict.fromkeys(name for name in names if name is not None))
        return tuple(found)

    def text(self, *path: str) -> str | None:
        """Return the text at *path* with its variables; None where it is not known."""
        return self.compose.text(self.get(*path))

    def flag(self, *path: str) -> bool | None:
        """Return the boolean at *path*; None where there is none or it is not known."""
        node = self.get(*path)
        if isinstance(node, Scalar) and "$" in node.text:
            return {"true": True, "false": False}.get(self.compose.text(node) or "")
        return as_bool(node)

    def assignments(self, *path: str) -> tuple[values.Assignment, ...]:
        """Return the entries at *path*, a list or a mapping; of each name the nearest."""
        found: dict[str, values.Assignment] = {}
        for node in self._found(path):
            of_layer = {it.name: it for it in values.assignments(node, self.compose.interpolated)}
            found = {**of_layer, **found}
        return tuple(found.values())

    def grants(self, *path: str) -> tuple[values.Grant, ...]:
        """Return the secrets or configs in the list at *path*."""
        grants = (values.grant(node, self.compose.interpolated) for node in self.items(*path))
        return tuple(grant for grant in grants if grant is not None)

    def _found(self, path: tuple[str, ...]) -> Iterator[Node]:
        null: Node | None = None
        found = False
        for layer in self.layers:
            node, is_last = _lookup(layer, path)
            if isinstance(node, Scalar) and node.is_null:
                null = null or node
            elif node is not None:
                found = True
                yield node
            if is_last:
                break
        if null is not None and not found:
            yield null

    @property
    def image_node(self) -> Node | None:
        """Where the image is named."""
        return self.get("image")

    @cached_property
    def image(self) -> str | None:
        """The reference of its image; None without one, and where it is not known."""
        return self.text("image")

    @cached_property
    def build(self) -> BuildSection | None:
        """How its image is built; None where it is not."""
        node = self.get("build")
        is_null = node is None or (isinstance(node, Scalar) and node.is_null)
        return None if is_null or node is None else BuildSection(self, node)

    @cached_property
    def environment(self) -> tuple[values.Assignment, ...]:
        """The variables that are set here, not those of `env_file`."""
        return self.assignments("environment")

    @cached_property
    def env_files(self) -> tuple[values.EnvFile, ...]:
        """The files that variables come from."""
        nodes = self.items("env_file")
        return tuple(values.env_file(node, self.compose.interpolated) for node in nodes)

    @cached_property
    def labels(self) -> tuple[values.Assignment, ...]:
        """The labels of its containers."""
        return self.assignments("labels")

    @cached_property
    def ports(self) -> tuple[values.Port, ...]:
        """The ports that it publishes."""
        ports = (values.port(node, self.compose.interpolated) for node in self.items("ports"))
        return tuple(port for port in ports if port is not None)

    @cached_property
    def volumes(self) -> tuple[values.Mount, ...]:
        """What `volumes` and `tmpfs` mount; of each target the nearest."""
        found: dict[str, values.Mount] = {}
        for node in self.items("volumes"):
            mount = values.mount(node, self.compose.interpolated)
            if mount is not None:
                found.setdefault(mount.target, mount)
        for node in self.items("tmpfs"):
            mount = values.tmpfs(node, self.compose.interpolated)
            found.setdefault(mount.target, mount)
        return tuple(found.values())

    @cached_property
    def depends_on(self) -> tuple[values.Dependency, ...]:
        """The services that it waits for."""
        found: dict[str, values.Dependency] = {}
        for node in self._found(("depends_on",)):
            for dependency in values.dependencies(node):
                found.setdefault(dependency.service, dependency)
        return tuple(found.values())

    @cached_property
    def profiles(self) -> tuple[str, ...]:
        """The profiles that it belongs to; without one it is always started."""
        return self.keys("profiles")

    @cached_property
    def secrets(self) -> tuple[values.Grant, ...]:
        """The secrets that it is given."""
        return self.grants("secrets")

    @cached_property
    def configs(self) -> tuple[values.Grant, ...]:
        """The configs that it is given."""
        return self.grants("configs")

    @cached_property
    def healthcheck(self) -> Healthcheck | None:
        """Its health check; None where that of the image is kept."""
        node = as_mapping(self.get("healthcheck"))
        return None if node is None else Healthcheck(self, node)

    @cached_property
    def start(self) -> tuple[Command, ...]:
        """What `entrypoint` and `command` start; what the image has is not in it."""
        nodes = (self.get("entrypoint"), self.get("command"))
        return exec_commands(nodes, has_variables=True)

    @cached_property
    def devices(self) -> tuple[values.Device, ...]:
        """The devices that are reserved, by `deploy` and by `gpus`."""
        return tuple(
            device
            for path in (("deploy", "resources", "reservations", "devices"), ("gpus",))
            for node in self._found(path)
            for device in values.devices(node, self.compose.interpolated)
        )

    @cached_property
    def requests_gpu(self) -> bool:
        """Whether it is given GPUs, in any of the ways that there are."""
        return (
            any(device.is_gpu for device in self.devices)
            or self.get("gpus") is not None
            or self.text("runtime") == "nvidia"
        )

    @cached_property
    def memory_limit_node(self) -> Node | None:
        """Where its memory is limited."""
        return self.get("deploy", "resources", "limits", "memory") or self.get("mem_limit")

    @cached_property
    def memory_limit(self) -> int | None:
        """How many bytes of memory it may have; None where that is not limited or known."""
        text = self.compose.text(self.memory_limit_node)
        return None if text is None else parse_size(text)

    @cached_property
    def cpu_limit_node(self) -> Node | None:
        """Where its processors are limited."""
        return self.get("deploy", "resources", "limits", "cpus") or self.get("cpus")

    @cached_property
    def cpu_limit(self) -> float | None:
        """How many processors it may use; None where that is not limited or known."""
        text = self.compose.text(self.cpu_limit_node)
        return None if text is None else parse_cpus(text)

    @cached_property
    def shm_size(self) -> int | None:
        """How many bytes `/dev/shm` has; None where that is not said."""
        text = self.text("shm_size")
        return None if text is None else parse_size(text)


class BuildSection:
    """The `build` of a service."""

    def __init__(self, service: Service, node: Node) -> None:
        self.service = service
        self.node = node

    @property
    def context_node(self) -> Node | None:
        """Where the context is named."""
        is_short = isinstance(self.node, Scalar)
        return self.node if is_short else self.service.get("build", "context")

    @cached_property
    def context(self) -> str | None:
        """A path from the folder of the file, or a URL; None where it is not known."""
        node = self.context_node
        return "." if node is None else self.service.compose.text(node)

    @property
    def is_remote(self) -> bool:
        """Whether the context is fetched: a URL or a Git repository."""
        context = self.context or ""
        return "://" in context or context.startswith(("git@", "github.com/"))

    @property
    def dockerfile_node(self) -> Node | None:
        """Where the Dockerfile is named."""
        return self.service.get("build", "dockerfile")

    @property
    def dockerfile_inline(self) -> Scalar | None:
        """The text of the Dockerfile, where it is written here."""
        node = self.service.get("build", "dockerfile_inline")
        return node if isinstance(node, Scalar) and not node.is_null else None

    @cached_property
    def dockerfile(self) -> str | None:
        """Its path from the context; None where it is not known or written here."""
        if self.dockerfile_inline is not None:
            return None
        node = self.dockerfile_node
        return "Dockerfile" if node is None else self.service.compose.text(node)

    @cached_property
    def dockerfile_path(self) -> str | None:
        """Its path from the folder of the Compose file; None where it is not a file there."""
        if self.context is None or self.dockerfile is None or self.is_remote:
            return None
        return posixpath.normpath(posixpath.join(self.context, self.dockerfile))

    @cached_property
    def args(self) -> tuple[values.Assignment, ...]:
        """The build arguments."""
        return self.service.assignments("build", "args")

    @cached_property
    def arguments(self) -> dict[str, str]:
        """The build arguments whose values are known."""
        return {item.name: item.value for item in self.args if item.value is not None}

    @cached_property
    def target(self) -> str | None:
        """The stage that is built; None for the last."""
        return self.service.text("build", "target")

    @cached_property
    def secrets(self) -> tuple[values.Grant, ...]:
        """The secrets that the build is given."""
        return self.service.grants("build", "secrets")

    @cached_property
    def additional_contexts(self) -> tuple[values.Assignment, ...]:
        """Further contexts, by name."""
        return self.service.assignments("build", "additional_contexts")


class Healthcheck:
    """The `healthcheck` of a service."""

    def __init__(self, service: Service, node: MappingNode) -> None:
        self.service = service
        self.node = node

    @property
    def test(self) -> Node | None:
        """The test as it is written; None where that of the image is kept."""
        return self.service.get("healthcheck", "test")

    @property
    def form(self) -> str:
        """`CMD`, `CMD-SHELL` (which a string means too), `NONE`, or empty."""
        items = as_list(self.test)
        if items:
            return as_text(items[0]) or ""
        return "CMD-SHELL" if as_text(self.test) is not None else ""

    @property
    def is_disabled(self) -> bool:
        """Whether the image's own check is switched off and none put in its place."""
        return self.service.flag("healthcheck", "disable") is True or self.form == "NONE"

    @cached_property
    def commands(self) -> tuple[Command, ...]:
        """What the test runs."""
        if not isinstance(self.test, Sequence):
            return script_commands(self.test, has_variables=True)
        words = self.test.items[1:]
        if self.form == "CMD-SHELL":
            return script_commands(words[0] if words else None, has_variables=True)
        return exec_commands([words], has_variables=True) if self.form == "CMD" else ()

    def seconds(self, key: str) -> float | None:
        """Return the duration at *key*, `interval` for one; None where it is not known."""
        text = self.service.text("healthcheck", key)
        return None if text is None else parse_duration(text)


def _pairs(mapping: MappingNode | None) -> Iterator[tuple[str, Pair]]:
    if mapping is not None:
        yield from mapping.effective().items()


def _read_from(folder: str, read: Read | None) -> Read | None:
    if read is None:
        return None
    return lambda path: read(posixpath.normpath(posixpath.join(folder, path)))


def _lookup(node: Node, path: tuple[str, ...]) -> tuple[Node | None, bool]:
    """Return what lies at *path*, and whether a tag of Compose hides what lies below it."""
    is_last = False
    found: Node | None = node
    for part in path:
        found = found.get(part) if isinstance(found, MappingNode) else None
        if found is None:
            return None, is_last
        if found.tag == "!reset":
            return None, True
        is_last = is_last or found.tag == "!override"
    return found, is_last
