"""
The kubelet refuses to start an image because of its user.

With `runAsNonRoot: true` the kubelet looks at the user of the image before it starts it.
Of a name, `USER app`, it cannot tell whether it is root: the name is in `/etc/passwd` of the image, which it does not read.
The container stays in `CreateContainerConfigError`, as it does where the image's user is root.

Bad:

```yaml title="compose.yaml"
services:
  api:
    build: .
    image: registry.example.org/api:1.4.2
```

```dockerfile title="Dockerfile"
FROM python:3.12-slim
RUN useradd --uid 10001 app
USER app
```

```yaml
apiVersion: v1
kind: Pod
metadata:
  name: api
spec:
  securityContext:
    runAsNonRoot: true
  containers:
    - name: api
      image: registry.example.org/api:1.4.2
```

Good:

```yaml title="compose.yaml"
services:
  api:
    build: .
    image: registry.example.org/api:1.4.2
```

```dockerfile title="Dockerfile"
FROM python:3.12-slim
RUN useradd --uid 10001 app
USER 10001
```

```yaml
apiVersion: v1
kind: Pod
metadata:
  name: api
spec:
  securityContext:
    runAsNonRoot: true
  containers:
    - name: api
      image: registry.example.org/api:1.4.2
```

## When it is fine

`runAsUser` with a number takes the place of the image's user.
Only images that are built here, by what a compose file says, and public ones that are known are judged.

## Fix

Sets `runAsUser` to the number that the Dockerfile gives that user. Safe: without it the container does not start.
Where the number is not known, or the user is root, there is none; a number in `USER` is the better change then.

## Equivalents

None.

hadolint DL3066 asks for a number in the Dockerfile, whatever runs it.

## References

Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.kubernetes_file import KubernetesFile
from boxwright.practices.rule import Problem, rule
from boxwright.practices.yaml_change import fix_of, set_path
from boxwright.syntax.yaml.kubernetes import ContainerSpec


@rule(KubernetesFile, severity=Severity.ERROR)
def image_user_refused(file: KubernetesFile) -> Iterator[Problem]:
    for container in file.containers:
        if not container.security_flag("runAsNonRoot"):
            continue
        if container.security("runAsUser") is not None:
            continue
        user = file.image_user(container)
        if user is None or (user.isdecimal() and int(user)):
            continue
        node = container.image_node
        why = f"the user of its image is `{user}`, by name"
        if user in {"root", "0"}:
            why = "the user of its image is root"
        yield Problem(
            f"`runAsNonRoot` keeps `{container.name}` from starting: {why}",
            container.span if node is None else node.span,
            _fix(file, container, user),
        )


def _fix(file: KubernetesFile, container: ContainerSpec, user: str) -> Fix | None:
    build = file.build(container)
    if build is None:
        return None
    from boxwright.practices.unprivileged_user import new_users

    numbers = [made.uid.value for made in new_users(build) if made.uid and made.name.value == user]
    if not numbers or not numbers[-1].isdecimal() or not int(numbers[-1]):
        return None
    return fix_of(
        f"Add `runAsUser: {numbers[-1]}`",
        set_path(file.file, container.node, ("securityContext", "runAsUser"), numbers[-1]),
        applicability=Applicability.SAFE,
    )
