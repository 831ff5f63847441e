"""
A notebook server listens on all addresses, without encryption.

In a container it has to, or nothing reaches it. But then `-p 8888:8888` offers a terminal to the whole network, and the token crosses it in plain text.
Publish such a port on the loopback address only (`-p 127.0.0.1:8888:8888`), and come in through SSH or a proxy with TLS.

Bad:

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir jupyterlab==4.5.0
EXPOSE 8888
CMD ["jupyter", "lab", "--ip=0.0.0.0", "--ServerApp.token=''"]
```

Good:

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir jupyterlab==4.5.0
COPY server.crt server.key /etc/jupyter/
EXPOSE 8888
CMD ["jupyter", "lab", "--ip=0.0.0.0", "--certfile=/etc/jupyter/server.crt", "--keyfile=/run/secrets/server.key"]
```

## When it is fine

Where the port is published on 127.0.0.1 only, or not at all because a proxy is in front. As that is not seen here, it is information, unless the server asks for no token either.

## Equivalents

None.

## References

Docker patterns.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.notebooks import notebook_settings
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build


@rule(Build, severity=Severity.WARNING)
def open_notebook_port(build: Build) -> Iterator[Problem]:
    for stage in build.stages:
        settings = notebook_settings(build, stage)
        addresses = [found for found in settings if found.setting.name == "ip"]
        if not addresses or not addresses[-1].setting.is_open:
            continue
        names = {found.setting.name for found in settings}
        if "certfile" in names:
            continue
        tokens = [found.setting for found in settings if found.setting.name == "token"]
        has_token = not (tokens and tokens[-1].is_open)
        but = "" if has_token else " and a token"
        yield Problem(
            message=f"Jupyter listens on all addresses, without TLS{but}",
            span=addresses[-1].span,
            severity=Severity.INFO if has_token else None,
        )
