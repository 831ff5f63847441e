r"""
An image that runs on the CPU has PyTorch for GPUs.

On Linux the default wheel of PyTorch brings all of CUDA: 3.0 GB to fetch and 5.5 GB unpacked.
The one for the CPU is 0.2 GB and 0.7 GB, and does the same where no GPU is used.

Bad:

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir torch==2.6.0
ENV DEVICE=cpu
CMD ["python", "serve.py"]
```

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir vllm==0.8.0 torch==2.6.0
CMD ["python", "serve.py", "--device", "cpu"]
```

Good:

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir torch==2.6.0 --index-url https://download.pytorch.org/whl/cpu
ENV DEVICE=cpu
CMD ["python", "serve.py"]
```

## When it is fine

Only an image that says itself that it uses the CPU is reported: by an option of its command, or a variable such as `DEVICE=cpu` or an empty `CUDA_VISIBLE_DEVICES`.
A Compose service that is given no GPU is reported by `gpu-wheels-without-gpu`.

## Fix

A command that installs PyTorch and nothing else gets the index for the CPU.
Unsafe: whoever starts the image with a GPU after all has none then.

## References

Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.cuda import cuda_wheels, has_cpu_build
from boxwright.practices.programs.pip import pip_command
from boxwright.practices.programs.uv import uv_command
from boxwright.practices.python_package import PythonPackage
from boxwright.practices.rule import Problem, rule
from boxwright.practices.stage_facts import StageFacts
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Run
from boxwright.text.edit import Edit


@rule(Build, severity=Severity.WARNING)
def gpu_wheels_on_cpu(build: Build) -> Iterator[Problem]:
    final = build.final
    facts = final.base.facts if final is not None else None
    if final is None or (facts is not None and (facts.cuda or facts.cuda_flavour)):
        return
    reason = _reason(final)
    if not reason:
        return
    for wheel in cuda_wheels(final.distributions):
        package = wheel.package
        if package.name != "torch" or package.manager != "pip":
            continue
        run = package.instruction
        if isinstance(run, Run):
            yield Problem(
                message=f"`torch` is installed with CUDA, but {reason} keeps it on the CPU",
                span=package.word_span or run.keyword_span,
                fix=_fix(run, package),
            )
            return


def _reason(stage: StageFacts) -> str:
    """Return what says that only the CPU is used; empty where nothing does."""
    words = [word.value for word in stage.start.words] if stage.start is not None else []
    for option, value in pairwise([*words, ""]):
        if option in {"--device", "--device-type", "--accelerator"} and value == "cpu":
            return f"`{option} cpu`"
        if option in {"--device=cpu", "--accelerator=cpu"}:
            return f"`{option}`"
    for name, found in stage.environment.items():
        if name == "CUDA_VISIBLE_DEVICES" and found.value in {"", "-1"} and found.kind == "env":
            return f"`{name}={found.value}`"
        if name.rpartition("_")[2] == "DEVICE" and found.value == "cpu":
            return f"`{name}=cpu`"
    return ""


def _fix(run: Run, package: PythonPackage) -> Fix | None:
    if package.word_span is None or package.index_url or package.local_version:
        return None
    for command in run.commands:
        if not any(word.span == package.word_span for word in command.words):
            continue
        pip, uv = pip_command(command), uv_command(command)
        found = uv or pip
        if found is None or found.unknown or found.requirement_files:
            return None
        if not all(has_cpu_build(each.name) for each in found.packages):
            return None
        option = "--torch-backend cpu" if uv else "--index-url https://download.pytorch.org/whl/cpu"
        return Fix(
            title="Install PyTorch for the CPU",
            edits=(Edit.insert(command.span.end, f" {option}"),),
            applicability=Applicability.UNSAFE,
        )
    return None
