"""Commands and packages that are about the GPU of the machine, which a build does not have."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from boxwright.practices.programs.remembered import remembered
from boxwright.practices.programs.runners import invocation
from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    import re

    from boxwright.practices.programs.python_code import PythonCode
    from boxwright.syntax.shell.command import Command
    from boxwright.text.source import Span


class GpuQuery(NamedTuple):
    """A question that only a machine with a GPU can answer."""

    name: str
    """What asks: `nvidia-smi`, `torch.cuda.is_available`."""
    fails: bool
    """Whether it fails without a GPU, instead of answering that there is none."""
    span: Span


@remembered
def gpu_queries(command: Command) -> tuple[GpuQuery, ...]:
    """Return what *command* asks a GPU."""
    if command.program.startswith(("py", "ipython")):
        # Python's own parser takes its time to load.
        from boxwright.practices.programs.python_code import python_code

        code = python_code(command)
        if code is not None:
            return gpu_queries_of_code(code)
    started = invocation(command)
    if started is None or started.name not in _PROGRAMS:
        return ()
    if any(word.value in {"--help", "-h", "--version"} for word in started.arguments):
        return ()
    return (GpuQuery(started.name, fails=True, span=command.span),)


def gpu_queries_of_code(code: PythonCode) -> tuple[GpuQuery, ...]:
    """Return what *code* asks a GPU."""
    found = []
    for call in code.calls:
        asks = call.name in _CALLS or call.name.startswith(_MODULES)
        device = call.argument("device", None)
        is_moved = call.name == ".cuda" or (
            call.method in {"to", "device"}
            and any(str(argument.value).startswith("cuda") for argument in call.arguments)
        )
        if call.name == "torch.cuda.manual_seed_all" or call.name.startswith("torch.cuda.amp"):
            continue
        # A device can be named where there is none, only nothing can be put there.
        is_named = call.name == "torch.device"
        on_device = device is not None and str(device.value).startswith("cuda")
        if asks or on_device or (is_moved and not is_named):
            fails = not call.name.endswith(_ANSWERED)
            found.append(GpuQuery(call.name.lstrip("."), fails, call.span))
    return tuple(found)


def is_driver_package(name: str) -> bool:
    """
    Return whether the system package *name* is, or brings, the driver: it belongs to the host.

    >>> is_driver_package("nvidia-driver-550"), is_driver_package("cuda-toolkit-12-4")
    (True, False)
    """
    return _driver().fullmatch(name) is not None


def is_container_toolkit_package(name: str) -> bool:
    """Return whether the system package *name* serves the host's container engine."""
    return name.startswith(
        (
            "nvidia-container-toolkit",
            "nvidia-container-runtime",
            "libnvidia-container",
            "nvidia-docker",
        )
    )


def is_cuda_library_package(name: str) -> bool:
    """
    Return whether the system package *name* has libraries that wheels for CUDA have inside.

    >>> is_cuda_library_package("libcudnn9-cuda-12"), is_cuda_library_package("cuda-nvcc-12-4")
    (True, False)
    """
    return name.startswith(_LIBRARIES)


_PROGRAMS = frozenset(
    {
        "nvidia-smi", "rocm-smi", "amd-smi", "rocminfo", "nvidia-debugdump", "deviceQuery",
        "bandwidthTest", "gpustat", "nvtop", "nvidia-settings", "nvidia-modprobe",
    }
)  # fmt: skip
_CALLS = frozenset(
    {
        "torch.accelerator.is_available",
        "tensorflow.config.list_physical_devices",
        "tensorflow.config.list_logical_devices",
        "tensorflow.config.experimental.list_physical_devices",
        "tensorflow.test.is_gpu_available",
        "tensorflow.test.gpu_device_name",
        "tf.config.list_physical_devices",
        "tf.config.list_logical_devices",
        "tf.config.experimental.list_physical_devices",
        "tf.test.is_gpu_available",
        "tf.test.gpu_device_name",
        "tensorflow.python.client.device_lib.list_local_devices",
        "device_lib.list_local_devices",
        "jax.devices",
        "jax.local_devices",
        "jax.device_count",
        "jax.local_device_count",
        "jax.default_backend",
        "cupy.cuda.runtime.getDeviceCount",
        "cupy.cuda.Device",
        "cupy.show_config",
        "numba.cuda.detect",
        "numba.cuda.is_available",
        "onnxruntime.get_device",
        "GPUtil.getGPUs",
        "pynvml.nvmlInit",
    }
)
_ANSWERED = ("is_available", "device_count", "devices", "is_built", "get_arch_list")
"""Endings of questions that have an answer where there is no GPU."""
_MODULES = ("torch.cuda.", "torch.hip.", "torch.xpu.", "pynvml.nvmlDevice")
_LIBRARIES = (
    "libcudnn", "cudnn", "libnccl", "tensorrt", "libnvinfer", "libcublas", "libcufft", "libcurand",
    "libcusolver", "libcusparse", "libnpp", "libnvjpeg", "libnvjitlink", "libcusparselt",
    "cuda-libraries", "cuda-runtime", "cuda-cudart", "cuda-nvrtc", "cuda-cupti",
)  # fmt: skip


@cache
def _driver() -> re.Pattern[str]:
    import re

    # `cuda` and `cuda-12-4` are meta packages: the toolkit and the driver.
    return re.compile(
        r"nvidia-(?:driver|open|headless|dkms|kernel|utils|compute-utils|firmware|fabricmanager"
        r"|persistenced|modprobe|settings|smi)(?:[-_:=].*)?"
        r"|nvidia-\d+(?:[-=].*)?"
        r"|libnvidia-(?:compute|encode|decode|gl|cfg|fbc|extra|common|ml|ptxjitcompiler)\d*"
        r"(?:[-_:=].*)?"
        r"|libcuda1(?:[-:=].*)?|xserver-xorg-video-nvidia.*|kmod-nvidia.*|akmod-nvidia.*"
        r"|cuda-drivers(?:[-=].*)?|cuda-compat-.*|cuda(?:-\d+(?:-\d+)?)?(?:=.*)?"
        r"|amdgpu-dkms.*|amdgpu-install.*|rocm-dkms.*"
    )
