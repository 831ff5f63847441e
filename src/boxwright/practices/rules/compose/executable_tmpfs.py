"""
Programs may be started from a temporary file system.

Docker mounts `tmpfs` with `noexec` and `nosuid`: what somebody writes there cannot be run.
`exec` or `suid` takes that away, and with `read_only: true` it makes the one place where an intruder can put a program.

Bad:

```yaml
services:
  api:
    image: example/api:1.4
    read_only: true
    tmpfs:
      - /tmp:exec,size=64m
```

Good:

```yaml
services:
  api:
    image: example/api:1.4
    read_only: true
    tmpfs:
      - /tmp:size=64m
```

## When it is fine

Compilers at run time (Triton, Numba, `torch.compile`) write libraries and load them: their cache folder needs `exec`. Give it a folder of its own, not `/tmp`.

## Fix

The option is taken out. Unsafe: what is compiled or unpacked there cannot be run any more.

## Equivalents

compose-lint CL-0022.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.compose_services import is_own
from boxwright.practices.rule import Problem, rule
from boxwright.syntax.yaml.compose import Service
from boxwright.syntax.yaml.edit import replace_value
from boxwright.syntax.yaml.node import Scalar
from boxwright.syntax.yaml.written import quoted


@rule(ComposeFile, severity=Severity.INFO)
def executable_tmpfs(file: ComposeFile) -> Iterator[Problem]:
    for service in file.services:
        for mount in service.volumes:
            switches = [it for it in mount.options if it.removeprefix("no") in {"exec", "suid"}]
            # The last one counts.
            last = {it.removeprefix("no"): it for it in switches}
            options = [name for name, switch in last.items() if name == switch]
            if mount.type == "tmpfs" and options:
                shown = " and ".join(f"`{it}`" for it in options)
                message = (
                    f"programs can be run from `{mount.target}`, which is mounted with {shown}"
                )
                fix = _fix(file, service, mount.node)
                yield Problem(message, service.span_of(mount.node), fix)


def _fix(file: ComposeFile, service: Service, node: object) -> Fix | None:
    if not isinstance(node, Scalar) or node.source is not file.source or node.is_shared:
        return None
    target, _, options = node.text.partition(":")
    kept = ",".join(it for it in options.split(",") if it not in {"exec", "suid"})
    if not is_own(service, "tmpfs"):
        return None
    text = f"{target}:{kept}" if kept else target
    edit = replace_value(file.source, node, quoted(text, in_flow=True))
    change = f"services.{service.key.text}.tmpfs"
    return Fix("Mount it without", (edit,), Applicability.UNSAFE, (change,))
