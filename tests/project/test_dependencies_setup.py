"""Pipfile, setup.cfg and setup.py are read, never run."""

from __future__ import annotations

import pytest

from boxwright.errors import ProjectError
from boxwright.project.detectors.dependencies import FoundDependencies, find_dependencies
from boxwright.project.detectors.metadata import (
    find_description,
    find_name,
    find_preferred_python,
    find_requires_python,
    find_version,
    read_pyproject,
)
from boxwright.project.evidence import Evidence
from boxwright.project.facts import Fact
from boxwright.project.tree import MemoryTree
from boxwright.settings import Settings

SETUP = "from setuptools import setup\n"


def find(files: dict[str, str], **settings: object) -> FoundDependencies:
    tree = MemoryTree({path: text.encode() for path, text in files.items()})
    given = Settings(source="boxwright.toml", **settings)  # type: ignore[arg-type]
    return find_dependencies(tree, read_pyproject(tree), given)


PIPFILE = """\
[packages]
click = "*"
requests = {version = "~=2.32", extras = ["socks"]}
tomli = {version = "*", markers = "python_version < '3.12'"}
uvloop = {version = "*", sys_platform = "== 'linux'"}
tool = {git = "https://host.example/tool.git", ref = "v1"}
own = {path = ".", editable = true}

[dev-packages]
pytest = "*"

[serve]
gunicorn = ">=22"

[requires]
python_version = "3.11"
"""


def test_a_pipfile_without_a_lock_is_what_it_asks_for() -> None:
    found = find({"Pipfile": PIPFILE}, groups=("serve",))

    assert found.groups == ("dev-packages", "serve")
    assert found.dependencies.requirements == (
        "click",
        "requests[socks]~=2.32",
        "tomli ; python_version < '3.12'",
        'uvloop ; sys_platform == "linux"',
        "tool @ git+https://host.example/tool.git@v1",
        "gunicorn>=22",
    )
    assert str(found.dependencies.direct[1].evidence) == "Pipfile:3"
    assert find_preferred_python(MemoryTree({"Pipfile": PIPFILE.encode()})) == Fact(
        value="3.11", evidence=Evidence("Pipfile", 16, 'python_version = "3.11"')
    )


CFG = """\
[metadata]
name = demo
version = 1.2
description = A demo

[options]
python_requires = >=3.9, <4
install_requires =
    numpy>=1.20
    # not this
    tomli; python_version < "3.11"

[options.extras_require]
serve = uvicorn; gunicorn>=22
"""


def test_setup_cfg_has_the_dependencies_and_what_the_project_is() -> None:
    tree = MemoryTree({"setup.cfg": CFG.encode()})
    pyproject = read_pyproject(tree)

    found = find({"setup.cfg": CFG}, extras=("serve",))

    assert found.extras == ("serve",)
    assert (found.dependencies.source, found.dependencies.requirements) == (
        "setup.cfg",
        ("numpy>=1.20", 'tomli ; python_version < "3.11"', "uvicorn", "gunicorn>=22"),
    )
    assert str(found.dependencies.direct[1].evidence) == "setup.cfg:11"
    assert find_name(pyproject, "") == Fact(
        value="demo", evidence=Evidence("setup.cfg", 2, "name = demo")
    )
    assert [
        fact.value if fact else None
        for fact in (
            find_version(pyproject),
            find_description(pyproject),
            find_requires_python(pyproject),
        )
    ] == ["1.2", "A demo", ">=3.9,<4"]


def test_setup_cfg_may_name_a_file() -> None:
    text = "[options]\ninstall_requires = file: requirements/core.txt\n"

    found = find({"setup.cfg": text, "requirements/core.txt": "numpy\n"}).dependencies

    assert (found.requirements, found.why) == (
        ("numpy",),
        (
            "it reads its requirements from `requirements/core.txt`;"
            " versions are decided once, in `boxwright.lock`"
        ),
    )


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ('setup(install_requires=["numpy>=1", "torch"])', ("numpy>=1", "torch")),
        ('core = ["numpy"]\nsetup(install_requires=core + ["torch"])', ("numpy", "torch")),
        ('setup(install_requires=["numpy", *["torch"]])', ("numpy", "torch")),
        ('PIN = ">=2"\nsetup(install_requires=[f"numpy{PIN}"])', ("numpy>=2",)),
        ('setup(install_requires="""\nnumpy\n# no\ntorch\n""")', ("numpy", "torch")),
        ('args = dict(install_requires=["numpy"])\nsetup(**args)', ("numpy",)),
        ('args = {"install_requires": ["numpy"]}\nsetup(**args)', ("numpy",)),
        ("setup()", ()),
    ],
)
def test_literal_requirements_of_setup_py_are_read(code: str, lines: tuple[str, ...]) -> None:
    found = find({"setup.py": SETUP + code})

    assert (found.dependencies.source, found.dependencies.requirements) == ("setup.py", lines)
    assert found.dependencies.is_complete
    assert found.remarks == ()


