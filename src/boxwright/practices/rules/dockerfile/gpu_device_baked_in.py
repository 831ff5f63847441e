"""
The image says which GPUs its containers see.

Which GPUs a container gets is decided where it runs: by `--gpus`, a reservation of Compose, or a resource of Kubernetes.
`CUDA_VISIBLE_DEVICES=0` in the image hides all others from a machine with eight, and `NVIDIA_VISIBLE_DEVICES=all` gives every GPU to a container that asked for none, where the NVIDIA runtime is the default.

Bad:

```dockerfile
FROM python:3.12-slim
ENV CUDA_VISIBLE_DEVICES=0
```

```dockerfile
FROM python:3.12-slim
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=all
```

Good:

```dockerfile
FROM python:3.12-slim
ENV NVIDIA_DRIVER_CAPABILITIES=compute,utility
```

## When it is fine

`CUDA_VISIBLE_DEVICES` without a device (empty, or `-1`) keeps a program on the CPU, and `void` and `none` give no GPU: that is not reported.
NVIDIA's own images and those of PyTorch set `NVIDIA_VISIBLE_DEVICES=all` themselves: a Dockerfile on one of them that repeats it is not reported, and any other gets a hint only.

## Fix

The variable is removed; `NVIDIA_DRIVER_CAPABILITIES=all` becomes `compute,utility`, which is what CUDA needs.
Unsafe: whoever starts containers without saying which GPUs they get has to say it now.

## Equivalents

tally no-hardcoded-visible-devices, prefer-minimal-driver-capabilities.

## References

Docker patterns, Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.env_edits import EnvEdit, without_pair
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Env
from boxwright.text.edit import Edit

_DEVICES = frozenset(
    {
        "CUDA_VISIBLE_DEVICES",
        "NVIDIA_VISIBLE_DEVICES",
        "HIP_VISIBLE_DEVICES",
        "ROCR_VISIBLE_DEVICES",
    }
)
_NONE = frozenset({"", "-1", "void", "none", "nodevfiles"})


@rule(Build, severity=Severity.WARNING)
def gpu_device_baked_in(build: Build) -> Iterator[Problem]:
    for env in build.of(Env):
        for pair in env.pairs:
            name = pair.name.value
            if name not in _DEVICES and name != "NVIDIA_DRIVER_CAPABILITIES":
                continue
            value = build.reference(pair.value, env)
            if value is None:
                continue
            value = value.strip().strip("'\"").lower()
            if name == "NVIDIA_DRIVER_CAPABILITIES":
                if value != "all":
                    continue
                message = f"`{name}=all` gives containers the driver's graphics and video as well"
                change: EnvEdit | None = EnvEdit(
                    Edit.replace(pair.value.span, "compute,utility"), ()
                )
                title = "Ask for `compute,utility`"
            elif value in _NONE or (value == "all" and _is_inherited(build, env, name)):
                continue
            else:
                what = "all GPUs" if value == "all" else f"GPU `{value}`"
                message = f"`{name}` gives {what} to every container, whatever it is started with"
                change = without_pair(env, pair)
                title = f"Remove `{name}`"
            yield Problem(
                message=message,
                span=pair.span,
                severity=Severity.INFO if value == "all" else None,
                fix=Fix(
                    title=title,
                    edits=(change.edit,),
                    applicability=Applicability.UNSAFE,
                    changes=change.changes,
                )
                if change is not None
                else None,
            )


def _is_inherited(build: Build, env: Env, name: str) -> bool:
    """Tell whether the base image says the same, so that nothing changes without it."""
    stage = build.stage_of(env)
    facts = stage.base.facts if stage is not None else None
    return facts is not None and facts.environment.get(name) == "all"
