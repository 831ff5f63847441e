"""What a stage does with CUDA: what it compiles, and who brings the libraries that it runs with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from boxwright.practices.cuda import CudaWheel, cuda_wheels
from boxwright.practices.dependency_installs import dependency_install
from boxwright.practices.programs.compilers import compilation
from boxwright.text.edit import Edit

if TYPE_CHECKING:
    from boxwright.practices.programs.compilers import Compilation
    from boxwright.practices.python_package import PythonPackage
    from boxwright.practices.stage_facts import StageFacts
    from boxwright.practices.subjects import Build


def wheels_with_libraries(stage: StageFacts) -> tuple[CudaWheel, ...]:
    """Return the distributions of *stage* that bring the CUDA libraries that they use."""
    if any(name in stage.base.name for name in ("l4t", "jetson", "jetpack")):
        return ()  # Wheels for Jetson load the libraries of the system.
    found = [wheel for wheel in cuda_wheels(stage.distributions) if wheel.brings_libraries]
    if any("jetson" in wheel.package.index_url for wheel in found):
        return ()
    return tuple(sorted(found, key=lambda wheel: wheel.package.name not in _WELL_KNOWN))


_WELL_KNOWN = frozenset({"torch", "tensorflow", "jax", "vllm"})


def is_stated(wheel: CudaWheel) -> bool:
    """Tell whether its CUDA is written down, and not decided by the day of the build."""
    return bool(wheel.package.version) or wheel.because.startswith(("`", "it is"))


def user_of_system_libraries(stage: StageFacts) -> PythonPackage | None:
    """Return a distribution of *stage* that looks for CUDA libraries outside of its wheel."""
    for wheel in cuda_wheels(stage.distributions):
        if not wheel.brings_libraries:
            return wheel.package
    for name in _SYSTEM_USERS:
        found = stage.has_distribution(name)
        if found is not None and not any(extra.startswith(("and-cuda",)) for extra in found.extras):
            return found
    return None


_SYSTEM_USERS = (
    "tensorflow", "tensorflow-gpu", "paddlepaddle-gpu", "mxnet", "cntk", "horovod",
    "onnxruntime-gpu", "onnxruntime-training", "ctranslate2", "faster-whisper", "cupy-cuda11x",
    "cupy-cuda12x", "cupy-cuda13x",
)  # fmt: skip


def compilations(stage: StageFacts) -> Iterator[Compilation]:
    """Yield what is compiled in *stage* and in those that it is FROM."""
    for part in stage.chain:
        for run in part.runs:
            for command in run.commands:
                found = compilation(command)
                if found is not None:
                    yield found


def may_compile_for_gpu(stage: StageFacts) -> bool:
    """
    Tell whether the CUDA compiler or headers of *stage* may be used while it is built.

    A project that is installed from the context counts unless its files are known and none
    is of CUDA.
    """
    for found in compilations(stage):
        if found.uses_cuda or found.is_certain:
            return True
        if found.word.value.startswith(("git+", "http")):
            return True
        context = stage.context
        if context is None or any(
            path.endswith((".cu", ".cuh", "setup.py")) for path in context.all_paths()
        ):
            return True
    return any(_is_script(run_name) for run_name in _programs(stage))


def _programs(stage: StageFacts) -> Iterator[str]:
    for part in stage.chain:
        for run in part.runs:
            for command in run.commands:
                name = command.words[0].value if command.words else ""
                yield name
                if command.program in {"sh", "bash", "dash"} and len(command.words) > 1:
                    yield command.words[1].value


def _is_script(name: str) -> bool:
    """Tell whether *name* is a script of the project, which may do anything."""
    return name.endswith((".sh", ".bash")) or name.startswith("./")


def has_unread_manifests(stage: StageFacts) -> bool:
    """Tell whether something is installed from a file that cannot be read here."""
    for part in stage.chain:
        for run in part.runs:
            for command in run.commands:
                install = dependency_install(command)
                for path in install.manifests if install is not None else ():
                    if part.origin(path, before=run) is None:
                        return True
    return False


def compiles_at_run_time(stage: StageFacts) -> PythonPackage | None:
    """Return a distribution of *stage* that compiles kernels when it runs, with the toolkit."""
    return stage.has_distribution(
        "deepspeed", "flashinfer-python", "flashinfer", "vllm", "sglang", "cupy-cuda11x",
        "cupy-cuda12x", "cupy-cuda13x", "pycuda", "tilelang", "tensorrt-llm", "gsplat", "xformers",
        "lightllm", "numba-cuda", "ninja", "torch-tensorrt", "cudf-cu12", "unsloth",
    )  # fmt: skip


def is_for_development(build: Build) -> bool:
    """Tell whether an image is where people write code: by its names, or as it is for notebooks."""
    return is_named_for_development(build) or (
        build.final is not None and build.final.kind == "notebook"
    )


def is_named_for_development(build: Build) -> bool:
    """Tell whether an image is where people write code, by its path or the name of its stage."""
    folders = re.split(r"[/\\.\-_]", build.path.lower())
    names = re.split(r"[-_.]", build.final.name) if build.final is not None else []
    return not _DEVELOPMENT.isdisjoint([*folders, *names])


_DEVELOPMENT = frozenset(
    {"dev", "devel", "devcontainer", "development", "debug", "builder", "ci", "test"}
)


def flavour_edit(build: Build, flavour: str) -> Edit | None:
    """
    Return the edit that makes the final image's base the *flavour* of CUDA.

    None where its tag does not say the flavour itself, or where other stages are FROM it too.
    """
    if build.final is None:
        return None
    root = build.final.chain[-1]
    ships = {stage.index for stage in build.final.chain}
    if any(stage.chain[-1] is root and stage.index not in ships for stage in build.stages):
        return None
    from_ = root.stage.from_
    name, colon, tag = from_.image.raw.rpartition(":")
    if not colon or "@" in from_.image.raw:
        return None
    pattern = r"(?:cudnn\d*-)?(?:runtime|devel)" if flavour == "base" else r"devel"
    changed, count = re.subn(rf"(^|-)(?:{pattern})(?=-|$)", rf"\g<1>{flavour}", tag)
    if count != 1:
        return None
    span = from_.part_span(from_.image, 0, len(from_.image.raw))
    return Edit.replace(span, f"{name}:{changed}")
