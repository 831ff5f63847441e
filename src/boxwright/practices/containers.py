"""A container as a deployment starts it: a service of a Compose file, or one of a pod's."""

from __future__ import annotations

import posixpath
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from boxwright.findings.finding import Severity
from boxwright.practices.base_images import BaseImage
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.kubernetes_file import KubernetesFile
from boxwright.syntax.yaml.node import Mapping as MappingNode
from boxwright.syntax.yaml.node import Sequence, as_list, as_mapping, as_text, walk
from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    from boxwright.practices.base_images import BaseFacts
    from boxwright.practices.kind import Server
    from boxwright.practices.programs.servers import ServerCommand
    from boxwright.practices.stage_facts import StageFacts
    from boxwright.practices.subjects import Build
    from boxwright.syntax.shell.command import Command
    from boxwright.syntax.yaml.compose import Service
    from boxwright.syntax.yaml.kubernetes import ContainerSpec
    from boxwright.syntax.yaml.node import Node
    from boxwright.text.source import Source, Span


class MountPoint(NamedTuple):
    """Something that is mounted into a container."""

    target: str
    kind: str
    """`bind`, `volume`, `tmpfs`, …; in pods the type of the volume, `hostPath` as `bind`."""
    source: str
    """A path of the host for `bind`; else the name of the volume."""
    read_only: bool
    node: Node
    """Where the mount is written."""
    source_node: Node
    """Where the path of the host is: the same in Compose files, the pod's volume in pods."""


class Limit(NamedTuple):
    """How much of something a container may use."""

    is_set: bool
    value: float | None = None
    """None where it is not limited, or by something that is not known."""


