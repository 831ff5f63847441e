"""Names, labels and quantities as Kubernetes takes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from boxwright.syntax.yaml.written import Data, Literal

Object: TypeAlias = dict[str, Data]
"""An object, or a part of one."""

NAME = "app.kubernetes.io/name"
COMPONENT = "app.kubernetes.io/component"
PART_OF = "app.kubernetes.io/part-of"
VERSION = "app.kubernetes.io/version"
MANAGED_BY = "app.kubernetes.io/managed-by"
NAMESPACE_NAME = "kubernetes.io/metadata.name"
"""The label with its own name that Kubernetes gives to every namespace."""

_GIB = 1 << 30
_MIB = 1 << 20


def dns_label(text: str) -> str:
    """
    Return *text* as the name of an object: small letters, digits and hyphens, a letter first.

    >>> dns_label("Credit_Risk.v2"), dns_label("2048"), dns_label("__")
    ('credit-risk-v2', 'app-2048', 'app')
    """
    plain = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    if not plain[:1].isalpha():
        plain = f"app-{plain}"
    return plain[:50].strip("-")


def label_value(text: str) -> str:
    """
    Return *text* as the value of a label.

    >>> label_value("1.0+cu130")
    '1.0-cu130'
    """
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text)[:63].strip("-._")


def image_tag(version: str) -> str:
    """
    Return the tag of the image of *version*; what has no version is `0.0.0`.

    >>> image_tag("1.0+cu130"), image_tag("")
    ('1.0-cu130', '0.0.0')
    """
    return re.sub(r"[^A-Za-z0-9._-]+", "-", version).lstrip(".-")[:128] or "0.0.0"


def identity(name: str, part_of: str) -> dict[str, str]:
    """Return the labels by which the pods of *name* are known; they never change."""
    return {NAME: name, PART_OF: part_of}


def labels(name: str, part_of: str, component: str = "", version: str = "") -> dict[str, str]:
    """Return the labels of an object."""
    found = identity(name, part_of)
    if component:
        found[COMPONENT] = label_value(component)
    if version:
        found[VERSION] = label_value(version)
    return found


def declared(
    api_version: str,
    kind: str,
    name: str,
    namespace: str,
    labels: Mapping[str, str],
    spec: Object,
    annotations: Mapping[str, str] | None = None,
) -> Object:
    """Return an object."""
    metadata: Object = {"name": name, "namespace": namespace}
    if annotations:
        metadata["annotations"] = annotations
    metadata["labels"] = labels
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec}


def exceptions(reasons: Mapping[str, str]) -> dict[str, str]:
    """Return the annotations that tell checkov why it should not look for its codes."""
    return {
        f"checkov.io/skip{number}": f"{code}={reason}"
        for number, (code, reason) in enumerate(sorted(reasons.items()), start=1)
    }


def memory(size: int) -> str:
    """
    Return a quantity of *size* bytes, rounded up to MiB.

    >>> memory(2 << 30), memory(1536 << 20), memory(1)
    ('2Gi', '1536Mi', '1Mi')
    """
    if size % _GIB == 0 and size:
        return f"{size // _GIB}Gi"
    return f"{max(1, -(-size // _MIB))}Mi"


def processors(number: float) -> str:
    """
    Return a quantity of processors.

    >>> processors(2), processors(0.25)
    ('2', '250m')
    """
    thousandths = max(10, round(number * 1000))
    return f"{thousandths}m" if thousandths % 1000 else str(thousandths // 1000)


def port_name(kind: str) -> str:
    """
    Return the name of the port of a companion of *kind*, of which Kubernetes takes 15 letters.

    >>> port_name("redis"), port_name("opentelemetry-collector")
    ('redis', 'opentelemetry-c')
    """
    return dns_label(kind)[:15].strip("-")


def literal(text: str) -> str:
    """
    Return *text* so that Kubernetes replaces no variable in it.

    >>> literal("$(HOME) costs $5"), literal("$$")
    ('$$(HOME) costs $5', '$$$')
    """
    return re.sub(r"\$(?=[$(])", "$$", text)


def words(command: Iterable[str]) -> list[Data]:
    """Return *command* as it is written: programs of several lines as such."""
    return [Literal(word) if "\n" in word else word for word in command]
