"""Whether the project runs on a GPU, and what such a host has to have."""

from __future__ import annotations

import re
from collections.abc import Collection

from boxwright.plan.cuda import cuda_table, least_driver
from boxwright.plan.explain import Explained
from boxwright.plan.model import GpuPlan
from boxwright.project.facts import Dependencies, Dependency, Project
from boxwright.settings import Settings

_FOR_CUDA = frozenset(
    {
        "onnxruntime-gpu", "tensorrt", "tensorrt-llm", "torch-tensorrt", "faiss-gpu", "flash-attn",
        "xformers", "vllm", "sglang", "auto-gptq", "autoawq", "exllamav2", "paddlepaddle-gpu",
        "tensorflow-gpu", "mxnet-gpu", "cudf", "cuml", "cugraph", "cuvs", "cupy", "pycuda",
    }
)  # fmt: skip
"""Distributions that are of no use without an NVIDIA GPU."""
_ONLY_ASK = frozenset({"nvidia-ml-py", "nvidia-ml-py3", "nvidia-pyindex"})
"""NVIDIA's, that work where there is no GPU."""
_TORCH = ("torch", "torchvision", "vllm", "sglang", "xformers", "flash-attn", "transformers")
_BRING_TORCH = (
    "torch", "torchvision", "torchaudio", "lightning", "pytorch-lightning", "accelerate", "timm",
    "sentence-transformers", "ultralytics", "easyocr", "openai-whisper", "fastai", "peft", "trl",
    "torchmetrics", "torch-geometric", "kornia", "facenet-pytorch", "spacy-transformers",
    "flair", "stanza", "speechbrain", "pyannote-audio", "tts", "docling", "unstructured-inference",
    "detectron2", "open-clip-torch", "segment-anything", "bertopic", "keybert", "captum",
)  # fmt: skip
"""Distributions that depend on PyTorch, themselves or through another."""
_DECIDED = frozenset({"uv.lock", "pylock.toml", "poetry.lock", "pdm.lock", "Pipfile.lock", "none"})
"""Sources that name the very build."""


def decide_accelerator(
    project: Project, settings: Settings, explained: Explained, *, is_training: bool
) -> str:
    """
    Return `cuda` where the service cannot do without a GPU, else `cpu`.

    With *is_training* the image's own process trains: then all that it may use counts.
    """
    if settings.accelerator:
        explained.from_settings("accelerator", settings.accelerator)
        if settings.accelerator == "cpu":
            _tell_of_unused(project, explained)
        return settings.accelerator
    required = [use for use in project.gpu_uses if use.is_required and use.scope == "service"]
    if required:
        explained.add(
            "accelerator",
            "cuda",
            "the code fails without a GPU",
            *(use.evidence for use in required[:3]),
            practice="gpu-wheels-without-gpu",
        )
        return "cuda"
    trains = [use for use in project.gpu_uses if is_training and use.scope == "training"]
    if trains and not _is_locked_for_cpu(project.dependencies):
        explained.add(
            "accelerator",
            "cuda",
            "the image is for training, which uses a GPU",
            *(use.evidence for use in trains[:3]),
            practice="gpu-wheels-without-gpu",
        )
        return "cuda"
    for dependency in project.dependencies.direct:
        if is_for_cuda(dependency):
            explained.add(
                "accelerator",
                "cuda",
                f"`{dependency.name}` is for NVIDIA's GPUs",
                dependency.evidence,
                practice="gpu-wheels-without-gpu",
            )
            return "cuda"
    wanted = project.dependencies.accelerator
    if wanted is not None and wanted.value.startswith("cuda"):
        why = f"`{project.dependencies.path}` asks for {wanted.value}"
        explained.add("accelerator", "cuda", why, wanted.evidence)
        return "cuda"
    asks = [use for use in project.gpu_uses if use.scope == "service"]
    why = "nothing asks for a GPU; CUDA wheels would add gigabytes"
    if any(use.scope == "training" for use in project.gpu_uses):
        why = "only the training uses a GPU; CUDA wheels would add gigabytes to the service"
    if asks:
        why = "the code takes a GPU only where there is one; CUDA wheels would add gigabytes"
    explained.add(
        "accelerator",
        "cpu",
        why,
        *(use.evidence for use in asks[:1]),
        practice="gpu-image-without-gpu",
    )
    return "cpu"


