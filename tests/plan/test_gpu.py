"""Whether a project runs on a GPU, and what such a host has to have."""

from __future__ import annotations

import pytest
from tests.plan.projects import API, gpu_use, plan_of, texts, training, workload

from boxwright.plan.gpu import is_for_cuda
from boxwright.plan.model import GpuPlan
from boxwright.project.evidence import Evidence
from boxwright.project.facts import Dependency

TORCH = {**API, "requirements.txt": "fastapi\nuvicorn\ntorch\n"}


def test_a_service_that_fails_without_a_gpu_gets_one() -> None:
    plan = plan_of(TORCH, gpu_uses=(gpu_use(),))

    assert plan.accelerator == "cuda"
    assert plan.gpu == GpuPlan(cuda="13.2", driver="580.65.06", bundled=True)
    assert workload(plan, "app").resources.gpus == 1


def test_a_service_that_asks_first_stays_on_the_cpu() -> None:
    plan = plan_of(TORCH, gpu_uses=(gpu_use(required=False),))

    assert (plan.accelerator, plan.gpu) == ("cpu", None)
    assert workload(plan, "app").resources.gpus == 0


def test_training_gets_a_gpu_and_the_service_none() -> None:
    plan = plan_of(
        {**TORCH, "train.py": ""},
        trainings=(training(),),
        gpu_uses=(gpu_use("train.py", required=False, scope="training"),),
    )

    assert plan.accelerator == "cpu"
    assert {it.name: it.resources.gpus for it in plan.workloads} == {"api": 0, "train": 1}
    assert plan.gpu == GpuPlan(cuda="13.2", driver="580.65.06", bundled=True)


def test_an_image_that_only_trains_is_for_the_gpu() -> None:
    plan = plan_of(
        {"requirements.txt": "torch\n", "train.py": "import torch\n"},
        trainings=(training(),),
        gpu_uses=(gpu_use("train.py", required=False, scope="training"),),
    )

    assert plan.accelerator == "cuda"
    assert workload(plan, "app").resources.gpus == 1


def test_a_lock_with_torch_for_the_cpu_only_gets_no_gpu() -> None:
    lock = 'version = 1\nrequires-python = ">=3.11"\n\n[[package]]\nname = "torch"\nversion = "2.9.1"\n'
    files = {
        "pyproject.toml": '[project]\nname = "x"\ndependencies = ["fastapi", "uvicorn", "torch"]\n',
        "uv.lock": lock,
        "main.py": API["main.py"],
        "train.py": "",
    }

    plan = plan_of(
        files,
        trainings=(training(),),
        gpu_uses=(gpu_use("train.py", required=False, scope="training"),),
    )

    assert workload(plan, "train").resources.gpus == 0
    assert "training could use a GPU, but the lock has PyTorch for the CPU only" in texts(plan)


@pytest.mark.parametrize(
    ("name", "extras", "expected"),
    [
        ("vllm", (), True),
        ("cupy-cuda12x", (), True),
        ("nvidia-cudnn-cu12", (), True),
        ("faiss-gpu-cu12", (), True),
        ("jax", ("cuda12",), True),
        ("tensorflow", ("and-cuda",), True),
        ("torch", (), False),
        ("nvidia-ml-py", (), False),
        ("onnxruntime", (), False),
        ("bitsandbytes", (), False),
    ],
)
def test_what_is_for_gpus_only_is_known_by_its_name(
    name: str, extras: tuple[str, ...], expected: bool
) -> None:
    dependency = Dependency(name=name, extras=extras, evidence=Evidence("requirements.txt"))

    assert is_for_cuda(dependency) is expected


@pytest.mark.parametrize(
    ("requirement", "gpu"),
    [
        ("vllm", GpuPlan(cuda="13.2", driver="580.65.06", bundled=True)),
        ("cupy-cuda12x", GpuPlan(cuda="12", driver="525.60.13", bundled=False)),
        ("jax[cuda12]", GpuPlan(cuda="12", driver="525.60.13", bundled=True)),
        ("onnxruntime-gpu[cuda,cudnn]", GpuPlan(cuda="13", driver="580.65.06", bundled=True)),
        ("tensorflow[and-cuda]", GpuPlan(cuda="12.9", driver="525.60.13", bundled=True)),
    ],
)
def test_the_driver_follows_the_cuda_of_the_wheels(requirement: str, gpu: GpuPlan) -> None:
    plan = plan_of({**API, "requirements.txt": f"fastapi\nuvicorn\n{requirement}\n"})

    assert plan.gpu == gpu
