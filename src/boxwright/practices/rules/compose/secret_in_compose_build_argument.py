"""
A build argument of the Compose file is a credential.

Build arguments are written into the history of the image: `docker history --no-trunc` shows their values to everybody who can pull it, whatever later steps do.

Bad:

```yaml
services:
  api:
    build:
      context: .
      args: { HF_TOKEN: "${HF_TOKEN}" }
```

```yaml
services:
  api:
    build:
      context: .
      args: ["PIP_EXTRA_INDEX_URL=https://ci:Xk29fq7pLz@pypi.example.com/simple"]
```

Good:

```yaml
services:
  api:
    build:
      context: .
      args: { PYTHON_VERSION: "3.12" }
      secrets: [hf_token]
secrets:
  hf_token:
    environment: HF_TOKEN
```

The Dockerfile reads such a secret with `RUN --mount=type=secret,id=hf_token`.

## When it is fine

An empty value passes nothing, and a path, a boolean or a number is no credential.

## Equivalents

None.

## References

Best practices guide, MLSecOps.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.credentials import known_credential, url_credential
from boxwright.practices.rule import Problem, rule
from boxwright.practices.secret_names import is_secret_name, value_kind
from boxwright.syntax.yaml.compose_values import Assignment
from boxwright.text.source import Span


@rule(ComposeFile, severity=Severity.ERROR)
def secret_in_compose_build_argument(file: ComposeFile) -> Iterator[Problem]:
    seen: set[Span] = set()
    for service in file.services:
        for item in service.build.args if service.build is not None else ():
            message = _judged(item)
            is_here = item.node.source is file.source
            span = item.name_span if is_here else service.span
            if message and span not in seen:
                seen.add(span)
                yield Problem(message, span)


def _judged(item: Assignment) -> str:
    url = url_credential(item.text)
    if url is not None:
        return f"`{item.name}` brings a credential in its URL, `{url.shown}`, into the image"
    if known_credential(item.text) is not None:
        return f"`{item.name}` brings a credential into the image's history"
    if is_secret_name(item.name, None if item.is_passed else item.text) is None:
        return ""
    if not item.is_passed and value_kind(item.text) in {"empty", "path"}:
        return ""
    return f"what `{item.name}` is stays in the image's history"
