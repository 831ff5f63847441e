"""What a rule looks at: a file of Kubernetes objects, and the objects of the whole run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Mapping as MappingType
from functools import cached_property
from typing import TYPE_CHECKING

from boxwright.syntax.yaml.kubernetes import (
    ContainerSpec,
    KubernetesObject,
    PodSpec,
    objects_of,
    selects,
)
from boxwright.syntax.yaml.node import Mapping, as_mapping, as_text
from boxwright.syntax.yaml.tree import YamlFile, parse_yaml
from boxwright.text.record import NamedTuple
from boxwright.text.source import Source

if TYPE_CHECKING:
    from boxwright.practices.kind import Server
    from boxwright.practices.subjects import Build

_SELECTORS = {"NetworkPolicy": ("spec", "podSelector")}
"""Where the selector of pods stands, if not in `spec.selector`."""


class Serving(NamedTuple):
    """What a container serves with, and where."""

    server: Server
    port: int | None
    """None where it is not known."""


class KubernetesObjects:
    """Objects, found by what they are called; a whole run shares them."""

    def __init__(self, objects: Iterable[KubernetesObject] = ()) -> None:
        self._objects = tuple(objects)

    def __iter__(self) -> Iterator[KubernetesObject]:
        return iter(self._objects)

    def __len__(self) -> int:
        return len(self._objects)

    @cached_property
    def _by_kind(self) -> dict[str, tuple[KubernetesObject, ...]]:
        found: dict[str, list[KubernetesObject]] = {}
        for item in self._objects:
            found.setdefault(item.kind, []).append(item)
        return {kind: tuple(items) for kind, items in found.items()}

    @cached_property
    def _by_name(self) -> dict[tuple[str, str], list[KubernetesObject]]:
        found: dict[tuple[str, str], list[KubernetesObject]] = {}
        for item in self._objects:
            found.setdefault((item.kind, item.name), []).append(item)
        return found

    def of(self, *kinds: str) -> tuple[KubernetesObject, ...]:
        """Return the objects of *kinds*."""
        return tuple(item for kind in kinds for item in self._by_kind.get(kind, ()))

    @cached_property
    def _pods_by_label(self) -> dict[tuple[str, str], list[PodSpec]]:
        found: dict[tuple[str, str], list[PodSpec]] = {}
        for item in self._objects:
            for pod in item.pods:
                for label in pod.labels.items():
                    found.setdefault(label, []).append(pod)
        return found

    @cached_property
    def _by_selector(self) -> dict[str, dict[tuple[str, str] | None, list[KubernetesObject]]]:
        """The objects by kind and the first label that they select; None where there is none."""
        found: dict[str, dict[tuple[str, str] | None, list[KubernetesObject]]] = {}
        for item in self._objects:
            selector = _selector(item)
            if selector is not None:
                place = found.setdefault(item.kind, {})
                place.setdefault(_first_label(selector), []).append(item)
        return found

    def selected_by(self, service: KubernetesObject) -> tuple[PodSpec, ...]:
        """Return the pods that *service* picks by their labels."""
        selector = as_mapping(service.get("spec", "selector"))
        label = _first_label(selector) if selector is not None else None
        return tuple(
            pod
            for pod in (self._pods_by_label.get(label, ()) if label is not None else ())
            if _is_same(pod.owner.namespace, service.namespace) and selects(selector, pod.labels)
        )

    def selecting(self, kind: str, pod: PodSpec) -> tuple[KubernetesObject, ...]:
        """Return the objects of *kind* that pick *pod* by its labels."""
        places = self._by_selector.get(kind, {})
        namespace = pod.owner.namespace
        found = [item for label in (*pod.labels.items(), None) for item in places.get(label, ())]
        return tuple(
            item
            for item in sorted(found, key=lambda item: self._numbers[id(item)])
            if _is_same(item.namespace, namespace) and _picks(item, pod.labels)
        )

    @cached_property
    def _numbers(self) -> dict[int, int]:
        return {id(item): number for number, item in enumerate(self._objects)}

    def find(self, kind: str, name: str, namespace: str = "") -> KubernetesObject | None:
        """Return the object *name*; one without a namespace may be in any."""
        return next(
            (
                item
                for item in self._by_name.get((kind, name), ())
                if _is_same(item.namespace, namespace)
            ),
            None,
        )


class KubernetesFile:
    """A file of Kubernetes objects and what is known around it."""

    def __init__(
        self,
        path: str,
        source: Source,
        file: YamlFile,
        *,
        all_objects: KubernetesObjects | None = None,
        builds: MappingType[str, Build | None] | None = None,
        options: MappingType[str, object] | None = None,
    ) -> None:
        self.path = path
        """The file's path, as findings name it."""
        self.source = source
        self.file = file
        self.objects = objects_of(file)
        """The objects in it, those of lists one by one."""
        self.all_objects = all_objects or KubernetesObjects(self.objects)
        """Those of all files of the run, of this one too."""
        self.builds: MappingType[str, Build | None] = builds or {}
        """What images are built from, by their references as files name them."""
        self.options: MappingType[str, object] = options or {}
        """The settings of the rule that is running; whoever runs rules sets them for each."""

    @classmethod
    def of(cls, path: str, source: Source) -> KubernetesFile:
        """Return the file *source* by itself."""
        return cls(path, source, parse_yaml(source))

    @cached_property
    def workloads(self) -> tuple[KubernetesObject, ...]:
        """The objects that run pods."""
        return tuple(item for item in self.objects if item.pods)

    @cached_property
    def pods(self) -> tuple[PodSpec, ...]:
        """The pods and templates of pods."""
        return tuple(pod for item in self.workloads for pod in item.pods)

    @cached_property
    def whole_pods(self) -> tuple[PodSpec, ...]:
        """The pods of which all is known: those of patches are none, nor those for Windows."""
        return tuple(pod for pod in self.pods if pod.is_whole and not pod.is_for_windows)

    @cached_property
    def containers(self) -> tuple[ContainerSpec, ...]:
        """The containers of all pods."""
        return tuple(container for pod in self.pods for container in pod.containers)

    def build(self, container: ContainerSpec) -> Build | None:
        """Return what the image of *container* is built from, where that is known."""
        return self.builds.get(container.image or "")

    def image_user(self, container: ContainerSpec) -> str | None:
        """Return the user of the image of *container*, a name or number; None if not known."""
        build = self.build(container)
        if build is not None:
            return build.final.user.name or None if build.final is not None else None
        if container.image is None:
            return None
        from boxwright.practices.base_images import BaseImage

        facts = BaseImage(container.image).facts
        return facts.user if facts is not None else None

    def serving(self, container: ContainerSpec) -> Serving | None:
        """Return which server *container* runs; None where that is not known."""
        from boxwright.practices.kind import server_named, server_of_image
        from boxwright.practices.programs.servers import server_command

        if container.get("command") is not None or container.get("args") is not None:
            for command in container.start:
                started = server_command(command)
                server = server_named(started.name) if started is not None else None
                if started is not None and server is not None:
                    return Serving(server, started.port)
        if container.get("command") is not None:
            return None
        build = self.build(container)
        if build is not None and build.final is not None and build.final.server is not None:
            found = build.final.server
            server = server_named(found.name)
            return None if server is None else Serving(server, found.port)
        server = server_of_image(repository_of(container.image or ""))
        if server is None:
            return None
        return Serving(server, _stated_port(container) or server.image_port or server.port)

    def selecting(self, kind: str, pod: PodSpec) -> tuple[KubernetesObject, ...]:
        """Return the objects of *kind* in the run that pick *pod* by its labels."""
        return self.all_objects.selecting(kind, pod)

    def scalers(self, workload: KubernetesObject) -> tuple[KubernetesObject, ...]:
        """Return the HorizontalPodAutoscalers of the run that scale *workload*."""
        return tuple(
            item
            for item in self.all_objects.of("HorizontalPodAutoscaler")
            if as_text(item.get("spec", "scaleTargetRef", "kind")) == workload.kind
            and as_text(item.get("spec", "scaleTargetRef", "name")) == workload.name
            and _is_same(item.namespace, workload.namespace)
        )

    @staticmethod
    def is_near(one: KubernetesObject, other: KubernetesObject) -> bool:
        """Tell whether two objects can be in one namespace."""
        return _is_same(one.namespace, other.namespace)

    def claim(self, pod: PodSpec, volume: str) -> KubernetesObject | None:
        """Return the PersistentVolumeClaim behind the *volume* of *pod*, where a file has it."""
        found = pod.volumes.get(volume)
        if found is None or found.claim is None:
            return None
        return self.all_objects.find("PersistentVolumeClaim", found.claim, pod.owner.namespace)


