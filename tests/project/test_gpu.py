"""The need of a GPU is found in code and dependencies, for the program that has it."""

from __future__ import annotations

import pytest
from tests.project.inspected import inspected


@pytest.mark.parametrize(
    ("source", "is_required"),
    [
        ("model.cuda()", True),
        ("model.to('cuda')", True),
        ("model.to('cuda:0')", True),
        ("import torch\nd = torch.device('cuda')", True),
        ("import torch\nd = torch.device('cuda' if torch.cuda.is_available() else 'cpu')", False),
        ("import torch\nif torch.cuda.is_available():\n    model.cuda()", False),
        ("import torch\nassert torch.cuda.is_available()", True),
        ("import torch\nif not torch.cuda.is_available():\n    raise SystemExit(1)", True),
        ("m = load(device='cuda')", True),
        ("m = load(device_map='auto')", False),
        ("import lightning\nt = lightning.Trainer(accelerator='gpu')", True),
        ("from accelerate import Accelerator\na = Accelerator()", False),
        ("import tensorflow as tf\ng = tf.config.list_physical_devices('GPU')", False),
        ("import jax\nd = jax.devices('gpu')", True),
        ("s = Session(providers=['CUDAExecutionProvider'])", False),
        ("import vllm", True),
        ("from flash_attn import flash_attn_func", True),
        ("try:\n    import flash_attn\nexcept ImportError:\n    flash_attn = None", False),
        ("import cupy as cp", True),
        ("from numba import cuda", True),
        ("import faiss\nr = faiss.StandardGpuResources()", True),
        ("import xgboost\nm = xgboost.XGBClassifier(tree_method='gpu_hist')", True),
        ("parser.add_argument('--device', default='cuda')", True),
    ],
)
def test_code_shows_a_gpu(source: str, is_required: bool) -> None:
    found = inspected({"main.py": f"{source}\n"}).gpu_uses

    # The worst that the file says.
    assert found
    assert any(use.is_required for use in found) == is_required
    assert {use.scope for use in found} == {"service"}


@pytest.mark.parametrize(
    "source", ["x = 'cuda'", "model.to('cpu')", "# .cuda()", "import torch\nx = torch.ones(1)"]
)
def test_code_that_shows_none(source: str) -> None:
    assert inspected({"main.py": f"{source}\n"}).gpu_uses == ()


@pytest.mark.parametrize(
    ("requirement", "is_required"),
    [
        ("tensorflow[and-cuda]", False),
        ("jax[cuda12]", False),
        ("onnxruntime-gpu", False),
        ("cupy-cuda12x", True),
        ("vllm", True),
        ("torch==2.9.1+cu128", False),
        ("--extra-index-url https://download.pytorch.org/whl/cu128\ntorch", False),
        ("torch", None),
        ("tensorflow", None),
        ("faiss-cpu", None),
    ],
)
def test_dependencies_show_a_gpu(requirement: str, is_required: bool | None) -> None:
    found = inspected({"requirements.txt": f"{requirement}\n", "main.py": ""}).gpu_uses

    assert [use.is_required for use in found[:1]] == ([] if is_required is None else [is_required])


def test_each_use_belongs_to_what_reaches_it() -> None:
    found = inspected(
        {
            "requirements.txt": "fastapi\ncupy-cuda12x\nonnxruntime-gpu\n",
            "serve.py": "import onnxruntime\nfrom fastapi import FastAPI\nfrom net import x\napp = FastAPI()\n",
            "net.py": "x = load(device_map='auto')\n",
            "train.py": "import torch\nimport cupy\nmodel.cuda()\nloss.backward()\n",
            "stray.py": "model.cuda()\n",
        }
    ).gpu_uses

    assert [(str(use.evidence), use.is_required, use.scope) for use in found] == [
        ("net.py:1", False, "service"),
        ("train.py:2", True, "training"),
        ("requirements.txt:2", True, "training"),
        ("requirements.txt:3", False, "service"),
    ]


def test_wheels_with_cuda_in_an_index_of_uv_are_seen() -> None:
    pyproject = """
        [project]
        name = "demo"
        dependencies = ["torch"]
        [[tool.uv.index]]
        name = "pytorch"
        url = "https://download.pytorch.org/whl/cu130"
    """
    found = inspected({"pyproject.toml": pyproject, "main.py": "import torch\n"}).gpu_uses

    assert [(str(use.evidence), use.evidence.says) for use in found] == [
        ("pyproject.toml:7", "wheels for cu130")
    ]
