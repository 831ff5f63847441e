"""Notebooks are known with what they import, whatever else is in their cells."""

from __future__ import annotations

import json

import pytest
from tests.project.inspected import inspected

from boxwright.project.facts import Notebook


def notebook(*cells: str, **metadata: object) -> str:
    listed = [{"cell_type": "code", "source": cell.splitlines(keepends=True)} for cell in cells]
    return json.dumps({"cells": listed, "metadata": metadata, "nbformat": 4})


@pytest.mark.parametrize(
    ("text", "imports"),
    [
        (notebook("import numpy as np\nfrom torch import nn", "import os.path"),
         ("numpy", "os", "torch")),
        (notebook("%pip install x\n!ls\nimport numpy\nnumpy?"), ("numpy",)),
        (notebook("%%bash\nimport nothing", "%%time\nimport numpy"), ("numpy",)),
        (notebook("import numpy\nthis is = = no python\nfrom torch.nn import Linear"),
         ("numpy", "torch")),
        (notebook("from . import mine\nimport a, b.c as d"), ("a", "b")),
        (notebook("library(dplyr)\nimport x", kernelspec={"language": "R"}), ()),
        (json.dumps({"worksheets": [{"cells": [{"cell_type": "code", "input": "import old"}]}]}),
         ("old",)),
        (json.dumps({"cells": [{"cell_type": "markdown", "source": "import x"}, 3, None]}), ()),
        ("", ()),
    ],
)  # fmt: skip
def test_imports_of_cells(text: str, imports: tuple[str, ...]) -> None:
    found = inspected({"main.py": "", "a.ipynb": text}).notebooks

    assert found == (Notebook(path="a.ipynb", imports=imports),)


@pytest.mark.parametrize("text", ["{", "[]", "[" * 100_000, '{"cells": "x'])
def test_what_is_no_notebook_is_remarked(text: str) -> None:
    found = inspected({"main.py": "", "requirements.txt": "", "a.ipynb": text})

    assert [each.path for each in found.notebooks] == ["a.ipynb"]
    assert [remark.text for remark in found.remarks] == ["`a.ipynb` cannot be read as a notebook"]


def test_a_project_of_notebooks_alone_is_a_project() -> None:
    found = inspected({"explore.ipynb": notebook("import numpy")})

    assert [each.path for each in found.notebooks] == ["explore.ipynb"]
