"""
A pod may make every system call.

Unless the cluster says otherwise, Kubernetes runs containers without the profile that Docker gives them.
`RuntimeDefault` takes some forty system calls away that no application makes, among them the ones that many escapes from containers went through.
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

Good:

```yaml
apiVersion: v1
kind: Pod
metadata:
  name: api
spec:
  securityContext:
    seccompProfile:
      type: RuntimeDefault
  containers:
    - name: api
      image: registry.example.org/api:1.4.2
```

## When it is fine

Where the kubelets run with `seccompDefault`.
Privileged containers have no profile whatever is said, and `Unconfined` is somebody's decision (`security-profile-off` is about it).

## Fix

Adds `RuntimeDefault` for the pod. Safe: the same profile is in force wherever the image runs under Docker. Unsafe where capabilities are added or the node's processes shared, since what needs them may need those calls.

## Equivalents

checkov CKV_K8S_31, kube-score container-seccomp-profile.

## References

Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Severity
from boxwright.practices.kubernetes_file import KubernetesFile, listed
from boxwright.practices.rule import Problem, rule
from boxwright.practices.yaml_change import fix_of, set_path
from boxwright.syntax.yaml.kubernetes import ContainerSpec, PodSpec
from boxwright.syntax.yaml.node import as_bool, as_list

_OLD = "seccomp.security.alpha.kubernetes.io/pod"


@rule(KubernetesFile, severity=Severity.INFO)
def missing_seccomp_profile(file: KubernetesFile) -> Iterator[Problem]:
    for pod in file.whole_pods:
        if _OLD in pod.annotations:
            continue
        without = [container for container in pod.containers if _is_without(container)]
        if not without:
            continue
        verb = "runs" if len(without) == 1 else "run"
        change = set_path(
            file.file, pod.node, ("securityContext", "seccompProfile", "type"), "RuntimeDefault"
        )
        yield Problem(
            f"{listed(container.name for container in without)} {verb} without a seccomp profile",
            pod.span if len(without) > 1 else without[0].span,
            fix_of(
                "Add the profile `RuntimeDefault`",
                change,
                applicability=Applicability.SAFE if _is_plain(pod) else Applicability.UNSAFE,
            ),
        )


def _is_without(container: ContainerSpec) -> bool:
    if container.security_flag("privileged"):
        return False
    return container.security("seccompProfile", "type") is None


def _is_plain(pod: PodSpec) -> bool:
    """Tell whether *pod* does nothing that applications do not do."""
    shares = any(as_bool(pod.get(key)) for key in ("hostPID", "hostNetwork", "hostIPC"))
    return not shares and not any(
        as_list(container.get("securityContext", "capabilities", "add"))
        or container.security_flag("privileged")
        for container in pod.containers
    )