def _selector(item: KubernetesObject) -> Mapping | None:
    return as_mapping(item.get(*_SELECTORS.get(item.kind, ("spec", "selector"))))


def _picks(item: KubernetesObject, labels: MappingType[str, str]) -> bool:
    selector = _selector(item)
    # An empty selector is all pods to a policy, and none to a Service.
    is_all = selector is not None and not selector.pairs and item.kind != "Service"
    return is_all or selects(selector, labels)


def _first_label(selector: Mapping) -> tuple[str, str] | None:
    """Return a label that all have which *selector* picks; None where there is none for sure."""
    is_plain = selector.pair("matchLabels") is None and selector.pair("matchExpressions") is None
    labels = selector if is_plain else as_mapping(selector.get("matchLabels"))
    for key, node in labels.items() if labels is not None else ():
        value = as_text(node)
        if value is not None:
            return key, value
    return None


def listed(names: Iterable[str]) -> str:
    """
    Return *names* as messages have them.

    >>> listed(["a"]), listed(["a", "b", "c"])
    ('`a`', '`a`, `b` and `c`')
    """
    *others, last = [f"`{name}`" for name in names]
    return f"{', '.join(others)} and {last}" if others else last


def repository_of(image: str) -> str:
    """
    Return the name of *image* without tag and digest.

    >>> repository_of("registry.example.org:5000/ml/api:1.0@sha256:0")
    'registry.example.org:5000/ml/api'
    """
    name = image.partition("@")[0]
    folder, slash, last = name.rpartition("/")
    return folder + slash + last.partition(":")[0]


def _stated_port(container: ContainerSpec) -> int | None:
    """Return the port that the arguments of *container* name, whatever takes them."""
    words = container.words
    for word, behind in zip(words, (*words[1:], ""), strict=False):
        name, sign, value = word.partition("=")
        if name in {"--port", "--http-port", "--http_port"}:
            value = value if sign else behind
            return int(value) if value.isascii() and value.isdecimal() and len(value) < 6 else None
    return None


def _is_same(one: str, other: str) -> bool:
    """Tell whether two namespaces can be the same: what says none is put in some later."""
    return not one or not other or one == other