class Container(ABC):
    """What rules look at in both; what is not known is None or empty."""

    is_service: bool
    """Whether it is one of a Compose file."""

    def __init__(self, source: Source, name: str, span: Span, place: str) -> None:
        self.source = source
        self.name = name
        self.span = span
        """Where to point for what is missing: its name."""
        self.place = place
        """The dotted path of what is written of it, as `Fix.changes` has it."""

    @property
    @abstractmethod
    def node(self) -> MappingNode | None:
        """What can be changed to change it, and nothing else; None where there is no such place."""

    @property
    @abstractmethod
    def is_whole(self) -> bool:
        """Whether what is missing is missing: not in a patch of something that stands elsewhere."""

    @property
    @abstractmethod
    def reference(self) -> str | None:
        """The image that it names."""

    @property
    @abstractmethod
    def image_node(self) -> Node | None:
        """Where that is."""

    @property
    @abstractmethod
    def build(self) -> Build | None:
        """What its image is built from."""

    @property
    @abstractmethod
    def is_built(self) -> bool:
        """Whether the file itself says how its image is built."""

    @property
    @abstractmethod
    def environment(self) -> Mapping[str, str | None]:
        """The variables that it is given, None for values that are not known."""

    @property
    @abstractmethod
    def mounts(self) -> tuple[MountPoint, ...]:
        """What is mounted into it."""

    @property
    @abstractmethod
    def started(self) -> tuple[Command, ...]:
        """What the file says to start."""

    @property
    @abstractmethod
    def requests_gpu(self) -> bool:
        """Whether it is given GPUs."""

    @property
    @abstractmethod
    def is_privileged(self) -> bool:
        """Whether it may do on the machine whatever root may."""

    @property
    @abstractmethod
    def is_reachable(self) -> bool | None:
        """Whether others than this machine reach it; None in pods, where other objects say it."""

    @property
    @abstractmethod
    def has_read_only_root(self) -> bool | None:
        """Whether its image's files are read-only; None where that is not known."""

    @property
    @abstractmethod
    def memory(self) -> Limit:
        """How many bytes of memory it may have."""

    @property
    @abstractmethod
    def processors(self) -> Limit:
        """How many processors it may use."""

    @property
    @abstractmethod
    def added_capabilities(self) -> tuple[tuple[str, Node], ...]:
        """The capabilities that it is given, without `CAP_`, and where."""

    @property
    @abstractmethod
    def dropped_capabilities(self) -> tuple[str, ...]:
        """Those that are taken from it, without `CAP_`; empty names where a variable says which."""

    def key_span(self, *path: str) -> Span:
        """Return where the last key of *path* stands; its name, where that is elsewhere."""
        node: Node | None = self._written
        for key in path[:-1]:
            node = node.get(key) if isinstance(node, MappingNode) else None
        pair = node.pair(path[-1]) if isinstance(node, MappingNode) else None
        return self.span if pair is None or pair.key.source is not self.source else pair.key.span

    @cached_property
    def stage(self) -> StageFacts | None:
        """What is known of its image, where it is built from a Dockerfile that is known."""
        return self.build.final if self.build is not None else None

    @cached_property
    def image(self) -> BaseImage | None:
        """The image that it names and that somebody else built."""
        return None if self.is_built or self.reference is None else BaseImage(self.reference)

    @cached_property
    def facts(self) -> BaseFacts | None:
        """What is known of its image, or of what that is FROM."""
        if self.stage is not None:
            return self.stage.base.facts
        return self.image.facts if self.image is not None else None

    @cached_property
    def server(self) -> Server | None:
        """The server whose own image it runs: a database, a broker, Triton."""
        if self.image is None:
            return None
        from boxwright.practices.kind import server_of_image, servers

        found = server_of_image(self.image.name)
        if found is None and self.facts is not None and self.facts.server:
            found = servers().get(self.facts.server)
        return found

    @cached_property
    def command(self) -> ServerCommand | None:
        """What it starts, as far as the file or its Dockerfile say, if that is known to stay."""
        from boxwright.practices.programs.servers import server_command

        found = [server_command(command) for command in self.started]
        known = next((it for it in reversed(found) if it is not None), None)
        if known is not None or self.started:
            return known
        return self.stage.server if self.stage is not None else None

    @cached_property
    def kind(self) -> str:
        """`service`, `worker`, `training`, `notebook`, `batch` or `unknown`."""
        if self.command is not None:
            return self.command.kind
        if self.server is not None:
            return self.server.kind
        if self.started:
            return "unknown"
        if self.stage is not None:
            return self.stage.kind
        return self.facts.kind or "unknown" if self.facts is not None else "unknown"

    @property
    def is_infrastructure(self) -> bool:
        """Whether it is a database, broker or dashboard as its makers publish it: no model."""
        return self.server is not None and not self.computes

    def brings(self, *names: str) -> str | None:
        """Return the first of the Python distributions *names* that its image is known to have."""
        if self.stage is not None:
            return next((name for name in names if self.stage.brings(name)), None)
        bundles = self.facts.bundles if self.facts is not None else frozenset()
        return next((name for name in names if name in bundles), None)

    @cached_property
    def library(self) -> str | None:
        """The library that it computes with, such as `torch`."""
        return self.brings(*_LIBRARIES)

    @cached_property
    def computes(self) -> str:
        """Why it takes all processors and much memory that it can get, as a clause; or empty."""
        if self.kind == "training":
            return "it trains"
        if self.requests_gpu:
            return "it is given a GPU"
        if self.server is not None and (self.server.slow or self.server.name in _OF_MODELS):
            return f"{self.server.title} loads models"
        if self.library is not None:
            return f"it has `{self.library}`"
        return "it is a notebook" if self.kind == "notebook" else ""

    @cached_property
    def starts_threads_by_processor(self) -> bool:
        """Whether a library counts the processors of the machine, and nothing tells it otherwise."""
        if self.library is None and self.brings("numpy", "scipy", "pandas") is None:
            return False
        is_told = self.command is not None and self.command.name == "torchrun"
        return not is_told and not self.has_variable(*_THREADS)

    def variable(self, name: str) -> str | None:
        """Return the value of a variable that it or its image sets; None if unset or unknown."""
        if name in self.environment:
            return self.environment[name]
        if self.stage is not None:
            return self.stage.env(name)
        return self.facts.environment.get(name) if self.facts is not None else None

    def has_variable(self, *names: str) -> bool:
        """Tell whether it or its image sets any of *names*."""
        in_stage = self.stage.environment if self.stage is not None else {}
        in_image = self.facts.environment if self.facts is not None else {}
        return any(
            name in self.environment or name in in_stage or name in in_image for name in names
        )

    @cached_property
    def user_is_root(self) -> bool | None:
        """Whether its processes are root's; None where that is not known."""
        user = self._user
        if user is None and self.stage is not None:
            return self.stage.user.is_root
        if user is None:
            user = self.facts.user if self.facts is not None else None
        if user is None:
            return None
        name = user.partition(":")[0]
        return None if "$" in name else name in {"root", "0"}

    @property
    @abstractmethod
    def _user(self) -> str | None:
        """The user that the file says."""

    @property
    @abstractmethod
    def _written(self) -> MappingNode | None:
        """What is written of it, shared or not."""


