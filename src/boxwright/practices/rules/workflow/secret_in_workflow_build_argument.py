"""
A workflow gives a build a credential as a build argument.

Build arguments are no secrets: `docker history` shows them, the build cache keeps them, and so does the provenance that is pushed with the image.
GitHub hides a secret in its logs; in the image it stands in the open.

Bad:

```yaml
on: push
jobs:
  image:
    runs-on: ubuntu-24.04
    steps:
      - uses: docker/build-push-action@v6
        with:
          tags: ghcr.io/acme/api:1.4
          build-args: |
            HF_TOKEN=${{ secrets.HF_TOKEN }}
```

```yaml
build-image:
  script:
    - docker build --build-arg PIP_PASSWORD=$PIP_PASSWORD -t api .
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
          tags: ghcr.io/acme/api:1.4
          secrets: |
            hf_token=${{ secrets.HF_TOKEN }}
```

```yaml
build-image:
  script:
    - docker build --secret id=pip_password,env=PIP_PASSWORD -t api .
```

## When it is fine

Names are read by their words, as for `secret-in-build-argument`: `MAX_TOKENS` is none. Whatever comes from `secrets.` is one.

## Equivalents

None.

## References

Best practices guide, Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.image_publishing import BuildArgument, build_arguments
from boxwright.practices.rule import Problem, rule
from boxwright.practices.secret_names import is_secret_name, value_kind
from boxwright.practices.workflow_file import Workflow


@rule(Workflow, severity=Severity.ERROR)
def secret_in_workflow_build_argument(workflow: Workflow) -> Iterator[Problem]:
    for step in workflow.steps:
        for argument in build_arguments(step):
            origin = _origin(argument)
            if origin:
                yield Problem(
                    f"the build argument `{argument.name}` puts {origin} into the image's history",
                    argument.span,
                )


def _origin(argument: BuildArgument) -> str:
    """Return what credential *argument* holds, empty if none."""
    value = argument.value
    if "${{" in value:
        inside = value.partition("${{")[2].partition("}}")[0].strip()
        if inside.startswith("secrets."):
            return f"the secret `{inside.removeprefix('secrets.').split(' ', 1)[0]}`"
        if inside in {"github.token", "gitea.token"}:
            return "the token of the workflow"
    if "$CI_JOB_TOKEN" in value or "${CI_JOB_TOKEN}" in value:
        return "the token of the job"
    if is_secret_name(argument.name, None if "$" in value else value or None) is None:
        return ""
    kind = value_kind(value) if value else "variable"
    return "a credential" if kind in {"variable", "literal"} else ""
