"""
A pod may run as root.

What is root in a container is root on the node for the kernel: an escape, a mounted path of the node or a device hands over the machine.
With `runAsNonRoot: true` the kubelet refuses to start an image that would run as root.
The policy `restricted` of Pod Security Admission asks for it.

Bad:

```yaml
apiVersion: v1
kind: Pod
metadata:
  name: api
spec:
  containers:
    - name: api
      image: registry.example.org/api:1.4.2
```

```yaml
apiVersion: v1
kind: Pod
metadata:
  name: api
spec:
  containers:
    - name: api
      image: registry.example.org/api:1.4.2
      securityContext:
        runAsUser: 0
```

Good:

```yaml
apiVersion: v1
kind: Pod
metadata:
  name: api
spec:
  securityContext:
    runAsNonRoot: true
    runAsUser: 65532
  containers:
    - name: api
      image: registry.example.org/api:1.4.2
```

## When it is fine

`runAsUser` with another number than 0 is as good.
Containers that are privileged have bigger problems, and are reported by `privileged` only.
Agents of the node often cannot do without: suppress it where that is so.

## Fix

Sets `runAsNonRoot: true` for the pod where no container says anything, for a container otherwise. Safe where the image is known and its user is a number other than 0; unsafe where it is not known, since an image whose user is root no longer starts.
Where the image's user is known to be root, or a name, and where `runAsUser` is 0, there is none: then the image comes first.

## Equivalents

checkov CKV_K8S_23, kube-linter run-as-non-root, kubesec RunAsNonRoot.

## References

Containers for ML, MLSecOps.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.kubernetes_file import KubernetesFile, listed
from boxwright.practices.rule import Problem, rule
from boxwright.practices.yaml_change import fix_of, set_path
from boxwright.syntax.yaml.kubernetes import ContainerSpec, PodSpec
from boxwright.syntax.yaml.node import as_int


@rule(KubernetesFile, severity=Severity.WARNING)
def root_allowed_in_pod(file: KubernetesFile) -> Iterator[Problem]:
    for pod in file.whole_pods:
        open_: list[ContainerSpec] = []
        for container in pod.containers:
            if container.security_flag("privileged"):
                continue
            user = container.security("runAsUser")
            if user is not None and as_int(user) == 0:
                yield Problem(f"`{container.name}` runs as root: its `runAsUser` is 0", user.span)
            elif not container.security_flag("runAsNonRoot") and not as_int(user):
                open_.append(container)
        if open_:
            yield from _problems(file, pod, open_)


def _problems(
    file: KubernetesFile, pod: PodSpec, containers: list[ContainerSpec]
) -> Iterator[Problem]:
    """Yield one problem for the pod, where no container says anything, or one for each."""
    said = pod.get("securityContext", "runAsNonRoot") is not None or any(
        container.get("securityContext", key) is not None
        for container in pod.containers
        for key in ("runAsNonRoot", "runAsUser")
    )
    if not said:
        yield Problem(
            f"nothing keeps {listed(container.name for container in containers)} from being root",
            pod.span if len(containers) > 1 else containers[0].span,
            _fix(file, pod, containers),
        )
        return
    for container in containers:
        node = container.security("runAsNonRoot")
        yield Problem(
            f"nothing keeps `{container.name}` from being root",
            container.span if node is None else node.span,
            _fix(file, container, [container]),
        )


def _fix(
    file: KubernetesFile, owner: PodSpec | ContainerSpec, containers: list[ContainerSpec]
) -> Fix | None:
    users = [_user(file, container) for container in containers]
    if any(user is not None and not _is_accepted(user) for user in users):
        return None
    return fix_of(
        "Add `runAsNonRoot: true`",
        set_path(file.file, owner.node, ("securityContext", "runAsNonRoot"), "true"),
        applicability=Applicability.UNSAFE if None in users else Applicability.SAFE,
    )


def _user(file: KubernetesFile, container: ContainerSpec) -> str | None:
    """Return whom *container* runs as, as far as its image says."""
    return file.image_user(container) if container.security("runAsUser") is None else None


def _is_accepted(user: str) -> bool:
    """Tell whether the kubelet starts an image of that user with the fix."""
    return user.isascii() and user.isdecimal() and int(user) > 0
