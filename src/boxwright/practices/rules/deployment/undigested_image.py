"""
A deployed image is named by a tag alone.

Whoever may push can put another image behind a tag, of a version too.
A digest names one image for ever, and an engine refuses what does not have it.

Bad:

```yaml
services:
  api:
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
```

Good:

```yaml
services:
  api:
    image: registry.example.org/api:1.4.2@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
```

```yaml
apiVersion: v1
kind: Pod
metadata:
  name: api
spec:
  containers:
    - name: api
      image: registry.example.org/api:1.4.2@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
```

## When it is fine

For development a version is enough, so this is off unless settings turn it on.
Services that are built here have no digest yet.

## Equivalents

compose-lint CL-0019, checkov CKV_K8S_43.

compose-lint leaves out tags that move, which CL-0004 reports.

## References

Best practices guide, Base images, MLSecOps.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.containers import all_containers_of
from boxwright.practices.kubernetes_file import KubernetesFile
from boxwright.practices.rule import Problem, rule
from boxwright.syntax.yaml.node import as_text


@rule(ComposeFile, KubernetesFile, severity=Severity.INFO, default=False)
def undigested_image(subject: ComposeFile | KubernetesFile) -> Iterator[Problem]:
    for container in all_containers_of(subject):
        node = container.image_node
        written = as_text(node)
        if node is None or not written or node.source is not subject.source:
            continue
        if container.is_service and container.is_built:
            continue
        reference = container.reference
        # A variable may hold the digest.
        is_open = reference is None and written.rstrip().endswith("}")
        if "@" in (reference or written) or (is_open and ":" not in written.partition("${")[0]):
            continue
        yield Problem(
            f"nothing says by digest which `{written}` `{container.name}` runs", node.span
        )