class ServiceContainer(Container):
    """The container of a service."""

    is_service = True

    def __init__(self, file: ComposeFile, service: Service) -> None:
        super().__init__(file.source, service.name, service.span, f"services.{service.name}")
        self.file = file
        self.service = service

    @property
    def node(self) -> MappingNode | None:
        """Return what this file writes of it, unless an anchor shares it."""
        node = self.service.node
        return None if node is None or node.is_shared or node.source is not self.source else node

    @property
    def is_whole(self) -> bool:
        """Tell whether an image or a build is there, and no file below this one says the rest."""
        if "override" in posixpath.basename(self.file.path):
            return False
        return self.service.image_node is not None or self.service.build is not None

    @property
    def reference(self) -> str | None:
        """Return its image, variables expanded."""
        return self.service.image

    @property
    def image_node(self) -> Node | None:
        """Return where `image` is."""
        return self.service.image_node

    @property
    def build(self) -> Build | None:
        """Return the build of the service."""
        return self.file.build(self.service)

    @property
    def is_built(self) -> bool:
        """Tell whether it has a `build`."""
        return self.service.build is not None

    @cached_property
    def environment(self) -> Mapping[str, str | None]:
        """Return the variables of `environment` and `env_file`."""
        return self.file.environment(self.service)

    @cached_property
    def mounts(self) -> tuple[MountPoint, ...]:
        """Return what `volumes` and `tmpfs` mount."""
        return tuple(
            MountPoint(it.target.rstrip("/") or "/", it.type, it.source, it.read_only, it.node, it.node)
            for it in self.service.volumes
        )  # fmt: skip

    @property
    def started(self) -> tuple[Command, ...]:
        """Return what `entrypoint` and `command` start."""
        return self.service.start

    @property
    def requests_gpu(self) -> bool:
        """Tell whether it reserves GPUs."""
        return self.service.requests_gpu

    @cached_property
    def is_privileged(self) -> bool:
        """Tell whether it is `privileged`."""
        return self.service.flag("privileged") is True

    @cached_property
    def is_reachable(self) -> bool | None:
        """Tell whether it publishes ports beyond the loopback interface."""
        is_on_host = self.service.text("network_mode") == "host"
        return is_on_host or any(port.is_on_all_interfaces for port in self.service.ports)

    @cached_property
    def has_read_only_root(self) -> bool | None:
        """Tell what `read_only` says."""
        node = self.service.get("read_only")
        # Compose takes `"true"` for a boolean as well.
        found = self.service.flag("read_only")
        return (
            found if node is None or found is not None else _boolean(self.service.text("read_only"))
        )

    @cached_property
    def memory(self) -> Limit:
        """Return the limit of `deploy` or `mem_limit`; 0 is none."""
        limit = self.service.memory_limit
        return Limit(self.service.memory_limit_node is not None and limit != 0, limit or None)

    @cached_property
    def processors(self) -> Limit:
        """Return the limit of `deploy`, of `cpus`, of a quota, or of a set of processors."""
        limit = self.service.cpu_limit
        is_set = self.service.cpu_limit_node is not None and limit != 0
        return Limit(is_set or any(self.service.get(key) for key in _OF_CPUS), limit or None)

    @cached_property
    def added_capabilities(self) -> tuple[tuple[str, Node], ...]:
        """Return those of `cap_add`."""
        return tuple(
            (_capability(self.service.compose.text(node)), node)
            for node in self.service.items("cap_add")
        )

    @cached_property
    def dropped_capabilities(self) -> tuple[str, ...]:
        """Return those of `cap_drop`."""
        nodes = self.service.items("cap_drop")
        return tuple(_capability(self.service.compose.text(node)) for node in nodes)

    @property
    def _written(self) -> MappingNode | None:
        return self.service.node

    @property
    def _user(self) -> str | None:
        node = self.service.get("user")
        return as_text(node) if self.service.text("user") is None else self.service.text("user")


