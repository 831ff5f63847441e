"""Folders that Python libraries write to while a container runs, and the variables that say where."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boxwright.practices.stage_facts import StageFacts


class LibraryCache(NamedTuple):
    """What libraries keep in the home of their user unless a variable says otherwise."""

    variable: str
    folder: str
    """The last part of a path that it would have elsewhere."""
    packages: tuple[str, ...]
    also: tuple[str, ...] = ()
    """Other variables that move it."""
    what: str = "models"


def library_caches() -> tuple[LibraryCache, ...]:
    """Return all that are known."""
    return _caches()


def undefined_caches(stage: StageFacts) -> Iterator[tuple[LibraryCache, str]]:
    """Yield the caches that the libraries in *stage* have and nothing moves, with a library."""
    environment: Mapping[str, object] = stage.environment
    for entry in _caches():
        if entry.variable in environment or any(name in environment for name in entry.also):
            continue
        library = next((name for name in entry.packages if stage.brings(name)), "")
        if library:
            yield entry, library


@cache
def _caches() -> tuple[LibraryCache, ...]:
    xdg = "XDG_CACHE_HOME"
    return (
        LibraryCache(
            "HF_HOME",
            "huggingface",
            (
                "transformers", "sentence-transformers", "diffusers", "datasets", "huggingface-hub",
                "vllm", "faster-whisper", "peft", "accelerate", "text-generation",
            ),
            (xdg, "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "TRANSFORMERS_CACHE"),
        ),
        LibraryCache(
            "TORCH_HOME", "torch", ("torchvision", "timm", "easyocr", "ultralytics"), (xdg,)
        ),
        LibraryCache(
            "NUMBA_CACHE_DIR",
            "numba",
            ("numba", "librosa", "umap-learn", "shap"),
            what="compiled functions",
        ),
        LibraryCache(
            "MPLCONFIGDIR",
            "matplotlib",
            ("matplotlib", "seaborn", "plotnine"),
            ("XDG_CONFIG_HOME",),
            "font lists",
        ),
        LibraryCache(
            "TRITON_CACHE_DIR", "triton", ("triton", "vllm"), ("TRITON_HOME",), "compiled kernels"
        ),
    )  # fmt: skip


@cache
def cache_variables() -> frozenset[str]:
    """Return the names of variables that say where libraries write while they run."""
    return frozenset(
        {
            "HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_DATASETS_CACHE",
            "TRANSFORMERS_CACHE", "SENTENCE_TRANSFORMERS_HOME", "TORCH_HOME", "XDG_CACHE_HOME",
            "NUMBA_CACHE_DIR", "MPLCONFIGDIR", "TRITON_CACHE_DIR", "TRITON_HOME",
            "TORCHINDUCTOR_CACHE_DIR", "VLLM_CACHE_ROOT", "KERAS_HOME", "TFHUB_CACHE_DIR",
            "CUDA_CACHE_PATH", "JOBLIB_TEMP_FOLDER", "YOLO_CONFIG_DIR", "WANDB_DIR",
            "WANDB_CACHE_DIR", "MODELSCOPE_CACHE", "FLASHINFER_WORKSPACE_BASE",
        }
    )  # fmt: skip
