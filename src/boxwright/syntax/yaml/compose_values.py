"""What stands in a service of a Compose file, in the short and the long syntax."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from boxwright.syntax.yaml.interpolation import Interpolated
from boxwright.syntax.yaml.node import (
    Mapping,
    Node,
    Scalar,
    Sequence,
    as_bool,
    as_list,
    as_mapping,
    as_text,
)
from boxwright.text.record import NamedTuple
from boxwright.text.source import Span

Expand: TypeAlias = Callable[[Node | None], Interpolated]
"""How the text of a scalar gets the values of its variables."""


class Assignment(NamedTuple):
    """An entry of `environment`, `args` or `labels`, written as a list or a mapping."""

    name: str
    value: str | None
    """None where it comes from outside (`is_passed`), or depends on something unknown."""
    node: Node
    """The value in a mapping, the item in a list."""
    is_passed: bool
    """Whether only the name is given: the value is that of the same name outside."""
    text: str
    """The value as it is written, variables and all."""
    name_span: Span
    value_span: Span


class EnvFile(NamedTuple):
    """A file that a container's environment is read from."""

    path: str | None
    """From the folder of the Compose file; None where that is not known."""
    required: bool
    format: str
    node: Node


class Port(NamedTuple):
    """A published port, or a range of them."""

    host_ip: str
    """Empty for all interfaces."""
    published: str
    """A port or a range on the host; empty where the engine chooses."""
    target: str
    """A port or a range in the container."""
    protocol: str
    node: Node
    mode: str = ""

    @property
    def published_ports(self) -> range:
        """The ports on the host: none where they are chosen or not known."""
        return _range(self.published)

    @property
    def target_ports(self) -> range:
        """The ports in the container: none where they are not known."""
        return _range(self.target)

    @property
    def is_on_all_interfaces(self) -> bool:
        """Whether everybody who reaches the host reaches it."""
        return self.host_ip in {"", "0.0.0.0", "::", "0:0:0:0:0:0:0:0"}  # noqa: S104 (looked for)


class Mount(NamedTuple):
    """Something mounted into a container."""

    type: str
    """`bind`, `volume`, `tmpfs`, `npipe`, `cluster` or `image`."""
    source: str
    """A path or the name of a volume; empty for an anonymous volume and `tmpfs`."""
    target: str
    read_only: bool
    node: Node
    options: tuple[str, ...] = ()
    """Those of the short syntax: `ro`, `z`, `rshared`, …"""


class Dependency(NamedTuple):
    """A service that another waits for."""

    service: str
    condition: str | None
    """None where only the name is given, which means `service_started`."""
    node: Node
    required: bool = True


class Device:
    """A reservation of devices, by `deploy` or by `gpus`."""

    def __init__(
        self,
        node: Node,
        *,
        driver: str = "",
        count: str = "",
        device_ids: tuple[str, ...] = (),
        capabilities: tuple[str, ...] = (),
    ) -> None:
        self.node = node
        self.driver = driver
        self.count = count
        """A number, `all`, or empty."""
        self.device_ids = device_ids
        self.capabilities = capabilities

    @property
    def is_gpu(self) -> bool:
        """Whether GPUs are reserved."""
        return "gpu" in self.capabilities or self.driver == "nvidia"


class Grant(NamedTuple):
    """A secret or config that a service or a build is given."""

    source: str
    target: str
    """Empty where it is not said."""
    node: Node


def assignments(node: Node, expand: Expand) -> Iterator[Assignment]:
    """Return the entries of *node*, a list of `NAME=value` or a mapping."""
    if isinstance(node, Mapping):
        for pair in node.effective().values():
            value = pair.value
            is_passed = isinstance(value, Scalar) and value.is_null
            yield Assignment(
                pair.key.text,
                None if is_passed else expand(value).value,
                value,
                is_passed,
                "" if is_passed else as_text(value) or "",
                pair.key.span,
                pair.value_span,
            )
    for item in as_list(node):
        if isinstance(item, Scalar) and not item.is_null:
            name, equals, text = item.text.partition("=")
            expanded = expand(item)
            _, _, value_text = expanded.text.partition("=")
            yield Assignment(
                name,
                value_text if equals and expanded.value is not None else None,
                item,
                not equals,
                text,
                item.span_of(0, len(name)),
                item.span_of(len(name) + len(equals), len(item.text)),
            )


