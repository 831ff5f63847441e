"""
Images are pushed that nobody scanned.

Most of what is vulnerable in an image comes with its base and its packages, and is known on the day of the build.
Whoever pulls the image is the first to find out, unless the workflow that pushes it looks.

Bad:

```yaml
on: push
jobs:
  image:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v5
      - uses: docker/build-push-action@v6
        with:
          push: true
          tags: ghcr.io/acme/api:${{ github.sha }}
```

Good:

```yaml
on: push
jobs:
  image:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v5
      - uses: docker/build-push-action@v6
        with:
          load: true
          tags: ghcr.io/acme/api:${{ github.sha }}
      - run: trivy image --exit-code 1 --severity CRITICAL ghcr.io/acme/api:${{ github.sha }}
      - run: docker push ghcr.io/acme/api:${{ github.sha }}
```

## When it is fine

Where the registry scans what it is sent. A scan in another workflow that is checked along counts as well.
Workflows that call others, and pipelines that include others, are not judged: the scan may be there.

## Equivalents

None.

## References

Best practices guide, Base images, MLSecOps.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.image_publishing import has_scan, pushes
from boxwright.practices.rule import Problem, rule
from boxwright.practices.workflow_file import Workflow


@rule(Workflow, severity=Severity.INFO)
def ci_without_scan(workflow: Workflow) -> Iterator[Problem]:
    found = pushes(workflow)
    if found and has_scan(workflow) is False and not any(map(has_scan, workflow.others)):
        job = found[0].step.job.name
        yield Problem(f"`{job}` pushes an image, and nothing scans it", found[0].span)
