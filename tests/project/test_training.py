"""Programs that train are told from those that serve, with what they read and write."""

from __future__ import annotations

import pytest
from tests.project.inspected import inspected

from boxwright.project.evidence import Evidence
from boxwright.project.facts import Training

TORCH = """
    import argparse
    from pathlib import Path
    import torch
    from torch.utils.data import DataLoader

    OUTPUT = Path(__file__).parent / "checkpoints"

    def main():
        parser = argparse.ArgumentParser()
        parser.add_argument("--data-dir", default="data/images")
        parser.add_argument("--workers", type=int, default=4)
        args = parser.parse_args()
        loader = DataLoader(load(args.data_dir), num_workers=args.workers)
        for batch in loader:
            loss = net(batch)
            loss.backward()
            optimizer.step()
        torch.save(net.state_dict(), OUTPUT / "last.pt")

    if __name__ == "__main__":
        main()
"""


def test_a_loop_of_torch_is_training() -> None:
    assert inspected({"train.py": TORCH}).trainings == (
        Training(
            path="train.py",
            module="train",
            root="",
            evidence=Evidence("train.py", 17, "torch: loss.backward()"),
            library="torch",
            loader_workers=4,
            inputs=("data/images",),
            outputs=("checkpoints",),
        ),
    )


@pytest.mark.parametrize(
    ("library", "source"),
    [
        ("lightning", "import lightning as L\nt = L.Trainer()\nt.fit(m)"),
        ("lightning", "import pytorch_lightning as pl\npl.Trainer().fit(m)"),
        ("transformers", "from transformers import Trainer\nTrainer(m).train()"),
        ("trl", "from trl import SFTTrainer\nSFTTrainer(m).train()"),
        ("accelerate", "from accelerate import Accelerator\na = Accelerator()\na.backward(x)"),
        ("ultralytics", "from ultralytics import YOLO\nYOLO('a.pt').train(data='d.yaml')"),
        ("tensorflow", "import keras\nm = keras.Sequential()\nm.fit(x, y)"),
        ("tensorflow", "import tensorflow as tf\nwith tf.GradientTape() as t:\n    pass"),
        ("jax", "import jax\ng = jax.value_and_grad(f)\ng(x)"),
        ("xgboost", "import xgboost as xgb\nxgb.train({}, d)"),
        ("lightgbm", "import lightgbm as lgb\nlgb.train({}, d)"),
        ("catboost", "from catboost import CatBoostClassifier\nCatBoostClassifier().fit(x)"),
        ("scikit-learn", "from sklearn.svm import SVC\nSVC().fit(x, y)"),
        ("stable-baselines3", "from stable_baselines3 import PPO\nPPO('M', e).learn(1)"),
        ("gensim", "from gensim.models import Word2Vec\nm = Word2Vec(x)"),
        ("fastai", "from fastai.vision.all import *\nlearn.fine_tune(3)"),
    ],
)
def test_libraries_are_known_by_their_calls(library: str, source: str) -> None:
    found = inspected({"train.py": f"{source}\n"}).trainings

    assert [each.library for each in found] == [library]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        pytest.param("predict.py", "from sklearn.preprocessing import StandardScaler\n"
                     "if __name__ == '__main__':\n    StandardScaler().fit(x)\n", id="prediction"),
        pytest.param("model.py", "from sklearn.svm import SVC\ndef build():\n"
                     "    return SVC().fit(x, y)\n", id="a library module"),
        pytest.param("app.py", "import torch\nfrom fastapi import FastAPI\napp = FastAPI()\n"
                     "loss.backward()\n", id="an application"),
        pytest.param("batch.py", "import argparse\nif __name__ == '__main__':\n    run()\n",
                     id="a batch job"),
        pytest.param("train.py", "import subprocess\nsubprocess.run(['train'])\n", id="a name"),
        pytest.param("main.py", "import jax\nx = d.update({})\nmodel.train()\n", id="other calls"),
    ],
)  # fmt: skip
def test_what_does_not_train_is_none(path: str, source: str) -> None:
    assert inspected({path: source}).trainings == ()