def decide_gpu(project: Project, accelerator: str, explained: Explained) -> GpuPlan | None:
    """Return what the GPU's host has to have; None where nothing runs on one."""
    trains = [use for use in project.gpu_uses if use.scope == "training"]
    if accelerator != "cuda" and not (trains and project.trainings):
        return None
    dependencies = project.dependencies
    if accelerator != "cuda" and _is_locked_for_cpu(dependencies):
        explained.notice(
            "training could use a GPU, but the lock has PyTorch for the CPU only",
            "lock it from the default index, in a group of its own, or leave it so",
            trains[0].evidence,
        )
        return None
    trained = {it.library for it in project.trainings}
    version = _cuda_version(dependencies, trained)
    bundled, needing = _is_bundled(dependencies)
    driver = least_driver(version)
    if driver:
        explained.add(
            "gpu",
            f"CUDA {version}, driver {driver} or newer",
            "the least driver for the CUDA of the wheels",
            *((needing.evidence,) if needing else ()),
            practice="cuda-needs-newer-driver",
        )
    return GpuPlan(cuda=version, driver=driver, bundled=bundled)


def torch_backend(project: Project, accelerator: str) -> str:
    """
    Return which builds of PyTorch an installer has to be asked for; empty where it need not.

    The index's own builds bring gigabytes of CUDA along; a lock has decided already.
    """
    dependencies = project.dependencies
    if accelerator != "cpu" or dependencies.hashed or dependencies.source in _DECIDED:
        return ""
    return "cpu" if any(dependencies.has(name) for name in _BRING_TORCH) else ""


def is_for_cuda(dependency: Dependency) -> bool:
    """Tell whether *dependency* is one that is of no use without an NVIDIA GPU."""
    name = dependency.name
    if name in _ONLY_ASK:
        return False
    return (
        name in _FOR_CUDA
        or name.startswith("nvidia-")
        or bool(re.search(r"-(cuda|cu1)\d*x?$|-cuda-?\d+x?$", name))
        or any(
            re.fullmatch(r"(and-)?cuda(\d+)?(-pip|-local)?|gpu", extra)
            for extra in dependency.extras
        )
    )


def _is_locked_for_cpu(dependencies: Dependencies) -> bool:
    locked = dependencies.locked
    return "torch" in locked and not any(
        name.startswith(("nvidia-", "cuda-toolkit")) for name in locked
    )


def _tell_of_unused(project: Project, explained: Explained) -> None:
    for dependency in project.dependencies.direct:
        if is_for_cuda(dependency):
            explained.notice(
                f"`{dependency.name}` is for GPUs, but the image is planned for the CPU",
                'leave `accelerator = "cpu"` out, or use its variant for the CPU',
                dependency.evidence,
            )


def _is_bundled(dependencies: Dependencies) -> tuple[bool, Dependency | None]:
    """Tell whether CUDA libraries come with the wheels, and which dependency says so."""
    brings = cuda_table()["brings"]
    if any(name.startswith(("nvidia-cudnn", "nvidia-cublas")) for name in dependencies.locked):
        return True, None
    for dependency in dependencies.direct:
        with_extra = brings["with_extra"].get(dependency.name, ())
        if (
            dependency.name in brings["always"]
            or dependency.name in brings["through_torch"]
            or not set(with_extra).isdisjoint(dependency.extras)
            or dependency.name.startswith(("nvidia-cudnn", "nvidia-cublas"))
        ):
            return True, dependency
    if any(name in dependencies.locked for name in brings["always"]):
        return True, None
    for dependency in dependencies.direct:
        if dependency.name in brings["needs_system"] or dependency.name == "tensorflow":
            return False, dependency
    return True, None


def _cuda_version(dependencies: Dependencies, trained: Collection[str]) -> str:
    """
    Return the CUDA that the wheels are made for, as far as their names tell.

    *trained* are libraries of trainings, whose dependencies may be in a group.
    """
    names = [
        *sorted(dependencies.locked),
        *(dependency.name for dependency in dependencies.direct),
        *sorted(trained),
    ]
    for name in names:
        found = re.search(r"-cu(?:da)?(1[1-9])\d*x?$", name)
        if found:
            return found[1]
    for dependency in dependencies.direct:
        for extra in dependency.extras:
            found = re.fullmatch(r"cuda(1[1-9])(-.+)?", extra)
            if found:
                return found[1]
    if "nvidia-cublas" in dependencies.locked:
        return "13"
    defaults = cuda_table()["defaults"]
    for group in (_TORCH, ("onnxruntime-gpu",), ("tensorflow",)):
        if any(name in names for name in group) or (
            group is _TORCH
            and any(name in cuda_table()["brings"]["through_torch"] for name in names)
        ):
            table = defaults["torch" if group is _TORCH else group[0]]
            version: str = table[table["newest"]]
            return version
    return ""
