"""
Images are pushed that nobody tested.

An image can be built from code that works and still not start: a file that was not copied, a library that is missing, a user that may not write.
`docker run` of the image, with one request to it, finds all of these before anybody pulls it.

Bad:

```yaml
on: push
jobs:
  image:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v5
      - run: docker build -t ghcr.io/acme/api:${{ github.sha }} .
      - run: docker push ghcr.io/acme/api:${{ github.sha }}
```

Good:

```yaml
on: push
jobs:
  image:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v5
      - run: docker build -t ghcr.io/acme/api:${{ github.sha }} .
      - run: docker run --rm ghcr.io/acme/api:${{ github.sha }} pytest
      - run: docker push ghcr.io/acme/api:${{ github.sha }}
```

## When it is fine

Where the tests are in another workflow; those that are checked along are looked at.
Workflows that are called, run behind others or call others are not judged.

## Equivalents

None.

## References

MLSecOps, Docker patterns.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.image_publishing import has_tests, pushes
from boxwright.practices.rule import Problem, rule
from boxwright.practices.workflow_file import Workflow


@rule(Workflow, severity=Severity.INFO)
def untested_image_pushed(workflow: Workflow) -> Iterator[Problem]:
    found = pushes(workflow)
    if found and has_tests(workflow) is False and not any(map(has_tests, workflow.others)):
        job = found[0].step.job.name
        yield Problem(f"`{job}` pushes an image, and nothing tests or starts it", found[0].span)