def test_a_program_whose_modules_train_is_training() -> None:
    found = inspected(
        {
            "ml/__init__.py": "",
            "ml/loop.py": "import torch\ndef run():\n    loss.backward()\n",
            "ml/train.py": """
                from ml.loop import run
                if __name__ == "__main__":
                    run()
            """,
            "serve.py": "from fastapi import FastAPI\napp = FastAPI()\n",
        }
    ).trainings

    assert [(each.path, each.module, str(each.evidence)) for each in found] == [
        ("ml/train.py", "ml.train", "ml/loop.py:3")
    ]


def test_what_the_main_dependencies_lack_comes_from_extras_and_groups() -> None:
    pyproject = """
        [project]
        name = "demo"
        dependencies = ["fastapi", "numpy"]
        [project.optional-dependencies]
        gpu = ["cupy-cuda12x"]
        tracking = ["mlflow"]
        [dependency-groups]
        dev = ["pytest", "ruff"]
        train = ["torch", "pandas"]
        everything = ["torch", "pandas", "pytest", "jupyterlab"]
    """
    source = "import mlflow, numpy, pandas, torch\nloss.backward()\n"
    found = inspected({"pyproject.toml": pyproject, "train.py": source}).trainings

    assert [(each.extras, each.groups) for each in found] == [(("tracking",), ("train",))]


@pytest.mark.parametrize(
    ("source", "inputs", "outputs"),
    [
        ("import pandas as pd, joblib\nd = pd.read_csv('data/train.csv')\njoblib.dump(m, 'models/m.pkl')",
         ("data/train.csv",), ("models",)),
        ("import os\nOUT = os.environ.get('OUTPUT_DIR', 'out')\nm.save(os.path.join(OUT, 'm.keras'))",
         (), ("out",)),
        ("def main(data_path='data/x.csv', save_dir='runs/a'): ...\nmain()",
         ("data/x.csv",), ("runs/a",)),
        ("with open('metrics/scores.json', 'w') as f:\n    pass", (), ("metrics",)),
        ("from torchvision import datasets\nd = datasets.MNIST('data', download=True)",
         (), ("data",)),
        ("from torchvision import datasets\nd = datasets.ImageFolder(root='data/train')",
         ("data/train",), ()),
        ("m.save_pretrained('/opt/model')\nx = open('/etc/passwd')", (), ()),
        ("m.save(f'ckpt/{epoch}.pt')", (), ("ckpt",)),
        ("m.save_model('model.ubj')", (), (".",)),
        ("import argparse\np = argparse.ArgumentParser()\np.add_argument('--model', default='org/name')",
         (), ()),
    ],
)  # fmt: skip
def test_what_is_read_and_written(
    source: str, inputs: tuple[str, ...], outputs: tuple[str, ...]
) -> None:
    text = f"from sklearn.svm import SVC\nSVC().fit(x)\n{source}\n"
    found = inspected({"train.py": text}).trainings[0]

    assert (found.inputs, found.outputs) == (inputs, outputs)


def test_the_program_that_is_named_for_it_comes_first() -> None:
    source = "import xgboost\nxgboost.train({}, d)\n"
    found = inspected({"a.py": source, "jobs/train.py": source, "train_model.py": source})

    assert [each.path for each in found.trainings] == ["jobs/train.py", "train_model.py", "a.py"]


def test_training_programs_are_programs_still() -> None:
    found = inspected({"train.py": TORCH, "batch.py": "if __name__ == '__main__':\n    run()\n"})

    assert [each.path for each in found.programs] == ["batch.py", "train.py"]


def test_what_training_may_do_without_asks_for_no_extra() -> None:
    pyproject = """
        [project]
        name = "demo"
        dependencies = ["torch"]
        [project.optional-dependencies]
        tracking = ["mlflow"]
        export = ["onnx"]
    """
    found = inspected(
        {
            "pyproject.toml": pyproject,
            "tools.py": "def export():\n    import onnx\n",
            "train.py": """
                import torch
                import tools
                try:
                    import mlflow
                except ImportError:
                    mlflow = None
                loss.backward()
            """,
        }
    ).trainings

    assert [each.extras for each in found] == [()]


def test_names_in_what_is_imported_say_little_of_the_program() -> None:
    found = inspected(
        {
            "utils.py": "def load(data_dir='any/data', output_dir='any/out'): ...\n",
            "config.py": "DATA_DIR = 'data/raw'\n",
            "train.py": "import config, utils\nfrom sklearn.svm import SVC\nSVC().fit(x)\n",
        }
    ).trainings

    assert [(each.inputs, each.outputs) for each in found] == [(("data/raw",), ())]
