"""
A container is given the engine's socket.

Whoever can write to the socket starts a privileged container that mounts the whole disk: it is root on the machine.
That the mount is read-only changes nothing, since a request is no change of the file.

Bad:

```yaml
services:
  worker:
    image: registry.example.org/worker:1.4.2
    volumes:
      - /var/run/docker.sock:/var/run/docker.sock:ro
```

```yaml
apiVersion: v1
kind: Pod
metadata:
  name: worker
spec:
  containers:
    - name: worker
      image: registry.example.org/worker:1.4.2
      volumeMounts:
        - name: engine
          mountPath: /run/containerd/containerd.sock
  volumes:
    - name: engine
      hostPath:
        path: /run/containerd/containerd.sock
```

Good:

```yaml
services:
  worker:
    image: registry.example.org/worker:1.4.2
```

```yaml
apiVersion: v1
kind: Pod
metadata:
  name: worker
spec:
  containers:
    - name: worker
      image: registry.example.org/worker:1.4.2
      volumeMounts:
        - name: work
          mountPath: /work
  volumes:
    - name: work
      emptyDir: {}
```

## When it is fine

Proxies and dashboards that find containers by it (Traefik, Portainer) can be given a proxy of the socket that only answers reads; where they are trusted as root is, suppress it with that reason.
Images are built in a container without it by rootless BuildKit, Buildah or `boxwright build`.

## Equivalents

compose-lint CL-0001, KICS "Docker Socket Mounted In Container", kube-linter docker-sock, kubesec DockerSock, checkov CKV_K8S_27.

compose-lint reports a mount of `/` here too, which is `host-path-mount` with us.

## References

Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.containers import all_containers_of
from boxwright.practices.host_paths import is_socket_folder, socket_engine
from boxwright.practices.kubernetes_file import KubernetesFile
from boxwright.practices.rule import Problem, rule


@rule(ComposeFile, KubernetesFile, severity=Severity.ERROR)
def docker_socket_mounted(subject: ComposeFile | KubernetesFile) -> Iterator[Problem]:
    for container in all_containers_of(subject):
        for mount in container.mounts:
            if mount.kind != "bind":
                continue
            engine = socket_engine(mount.source)
            span = mount.node.span if mount.node.source is subject.source else container.span
            if engine is not None:
                yield Problem(
                    f"`{container.name}` can do what {engine} can, which is root on the machine",
                    span,
                )
            elif is_socket_folder(mount.source):
                yield Problem(
                    f"`{container.name}` gets `{mount.source}`, where the engine's socket is", span
                )
