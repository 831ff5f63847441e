"""What conda and pixi name is taken from the index, by its name there; the rest is said."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from boxwright.errors import ProjectError
from boxwright.project.detectors import conda
from boxwright.project.detectors.dependencies import FoundDependencies, find_dependencies
from boxwright.project.detectors.metadata import find_name, find_preferred_python, read_pyproject
from boxwright.project.evidence import Evidence
from boxwright.project.facts import Fact, Remark
from boxwright.project.tree import MemoryTree
from boxwright.settings import Settings

ENVIRONMENT = """\
name: demo
channels: [pytorch, nvidia, conda-forge]
dependencies:
  - python=3.11
  - pytorch::pytorch=2.4  # the one with CUDA
  - pytorch-cuda=12.1
  - numpy >=1.26, <3
  - "opencv"
  - scipy[version='>=1.8,<2|>2']
  - libgcc-ng=12.2.0=h65d4601_19
  - libuuid=2.38.1=h0b41bf4_0
  - pip
  - pip:
    - idna==3.10
    - -r more/pip.txt
    - ./libs/tool
    - -e .
"""


def find(files: dict[str, str], **settings: object) -> FoundDependencies:
    tree = MemoryTree({path: text.encode() for path, text in files.items()})
    given = Settings(source="boxwright.toml", **settings)  # type: ignore[arg-type]
    return find_dependencies(tree, read_pyproject(tree), given)


def of_conda(*lines: str) -> FoundDependencies:
    return find({"environment.yml": "dependencies:\n" + "".join(f"  - {x}\n" for x in lines)})


def test_an_environment_comes_to_distributions_of_the_index() -> None:
    found = find({"environment.yml": ENVIRONMENT, "more/pip.txt": "certifi\n./local\n"})

    dependencies = found.dependencies
    assert (dependencies.source, dependencies.path) == ("environment.yml", "environment.yml")
    assert dependencies.requirements == (
        "torch==2.4.*",
        "numpy>=1.26,<3",
        "opencv-python-headless",
        "scipy>=1.8,!=2",
        "idna==3.10",
        "certifi",
        "./more/local",
        "./libs/tool",
    )
    assert dependencies.accelerator == Fact(
        value="cuda 12.1", evidence=Evidence("environment.yml", 6, "pytorch-cuda=12.1")
    )
    assert dependencies.find("torch") is not None
    assert found.remarks == ()


@pytest.mark.parametrize(
    ("line", "requirement"),
    [
        ("numpy=1.26.4=py311h64a7726_0", "numpy==1.26.4"),
        ("numpy=1.26.4", "numpy==1.26.4"),
        ("numpy==1.26", "numpy==1.26"),
        ("numpy 1.26.*", "numpy==1.26.*"),
        ("numpy~=1.26", "numpy~=1.26"),
        ("numpy!=1.26", "numpy!=1.26"),
        ("conda-forge/linux-64::numpy", "numpy"),
        ("dask=2024", "dask[complete]==2024.*"),
        ("py-xgboost", "xgboost"),
        ("msgpack-python", "msgpack"),
        ("pytables>=3.8", "tables>=3.8"),
        ("faiss-gpu", "faiss-gpu-cu12"),
        ("tensorflow-cpu=2.16", "tensorflow-cpu==2.16.*"),
        ("ruamel.yaml", "ruamel-yaml"),
    ],
)
def test_notations_of_conda(line: str, requirement: str) -> None:
    assert of_conda(f'"{line}"').dependencies.requirements == (requirement,)


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("cudatoolkit=11.8", "cuda 11.8"),
        ("pytorch=2.4=*cuda*", "cuda"),
        ("cpuonly", "cpu"),
        ("tensorflow-gpu", "cuda"),
        ("numpy", None),
    ],
)
def test_what_asks_for_an_accelerator_is_a_fact(line: str, value: str | None) -> None:
    found = of_conda(line).dependencies.accelerator

    assert (found.value if found else None) == value


def test_programs_that_code_calls_are_debian_packages() -> None:
    found = of_conda("ffmpeg")

    assert [fact.value for fact in found.dependencies.debian] == ["ffmpeg"]
    assert found.remarks == ()


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("cmake", 'if the program runs it, add "cmake" to `debian.packages`'),
        ("ffmpeg=4.3=hf484d3e_0", 'if the program runs it, add "ffmpeg" to `debian.packages`'),
        ("gurobi", "Debian has no package of it: install it in an image of your own"),
        ("spacy-model-en_core_web_sm", "name the model's wheel by its URL in `pip:`"),
    ],
)
def test_what_no_index_has_is_said(line: str, hint: str) -> None:
    name = line.partition("=")[0]

    found = of_conda(line)

    assert found.dependencies.requirements == ()
    assert found.remarks == (
        Remark(
            text=f"`{name}` is no Python distribution and is not installed",
            hint=hint,
            evidence=(Evidence("environment.yml", 2, line),),
        ),
    )


def test_a_range_with_a_hole_is_said_to_be_wider() -> None:
    assert [remark.text for remark in of_conda("scipy 1.7|1.9|>=2.2").remarks] == [
        "`scipy 1.7|1.9|>=2.2` is taken as `scipy>=1.7`, which admits more"
    ]


def test_an_environment_that_includes_the_requirements_goes_before_them() -> None:
    found = find(
        {
            "environment.yml": "dependencies: [numpy, pip: [-r requirements.txt]]\n",
            "requirements.txt": "flask\n",
        }
    )

    assert found.dependencies.source == "environment.yml"
    assert found.dependencies.requirements == ("numpy", "flask")
    assert found.dependencies.why == (
        "conda's packages by their names on the index; it includes `requirements.txt`;"
        " versions are decided once, in `boxwright.lock`"
    )


def test_locks_of_conda_are_said_not_to_be_used() -> None:
    files = {"environment.yml": "dependencies: [numpy]\n", "conda-lock.yml": "version: 1\n"}

    assert [remark.text for remark in find(files).remarks] == [
        "`conda-lock.yml` is not used: it pins conda's own builds, which no index has"
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dependencies:\n  - [numpy]\n", "environment.yml:2: expected a package or `pip:`"),
        ("dependencies:\n  - pip: numpy\n", "environment.yml:2: expected a list of requirements"),
        ("dependencies:\n  - npm: [a]\n", "environment.yml:2: expected no table but `pip:`"),
        ("dependencies: numpy\n", "environment.yml:1: expected a list of dependencies"),
        ("- numpy\n", "environment.yml:1: expected a mapping with `dependencies`"),
        ("dependencies:\n  - numpy=a b c\n", "environment.yml:2: `=a` is no version of conda"),
        ("dependencies:\n  - '***'\n", "environment.yml:2: `***` is no package of conda"),
        ("dependencies:\n  - pip:\n    - a b\n", "environment.yml:3: `a b` is no requirement"),
        (
            "dependencies:\n  - pip:\n    - -r gone.txt\n",
            "environment.yml:3: `-r gone.txt` is not in the project",
        ),
        ("dependencies: {\n", "environment.yml:2: not valid YAML"),
    ],
)
def test_a_broken_environment_is_an_error_with_its_line(text: str, message: str) -> None:
    with pytest.raises(ProjectError) as caught:
        find({"environment.yml": text})

    assert caught.value.message.startswith(message)


PIXI = """\
[workspace]
name = "demo"
version = "0.3"
channels = ["conda-forge"]
platforms = ["linux-64", "win-64"]

