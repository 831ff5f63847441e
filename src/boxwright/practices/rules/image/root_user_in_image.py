"""
A container of the image runs as root.

Whoever breaks into the process owns the container: it can rewrite the code, install tools, and use every weakness of the kernel that root alone can reach.
Kubernetes refuses such a pod where the namespace is `restricted`, and with `runAsNonRoot` it refuses a user that is a name, as it cannot tell who that is.

Bad:

```yaml
user: ""
cmd: [uvicorn, "main:app"]
layers:
  - step: CMD ["uvicorn", "main:app"]
```

```yaml
user: "0:0"
cmd: [python, train.py]
layers:
  - step: USER 0:0
```

Good:

```yaml
user: "65532:65532"
cmd: [uvicorn, "main:app"]
layers:
  - step: USER 65532:65532
```

```yaml
user: ""
cmd: [bash]
layers:
  - step: CMD ["bash"]
```

## When it is fine

An image that starts a shell or a bare interpreter is something to build on: what is built on it sets its user.
Where the entry point is a script and there is a program to give root up with (`gosu`, `su-exec`), it may do so, as those of Redis and PostgreSQL do: that is told as information.
The process may need root to begin with (a port below 1024, a device): say so in the label `boxwright.ignore`.

## Fix

None in a finished image. `boxwright check` of the Dockerfile adds a user: see root-user.

## Settings

`bases` (default `false`): judge images that are made to build on, too.

## Equivalents

dockle CIS-DI-0001.

It takes only `root` and an empty user for root; `0` and a user with the number 0 are root too.

## References

Docker patterns, Best practices guide, MLSecOps, Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Severity
from boxwright.practices.image_subject import ImageSubject, printable
from boxwright.practices.rule import Problem, rule


@rule(ImageSubject, severity=Severity.ERROR, options={"bases": False})
def root_user_in_image(image: ImageSubject) -> Iterator[Problem]:
    if image.is_base and not image.options.get("bases"):
        return
    user = image.config.user.partition(":")[0]
    span = image.setting_span("USER", "ENTRYPOINT", "CMD")
    if image.user_id == 0:
        stepper = image.gives_root_up
        said = (
            f"the user `{printable(image.config.user)}` is root"
            if user
            else "the image sets no user"
        )
        if stepper:
            yield Problem(
                f"{said}, unless the entry point changes that with `{printable(stepper)}`",
                span,
                severity=Severity.INFO,
            )
        else:
            yield Problem(said if user else f"{said}, so it runs as root", span)
    elif image.user_id is None and image.knows_accounts:
        yield Problem(f"the image has no user `{printable(user)}`, so it does not start", span)
