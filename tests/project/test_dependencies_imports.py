"""Where nothing is declared, what the code imports counts; where something is, it is compared."""

from __future__ import annotations

import json
import re
import sys
import tomllib
from pathlib import Path

import pytest

from boxwright.project.detectors import imported
from boxwright.project.detectors.dependencies import FoundDependencies, find_dependencies
from boxwright.project.detectors.imported import distribution_of, find_undeclared
from boxwright.project.detectors.metadata import read_pyproject
from boxwright.project.evidence import Evidence
from boxwright.project.facts import Remark
from boxwright.project.tree import MemoryTree
from boxwright.settings import Settings

APP = """\
import os, numpy as np
from PIL import Image
from google.cloud import storage, bigquery
from sklearn.linear_model import LinearRegression
import helper
from . import sibling
from utils.text import clean
if __name__ == "__main__":
    import cv2
"""


def find(files: dict[str, str]) -> FoundDependencies:
    tree = memory(files)
    return find_dependencies(tree, read_pyproject(tree), Settings(source="boxwright.toml"))


def memory(files: dict[str, str]) -> MemoryTree:
    return MemoryTree({path: text.encode() for path, text in files.items()})


def notebook(*cells: str) -> str:
    rows = [{"cell_type": "code", "source": cell.splitlines(keepends=True)} for cell in cells]
    return json.dumps(
        {"cells": [{"cell_type": "markdown", "source": "import no"}, *rows]}, indent=1
    )


def test_imports_come_to_distributions_with_their_places() -> None:
    found = find(
        {
            "app.py": APP,
            "helper.py": "def run():\n    import yaml\n",
            "utils/text.py": "import requests\n",
            "tests/test_app.py": "import pytest\n",
            "setup_data/conftest.py": "import pytest\n",
        }
    )

    assert (found.dependencies.source, found.dependencies.path) == ("imports", "")
    assert [(each.name, str(each.evidence)) for each in found.dependencies.direct] == [
        ("google-cloud-bigquery", "app.py:3"),
        ("google-cloud-storage", "app.py:3"),
        ("numpy", "app.py:1"),
        ("opencv-python-headless", "app.py:9"),
        ("pillow", "app.py:2"),
        ("pyyaml", "helper.py:2"),
        ("requests", "utils/text.py:1"),
        ("scikit-learn", "app.py:4"),
    ]
    assert found.dependencies.requirements == tuple(each.name for each in found.dependencies.direct)
    assert [remark.text for remark in found.remarks] == [
        (
            "no file declares dependencies: they are those that the code imports,"
            " in their newest versions"
        )
    ]


@pytest.mark.parametrize(
    "code",
    [
        "try:\n    import wandb\nexcept ImportError:\n    wandb = None\n",
        "try:\n    import wandb\nexcept (ModuleNotFoundError, OSError):\n    pass\n",
        "try:\n    import wandb\nexcept:\n    pass\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import wandb\n",
        "import contextlib\nwith contextlib.suppress(ImportError):\n    import wandb\n",
    ],
)
def test_what_the_code_does_without_is_not_taken(code: str) -> None:
    found = find({"main.py": code})

    line = code[: code.index("import wandb")].count("\n") + 1
    assert found.dependencies.source == "none"
    assert found.remarks == (
        Remark(
            text=f"`wandb` is not installed: the code does without it (main.py:{line})",
            hint="if it is wanted, declare the dependencies in `pyproject.toml`",
            evidence=(Evidence("main.py", line, "import wandb"),),
        ),
    )


def test_what_is_caught_only_to_end_is_needed() -> None:
    code = "try:\n    import wandb\nexcept ImportError:\n    raise SystemExit('install wandb')\n"

    assert find({"main.py": code}).dependencies.requirements == ("wandb",)


def test_an_import_that_nobody_knows_is_said() -> None:
    found = find({"main.py": "import foo.bar\n"})

    assert found.dependencies.source == "none"
    assert found.remarks == (
        Remark(
            text="`foo` is imported (main.py:1), but which distribution has it is not known",
            hint="declare the dependencies in `requirements.txt` or `pyproject.toml`",
            evidence=(Evidence("main.py", 1, "import foo.bar"),),
        ),
    )


def test_a_folder_of_the_project_hides_a_distribution_of_that_name() -> None:
    found = find({"main.py": "import datasets\n", "datasets/load.py": "import pandas\n"})

    assert found.dependencies.requirements == ("pandas",)