[dependencies]
python = "3.12.*"
pytorch = { version = ">=2.4", channel = "pytorch" }
msgpack-python = "*"

[pypi-dependencies]
demo = { path = ".", editable = true }
fastapi = { version = "~=0.115", extras = ["standard"] }
tool = { git = "https://host.example/tool.git", rev = "abc" }

[target.linux-64.dependencies]
py-xgboost = "2.1"
[target.win-64.dependencies]
pywin32 = "*"

[feature.train.dependencies]
lightgbm = "*"

[system-requirements]
cuda = "12"
"""


def test_a_manifest_of_pixi_comes_to_distributions_of_the_index() -> None:
    found = find({"pixi.toml": PIXI}, groups=("train",))

    assert found.groups == ("train",)
    assert found.dependencies.requirements == (
        "torch>=2.4",
        "msgpack",
        "fastapi[standard]~=0.115",
        "tool @ git+https://host.example/tool.git@abc",
        "lightgbm",
        'xgboost==2.1 ; platform_machine == "x86_64"',
    )
    assert found.dependencies.accelerator == Fact(
        value="cuda", evidence=Evidence("pixi.toml", 26, "cuda = 12")
    )
    assert [str(each.evidence) for each in found.dependencies.direct][:2] == [
        "pixi.toml:9",
        "pixi.toml:10",
    ]


def test_pixi_in_pyproject_adds_to_what_the_project_declares() -> None:
    text = """\
[project]
name = "demo"
dependencies = ["flask"]
[tool.pixi.dependencies]
opencv = "*"
"""

    found = find({"pyproject.toml": text}).dependencies

    assert (found.source, found.path) == ("pixi.toml", "pyproject.toml")
    assert found.requirements == ("opencv-python-headless", "flask")


def test_pixi_that_only_brings_python_changes_nothing() -> None:
    text = '[project]\nname = "demo"\ndependencies = ["flask"]\n[tool.pixi.dependencies]\npython = "*"\n'

    assert find({"pyproject.toml": text}).dependencies.source == "pyproject"


@pytest.mark.parametrize(
    ("files", "version"),
    [
        ({"environment.yml": ENVIRONMENT}, "3.11"),
        ({"environment.yml": "dependencies:\n  - conda-forge::python==3.12.4=h1_0\n"}, "3.12"),
        ({"environment.yml": "dependencies:\n  - python>=3.10\n"}, None),
        ({"pixi.toml": PIXI}, "3.12"),
        ({".tool-versions": "nodejs 20\npython 3.12.1\n"}, "3.12"),
        ({".python-version": "3.13\n", "pixi.toml": PIXI}, "3.13"),
    ],
)
def test_the_python_of_the_environment_is_what_developers_work_with(
    files: dict[str, str], version: str | None
) -> None:
    found = find_preferred_python(MemoryTree({name: x.encode() for name, x in files.items()}))

    assert (found.value if found else None) == version


def test_the_name_of_a_workspace_is_that_of_the_project() -> None:
    pyproject = read_pyproject(MemoryTree({"pixi.toml": PIXI.encode()}))

    assert find_name(pyproject, "folder") == Fact(
        value="demo", evidence=Evidence("pixi.toml", 2, "workspace.name")
    )


def test_the_table_has_no_row_that_says_nothing() -> None:
    table = tomllib.loads(Path(conda.__file__).with_name("conda.toml").read_text())
    names = table["names"]

    same = [name for name, target in names.items() if re.sub("[-_.]+", "-", name) == target]

    assert same == []
    assert len(names) >= 80
    assert set(names) & set(table["system"]) == set()
    assert set(names) & set(table["bundled"]["names"]) == set()
