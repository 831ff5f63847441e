"""
A filter that the engine puts around every container is turned off.

seccomp blocks system calls that containers do not need and exploits of the kernel do; AppArmor and SELinux keep a process that got out from the files of the machine.

Bad:

```yaml
services:
  train:
    image: registry.example.org/train:2.1.0
    security_opt:
      - seccomp:unconfined
```

```yaml
apiVersion: v1
kind: Pod
metadata:
  name: train
spec:
  securityContext:
    seccompProfile:
      type: Unconfined
  containers:
    - name: train
      image: registry.example.org/train:2.1.0
```

Good:

```yaml
services:
  train:
    image: registry.example.org/train:2.1.0
    security_opt:
      - seccomp:./profile.json
```

```yaml
apiVersion: v1
kind: Pod
metadata:
  name: train
spec:
  securityContext:
    seccompProfile:
      type: RuntimeDefault
  containers:
    - name: train
      image: registry.example.org/train:2.1.0
```

## When it is fine

Debuggers and profilers need it for a while; `label:disable` is used to mount folders of a host with SELinux, for which the option `z` of a mount is meant.
A privileged service has none of the filters anyway, and `privileged` instead.

## Fix

The option is taken out; in Kubernetes the profile becomes `RuntimeDefault`.
Unsafe: a system call that was used may be blocked then, such as those that bind memory to a NUMA node.

## Equivalents

compose-lint CL-0009, KICS "Default Seccomp Profile Disabled", kubesec SeccompUnconfined.

## References

Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.container_fixes import remove_items
from boxwright.practices.containers import ServiceContainer, all_containers_of, place_of
from boxwright.practices.kubernetes_file import KubernetesFile
from boxwright.practices.rule import Problem, rule
from boxwright.syntax.yaml.edit import replace_value
from boxwright.syntax.yaml.node import Mapping, as_text


@rule(ComposeFile, KubernetesFile, severity=Severity.WARNING)
def security_profile_off(subject: ComposeFile | KubernetesFile) -> Iterator[Problem]:
    if isinstance(subject, KubernetesFile):
        yield from _of_pods(subject)
        return
    seen = set()
    for container in all_containers_of(subject):
        if not isinstance(container, ServiceContainer) or container.is_privileged:
            continue
        for node in container.service.items("security_opt"):
            text = (as_text(node) or "").replace("=", ":", 1).replace(" ", "").lower()
            # What several share by an anchor is told once.
            if text not in _OFF or node in seen:
                continue
            seen.add(node)
            option = as_text(node) or ""
            yield Problem(
                message=f"`{container.name}` runs without {_OFF[text]}",
                span=container.service.span_of(node),
                fix=remove_items(container, f"Take `{option}` out", ("security_opt",), [node]),
            )


def _of_pods(file: KubernetesFile) -> Iterator[Problem]:
    for pod in file.pods:
        owner = pod.owner.name or pod.owner.kind
        yield from _of_context(file, owner, pod.node)
        for container in pod.containers:
            yield from _of_context(file, container.name or owner, container.node)
        for key, value in pod.annotations.items():
            if key.startswith(_APPARMOR) and value == "unconfined" and pod.template is not None:
                node = pod.template.get("metadata", "annotations", key)
                if node is not None:
                    name = key.removeprefix(_APPARMOR)
                    yield Problem(f"`{name}` runs without AppArmor", node.span)


def _of_context(file: KubernetesFile, name: str, node: Mapping) -> Iterator[Problem]:
    for path, (off, on, what) in _OF_POD.items():
        inner = node.get("securityContext", *path[:-1])
        pair = inner.own(path[-1]) if isinstance(inner, Mapping) else None
        if pair is None or as_text(pair.value) != off:
            continue
        fix = None
        if not (pair.is_alias or pair.value.is_shared or node.is_shared):
            fix = Fix(
                f"Set it to `{on}`",
                (replace_value(file.source, pair, on),),
                Applicability.UNSAFE,
                (".".join([place_of(file, node), "securityContext", *path]),),
            )
        yield Problem(f"`{name}` runs without {what}", pair.value_span, fix)


_OFF = {
    "seccomp:unconfined": "the filter of system calls (seccomp)",
    "apparmor:unconfined": "AppArmor",
    "label:disable": "the labels of SELinux",
    "systempaths:unconfined": "the masks over `/proc` and `/sys`",
}
_APPARMOR = "container.apparmor.security.beta.kubernetes.io/"
_OF_POD = {
    ("seccompProfile", "type"): (
        "Unconfined",
        "RuntimeDefault",
        "the filter of system calls (seccomp)",
    ),
    ("appArmorProfile", "type"): ("Unconfined", "RuntimeDefault", "AppArmor"),
    ("procMount",): ("Unmasked", "Default", "the masks over `/proc`"),
}
