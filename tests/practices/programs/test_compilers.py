"""Commands that compile."""

from __future__ import annotations

import pytest
from tests.practices.programs.scripts import command

from boxwright.practices.programs.compilers import (
    compilation,
    is_build_package,
    is_compiled_on_install,
)


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("make -j8", ("make", False, True)),
        ("cmake -DGGML_CUDA=ON ..", ("cmake", True, True)),
        ("gcc -O2 x.c", ("gcc", False, True)),
        ("nvcc -arch=sm_80 x.cu", ("nvcc", True, True)),
        ("cargo build --release", ("cargo", False, True)),
        ("python setup.py build_ext --inplace", ("setup.py", False, True)),
        ("python setup.py install", ("setup.py", False, False)),
        ("pip install .", (".", False, False)),
        ("pip install -e .[gpu]", (".", False, False)),
        ("pip install --no-cache-dir flash-attn==2.5 --no-build-isolation",
         ("flash-attn", True, True)),
        ("uv pip install git+https://github.com/NVIDIA/apex.git@abc", ("apex", True, True)),
        ("pip install git+https://github.com/a/b", ("b", False, False)),
        ("pip install --no-binary :all: numpy", ("numpy", False, True)),
        ("python -m build", (".", False, False)),
    ],
)  # fmt: skip
def test_compilation(script: str, expected: tuple[str, bool, bool]) -> None:
    found = compilation(command(script))

    assert found is not None
    assert (found.what, found.uses_cuda, found.is_certain) == expected


@pytest.mark.parametrize(
    "script",
    [
        "gcc --version",
        "pip install torch",
        "pip install -r requirements.txt",
        "pip install ./x.whl",
        "pip install https://x.org/flash_attn-2.whl",
        "pip install --only-binary=:all: flash-attn",
        "pip uninstall .",
        "cargo --version",
        "go version",
        "python setup.py --version",
        "ls",
    ],
)
def test_no_compilation(script: str) -> None:
    assert compilation(command(script)) is None


@pytest.mark.parametrize(
    ("name", "builds"),
    [
        ("build-essential", True),
        ("gcc-12", True),
        ("g++=4:12", True),
        ("python3-dev", True),
        ("python3.11-dev", True),
        ("libffi-dev", True),
        ("openssl-devel", True),
        ("cuda-nvcc-12-4", True),
        ("linux-headers", True),
        ("libgcc-s1", False),
        ("libstdc++6", False),
        ("libgomp1", False),
        ("python3", False),
        ("ffmpeg", False),
        ("cuda-cudart-12-4", False),
    ],
)
def test_build_packages(name: str, builds: bool) -> None:
    assert is_build_package(name) == builds


def test_distributions_that_are_compiled() -> None:
    assert [is_compiled_on_install(name) for name in ("flash_attn", "numpy")] == [True, False]
