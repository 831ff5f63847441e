"""
The user of the image is a name, which Kubernetes cannot tell from root.

With `runAsNonRoot: true` the kubelet has to know before it starts a container that its user is not 0.
It sees the image's configuration, not its `/etc/passwd`: with a name there, the pod stays at `CreateContainerConfigError`.

Bad:

```dockerfile
FROM python:3.12-slim
RUN useradd --uid 10001 --create-home app
USER app
```

```dockerfile
FROM node:22-slim
USER node
CMD ["node", "server.js"]
```

Good:

```dockerfile
FROM python:3.12-slim
RUN useradd --uid 10001 --create-home app
USER 10001
```

## When it is fine

Where the image is never run by Kubernetes, and in stages that only build: these are not looked at.
What a variable holds is only judged where the Dockerfile says it.

## Fix

The name becomes the number, where a `useradd --uid` or the base image tells it. Unsafe: a later version of the base may number its users otherwise.

## Equivalents

hadolint DL3066.

hadolint reports every `USER` with a name, in every stage, and variables too; this rule reports the one in force in the end. `USER root` is `root-user`.

## References

Best practices guide.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.programs.users import new_group
from boxwright.practices.rule import Problem, rule
from boxwright.practices.stage_facts import StageFacts
from boxwright.practices.subjects import Build
from boxwright.practices.unprivileged_user import new_users
from boxwright.text.edit import Edit

_DEBIAN = {"www-data": "33", "nobody": "65534"}
_KNOWN = {
    "debian": _DEBIAN,
    "ubuntu": _DEBIAN,
    "python": _DEBIAN,
    "cuda": _DEBIAN,
    "alpine": {"nobody": "65534"},
    "node": {"node": "1000"},
    "distroless": {"nonroot": "65532", "nobody": "65534"},
    "chainguard": {"nonroot": "65532"},
}
"""The numbers of users that images bring, by family."""


@rule(Build, severity=Severity.INFO)
def named_user(build: Build) -> Iterator[Problem]:
    final = build.final
    if final is None or final.stage.is_windows:
        return
    user = final.user
    if user.is_root is not False or user.is_numeric or user.instruction is None:
        return
    word = user.instruction.user
    if word is None:
        return
    number = _number(build, final, user.name)
    group = f":{_group_number(build, user.group)}" if user.group else ""
    yield Problem(
        message=f"the user `{user.name}` is a name, which `runAsNonRoot` cannot verify",
        span=word.span,
        fix=Fix(
            title=f"Write `{number}{group}`",
            edits=(Edit.replace(word.span, f"{number}{group}"),),
            applicability=Applicability.UNSAFE,
        )
        if number and "$" not in word.raw
        else None,
    )


def _number(build: Build, final: StageFacts, name: str) -> str:
    for user in new_users(build):
        if user.name.value == name:
            return user.uid.value if user.uid is not None and user.uid.value.isdecimal() else ""
    facts = final.base.facts
    if facts is None:
        return ""
    if facts.user_name == name and facts.user is not None and facts.user.isdecimal():
        return facts.user
    return _KNOWN.get(facts.family, {}).get(name, "")


def _group_number(build: Build, name: str) -> str:
    for found in build.shipped_commands_of("groupadd", "addgroup"):
        group = new_group(found.command)
        if group is not None and group.name.value == name and group.gid is not None:
            return group.gid.value if group.gid.value.isdecimal() else name
    return name
