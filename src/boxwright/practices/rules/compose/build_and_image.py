"""
A service has both `build` and `image`.

Compose builds the image and gives it that name; where one of that name can be pulled, `docker compose pull` and `up` may take it instead, and then it is not what the Dockerfile says.

Bad:

```yaml
services:
  api:
    build: .
    image: example/api:1.4
```

Good:

```yaml
services:
  api:
    build: .
    image: example/api:1.4
    pull_policy: build
```

## When it is fine

To give what is built a tag to push, `example/api:${GIT_SHA}`, is what both are for; so this rule is off unless it is asked for.

## Equivalents

dclint no-build-and-image.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.rule import Problem, rule


@rule(ComposeFile, severity=Severity.INFO, default=False)
def build_and_image(file: ComposeFile) -> Iterator[Problem]:
    for service in file.services:
        node = service.image_node
        if service.build is None or node is None or service.get("pull_policy") is not None:
            continue
        message = f"`{service.name}` is built, and could be pulled as well"
        yield Problem(message, service.span_of(node))
