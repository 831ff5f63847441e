"""
A container that fetches a model reserves no disk for it.

Weights that are fetched at the start lie on the node's own disk, in the container or in an `emptyDir`, unless a volume is mounted there.
The scheduler does not know of them: it puts the pod on a node whose disk is nearly full, and the kubelet evicts it, or its neighbours, while it downloads.

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
      args: ["--model", "mistralai/Mistral-7B-Instruct-v0.3"]
      resources:
        limits:
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
      args: ["--model", "mistralai/Mistral-7B-Instruct-v0.3"]
      resources:
        requests:
          ephemeral-storage: 20Gi
        limits:
          nvidia.com/gpu: 1
          ephemeral-storage: 40Gi
```

## When it is fine

Only containers that are known to fetch models are asked: servers of models with the name of one, and whatever is given a token or cache of the Hugging Face Hub.
A claim or a path of the node that is mounted for the cache holds the model instead.

## Equivalents

kube-score container-ephemeral-storage-request-and-limit.

kube-score asks it of every container.

## References

MLSecOps.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.kubernetes_file import KubernetesFile
from boxwright.practices.rule import Problem, rule
from boxwright.syntax.yaml.kubernetes import ContainerSpec

_VARIABLES = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_HOME", "HF_HUB_CACHE", "MODEL_ID")
_OPTIONS = ("--model", "--model-id", "--model-path", "--model_id", "--hf-repo")
_ON_THE_NODE = frozenset({"emptyDir", "configMap", "secret", "downwardAPI", "projected", ""})


@rule(KubernetesFile, severity=Severity.INFO)
def unset_ephemeral_storage(file: KubernetesFile) -> Iterator[Problem]:
    for pod in file.whole_pods:
        for container in pod.containers:
            if container.request("ephemeral-storage") is not None or _has_volume(container):
                continue
            model = _model(container)
            if model and (container.requests_gpu or _is_slow(file, container)):
                yield Problem(
                    f"`{container.name}` fetches {model} and reserves no disk for it",
                    container.span,
                )


def _is_slow(file: KubernetesFile, container: ContainerSpec) -> bool:
    serving = file.serving(container)
    return serving is not None and serving.server.slow


def _model(container: ContainerSpec) -> str:
    """Return what *container* fetches when it starts; empty where nothing says that it does."""
    words = container.words
    for word, behind in zip(words, (*words[1:], ""), strict=False):
        name, sign, value = word.partition("=")
        value = value if sign else behind
        if name in _OPTIONS and _is_of_hub(value):
            return f"`{value}`"
    for entry in container.environment:
        if entry.name == "MODEL_ID" and entry.value and _is_of_hub(entry.value):
            return f"`{entry.value}`"
    return "a model" if any(it.name in _VARIABLES for it in container.environment) else ""


def _is_of_hub(name: str) -> bool:
    """Tell whether *name* is one of the Hugging Face Hub: no path, URL or variable."""
    owner, slash, model = name.partition("/")
    return bool(slash and owner and model) and "/" not in model and name[0] not in "/.$~-"


def _has_volume(container: ContainerSpec) -> bool:
    """Tell whether a volume that is not of the node's own disk may hold the model."""
    volumes = container.pod.volumes
    mounted = (volumes.get(mount.name) for mount in container.volume_mounts)
    return any(volume is not None and volume.type not in _ON_THE_NODE for volume in mounted)
