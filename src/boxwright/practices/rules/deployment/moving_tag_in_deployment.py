"""
A tag is deployed that stands for another image tomorrow.

Two machines that start `latest` on two days run two programs, a restart is an update that nobody decided on, and there is nothing to go back to.

Bad:

```yaml
services:
  api:
    image: registry.example.org/api:latest
```

```yaml
apiVersion: v1
kind: Pod
metadata:
  name: notebook
spec:
  containers:
    - name: notebook
      image: quay.io/jupyter/pytorch-notebook
```

```yaml
services:
  train:
    image: tensorflow/tensorflow:latest-gpu
```

Good:

```yaml
services:
  api:
    image: registry.example.org/api:1.4.2
```

```yaml
apiVersion: v1
kind: Pod
metadata:
  name: notebook
spec:
  containers:
    - name: notebook
      image: quay.io/jupyter/pytorch-notebook:2026-01-05
```

## When it is fine

A service that is built here only names its image by the tag, so without a registry in the name it is left alone.
So is a tag that a variable says, unless its default is one that moves.
A version (`postgres:17`) is taken for one, although it gets corrections: `undigested-image` asks for more.

## Fix

Where one is known, the tag of a release is put in. Unsafe: it may be another version than the one that runs.

## Equivalents

dclint service-image-require-explicit-tag, compose-lint CL-0004, kube-linter latest-tag, kube-score container-image-tag, checkov CKV_K8S_14.

kube-linter and checkov look for `latest` only, compose-lint for five tags.

## References

Best practices guide, Docker patterns.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.base_images import BaseImage
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.containers import (
    PodContainer,
    ServiceContainer,
    all_containers_of,
)
from boxwright.practices.kubernetes_file import KubernetesFile
from boxwright.practices.rule import Problem, rule
from boxwright.syntax.yaml.edit import replace_value
from boxwright.syntax.yaml.node import Scalar
from boxwright.syntax.yaml.written import quoted


@rule(ComposeFile, KubernetesFile, severity=Severity.WARNING)
def moving_tag_in_deployment(subject: ComposeFile | KubernetesFile) -> Iterator[Problem]:
    for container in all_containers_of(subject):
        node = container.image_node
        reference = container.reference
        if not reference or node is None or node.source is not subject.source:
            continue
        if any(mark in reference for mark in "$<{") or "://" in reference:
            # Something else puts a name in.
            continue
        image = BaseImage(reference)
        if image.digest or image.is_scratch or _is_only_here(container, image):
            continue
        if not image.tag:
            message = f"`{container.name}` runs whatever `{image.name}:latest` is today"
        elif _moves(image):
            message = f"`{container.name}` runs whatever `{image.name}:{image.tag}` is today"
        else:
            continue
        yield Problem(message=message, span=node.span, fix=_fix(container, image))


def _is_only_here(container: ServiceContainer | PodContainer, image: BaseImage) -> bool:
    return container.is_service and container.is_built and image.registry == "docker.io"


def _moves(image: BaseImage) -> bool:
    tag = image.tag.lower()
    if tag in _MOVING:
        return True
    words = tag.replace("_", "-").split("-")
    # `latest-gpu`, `nightly-py3`, but not `v1.2-dev`.
    return words[0] in _MOVING and not any(character.isdigit() for character in words[-1])


def _fix(container: ServiceContainer | PodContainer, image: BaseImage) -> Fix | None:
    node = container.image_node
    suggestion = image.suggestion
    if suggestion is None or not isinstance(node, Scalar) or node.is_shared or "$" in node.text:
        return None
    if container.node is None or container.node.own("image") is None:
        return None
    name = node.text.strip().removesuffix(f":{image.tag}")
    text = f"{name}:{suggestion.tag}"
    return Fix(
        f"Take `{suggestion.tag}`",
        (replace_value(container.source, node, quoted(text, in_flow=node.in_flow)),),
        Applicability.UNSAFE,
        (f"{container.place}.image",),
    )


_MOVING = frozenset(
    {
        "latest",
        "stable",
        "edge",
        "dev",
        "develop",
        "development",
        "nightly",
        "test",
        "testing",
        "canary",
        "rolling",
        "current",
        "main",
        "master",
        "head",
        "trunk",
        "unstable",
        "staging",
        "prod",
        "production",
        "release",
        "preview",
        "snapshot",
        "lts",
    }
)