@pytest.mark.parametrize(
    "code",
    [
        (
            'with open("core.txt") as f:\n    needs = f.read().splitlines()\n'
            "setup(install_requires=needs)"
        ),
        'setup(install_requires=open("core.txt").read().splitlines())',
        (
            "def read(path):\n    return [line.strip() for line in open(path)]\n"
            'setup(install_requires=read("core.txt"))'
        ),
        (
            'def needs():\n    with open("core.txt") as f:\n        return list(f)\n'
            "setup(install_requires=needs())"
        ),
        (
            "import os\nHERE = os.path.dirname(__file__)\n"
            'with open(os.path.join(HERE, "core.txt")) as f:\n'
            '    needs = [x for x in f if not x.startswith("#")]\nsetup(install_requires=needs)'
        ),
        (
            'from pathlib import Path\nTEXT = (Path(__file__).parent / "core.txt").read_text()\n'
            "setup(install_requires=TEXT.splitlines())"
        ),
        (
            "from pip._internal.req import parse_requirements\n"
            'setup(install_requires=[str(r.requirement) for r in parse_requirements("core.txt", session="x")])'
        ),
    ],
)
def test_a_requirements_file_that_setup_py_reads_is_read_instead(code: str) -> None:
    found = find(
        {"setup.py": SETUP + code, "core.txt": "numpy\n-r more.txt\n", "more.txt": "torch\n"}
    )

    assert found.dependencies.requirements == ("numpy", "torch")
    assert found.dependencies.why == (
        "it reads its requirements from `core.txt`; versions are decided once, in `boxwright.lock`"
    )


@pytest.mark.parametrize(
    "code",
    [
        "needs = ['numpy']\nif x:\n    needs.append('torch')\nsetup(install_requires=needs)",
        "needs = ['numpy']\nneeds += ['torch']\nsetup(install_requires=needs)",
        "needs = ['numpy']\nneeds = ['torch']\nsetup(install_requires=needs)",
        "setup(install_requires=find_them())",
        "setup(install_requires=['numpy', version()])",
        "setup(**found())",
        "print(1)",
    ],
)
def test_what_only_running_setup_py_tells_is_said(code: str) -> None:
    found = find({"setup.py": SETUP + code})

    assert (found.dependencies.is_complete, found.dependencies.requirements) == (False, ())
    assert [remark.text.partition(" (")[0] for remark in found.remarks] == [
        "what `setup.py` requires is decided by running it"
    ]


def test_what_setup_py_says_of_the_project_is_known() -> None:
    text = SETUP + 'NAME = "demo"\nsetup(name=NAME, version="1.0", python_requires=">=3.9, <4")'
    pyproject = read_pyproject(MemoryTree({"setup.py": text.encode()}))

    assert find_name(pyproject, "").value == "demo"
    assert find_version(pyproject) == Fact(
        value="1.0", evidence=Evidence("setup.py", 3, "version=1.0")
    )
    assert find_requires_python(pyproject) == Fact(
        value=">=3.9,<4", evidence=Evidence("setup.py", 3, "python_requires=>=3.9,<4")
    )


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {"setup.py": "def (\n"},
            "setup.py:1: the file cannot be read as Python: invalid syntax",
        ),
        (
            {"setup.cfg": "[options]\ninstall_requires = a\nnonsense\n", "setup.py": ""},
            "setup.cfg:3: the file cannot be read as setuptools would",
        ),
        (
            {"setup.cfg": "[options]\ninstall_requires = file: gone.txt\n"},
            "setup.cfg:2: the requirements file `gone.txt` is not in the project",
        ),
        (
            {"setup.py": SETUP + 'setup(install_requires=["a b"])'},
            "setup.py:2: `a b` is no requirement",
        ),
        (
            {"Pipfile": "[packages]\na = 3\n"},
            "Pipfile:2: packages.a: expected a table, found a number",
        ),
        (
            {"Pipfile": '[packages]\na = "?"\n'},
            "Pipfile:2: packages.a: `?` is no version specifier",
        ),
        (
            {"pyproject.toml": '[tool.poetry.dependencies]\na = "^one"\n'},
            "pyproject.toml:2: tool.poetry.dependencies.a: `^one` is no version constraint of Poetry",
        ),
    ],
)
def test_broken_declarations_are_errors_with_their_place(
    files: dict[str, str], message: str
) -> None:
    with pytest.raises(ProjectError) as caught:
        find(files)

    assert caught.value.message == message


POETRY = """\
[tool.poetry.dependencies]
python = "^3.11"
numpy = "^1.26 || ^2.0"
torch = {version = "~2.4", extras = ["opt"], markers = "platform_machine == 'x86_64'"}
tomli = {version = "*", python = "<3.11"}
tool = {git = "https://host.example/tool.git", tag = "v1"}
cupy = {version = "*", optional = true}

[tool.poetry.extras]
gpu = ["cupy"]

[tool.poetry.group.serve.dependencies]
gunicorn = ">=22"
"""


def test_constraints_of_poetry_are_translated() -> None:
    found = find({"pyproject.toml": POETRY}, extras=("gpu",), groups=("serve",))

    assert (found.extras, found.groups) == (("gpu",), ("serve",))
    assert found.dependencies.requirements == (
        "numpy>=1.26,<3",
        "torch[opt]>=2.4,<2.5 ; platform_machine == 'x86_64'",
        'tomli ; python_version < "3.11"',
        "tool @ git+https://host.example/tool.git@v1",
        "cupy",
        "gunicorn>=22",
    )
