"""
Kubernetes objects: what a file declares, and the pods and containers in it.

Pods are found in the workloads of Kubernetes by where their templates stand, and in all
other kinds (Knative, KServe, Ray, training operators) by what they look like.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterator
from collections.abc import Mapping as MappingType
from functools import cache, cached_property
from typing import TYPE_CHECKING

from boxwright.syntax.yaml.commands import exec_commands, words_of
from boxwright.syntax.yaml.node import (
    Mapping,
    Node,
    Scalar,
    Sequence,
    as_bool,
    as_int,
    as_list,
    as_mapping,
    as_text,
    walk,
)
from boxwright.syntax.yaml.tree import YamlFile, parse_yaml
from boxwright.syntax.yaml.units import parse_quantity
from boxwright.text.record import NamedTuple
from boxwright.text.source import Source, Span

if TYPE_CHECKING:
    from boxwright.syntax.shell.command import Command

_TEMPLATES: dict[str, tuple[str, ...]] = {
    "Pod": (),
    "Deployment": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
    "DaemonSet": ("spec", "template"),
    "ReplicaSet": ("spec", "template"),
    "ReplicationController": ("spec", "template"),
    "Job": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    "PodTemplate": ("template",),
}
"""Where the template of a pod stands in the kinds of Kubernetes itself."""
_WITH_SELECTOR = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"})
"""The kinds that have to say by which labels they know their pods."""
_WITHOUT_PODS = frozenset(
    {
        "ConfigMap", "Secret", "Service", "Ingress", "PersistentVolumeClaim", "PersistentVolume",
        "HorizontalPodAutoscaler", "PodDisruptionBudget", "NetworkPolicy", "ServiceAccount",
        "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding", "Namespace", "StorageClass",
        "CustomResourceDefinition", "PriorityClass", "LimitRange", "ResourceQuota",
    }
)  # fmt: skip
_KSERVE_FRAMEWORKS = frozenset(
    {
        "model", "sklearn", "xgboost", "tensorflow", "pytorch", "triton", "onnx", "huggingface",
        "lightgbm", "paddle", "pmml",
    }
)  # fmt: skip
_OF_POD_TOO = frozenset(
    {
        "runAsUser", "runAsGroup", "runAsNonRoot", "seLinuxOptions", "seccompProfile",
        "windowsOptions", "appArmorProfile",
    }
)  # fmt: skip
"""What containers take from the security context of their pod where they do not say."""


class EnvEntry(NamedTuple):
    """A variable of a container."""

    name: str
    value: str | None
    """None where it comes from somewhere else."""
    value_from: Mapping | None
    node: Mapping


class VolumeMount(NamedTuple):
    """A volume that is mounted into a container."""

    name: str
    mount_path: str
    read_only: bool
    sub_path: str
    node: Mapping


class Volume(NamedTuple):
    """A volume of a pod."""

    name: str
    type: str
    """`emptyDir`, `hostPath`, `persistentVolumeClaim`, …; empty where none is given."""
    source: Node | None
    """What stands at the key of that name."""
    node: Mapping

    @property
    def claim(self) -> str | None:
        """The name of the PersistentVolumeClaim."""
        source = as_mapping(self.source) if self.type == "persistentVolumeClaim" else None
        return as_text(source.get("claimName")) if source is not None else None


class Quantity(NamedTuple):
    """How much of a resource is asked for or allowed."""

    text: str
    value: float | None
    """None where the text is no quantity."""
    node: Node


class ContainerSpec:
    """A container of a pod."""

    def __init__(self, pod: PodSpec, node: Mapping, key: str, *, name: str = "") -> None:
        self.pod = pod
        self.node = node
        self.key = key
        """The list that it is in: `containers`, `initContainers`, `ephemeralContainers`."""
        self.name = as_text(node.get("name")) or name

    @property
    def is_init(self) -> bool:
        """Whether it runs before the others and ends: not so as a sidecar."""
        return self.key == "initContainers" and not self.is_sidecar

    @property
    def is_sidecar(self) -> bool:
        """Whether it starts before the others and goes on running beside them."""
        return self.key == "initContainers" and as_text(self.get("restartPolicy")) == "Always"

    @property
    def span(self) -> Span:
        """Where its name stands, or else its first line."""
        name = self.node.get("name")
        if name is not None:
            return name.span
        first = self.node.pairs[0].key if self.node.pairs else self.node
        return first.span

    def get(self, *path: str | int) -> Node | None:
        """Return what lies at *path*."""
        return self.node.get(*path)

    def text(self, *path: str | int) -> str | None:
        """Return the text at *path*."""
        return as_text(self.node.get(*path))

    @property
    def image_node(self) -> Node | None:
        """Where the image is named."""
        return self.get("image")

    @property
    def image(self) -> str | None:
        """The reference of its image."""
        return as_text(self.image_node)

    def security(self, *path: str) -> Node | None:
        """Return what is in force at *path* of the security context: its own, or the pod's."""
        if path and path[0] in _OF_POD_TOO:
            own = self.node.get("securityContext", path[0])
            # A field is taken from the pod as a whole, or not at all.
            if own is None or (isinstance(own, Scalar) and own.is_null):
                return self.pod.node.get("securityContext", *path)
        return self.node.get("securityContext", *path)

    def security_flag(self, *path: str) -> bool | None:
        """Return the boolean that is in force at *path* of the security context."""
        return as_bool(self.security(*path))

    def request(self, resource: str) -> Quantity | None:
        """Return how much of *resource* is asked for: the limit, where only that is given."""
        return self._quantity("requests", resource) or self.limit(resource)

    def own_request(self, resource: str) -> Quantity | None:
        """Return how much of *resource* `requests` itself says."""
        return self._quantity("requests", resource)

    def limit(self, resource: str) -> Quantity | None:
        """Return how much of *resource* is allowed."""
        return self._quantity("limits", resource)

    def _quantity(self, key: str, resource: str) -> Quantity | None:
        node = self.node.get("resources", key, resource)
        text = as_text(node)
        return None if text is None or node is None else Quantity(text, parse_quantity(text), node)

    @cached_property
    def environment(self) -> tuple[EnvEntry, ...]:
        """The variables of `env`, in order."""
        return tuple(
            EnvEntry(
                as_text(item.get("name")) or "",
                as_text(item.get("value")),
                as_mapping(item.get("valueFrom")),
                item,
            )
            for item in as_list(self.get("env"))
            if isinstance(item, Mapping)
        )

    @cached_property
    def ports(self) -> tuple[tuple[int | None, str, Mapping], ...]:
        """The ports that it says it has: number, name, node."""
        return tuple(
            (as_int(item.get("containerPort")), as_text(item.get("name")) or "", item)
            for item in as_list(self.get("ports"))
            if isinstance(item, Mapping)
        )

    @cached_property
    def volume_mounts(self) -> tuple[VolumeMount, ...]:
        """What is mounted into it."""
        return tuple(
            VolumeMount(
                as_text(item.get("name")) or "",
                as_text(item.get("mountPath")) or "",
                as_bool(item.get("readOnly")) is True,
                as_text(item.get("subPath")) or "",
                item,
            )
            for item in as_list(self.get("volumeMounts"))
            if isinstance(item, Mapping)
        )

    @property
    def liveness_probe(self) -> Mapping | None:
        """The probe that restarts it."""
        return as_mapping(self.get("livenessProbe"))

    @property
    def readiness_probe(self) -> Mapping | None:
        """The probe that gives it traffic."""
        return as_mapping(self.get("readinessProbe"))

    @property
    def startup_probe(self) -> Mapping | None:
        """The probe that the others wait for."""
        return as_mapping(self.get("startupProbe"))

    @cached_property
    def start(self) -> tuple[Command, ...]:
        """What `command` and `args` start; what the image has is not in it."""
        return exec_commands([self.get("command"), self.get("args")])

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words of `command` and `args`."""
        return tuple(word.text for word in words_of([self.get("command"), self.get("args")]))

    @property
    def requests_gpu(self) -> bool:
        """Whether it asks for GPUs of any make."""
        return bool(self.gpu_resources)

    @cached_property
    def gpu_resources(self) -> tuple[str, ...]:
        """The names of the GPU resources in its requests and limits."""
        found: dict[str, None] = {}
        for key in ("limits", "requests"):
            resources = as_mapping(self.get("resources", key))
            for name in resources.keys() if resources is not None else ():
                if _is_gpu(name):
                    found[name] = None
        return tuple(found)


class PodSpec:
    """A pod, or the template of one."""

    def __init__(self, owner: KubernetesObject, node: Mapping, template: Mapping | None) -> None:
        self.owner = owner
        self.node = node
        """Its `spec`."""
        self.template = template
        """What holds the `spec` and its `metadata`; None where there is no such thing."""

    def get(self, *path: str | int) -> Node | None:
        """Return what lies at *path* of its `spec`."""
        return self.node.get(*path)

    @cached_property
    def labels(self) -> dict[str, str]:
        """Its labels."""
        return _texts(self.template.get("metadata", "labels") if self.template else None)

    @cached_property
    def annotations(self) -> dict[str, str]:
        """Its annotations."""
        return _texts(self.template.get("metadata", "annotations") if self.template else None)

    @cached_property
    def containers(self) -> tuple[ContainerSpec, ...]:
        """All containers: those that run first come first."""
        found = [
            ContainerSpec(self, item, key)
            for key in ("initContainers", "containers", "ephemeralContainers")
            for item in as_list(self.get(key))
            if isinstance(item, Mapping)
        ]
        if self.owner.is_kserve:
            # What the predictor says of its model becomes a container of this name.
            found += [
                ContainerSpec(self, pair.value, "containers", name="kserve-container")
                for key, pair in self.node.effective().items()
                if key in _KSERVE_FRAMEWORKS and isinstance(pair.value, Mapping)
            ]
        return tuple(found)

    @cached_property
    def volumes(self) -> dict[str, Volume]:
        """Its volumes, by name."""
        found: dict[str, Volume] = {}
        for item in as_list(self.get("volumes")):
            if not isinstance(item, Mapping):
                continue
            name = as_text(item.get("name")) or ""
            kind = next((key for key in item.keys() if key != "name"), "")  # noqa: SIM118 (no dict)
            found[name] = Volume(name, kind, item.get(kind) if kind else None, item)
        for item in as_list(self.owner.get("spec", "volumeClaimTemplates")):
            claim = as_mapping(item)
            called = as_text(claim.get("metadata", "name")) if claim is not None else None
            if claim is not None and called is not None:
                found.setdefault(called, Volume(called, "volumeClaimTemplate", claim, claim))
        return found

    @cached_property
    def is_whole(self) -> bool:
        """
        Whether all of it is here: what it does not say is not said.

        A patch for another file has no selector of pods, or no images.
        """
        if self.owner.kind in _WITH_SELECTOR and self.owner.get("spec", "selector") is None:
            return False
        return bool(self.containers) and all(
            container.image is not None or self.owner.is_kserve for container in self.containers
        )

    @property
    def is_for_windows(self) -> bool:
        """Whether it says that it runs on Windows."""
        node_selector = as_mapping(self.get("nodeSelector"))
        selected = as_text(node_selector.get("kubernetes.io/os")) if node_selector else None
        return "windows" in (as_text(self.get("os", "name")), selected)

    @property
    def span(self) -> Span:
        """Where it is found: the name of its object, or the key of its own list of containers."""
        if len(self.owner.pods) == 1:
            return self.owner.span
        pair = self.node.pair("containers")
        return pair.key.span if pair is not None else self.owner.span

    @property
    def service_account(self) -> str | None:
        """The service account that it runs under."""
        return as_text(self.get("serviceAccountName")) or as_text(self.get("serviceAccount"))


class KubernetesObject:
    """An object of Kubernetes, as a file declares it."""

    def __init__(self, node: Mapping) -> None:
        self.node = node
        self.source: Source = node.source
        self.kind = as_text(node.get("kind")) or ""
        self.api_version = as_text(node.get("apiVersion")) or ""
        self.name = as_text(node.get("metadata", "name")) or ""
        self.namespace = as_text(node.get("metadata", "namespace")) or ""
        """Empty where the file does not say."""

    @property
    def span(self) -> Span:
        """Where its name stands, or else its kind."""
        found = self.node.get("metadata", "name") or self.node.get("kind")
        return self.node.span if found is None else found.span

    @property
    def shown(self) -> str:
        """What to call it: its name, what one is made from, or its kind."""
        return self.name or self.text("metadata", "generateName") or self.kind

    @property
    def group(self) -> str:
        """The group of its API: empty for the core."""
        return self.api_version.rpartition("/")[0]

    @property
    def is_native(self) -> bool:
        """Whether Kubernetes itself runs its pods, and no operator that adds to them."""
        return self.kind in _TEMPLATES and self.group in {"", "apps", "batch", "extensions"}

    @property
    def is_lasting(self) -> bool:
        """Whether its pods are meant to run on and on, as those of services do."""
        if not self.is_native or self.kind in {"Job", "CronJob", "PodTemplate"}:
            return False
        policy = as_text(self.get("spec", "restartPolicy")) if self.kind == "Pod" else None
        return policy not in {"Never", "OnFailure"}

    @property
    def is_kserve(self) -> bool:
        """Whether it is an inference service of KServe."""
        return self.kind == "InferenceService" and self.group == "serving.kserve.io"

    def get(self, *path: str | int) -> Node | None:
        """Return what lies at *path*."""
        return self.node.get(*path)

    def text(self, *path: str | int) -> str | None:
        """Return the text at *path*."""
        return as_text(self.node.get(*path))

    @cached_property
    def labels(self) -> dict[str, str]:
        """Its own labels, which are not those of its pods."""
        return _texts(self.get("metadata", "labels"))

    @cached_property
    def annotations(self) -> dict[str, str]:
        """Its own annotations."""
        return _texts(self.get("metadata", "annotations"))

    @property
    def replicas(self) -> int | None:
        """How many pods it wants; None where it does not say."""
        return as_int(self.get("spec", "replicas"))

    @cached_property
    def pods(self) -> tuple[PodSpec, ...]:
        """The pods or templates of pods in it, in the order of the file."""
        if self.kind in _TEMPLATES and self.group in {"", "apps", "batch", "extensions"}:
            path = _TEMPLATES[self.kind]
            template = as_mapping(self.node.get(*path))
            spec = as_mapping(template.get("spec")) if template is not None else None
            return () if spec is None else (PodSpec(self, spec, template),)
        if self.kind in _WITHOUT_PODS and self.group != "serving.knative.dev":
            return ()
        found = [PodSpec(self, spec, template) for spec, template in self._look_for_pods()]
        return tuple(sorted(found, key=lambda pod: pod.node.start))

    def _look_for_pods(self) -> Iterator[tuple[Mapping, Mapping | None]]:
        templates = {}
        spec = self.get("spec")
        nodes = [node for node in walk(spec) if isinstance(node, Mapping)]
        for node in nodes:
            inner = as_mapping(node.get("spec"))
            if inner is not None:
                templates[id(inner)] = node
        for node in nodes:
            containers = as_list(node.get("containers"))
            is_pod = bool(containers) and all(
                isinstance(item, Mapping) and (item.pair("image") or item.pair("name"))
                for item in containers
            )
            is_predictor = self.is_kserve and any(
                isinstance(node.get(key), Mapping) for key in _KSERVE_FRAMEWORKS
            )
            if is_pod or (is_predictor and node is not spec):
                yield node, templates.get(id(node))

    @property
    def pod_spec(self) -> Mapping | None:
        """The `spec` of its first pod."""
        return self.pods[0].node if self.pods else None

    @cached_property
    def containers(self) -> tuple[ContainerSpec, ...]:
        """The containers of all its pods."""
        return tuple(container for pod in self.pods for container in pod.containers)


def parse_kubernetes(source: Source) -> tuple[KubernetesObject, ...]:
    r"""
    Return the objects that *source* declares; never raises.

    >>> [it.kind for it in parse_kubernetes(Source("a.yaml", "apiVersion: v1\nkind: Pod\n"))]
    ['Pod']
    """
    return objects_of(parse_yaml(source))


def objects_of(file: YamlFile) -> tuple[KubernetesObject, ...]:
    """Return the objects in the documents of *file*, those of lists one by one."""
    found = []
    waiting = [document.root for document in reversed(file.documents)]
    seen = set()
    while waiting:
        node = waiting.pop()
        if not isinstance(node, Mapping) or id(node) in seen:
            continue
        seen.add(id(node))
        item = KubernetesObject(node)
        items = node.get("items")
        if item.kind.endswith("List") and isinstance(items, Sequence):
            waiting += reversed(items.items)
        elif item.kind and item.api_version:
            found.append(item)
    return tuple(found)


def selects(selector: Node | None, labels: MappingType[str, str]) -> bool:
    """
    Tell whether *selector* picks what has *labels*.

    It is that of a Service (labels alone), or one with `matchLabels` and
    `matchExpressions`; an empty one of the first sort picks nothing, of the second all.
    """
    if not isinstance(selector, Mapping):
        return False
    if selector.pair("matchLabels") is None and selector.pair("matchExpressions") is None:
        wanted = _texts(selector)
        return bool(wanted) and _has(labels, wanted)
    if not _has(labels, _texts(selector.get("matchLabels"))):
        return False
    return all(_holds(item, labels) for item in as_list(selector.get("matchExpressions")))


def _holds(expression: Node, labels: MappingType[str, str]) -> bool:
    if not isinstance(expression, Mapping):
        return False
    key = as_text(expression.get("key")) or ""
    wanted = {as_text(value) for value in as_list(expression.get("values"))}
    match as_text(expression.get("operator")):
        case "In":
            return labels.get(key) in wanted and key in labels
        case "NotIn":
            return labels.get(key) not in wanted or key not in labels
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
        case _:
            return False


def _has(labels: MappingType[str, str], wanted: MappingType[str, str]) -> bool:
    return all(labels.get(key) == value for key, value in wanted.items())


def is_helm_template(text: str, path: str = "", paths: Collection[str] = ()) -> bool:
    """
    Tell whether *text* is a template of a Helm chart, no YAML yet.

    It is one where braces stand outside of quotes and blocks, or where its *path* is
    `templates/…` beside a Chart.yaml among *paths*.
    """
    folder = posixpath.dirname(path)
    while folder:
        folder, name = posixpath.split(folder)
        if name == "templates" and posixpath.join(folder, "Chart.yaml") in paths:
            return True
    if "{{" not in text:
        return False
    if _template_pattern().search(text):
        return True
    file = parse_yaml(Source(path, text))
    if file.problems:
        return True
    quoted = sum(
        node.raw.count("{{")
        for document in file.documents
        for node in walk(document.root)
        if isinstance(node, Scalar) and node.style
    )
    commented = sum(comment.text.count("{{") for comment in file.comments)
    return text.count("{{") > quoted + commented


def is_kustomization(node: Node | None, path: str = "") -> bool:
    """Tell whether *node*, the root of the file *path*, tells kustomize what to put together."""
    if posixpath.basename(path).lower() in {
        "kustomization.yaml", "kustomization.yml", "kustomization",
    }:  # fmt: skip
        return True
    group = as_text(node.get("apiVersion")) if isinstance(node, Mapping) else None
    return (group or "").startswith("kustomize.config.k8s.io/")


@cache
def _template_pattern() -> re.Pattern[str]:
    return re.compile(r"\{\{-?\s{0,20}(?:\.(?:Values|Release|Chart|Capabilities)\b|include\s+\")")


def _texts(node: Node | None) -> dict[str, str]:
    if not isinstance(node, Mapping):
        return {}
    return {key: text for key, value in node.items() if (text := as_text(value)) is not None}


def _is_gpu(resource: str) -> bool:
    domain, _, name = resource.partition("/")
    return name.startswith(("gpu", "mig-")) or (
        domain.endswith("intel.com") and name in {"i915", "xe"}
    )