def test_notebooks_count_where_nothing_else_is_started() -> None:
    cells = notebook(
        "%pip install -q 'pandas==2.2.3' seaborn -r more.txt\n!pip3 install --upgrade plotly>=5\n",
        "%matplotlib inline\nimport pandas as pd\nimport torch\n",
        "%%bash\nimport nothing\n",
        "!{sys.executable} -m pip install xgboost\nprint(pd)?\n",
    )

    found = find({"eda.ipynb": cells, "helper.py": "import scipy\n"}).dependencies

    assert found.requirements == (
        "pandas==2.2.3",
        "plotly>=5",
        "scipy",
        "seaborn",
        "torch",
        "xgboost",
    )
    assert [str(each.evidence) for each in found.direct if each.name in ("pandas", "torch")] == [
        f"eda.ipynb:{cells[: cells.index('%pip')].count(chr(10)) + 1}",
        f"eda.ipynb:{cells[: cells.index('import torch')].count(chr(10)) + 1}",
    ]


def test_beside_a_program_notebooks_only_say_versions() -> None:
    cells = notebook("%pip install pandas==2.2.3 seaborn\n", "import matplotlib\n")

    found = find({"eda.ipynb": cells, "app.py": "import pandas\n"}).dependencies

    assert found.requirements == ("pandas==2.2.3",)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"cells": [1]}', '{"cells": {}}', "[" * 5000])
def test_a_broken_notebook_stops_nothing(text: str) -> None:
    found = find(
        {"eda.ipynb": text, "main.py": "import numpy\nimport (\n", "b.py": "import torch\n"}
    )

    assert found.dependencies.requirements == ("torch",)


def test_of_very_many_files_the_topmost_are_searched() -> None:
    files = {f"deep/er/m{number}.py": "import torch\n" for number in range(200)}

    found = find({"main.py": "import numpy\n", **files})

    assert found.remarks[0].text == "of 201 Python files only 200 were searched for imports"
    assert found.dependencies.requirements == ("numpy", "torch")


def undeclared(files: dict[str, str], *starts: str) -> list[str]:
    tree = memory(files)
    found = find_dependencies(tree, read_pyproject(tree), Settings()).dependencies
    return [remark.text for remark in find_undeclared(tree, found, starts)]


def test_what_the_started_code_imports_but_nobody_declares_is_said() -> None:
    files = {
        "requirements.txt": "pandas\nopencv-python\n",
        "app.py": "import pandas, numpy, cv2\nimport core.model\n",
        "core/__init__.py": "",
        "core/model.py": "import torch\ndef f():\n    import wandb\n",
        "train.py": "import lightgbm\n",
    }

    assert undeclared(files, "app.py") == [
        "`torch` is imported (core/model.py:1), but not among the dependencies"
    ]


@pytest.mark.parametrize(
    "more",
    [
        {"uv.lock": 'name = "flask"\nname = "torch"\n', "pyproject.toml": "[project]\nname='a'\n"},
        {"boxwright.lock": '[[wheels]]\nname = "torch"\n', "requirements.txt": "flask\n"},
        {"requirements.txt": "accelerate\n"},
        {"requirements.txt": "transformers[torch]\n"},
        {"setup.py": "from setuptools import setup\nsetup(install_requires=f())\n"},
    ],
)
def test_what_is_locked_or_known_to_come_along_is_declared(more: dict[str, str]) -> None:
    assert undeclared({"app.py": "import torch\n", **more}, "app.py") == []


@pytest.mark.parametrize(
    ("module", "distribution"),
    [
        ("cv2", "opencv-python-headless"),
        ("sklearn.svm", "scikit-learn"),
        ("sentence_transformers", "sentence-transformers"),
        ("faiss", "faiss-cpu"),
        ("dotenv", "python-dotenv"),
        ("google.cloud.storage.blob", "google-cloud-storage"),
        ("google.protobuf", "protobuf"),
        ("google", None),
        ("tensorboardX", "tensorboardx"),
        ("win32api", ""),
        ("surely_nobody", None),
    ],
)
def test_modules_and_their_distributions(module: str, distribution: str | None) -> None:
    assert distribution_of(module) == distribution


def test_the_table_says_only_what_differs() -> None:
    table = tomllib.loads(Path(imported.__file__).with_name("imports.toml").read_text())

    differs = {
        module: target.partition("[")[0]
        for module, target in table["differs"].items()
        if re.sub("[-_.]+", "-", module).lower() != target
    }

    assert len(differs) >= 150
    assert all("." in module for module in table["differs"].keys() - differs.keys())
    assert table["differs"].keys() & set(table["same"]["names"]) == set()
    assert sys.stdlib_module_names & {*table["differs"], *table["same"]["names"]} == set()
