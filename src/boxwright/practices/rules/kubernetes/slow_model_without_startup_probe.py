"""
A server that loads a model is killed before it has loaded it.

A liveness probe counts from the start of the container.
Unless it says otherwise it gives up after 30 seconds; loading the weights of a language model takes minutes, and longer where they have to be fetched first.
The container is killed while it loads, starts over, and never answers.
A startup probe holds the liveness probe back until the server has answered once.

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
      livenessProbe:
        httpGet:
          path: /health
          port: 8000
        initialDelaySeconds: 5
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
      livenessProbe:
        httpGet:
          path: /health
          port: 8000
      startupProbe:
        httpGet:
          path: /health
          port: 8000
        failureThreshold: 60
        periodSeconds: 10
```

## When it is fine

A probe that waits for two minutes or more is not reported, whatever it does then; nor is a container that neither asks for a GPU nor runs a server that is known for loading models.

## Fix

Adds a startup probe that asks the same as the liveness probe, for ten minutes. Unsafe: nobody but you knows how long the model takes.

## Settings

- `seconds` (120): how long a liveness probe has to wait to be left alone.

## Equivalents

None.

## References

Docker patterns, MLSecOps.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.kubernetes_file import KubernetesFile
from boxwright.practices.rule import Problem, rule
from boxwright.practices.yaml_change import Change, fix_of, set_path
from boxwright.syntax.yaml.kubernetes import ContainerSpec
from boxwright.syntax.yaml.node import Mapping, as_int, walk
from boxwright.syntax.yaml.written import Style, under_key

_HANDLERS = ("httpGet", "tcpSocket", "grpc", "exec")


@rule(KubernetesFile, severity=Severity.WARNING, options={"seconds": 120})
def slow_model_without_startup_probe(file: KubernetesFile) -> Iterator[Problem]:
    least = file.options.get("seconds", 120)
    for container in file.containers:
        probe = container.liveness_probe
        if probe is None or container.startup_probe is not None or container.key != "containers":
            continue
        patience = _patience(probe)
        if patience is None or (isinstance(least, int) and patience >= least):
            continue
        why = _reason(file, container)
        if why:
            pair = container.node.pair("livenessProbe")
            yield Problem(
                f"{why}, and its liveness probe gives up after {patience} seconds",
                pair.key.span if pair is not None else container.span,
                fix_of("Add a startup probe", _startup(file, container, probe)),
            )


def _reason(file: KubernetesFile, container: ContainerSpec) -> str:
    serving = file.serving(container)
    if serving is not None and serving.server.slow:
        return f"`{container.name}` loads a model into {serving.server.title}"
    if serving is None and container.requests_gpu and container.pod.owner.is_lasting:
        return f"`{container.name}` asks for GPUs"
    return ""


def _patience(probe: Mapping) -> int | None:
    """Return after how many seconds *probe* has failed for good; None where that is not known."""
    delay = _number(probe, "initialDelaySeconds", 0)
    period = _number(probe, "periodSeconds", 10)
    failures = _number(probe, "failureThreshold", 3)
    if delay is None or period is None or failures is None:
        return None
    return delay + period * failures


def _number(probe: Mapping, key: str, default: int) -> int | None:
    node = probe.get(key)
    return default if node is None else as_int(node)


def _startup(file: KubernetesFile, container: ContainerSpec, probe: Mapping) -> Change | None:
    """Return the change that adds a startup probe which asks what *probe* does."""
    handler = next((key for key in _HANDLERS if probe.get(key) is not None), None)
    node = probe.get(handler or "")
    if handler is None or node is None or any(it.anchor or it.is_shared for it in walk(node)):
        return None
    lines = under_key(handler, node, Style())
    timeout = as_int(probe.get("timeoutSeconds"))
    if timeout is not None:
        lines.append(f"timeoutSeconds: {timeout}")
    lines += ["failureThreshold: 60", "periodSeconds: 10"]
    return set_path(file.file, container.node, ("startupProbe",), "\n".join(lines))
