"""
Images are pushed under a tag that moves, and no other.

When the next build takes `latest` over, nothing names the image before it: there is no going back to it, and no telling which one runs.
A tag with the commit or the version names one image for good; `latest` can be pushed beside it.

Bad:

```yaml
on: push
jobs:
  image:
    runs-on: ubuntu-24.04
    steps:
      - uses: docker/build-push-action@v6
        with:
          push: true
          tags: ghcr.io/acme/api:latest
```

Good:

```yaml
on: push
jobs:
  image:
    runs-on: ubuntu-24.04
    steps:
      - uses: docker/build-push-action@v6
        with:
          push: true
          tags: |
            ghcr.io/acme/api:latest
            ghcr.io/acme/api:${{ github.sha }}
```

## When it is fine

Caches of builds and images for CI itself, which nobody deploys.
A tag that an expression or a variable makes is taken for an exact one.

## Equivalents

None.

## References

Best practices guide, Docker patterns.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.image_publishing import pushes
from boxwright.practices.rule import Problem, rule
from boxwright.practices.workflow_file import Workflow
from boxwright.text.source import Span

_MOVING = frozenset(
    {
        "latest", "main", "master", "develop", "dev", "edge", "nightly", "stable", "staging",
        "prod", "production", "test", "canary", "next", "snapshot",
    }
)  # fmt: skip
_WITHOUT_TAG = ("$CI_REGISTRY_IMAGE", "${CI_REGISTRY_IMAGE}", "${{ github.repository }}")
"""What ends a name for sure, and holds no tag."""


@rule(Workflow, severity=Severity.INFO)
def moving_tag_pushed(workflow: Workflow) -> Iterator[Problem]:
    moving: dict[str, tuple[str, Span]] = {}
    exact = set()
    for push in pushes(workflow):
        if not push.references:
            return
        for reference, span in push.references:
            name, tag = _parts(reference)
            if tag is not None and tag in _MOVING and "cache" not in reference:
                moving.setdefault(name, (tag, span))
            else:
                exact.add(name if tag is not None else "")
    if "" in exact:
        # Whatever it is, it may be another tag of any of them.
        return
    for name, (tag, span) in moving.items():
        if name not in exact:
            shown = name.rpartition("/")[2].strip("{} ") or name
            yield Problem(f"`{shown}` is pushed as `{tag}` and under no tag that stays", span)


def _parts(reference: str) -> tuple[str, str | None]:
    """Return the name and tag of *reference*; no tag where it cannot be told from the name."""
    folder, slash, last = reference.rpartition("/")
    name, colon, tag = last.partition(":")
    if colon:
        return folder + slash + name, tag
    if "$" in last or "}" in last:
        is_name = reference.endswith(_WITHOUT_TAG)
        return reference, "latest" if is_name else None
    return reference, "latest"