def env_file(node: Node, expand: Expand) -> EnvFile:
    """Return the file of variables that the item *node* of `env_file` names."""
    if isinstance(node, Mapping):
        required = as_bool(node.get("required")) is not False
        path = expand(node.get("path")).value
        return EnvFile(path, required, as_text(node.get("format")) or "", node)
    return EnvFile(expand(node).value, True, "", node)


def port(node: Node, expand: Expand) -> Port | None:
    """Return the ports that the item *node* of `ports` publishes; None where it is none."""
    if isinstance(node, Mapping):
        texts = (
            expand(node.get(key)).text
            for key in ("host_ip", "published", "target", "protocol", "mode")
        )
        host_ip, published, target, protocol, mode = texts
        return Port(host_ip, published, target, protocol or "tcp", node, mode)
    text = expand(node).text
    if not text:
        return None
    rest, _, protocol = text.partition("/")
    rest, _, target = rest.rpartition(":")
    # What is not known yet (`${IP}`) has no colons; an address of IPv6 may lack its brackets.
    host_ip, _, published = rest.rpartition(":")
    return Port(host_ip.strip("[]"), published, target, protocol or "tcp", node)


def mount(node: Node, expand: Expand) -> Mount | None:
    """Return what the item *node* of `volumes` mounts; None where it is nothing."""
    if isinstance(node, Mapping):
        kind, source, target = (expand(node.get(key)).text for key in ("type", "source", "target"))
        return Mount(kind or "volume", source, target, as_bool(node.get("read_only")) is True, node)
    parts = _volume_parts(expand(node).text)
    if not parts:
        return None
    if len(parts) == 1:
        return Mount("volume", "", parts[0], False, node)
    source, target, *rest = parts
    options = tuple(option for part in rest for option in part.split(",") if option)
    is_path = source.startswith((".", "/", "~", "$", "\\")) or "/" in source or source[1:2] == ":"
    return Mount("bind" if is_path else "volume", source, target, "ro" in options, node, options)


def tmpfs(node: Node, expand: Expand) -> Mount:
    """Return what the item *node* of `tmpfs` mounts."""
    target, _, text = expand(node).text.partition(":")
    options = tuple(option for option in text.split(",") if option)
    return Mount("tmpfs", "", target, "ro" in options, node, options)


def dependencies(node: Node) -> Iterator[Dependency]:
    """Return what the node of `depends_on` names."""
    if isinstance(node, Mapping):
        for name, value in node.items():
            inner = as_mapping(value)
            condition = as_text(inner.get("condition")) if inner is not None else None
            is_optional = inner is not None and as_bool(inner.get("required")) is False
            yield Dependency(name, condition, value, not is_optional)
    for item in as_list(node):
        if (name_text := as_text(item)) is not None:
            yield Dependency(name_text, None, item)


def devices(node: Node, expand: Expand) -> Iterator[Device]:
    """Return the reservations in the node of `devices` (of a deployment) or `gpus`."""
    for item in as_list(node):
        if isinstance(item, Mapping):
            yield Device(
                item,
                driver=expand(item.get("driver")).text,
                count=expand(item.get("count")).text,
                device_ids=tuple(expand(each).text for each in as_list(item.get("device_ids"))),
                capabilities=_capabilities(item.get("capabilities")),
            )


def grant(node: Node, expand: Expand) -> Grant | None:
    """Return the secret or config that *node*, an item of such a list, names."""
    if isinstance(node, Mapping):
        return Grant(expand(node.get("source")).text, expand(node.get("target")).text, node)
    text = expand(node).text
    return Grant(text, "", node) if text else None


def _capabilities(node: Node | None) -> tuple[str, ...]:
    """Return the capabilities in *node*; old files have a list of lists."""
    found: list[str] = []
    for item in as_list(node):
        nested = as_list(item) if isinstance(item, Sequence) else (item,)
        found += (text for each in nested if (text := as_text(each)) is not None)
    return tuple(found)


def _volume_parts(text: str) -> list[str]:
    """Return the parts of a volume in the short syntax; the colon of `C:` parts nothing."""
    parts = text.split(":") if text else []
    joined: list[str] = []
    for part in parts:
        is_drive = joined and len(joined[-1]) == 1 and joined[-1].isalpha()
        if is_drive and part.startswith(("\\", "/")):
            joined[-1] += f":{part}"
        else:
            joined.append(part)
    return joined


def _range(text: str) -> range:
    first, _, last = text.partition("-")
    last = last or first
    if not (first.isdecimal() and last.isdecimal() and len(first) < 6 and len(last) < 6):
        return range(0)
    return range(int(first), int(last) + 1)