class PodContainer(Container):
    """A container of a pod."""

    is_service = False

    def __init__(self, file: KubernetesFile, spec: ContainerSpec, place: str) -> None:
        super().__init__(file.source, spec.name or spec.key, spec.span, place)
        self.file = file
        self.spec = spec

    @property
    def node(self) -> MappingNode | None:
        """Return what is written of it, unless an anchor shares it."""
        return None if self.spec.node.is_shared else self.spec.node

    @property
    def is_whole(self) -> bool:
        """Tell whether an image is there: not so in patches."""
        return self.spec.image_node is not None or self.spec.node.get("name") is None

    @property
    def reference(self) -> str | None:
        """Return its image."""
        return self.spec.image

    @property
    def image_node(self) -> Node | None:
        """Return where `image` is."""
        return self.spec.image_node

    @property
    def build(self) -> Build | None:
        """Return the build that a Compose file gives its image."""
        return self.file.build(self.spec)

    @property
    def is_built(self) -> bool:
        """Tell whether its image is built from a Dockerfile that is known."""
        return self.build is not None

    @cached_property
    def environment(self) -> Mapping[str, str | None]:
        """Return the variables of `env`."""
        return {entry.name: entry.value for entry in self.spec.environment}

    @cached_property
    def mounts(self) -> tuple[MountPoint, ...]:
        """Return what `volumeMounts` mount."""
        found = []
        for it in self.spec.volume_mounts:
            volume = self.spec.pod.volumes.get(it.name)
            kind = volume.type if volume is not None else ""
            source, where = it.name, it.node
            if volume is not None and kind == "hostPath":
                path = as_mapping(volume.source)
                node = path.get("path") if path is not None else None
                kind, source, where = "bind", as_text(node) or "", volume.node
            target = it.mount_path.rstrip("/") or "/"
            found.append(MountPoint(target, kind, source, it.read_only, it.node, where))
        return tuple(found)

    @property
    def started(self) -> tuple[Command, ...]:
        """Return what `command` and `args` start."""
        return self.spec.start

    @property
    def requests_gpu(self) -> bool:
        """Tell whether its resources name GPUs."""
        return self.spec.requests_gpu

    @property
    def is_privileged(self) -> bool:
        """Tell whether it is `privileged`."""
        return self.spec.security_flag("privileged") is True

    @property
    def is_reachable(self) -> bool | None:
        """Return None: objects of other kinds say it."""
        return None

    @property
    def has_read_only_root(self) -> bool | None:
        """Tell what `readOnlyRootFilesystem` says."""
        return self.spec.security_flag("readOnlyRootFilesystem")

    @cached_property
    def memory(self) -> Limit:
        """Return its own limit, or that of a LimitRange of its namespace."""
        return self._limit("memory")

    @cached_property
    def processors(self) -> Limit:
        """Return its own limit, or that of a LimitRange of its namespace."""
        return self._limit("cpu")

    def _limit(self, resource: str) -> Limit:
        found = self.spec.limit(resource)
        if found is not None:
            return Limit(is_set=True, value=found.value)
        namespace = self.spec.pod.owner.namespace
        is_default = any(
            as_text(item.get("default", resource)) is not None
            for limits in self.file.all_objects.of("LimitRange")
            if limits.namespace == namespace
            for item in as_list(limits.get("spec", "limits"))
            if isinstance(item, MappingNode)
        )
        return Limit(is_set=is_default)

    @cached_property
    def added_capabilities(self) -> tuple[tuple[str, Node], ...]:
        """Return those that the security context adds."""
        nodes = as_list(self.spec.security("capabilities", "add"))
        return tuple((_capability(as_text(node)), node) for node in nodes)

    @cached_property
    def dropped_capabilities(self) -> tuple[str, ...]:
        """Return those that the security context drops."""
        nodes = as_list(self.spec.security("capabilities", "drop"))
        return tuple(_capability(as_text(node)) for node in nodes)

    @cached_property
    def pod_place(self) -> str:
        """The dotted path of the pod's `spec`."""
        return place_of(self.file, self.spec.pod.node)

    @property
    def _written(self) -> MappingNode | None:
        return self.spec.node

    @property
    def _user(self) -> str | None:
        return as_text(self.spec.security("runAsUser"))


