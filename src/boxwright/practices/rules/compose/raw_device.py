"""
A service is given a disk or the memory of the machine.

Who can write to `/dev/sda` can write to every file of the machine, whatever user the container has; `/dev/mem` and `/dev/kmem` are the memory of the kernel.

Bad:

```yaml
services:
  backup:
    image: example/backup:1.4
    devices:
      - /dev/sda:/dev/sda
```

Good:

```yaml
services:
  train:
    image: example/train:1.4
    devices:
      - /dev/kfd
      - /dev/dri
```

## When it is fine

GPUs, sound, cameras and serial ports are devices that containers are given; disks are not, unless formatting them is what the service is for.

## Equivalents

compose-lint CL-0016.

compose-lint says nothing of `/dev/mem`, `/dev/kmem` and `/dev/port`.

## References

MLSecOps.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.rule import Problem, rule
from boxwright.syntax.yaml.node import Mapping, as_text

_MEMORY = frozenset({"/dev/mem", "/dev/kmem", "/dev/port"})
_DISK_NUMBERS = frozenset({"*", "3", "7", "8", "9", "43", "65", "179", "202", "252", "253", "259"})
"""Major numbers of block devices, in the kernel's list of devices."""
_DISKS = ("sd", "hd", "vd", "xvd", "nvme", "mmcblk", "dm-", "loop", "md", "zd", "nbd")


@rule(ComposeFile, severity=Severity.ERROR)
def raw_device(file: ComposeFile) -> Iterator[Problem]:
    for service in file.services:
        for node in service.items("devices"):
            place = node.get("source") if isinstance(node, Mapping) else node
            path = (service.compose.text(place) or as_text(place) or "").partition(":")[0]
            what = _kind(path.rstrip("/"))
            if what:
                message = f"`{service.name}` is given {what}, `{path}`"
                yield Problem(message, service.span_of(place))

        for node in service.items("device_cgroup_rules"):
            rule_text = service.compose.text(node) or ""
            kind, _, rest = rule_text.strip().partition(" ")
            is_disk = kind == "b" and rest.partition(":")[0] in _DISK_NUMBERS
            if is_disk or kind == "a":
                what = "disks" if is_disk else "every device"
                message = f"`{service.name}` may use {what}, by `{rule_text}`"
                yield Problem(message, service.span_of(node))


def _kind(path: str) -> str:
    """Return what the device *path* is, empty where it is one to be given."""
    if path == "/dev":
        return "every device"
    if path in _MEMORY:
        return "the memory of the machine"
    if path == "/dev/kmsg":
        return "the log of the kernel"
    name = path.removeprefix("/dev/")
    if name == path:
        return ""
    if name.startswith(("disk/", "mapper/", "block/")):
        return "a disk"
    rest = next((name[len(it) :] for it in _DISKS if name.startswith(it)), None)
    # `sda1`, `nvme0n1p2`, `dm-0`; `sdr`, a radio, would be a disk too.
    return "a disk" if rest and rest.isalnum() and len(rest) < 7 else ""
