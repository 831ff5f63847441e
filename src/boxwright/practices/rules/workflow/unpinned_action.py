"""
A workflow uses an action that others can change.

A tag such as `v4` is where its owner points it, today.
Who takes the owner's account over points it at something that reads the secrets of all workflows that use it, as happened to `tj-actions/changed-files` in March 2025.
A commit cannot be moved.

Bad:

```yaml
on: push
jobs:
  image:
    runs-on: ubuntu-24.04
    steps:
      - uses: docker/build-push-action@v6
```

Good:

```yaml
on: push
jobs:
  image:
    runs-on: ubuntu-24.04
    steps:
      - uses: docker/build-push-action@263435318d21b8e681c14492fe198d362a7d2c83 # v6.18.0
```

## When it is fine

Where you trust the owner as you trust GitHub itself; the rule is off unless you turn it on.

## Settings

- `trusted` (`actions`, `github`): owners whose actions need no commit.

## Equivalents

KICS "Unpinned Actions Full Length Commit SHA", semgrep third-party-action-not-pinned-to-commit-sha.

## References

MLSecOps.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.workflow_file import Action, Workflow

_OPTIONS = {"trusted": ["actions", "github"]}


@rule(Workflow, severity=Severity.INFO, default=False, options=_OPTIONS)
def unpinned_action(workflow: Workflow) -> Iterator[Problem]:
    trusted = workflow.options.get("trusted", _OPTIONS["trusted"])
    owners = {str(owner).lower() for owner in trusted} if isinstance(trusted, list | tuple) else ()
    for action in _actions(workflow):
        if action.is_pinned or action.name.partition("/")[0] in owners:
            continue
        what = f"as `{action.ref}`, which can be moved" if action.ref else "without a version"
        yield Problem(f"`{action.name}` is used {what}", action.node.span)


def _actions(workflow: Workflow) -> Iterator[Action]:
    for job in workflow.jobs:
        if job.action is not None:
            yield job.action
        for step in job.steps:
            if step.action is not None:
                yield step.action
