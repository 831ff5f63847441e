r"""
The cache of apk, yum, dnf or zypper stays in the layer.

What these managers fetch to install, the index of a repository above all, is tens of megabytes that nothing reads again.

Bad:

```dockerfile
FROM rockylinux:9
RUN dnf install -y libgomp
```

```dockerfile
FROM alpine:3.22
RUN apk add --update libgomp
```

Good:

```dockerfile
FROM rockylinux:9
RUN dnf install -y libgomp && dnf clean all
```

```dockerfile
FROM alpine:3.22
RUN apk add --no-cache libgomp
```

## When it is fine

With a cache mount it is, and in a stage that does not ship.

## Fix

`--no-cache` is added for apk, and the manager's own `clean` behind the others. Safe.

## Settings

`strict`: report stages that do not ship too, as hadolint does.

## Equivalents

hadolint DL3019, DL3032, DL3036, DL3040, trivy DS-0015, DS-0019, DS-0020, DS-0025, DS-0027, dockle DKL-DI-0004, KICS "Yum Clean All Missing".

hadolint reports stages that do not ship as well; the setting `strict` does so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.left_caches import LeftCache, left_by_run, put_behind
from boxwright.practices.programs.apk import apk_command
from boxwright.practices.programs.rpm import rpm_command
from boxwright.practices.programs.system_packages import system_command
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.text.edit import Edit


@rule(Build, severity=Severity.WARNING, options={"strict": False})
def package_cache_in_layer(build: Build) -> Iterator[Problem]:
    names = ("apk", "yum", "dnf", "microdnf", "tdnf", "zypper")
    for found in left_by_run(build, *names, shipped_only=not build.options["strict"]):
        left = [each for each in found if _counts(each)]
        if left:
            yield Problem(
                message=f"what {left[0].name} fetches stays in this layer",
                span=left[0].command.span,
                fix=_fix(left),
            )


def _counts(left: LeftCache) -> bool:
    system = system_command(left.command)
    return system is not None and system.action != "update" and not _is_cleaned(left)


def _is_cleaned(left: LeftCache) -> bool:
    """Tell whether zypper empties its cache of packages, if not of lists."""
    return left.name == "zypper" and any(
        rpm is not None and rpm.action == "clean" for rpm in map(rpm_command, left.run.commands)
    )


def _fix(found: Sequence[LeftCache]) -> Fix | None:
    apks = [apk for each in found if (apk := apk_command(each.command)) is not None]
    if apks:
        if len(apks) < len(found) or any(apk.action != "install" for apk in apks):
            return None
        edits = tuple(Edit.insert(apk.insert_at, " --no-cache") for apk in apks)
        return Fix(title="Add `--no-cache`", edits=edits, applicability=Applicability.SAFE)
    left = found[-1]
    behind = put_behind(left.command, left.run, left.cache.cleaner)
    is_one = all(each.cache is left.cache for each in found)
    if behind is None or left.command.conditional or not is_one:
        return None
    title = f"Add `{left.cache.cleaner}`"
    return Fix(title=title, edits=(behind,), applicability=Applicability.SAFE)
