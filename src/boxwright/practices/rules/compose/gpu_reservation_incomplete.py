"""
A GPU is asked for in a way that Compose refuses, or that out of date.

A reservation of devices needs `capabilities`; without it, or with both `count` and `device_ids`, Compose stops before anything starts.
`runtime: nvidia` is from before there were reservations: it needs the runtime to be set up in the engine's configuration, and gives the container all GPUs of the machine.

Bad:

```yaml
services:
  train:
    image: example/train:1.4
    deploy:
      resources:
        reservations:
          devices:
            - driver: nvidia
              count: 1
```

```yaml
services:
  train:
    image: example/train:1.4
    runtime: nvidia
```

Good:

```yaml
services:
  train:
    image: example/train:1.4
    deploy:
      resources:
        reservations:
          devices:
            - driver: nvidia
              count: 1
              capabilities: [gpu]
```

## When it is fine

Jetson boards have no reservations: an image for them (`l4t`, `jetson`) may ask for the runtime.
`driver` may be left out: the engine then takes the one that gives GPUs.

## Fix

`capabilities: [gpu]` is put in: safe, since Compose refuses the file without it.
`runtime: nvidia` becomes a reservation of all GPUs, or goes where there is one already: unsafe, since the engine must have the NVIDIA Container Toolkit set up for that.

## Equivalents

None.

## References

Docker patterns, Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.compose_fixes import changed_path
from boxwright.practices.compose_services import is_own
from boxwright.practices.rule import Problem, rule
from boxwright.syntax.yaml.compose import Service
from boxwright.syntax.yaml.compose_values import Device
from boxwright.syntax.yaml.edit import insert_pair, remove_pair
from boxwright.syntax.yaml.node import Mapping, Scalar, as_list, as_text
from boxwright.text.edit import Edit
from boxwright.text.source import Span

_DEVICES = ("deploy", "resources", "reservations", "devices")


@rule(ComposeFile, severity=Severity.ERROR)
def gpu_reservation_incomplete(file: ComposeFile) -> Iterator[Problem]:
    for service in file.services:
        for device in service.devices:
            if isinstance(device.node, Mapping):
                yield from _of_device(file, service, device, device.node)
        gpus = service.get("gpus")
        if isinstance(gpus, Scalar) and gpus.text != "all" and "$" not in gpus.text:
            message = f"`gpus: {gpus.text}` is not understood: it takes `all` or a list"
            yield Problem(message, service.span_of(gpus))
        yield from _of_runtime(file, service)


def _of_device(
    file: ComposeFile, service: Service, device: Device, node: Mapping
) -> Iterator[Problem]:
    keys = node.keys()
    is_reservation = any(node in as_list(each) for each in service.all(*_DEVICES))
    span = _first_key(service, node)
    if is_reservation and not device.capabilities:
        fix = None
        if "capabilities" not in keys and device.driver in {"", "nvidia"}:
            fix = _with_capabilities(file, service, node)
        message = "the reservation has no `capabilities`: Compose refuses it"
        yield Problem(message, span, fix)
    elif device.driver == "nvidia" and device.capabilities and _is_no_gpu(device):
        shown = ", ".join(f"`{it}`" for it in device.capabilities)
        yield Problem(f"the capabilities {shown} are none of a GPU: `gpu` is", span)
    if "count" in keys and "device_ids" in keys:
        yield Problem("`count` and `device_ids` exclude each other: Compose refuses both", span)
    count = device.count
    if count and "$" not in count and count.lower() != "all" and not count.lstrip("-").isdecimal():
        yield Problem(f"`count: {count}` is neither a number nor `all`", span)
    elif count == "0":
        yield Problem("`count: 0` gives the service no GPU", span, severity=Severity.WARNING)


def _is_no_gpu(device: Device) -> bool:
    return _NVIDIA.isdisjoint(device.capabilities)


def _with_capabilities(file: ComposeFile, service: Service, node: Mapping) -> Fix | None:
    if node.source is not file.source or node.is_shared or not is_own(service, *_DEVICES):
        return None
    return Fix(
        "Add `capabilities: [gpu]`",
        (insert_pair(file.source, node, "capabilities", "[gpu]"),),
        Applicability.SAFE,
        (changed_path(service, _DEVICES),),
    )


def _of_runtime(file: ComposeFile, service: Service) -> Iterator[Problem]:
    node = service.get("runtime")
    if as_text(node) != "nvidia" or _is_jetson(file, service):
        return
    has_devices = any(device.is_gpu for device in service.devices)
    has_devices = has_devices or service.get("gpus") is not None
    fix = _without_runtime(file, service, has_devices=has_devices)
    message = "`runtime: nvidia` is the old way to ask for GPUs, and gives all of them"
    yield Problem(message, service.span_of(node), fix, Severity.WARNING)


def _without_runtime(file: ComposeFile, service: Service, *, has_devices: bool) -> Fix | None:
    node = service.node
    own = node.own("runtime") if node is not None else None
    if node is None or own is None or not is_own(service, "runtime"):
        return None
    change = f"services.{service.key.text}.runtime"
    if has_devices:
        edit = remove_pair(file.source, node, own)
        title = "Remove `runtime`: the GPUs are reserved already"
        return Fix(title, (edit,), Applicability.UNSAFE, (change,))
    if service.get("deploy") is not None:
        return None
    span = Span(own.key.start, own.value_span.end)
    if node.is_flow or node.in_flow:
        device = "{driver: nvidia, count: all, capabilities: [gpu]}"
        text = f"deploy: {{resources: {{reservations: {{devices: [{device}]}}}}}}"
    else:
        column = file.source.position(span.start).column - 1
        text = (file.source.newline + " " * column).join(_RESERVATION)
    return Fix(
        "Reserve the GPUs instead",
        (Edit.replace(span, text),),
        Applicability.UNSAFE,
        (change, f"services.{service.key.text}.deploy"),
    )


_RESERVATION = (
    "deploy:",
    "  resources:",
    "    reservations:",
    "      devices:",
    "        - driver: nvidia",
    "          count: all",
    "          capabilities: [gpu]",
)


def _is_jetson(file: ComposeFile, service: Service) -> bool:
    build = file.build(service)
    names = [service.compose.interpolated(service.image_node).text]
    if build is not None and build.final is not None:
        names += [stage.base.reference or "" for stage in build.final.chain]
    return any(word in name for name in names for word in ("l4t", "jetson", "dustynv", "tegra"))


def _first_key(service: Service, node: Mapping) -> Span:
    return service.span_of(node.pairs[0].key if node.pairs else node)


_NVIDIA = frozenset({"gpu", "nvidia", "compute", "utility", "video", "graphics", "display", "ngx"})
