"""
The image has an SSH server.

It is a second process, with keys or passwords to manage, and a door that is open wherever the image runs.
`docker exec` and `kubectl exec` give a shell without one.

Bad:

```yaml
cmd: [/usr/sbin/sshd, -D]
ports: [22/tcp]
layers:
  - step: EXPOSE 22
```

```yaml
cmd: [uvicorn, "main:app"]
ports: [8000/tcp]
layers:
  - step: RUN apt-get install -y openssh-server
    files: {usr/sbin/sshd: {size: 1 MB, mode: "755"}}
```

Good:

```yaml
cmd: [uvicorn, "main:app"]
ports: [8000/tcp]
layers:
  - step: EXPOSE 8000
```

## When it is fine

Where SSH is the service itself, for example between the nodes of an MPI job: say so in the label `boxwright.ignore`. A server that a service has but that is not started is told as information.

## Fix

None in a finished image: leave the server out. See exposed-ssh-port for Dockerfiles.

## Settings

None.

## Equivalents

None.

## References

Docker patterns, MLSecOps.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.image_subject import ImageSubject
from boxwright.practices.rule import Problem, rule

_SSH = 22
_SERVERS = frozenset({"dropbear", "sshd", "tinysshd"})
_FOLDERS = ("usr/sbin", "usr/bin", "sbin", "usr/local/sbin")


@rule(ImageSubject, severity=Severity.WARNING)
def ssh_server_in_image(image: ImageSubject) -> Iterator[Problem]:
    if any(command.program in _SERVERS for command in image.commands):
        yield Problem("the image starts an SSH server", image.setting_span("ENTRYPOINT", "CMD"))
    elif _SSH in image.ports:
        yield Problem("port 22 (SSH) is exposed", image.setting_span("EXPOSE"))
    elif image.is_service:
        for folder in _FOLDERS:
            for name in sorted(_SERVERS):
                live = image.contents.files.get(f"{folder}/{name}")
                if live is not None:
                    yield Problem(
                        f"a service with an SSH server: `/{folder}/{name}`",
                        image.layer_span(live.layer),
                        severity=Severity.INFO,
                    )
                    return
