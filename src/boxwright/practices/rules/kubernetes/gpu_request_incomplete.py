"""
A container asks for GPUs in a way that gives it none.

GPUs are extended resources: whole, never shared or overcommitted.
The API server refuses a container that has them in `requests` alone, or a fraction of one, or a request that differs from the limit.
A pod that picks a GPU node by its labels and asks for no GPU starts there and sees none, while the node's GPUs stay free for others.

Bad:

```yaml
apiVersion: v1
kind: Pod
metadata:
  name: vllm
spec:
  containers:
    - name: vllm
      image: vllm/vllm-openai:v0.6.4
      resources:
        requests:
          nvidia.com/gpu: 1
```

Good:

```yaml
apiVersion: v1
kind: Pod
metadata:
  name: vllm
spec:
  containers:
    - name: vllm
      image: vllm/vllm-openai:v0.6.4
      resources:
        limits:
          nvidia.com/gpu: 1
          memory: 24Gi
```

## When it is fine

A limit alone is enough: the request is the same then.
A pod that picks a GPU node and asks for none is a warning; agents of the node (DaemonSets) and pods with resource claims are left alone.

## Fix

Gives the limit the value of the request, or the request that of the limit. Safe where the request stands alone, since without the limit nothing starts. Unsafe where the two differ: either may be meant.
A fraction has no fix: sharing a GPU takes MIG, time-slicing or MPS, each of which has resources of its own.

## Settings

- `require-toleration` (off): also tell where a pod that asks for GPUs has no toleration, for clusters whose GPU nodes are tainted and do not add it.

## Equivalents

None.

## References

Containers for ML, Docker patterns.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Severity
from boxwright.practices.kubernetes_file import KubernetesFile
from boxwright.practices.rule import Problem, rule
from boxwright.practices.yaml_change import fix_of, rewrite, set_path
from boxwright.syntax.yaml.kubernetes import ContainerSpec, PodSpec, Quantity
from boxwright.syntax.yaml.node import as_list, as_mapping

_GPU_LABELS = ("cloud.google.com/gke-accelerator", "nvidia.com/", "amd.com/gpu", "gpu.nvidia.com/")


@rule(KubernetesFile, severity=Severity.ERROR, options={"require-toleration": False})
def gpu_request_incomplete(file: KubernetesFile) -> Iterator[Problem]:
    for pod in file.pods:
        for container in pod.containers:
            for resource in container.gpu_resources:
                problem = _problem(file, container, resource)
                if problem is not None:
                    yield problem
                    break
    for pod in file.whole_pods:
        yield from _placement(file, pod)


def _problem(file: KubernetesFile, container: ContainerSpec, resource: str) -> Problem | None:
    request, limit = container.own_request(resource), container.limit(resource)
    name = container.name
    for given in (limit, request):
        if given is not None and given.value is not None and given.value % 1:
            return Problem(
                f"`{name}` asks for `{given.text}` of `{resource}`, which come only as a whole",
                given.node.span,
            )
    if request is None or request.value is None:
        return None
    if limit is None:
        fix = fix_of(
            f"Add `{resource}` to the limits",
            set_path(
                file.file, container.node, ("resources", "limits", resource), _written(request)
            ),
            applicability=Applicability.SAFE,
        )
        message = f"`{name}` has `{resource}` in its requests and not in its limits"
        return Problem(message, request.node.span, fix)
    if limit.value is None or limit.value == request.value:
        return None
    fix = fix_of(
        f"Request `{limit.text}` as well", rewrite(file.file, request.node, _written(limit))
    )
    return Problem(
        f"`{name}` requests `{request.text}` of `{resource}`, and its limit is `{limit.text}`",
        request.node.span,
        fix,
    )


def _written(quantity: Quantity) -> str:
    return quantity.node.raw if not quantity.node.anchor else quantity.text


def _placement(file: KubernetesFile, pod: PodSpec) -> Iterator[Problem]:
    """Yield what is wrong between a pod's GPUs and the nodes that it goes to."""
    if pod.owner.kind == "DaemonSet" or pod.get("resourceClaims") is not None:
        return
    asking = next((container for container in pod.containers if container.requests_gpu), None)
    if asking is None:
        selector = as_mapping(pod.get("nodeSelector"))
        labels = selector.effective() if selector is not None else {}
        label = next((key for key in labels if key.startswith(_GPU_LABELS)), None)
        if label is not None and not any(_asks_for_devices(it) for it in pod.containers):
            yield Problem(
                f"the node is picked by `{label}`, and no container asks for a GPU",
                labels[label].key.span,
                severity=Severity.WARNING,
            )
    elif file.options.get("require-toleration") and not as_list(pod.get("tolerations")):
        yield Problem(
            f"`{asking.name}` asks for GPUs, and the pod tolerates no taint of GPU nodes",
            asking.span,
            severity=Severity.WARNING,
        )


def _asks_for_devices(container: ContainerSpec) -> bool:
    """Tell whether *container* asks for anything beyond what all nodes have."""
    resources = [as_mapping(container.get("resources", key)) for key in ("limits", "requests")]
    return any("/" in key for mapping in resources if mapping for key in mapping.effective())
