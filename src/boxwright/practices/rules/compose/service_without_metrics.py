"""
A model server's metrics are read by nobody.

vLLM, Triton, Text Generation Inference, TorchServe and BentoML tell at `/metrics` how many requests wait, how long they take and how full the memory of the GPU is.
Without something that reads and keeps them, the first sign of an overload is a user who complains.

Bad:

```yaml
services:
  llm:
    image: vllm/vllm-openai:v0.6.4
```

Good:

```yaml
services:
  llm:
    image: vllm/vllm-openai:v0.6.4
  prometheus:
    image: prom/prometheus:v3.0.1
```

## When it is fine

Where metrics are read from outside of the project; so this rule is off unless it is asked for.

## Equivalents

None.

## References

Docker patterns, MLSecOps.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.compose_services import base_image, is_partial, running
from boxwright.practices.rule import Problem, rule

_SERVERS = frozenset(
    {"vllm", "triton", "tgi", "tei", "torchserve", "bentoml", "sglang", "mlserver"}
)
_READERS = (
    "prometheus", "otel", "opentelemetry", "grafana/alloy", "victoriametrics", "vmagent",
    "datadog", "telegraf", "fluent", "vector",
)  # fmt: skip


@rule(ComposeFile, severity=Severity.INFO, default=False)
def service_without_metrics(file: ComposeFile) -> Iterator[Problem]:
    if is_partial(file):
        return
    if any(
        word in text
        for service in file.services
        for word in _READERS
        for text in (base_image(service).name, *(item.name for item in service.labels))
    ):
        return
    for service in file.services:
        server = running(file, service).server
        if server is not None and server.name in _SERVERS:
            yield Problem(f"nothing reads the metrics of {server.title}", service.span)
