"""Packages that are there to compile, and commands that do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from boxwright.practices.programs.arguments import parse_arguments
from boxwright.practices.programs.remembered import remembered
from boxwright.practices.programs.runners import Invocation, invocation
from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    from boxwright.syntax.shell.command import Command, ShellWord


class Compilation(NamedTuple):
    """A command that compiles."""

    what: str
    """What is built, as it can be shown: `make`, `flash-attn`, the folder `.`."""
    uses_cuda: bool
    """Whether it compiles for GPUs, as far as that can be told."""
    is_certain: bool
    """Whether it compiles at all: a project may be of Python alone, a wheel may be there."""
    word: ShellWord
    command: Command


def is_build_package(name: str) -> bool:
    """
    Return whether the system package *name* is there to build others with.

    >>> is_build_package("build-essential"), is_build_package("libpq-dev"), is_build_package("git")
    (True, True, True)
    >>> is_build_package("libgomp1"), is_build_package("libgl1"), is_build_package("curl")
    (False, False, False)
    """
    bare = name.partition("=")[0].partition(":")[0].lower()
    if bare in _PACKAGES:
        return True
    if bare.endswith(("-dev", "-devel", "-headers", "-static")):
        return True
    stem = bare.rstrip("0123456789.-")
    return stem in _VERSIONED or bare.startswith(_CUDA_TOOLS)


def is_compiled_on_install(name: str) -> bool:
    """
    Return whether pip compiles the distribution *name* for GPUs, for want of wheels that fit.

    >>> is_compiled_on_install("flash-attn"), is_compiled_on_install("torch")
    (True, False)
    """
    return name.lower().replace("_", "-") in _CUDA_DISTRIBUTIONS


@remembered
def compilation(command: Command) -> Compilation | None:
    """Return what *command* compiles."""
    started = invocation(command)
    if started is None:
        return None
    name = started.name
    if name == "nvcc":
        return Compilation(name, True, True, started.word, command)
    if name in _COMPILERS or name.endswith(("-gcc", "-g++")):
        return _of_compiler(started, command)
    if name == "python":
        return _of_setup(started, command)
    if name in {"pip", "pip3", "uv"}:
        return _of_install(started, command)
    if name == "build":
        return Compilation(".", False, False, started.word, command)
    return None


_PACKAGES = frozenset(
    {
        "build-essential", "build-base", "base-devel", "alpine-sdk", "development-tools",
        "@development-tools", "@development", "gcc", "g++", "gcc-c++", "gcc-multilib", "make",
        "cmake", "cmake-data", "ninja-build", "ninja", "samurai", "meson", "autoconf", "automake",
        "libtool", "pkg-config", "pkgconf", "pkgconfig", "bison", "flex", "nasm", "yasm", "swig",
        "gfortran", "clang", "llvm", "lld", "cargo", "rustc", "rust", "golang", "golang-go", "go",
        "git", "git-lfs", "subversion", "mercurial", "musl-dev", "linux-headers", "patch",
        "patchelf", "dpkg-dev", "devscripts", "debhelper", "rpm-build", "ccache", "gdb", "valgrind",
        "nvidia-cuda-toolkit", "openjdk-11-jdk", "default-jdk", "protobuf-compiler", "cython3",
        "kernel-headers", "elfutils", "bazel", "scons", "python3-distutils",
    }
)  # fmt: skip
_VERSIONED = frozenset(
    {"gcc", "g++", "clang", "llvm", "gfortran", "lld", "golang", "cpp", "automake"}
)
"""Packages with a version in their name: `gcc-12`."""
_CUDA_TOOLS = (
    "cuda-nvcc", "cuda-compiler", "cuda-toolkit", "cuda-command-line-tools",
    "cuda-minimal-build", "cuda-crt", "cuda-nvvm", "cudatoolkit-dev",
)  # fmt: skip
_CUDA_DISTRIBUTIONS = frozenset(
    {
        "flash-attn", "flash-attn-3", "apex", "deepspeed", "xformers", "transformer-engine",
        "causal-conv1d", "mamba-ssm", "pytorch3d", "torch-scatter", "torch-sparse", "torch-cluster",
        "torch-spline-conv", "pycuda", "minkowskiengine", "detectron2", "gsplat", "nvdiffrast",
        "tiny-cuda-nn", "tinycudann", "diff-gaussian-rasterization", "simple-knn", "auto-gptq",
        "autoawq-kernels", "exllamav2", "grouped-gemm", "natten", "kaolin", "mmcv-full", "mmcv",
        "groundingdino", "torchsparse", "spconv", "cumm", "sageattention", "vllm-flash-attn",
    }
)  # fmt: skip
_COMPILERS = frozenset(
    {
        "gcc", "g++", "cc", "c++", "clang", "clang++", "make", "gmake", "cmake", "ninja", "meson",
        "bazel", "bazelisk", "cargo", "rustc", "maturin", "go", "hipcc", "gfortran", "ld", "scons",
        "cython", "dpkg-buildpackage", "rpmbuild",
    }
)  # fmt: skip
_VERBS = {
    "cargo": frozenset({"build", "install", "b", "rustc"}),
    "go": frozenset({"build", "install"}),
    "meson": frozenset({"setup", "compile", "install"}),
    "bazel": frozenset({"build", "run"}),
    "bazelisk": frozenset({"build", "run"}),
    "maturin": frozenset({"build", "develop"}),
}
_ASKED_ONLY = frozenset({"--version", "-v", "-V", "--help", "-dumpversion", "-dumpmachine"})


def _of_compiler(started: Invocation, command: Command) -> Compilation | None:
    values = [word.value for word in started.arguments]
    if values and set(values) <= _ASKED_ONLY:
        return None
    verbs = _VERBS.get(started.name)
    if verbs is not None and not verbs.intersection(values):
        return None
    uses_cuda = started.name == "hipcc" or any("cuda" in value.lower() for value in values)
    return Compilation(started.name, uses_cuda, True, started.word, command)


def _of_setup(started: Invocation, command: Command) -> Compilation | None:
    values = [word.value for word in started.arguments]
    at = next((at for at, value in enumerate(values) if value.endswith("setup.py")), None)
    if at is None:
        return None
    verbs = {"build_ext", "build", "install", "develop", "bdist_wheel", "build_py", "bdist_egg"}
    if not verbs.intersection(values[at:]):
        return None
    return Compilation(
        what="setup.py",
        uses_cuda=False,
        is_certain="build_ext" in values,
        word=started.arguments[at],
        command=command,
    )


def _of_install(started: Invocation, command: Command) -> Compilation | None:
    words: Sequence[ShellWord] = started.arguments
    if started.name == "uv" and words[:1] and words[0].value == "pip":
        words = words[1:]
    if not words or words[0].value not in {"install", "wheel", "sync"}:
        return None
    arguments = parse_arguments(words[1:], "rcietfw", _PIP_VALUES)
    has_no_wheels = arguments.has("--no-binary")
    has_only_wheels = arguments.text("--only-binary") == ":all:"
    editable = arguments.value("-e", "--editable")
    for word in (*arguments.operands, *([editable] if editable else [])):
        name = _distribution(word.value)
        is_folder = word.value[:1] in {".", "/"} and not word.value.endswith(".whl")
        from_git = "git+" in word.value
        uses_cuda = is_compiled_on_install(name)
        if has_only_wheels or not (is_folder or from_git or uses_cuda or has_no_wheels):
            continue
        if word.value.partition("#")[0].partition(" ")[0].endswith(".whl"):
            continue
        return Compilation(
            what=name or word.value,
            uses_cuda=uses_cuda,
            is_certain=has_no_wheels or uses_cuda,
            word=word,
            command=command,
        )
    return None


_PIP_VALUES = (
    "requirement", "constraint", "editable", "index-url", "extra-index-url", "find-links",
    "target", "prefix", "root", "no-binary", "only-binary", "platform", "python-version",
    "config-settings", "global-option", "build-option", "cache-dir", "timeout", "retries",
    "trusted-host", "torch-backend", "python", "index", "default-index", "wheel-dir",
)  # fmt: skip


def _distribution(text: str) -> str:
    """Return the name in a requirement or the last part of its URL."""
    if "git+" in text:
        path = text.partition("git+")[2].partition("#")[0].rpartition("/")[2]
        return path.partition("@")[0].removesuffix(".git").lower()
    for place, character in enumerate(text):
        if character in "=<>!~[;@ (":
            return text[:place].strip().lower()
    return text.lower() if text[:1] not in {".", "/"} else ""
