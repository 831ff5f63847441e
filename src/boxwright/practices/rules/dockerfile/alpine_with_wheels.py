"""
Python packages are installed on Alpine that have no wheels for it.

Wheels of PyTorch, TensorFlow, JAX and ONNX Runtime are built for glibc. On Alpine, which has musl, pip finds none: it ends with `No matching distribution found`, or compiles for an hour, and what comes out is often slower.
The few megabytes that Alpine saves are nothing beside these packages.

Bad:

```dockerfile
FROM python:3.12-alpine
RUN pip install --no-cache-dir torch==2.9.1
```

Good:

```dockerfile
FROM python:3.12-slim
RUN pip install --no-cache-dir torch==2.9.1
```

## When it is fine

Packages that are pure Python, or have musllinux wheels (numpy, pandas, pydantic-core, uvloop), are well on Alpine.
Alpine's own packages (`apk add py3-onnxruntime`) are built for it.

## Fix

`-alpine` becomes `-slim`, where the stage uses nothing that only Alpine has. Unsafe: it is another distribution.

## Equivalents

None.

## References

Best practices guide, Docker patterns, Base images.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.stage_facts import StageFacts
from boxwright.practices.subjects import Build
from boxwright.text.edit import Edit

_GLIBC_ONLY = frozenset(
    {
        "torch", "torchvision", "torchaudio", "triton", "tensorflow", "tensorflow-cpu", "jaxlib",
        "onnxruntime", "onnxruntime-gpu", "vllm", "mediapipe", "opencv-python",
        "opencv-python-headless", "opencv-contrib-python", "lightgbm", "xgboost", "catboost",
        "llvmlite", "numba", "ray",
    }
)  # fmt: skip
# What installs one of those, by what it is known for.
_NEEDS = {
    "accelerate": "torch", "bitsandbytes": "torch", "diffusers": "torch", "easyocr": "torch", "fastai": "torch",
    "jax": "jaxlib", "flax": "jaxlib", "fastembed": "onnxruntime", "chromadb": "onnxruntime",
    "lightning": "torch", "pytorch-lightning": "torch", "openai-whisper": "torch",
    "peft": "torch", "rembg": "onnxruntime", "sentence-transformers": "torch", "timm": "torch",
    "torchmetrics": "torch", "ultralytics": "torch", "tf-keras": "tensorflow",
    "shap": "numba", "umap-learn": "numba", "librosa": "numba", "xformers": "torch",
}  # fmt: skip
_ALPINE_PROGRAMS = frozenset(
    {"apk", "adduser", "addgroup", "deluser", "delgroup", "setup-timezone"}
)


@rule(Build, severity=Severity.WARNING)
def alpine_with_wheels(build: Build) -> Iterator[Problem]:
    by_root: dict[int, list[StageFacts]] = {}
    roots: dict[int, int] = {}
    for stage in build.stages:
        facts = stage.base.facts
        if facts is not None and facts.libc == "musl":
            root = roots[stage.parent.index] if stage.parent is not None else stage.index
            roots[stage.index] = root
            by_root.setdefault(root, []).append(stage)
    for root, stages in by_root.items():
        # conda brings a libc of its own, or none of this works at all.
        names = dict.fromkeys(
            package.name
            for stage in stages
            for package in stage.own_distributions
            if package.manager == "pip"
        )
        found = [name for name in names if name in _GLIBC_ONLY]
        needing = [name for name in names if name in _NEEDS]
        if found:
            listed = ", ".join(f"`{name}`" for name in found[:4])
            what = f"{listed} {'has' if len(found) == 1 else 'have'} no wheels for it"
        elif needing:
            what = f"`{needing[0]}` needs `{_NEEDS[needing[0]]}`, which has no wheels for it"
        else:
            continue
        base = build.stages[root]
        yield Problem(
            message=f"`{base.base.reference}` stands on musl, and {what}",
            span=base.stage.from_.image.span,
            fix=_fix(base, stages),
        )


def _fix(root: StageFacts, stages: list[StageFacts]) -> Fix | None:
    base = root.base
    word = root.stage.from_.image
    if base.facts is None or base.facts.family not in ("python", "node") or base.digest:
        return None
    if word.raw != base.reference or not base.parts.version:
        return None
    # What is FROM the same stage moves with it.
    for stage in stages:
        for run in stage.runs:
            if any(command.program in _ALPINE_PROGRAMS for command in run.commands):
                return None
    words = ["slim" if each.startswith("alpine") else each for each in base.tag.split("-")]
    name = word.raw[: word.raw.rindex(":")]
    return Fix(
        title=f"Write `{name}:{'-'.join(words)}`",
        edits=(Edit.replace(word.span, f"{name}:{'-'.join(words)}"),),
        applicability=Applicability.UNSAFE,
    )
