"""
A credential is handed over in the environment.

Every process that the container starts has it, `docker inspect` prints it, and crash reports and debug pages send it along.
A file in memory, which secrets of Compose and Kubernetes are, is read by the one who needs it.

Bad:

```yaml
services:
  db:
    image: postgres:17.6
    environment:
      POSTGRES_PASSWORD: ${POSTGRES_PASSWORD}
```

```yaml
apiVersion: v1
kind: Pod
metadata:
  name: train
spec:
  containers:
    - name: train
      image: registry.example.org/train:2.1.0
      env:
        - name: WANDB_API_KEY
          value: 8f3ab1c92d7e4506b1aa
        - name: HF_TOKEN
          valueFrom:
            secretKeyRef:
              name: hub
              key: token
```

Good:

```yaml
services:
  db:
    image: postgres:17.6
    environment:
      POSTGRES_PASSWORD_FILE: /run/secrets/postgres_password
    secrets: [postgres_password]
secrets:
  postgres_password:
    environment: POSTGRES_PASSWORD
```

```yaml
apiVersion: v1
kind: Pod
metadata:
  name: train
spec:
  containers:
    - name: train
      image: registry.example.org/train:2.1.0
      env:
        - name: HF_TOKEN_PATH
          value: /run/secrets/hub/token
      volumeMounts:
        - name: hub
          mountPath: /run/secrets/hub
          readOnly: true
  volumes:
    - name: hub
      secret:
        secretName: hub
```

## When it is fine

Much software takes its credentials from nowhere else, so this is an `info`; it is a warning where the image is known to read a file instead.
A value that is written into a pod is an `error`: who may read the file has it.
Values that are written into a Compose file are for `literal-secret-in-compose`.

## Fix

In a Compose file, the variable that names a file takes the place of the one with the value (`POSTGRES_PASSWORD_FILE`, `HF_TOKEN_PATH`), and a secret is made that takes its value from the same variable.
Unsafe: something else in the image may read the old one.

## Equivalents

kube-linter env-var-secret, read-secret-from-env-var, checkov CKV_K8S_35.

checkov reports every reference to a secret, whatever the variable is called.

## References

Best practices guide, Docker patterns, MLSecOps, Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.container_fixes import add_to_container
from boxwright.practices.containers import (
    PodContainer,
    ServiceContainer,
    all_containers_of,
)
from boxwright.practices.file_variables import file_variable
from boxwright.practices.kubernetes_file import KubernetesFile
from boxwright.practices.rule import Problem, rule
from boxwright.practices.secret_names import is_literal_secret, is_secret_name
from boxwright.syntax.yaml.compose_values import Assignment
from boxwright.syntax.yaml.interpolation import Variable, interpolate
from boxwright.syntax.yaml.node import Scalar
from boxwright.text.edit import Edit


@rule(ComposeFile, KubernetesFile, severity=Severity.WARNING)
def secret_as_environment(subject: ComposeFile | KubernetesFile) -> Iterator[Problem]:
    seen = set()
    for container in all_containers_of(subject):
        found = (
            _in_pod(container) if isinstance(container, PodContainer) else _in_service(container)
        )
        for problem in found:
            # What several share by an anchor is told once.
            if problem.span not in seen:
                seen.add(problem.span)
                yield problem


def _in_pod(container: PodContainer) -> Iterator[Problem]:
    literal = []
    referred = []
    for entry in container.spec.environment:
        source = entry.value_from
        if entry.value is not None and is_literal_secret(entry.name, entry.value):
            literal.append(entry)
        elif source is not None and source.get("secretKeyRef") is not None:
            referred += [entry] if is_secret_name(entry.name) is not None else []
    if literal:
        names = _listed([entry.name for entry in literal])
        span = (literal[0].node.get("value") or literal[0].node).span
        message = f"everybody who may read this file has {names} of `{container.name}`"
        yield Problem(message, span, severity=Severity.ERROR)
    if referred:
        names = _listed([entry.name for entry in referred])
        span = (referred[0].node.get("name") or referred[0].node).span
        message = f"all processes of `{container.name}` have {names} in their environment"
        yield Problem(message, span, severity=Severity.INFO)


def _in_service(container: ServiceContainer) -> Iterator[Problem]:
    given = [
        item
        for item in container.service.environment
        if is_secret_name(item.name) is not None and _variable(item) is not None
    ]
    by_file = [item for item in given if file_variable(container, item.name)]
    others = [item for item in given if item not in by_file]
    for items, severity in ((by_file, Severity.WARNING), (others, Severity.INFO)):
        if not items:
            continue
        names = _listed([item.name for item in items])
        is_here = items[0].node.source is container.source
        instead = ", which can be read from a file" if items is by_file else ""
        yield Problem(
            message=f"all processes of `{container.name}` have {names} in their environment"
            + instead,
            span=items[0].name_span if is_here else container.span,
            fix=_fix(container, items) if items is by_file else None,
            severity=severity,
        )


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _variable(item: Assignment) -> Variable | None:
    """Return the variable that the value is that of, as a whole."""
    if item.is_passed:
        return Variable(item.name, "", "", 0, 0)
    variables = interpolate(item.text, {}).variables
    is_whole = len(variables) == 1 and (variables[0].start, variables[0].end) == (0, len(item.text))
    return variables[0] if is_whole else None


def _fix(container: ServiceContainer, items: list[Assignment]) -> Fix | None:
    edits = []
    names = []
    declared = {}
    for item in items:
        variable, node = _variable(item), item.node
        if variable is None or node.source is not container.source or node.is_shared:
            return None
        if variable.word and variable.modifier in {"-", ":-", "+", ":+"}:
            # A secret has no default.
            return None
        environment = container.service.node.get("environment") if container.service.node else None
        if environment is None or environment.is_shared:
            return None
        if not environment.start <= item.name_span.start < environment.end:
            return None
        secret = item.name.lower()
        path = f"/run/secrets/{secret}"
        new = file_variable(container, item.name)
        is_in_list = isinstance(node, Scalar) and node.start <= item.name_span.start < node.end
        if is_in_list:
            start, end = node.content_start, node.end
            quote = node.style if isinstance(node, Scalar) and node.style in {"'", '"'} else ""
            edits.append(Edit(start, end, f"{quote}{new}={path}{quote}"))
        else:
            edits.append(Edit(item.name_span.start, node.end, f"{new}: {path}"))
        names.append(secret)
        declared[secret] = {"environment": variable.name}
    added = add_to_container(
        container,
        "Hand over " + _listed([item.name for item in items]) + " as a file",
        {"secrets": names},
        Applicability.UNSAFE,
        beside={"secrets": declared},
    )
    if added is None:
        return None
    return added._replace(
        edits=(*edits, *added.edits), changes=(f"{container.place}.environment", *added.changes)
    )