def containers_of(
    subject: ComposeFile | KubernetesFile,
) -> tuple[ServiceContainer | PodContainer, ...]:
    """
    Return the containers that *subject* starts, those of Windows and of patches not.

    Ephemeral containers are nobody's deployment.
    """
    return tuple(it for it in all_containers_of(subject) if it.is_whole)


def hardening_severity(container: Container) -> Severity | None:
    """
    Return how much it matters that *container* has rights that it does not need.

    In Compose, which is for development as a rule, less than in pods, unless others
    reach it; databases, brokers and dashboards as their makers publish them are left alone.
    """
    if not container.is_service:
        return Severity.WARNING
    if container.is_infrastructure:
        return None
    return Severity.WARNING if container.is_reachable else Severity.INFO


@lru_cache(maxsize=2)
def all_containers_of(
    subject: ComposeFile | KubernetesFile,
) -> tuple[ServiceContainer | PodContainer, ...]:
    """Return what `containers_of` does, and also those of which only a patch is here."""
    if isinstance(subject, ComposeFile):
        return tuple(ServiceContainer(subject, service) for service in subject.services)
    places = _places(subject)
    return tuple(
        PodContainer(subject, spec, places.get(id(spec.node), ""))
        for spec in subject.containers
        if spec.key != "ephemeralContainers" and not _is_windows(spec)
    )


def place_of(file: KubernetesFile, node: Node) -> str:
    """Return the dotted path of *node* in its document, as `Fix.changes` has it."""
    return _places(file).get(id(node), "")


@lru_cache(maxsize=2)
def _places(file: KubernetesFile) -> dict[int, str]:
    """Return the dotted paths of all mappings of *file*."""
    found: dict[int, str] = {}
    for document in file.file.documents:
        if document.root is not None:
            found[id(document.root)] = ""
        for node in walk(document.root):
            place = found.get(id(node), "")
            for key, child in _children(node):
                found.setdefault(id(child), f"{place}.{key}" if place else key)
    return found


def _children(node: Node) -> Iterator[tuple[str, Node]]:
    if isinstance(node, MappingNode):
        yield from ((pair.key.text, pair.value) for pair in node.pairs)
    elif isinstance(node, Sequence):
        yield from ((str(number), item) for number, item in enumerate(node.items))


def _is_windows(spec: ContainerSpec) -> bool:
    selected = as_mapping(spec.pod.get("nodeSelector"))
    system = selected.get("kubernetes.io/os") if selected is not None else None
    return "windows" in {as_text(spec.pod.get("os", "name")), as_text(system)}


def _capability(text: str | None) -> str:
    return (text or "").strip().upper().removeprefix("CAP_")


def _boolean(text: str | None) -> bool | None:
    return {"true": True, "false": False}.get((text or "").lower())


_OF_CPUS = ("cpu_quota", "cpuset", "cpu_count", "cpu_percent")
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
_LIBRARIES = (
    "vllm", "torch", "tensorflow", "jax", "transformers", "sentence-transformers", "diffusers",
    "onnxruntime", "onnxruntime-gpu", "scikit-learn", "xgboost", "lightgbm", "catboost",
    "faster-whisper", "ctranslate2", "paddlepaddle", "spacy", "ray",
)  # fmt: skip
_OF_MODELS = frozenset({"triton", "tensorflow-serving", "torchserve", "ollama", "mlserver"})
