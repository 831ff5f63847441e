"""Which Python distributions a stage gets."""

from __future__ import annotations

import pytest
from tests.practices.builds import build, final

from boxwright.practices.python_files import (
    LOCKS,
    Wanted,
    environment_file,
    project_requirements,
    requirements_of,
)
from boxwright.practices.python_package import PythonPackage, conda_package, requirement
from boxwright.practices.stage_facts import StageFacts

CUDA_INDEX = "https://download.pytorch.org/whl/cu121"


def told(stage: StageFacts) -> list[tuple[str, str, str]]:
    return [(package.name, package.version, package.origin) for package in stage.distributions]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("pip install torch==2.4.0 'numpy>=1,<2'",
         [("torch", "2.4.0", "pip install"), ("numpy", "", "pip install")]),
        ("python -m pip install Scikit_Learn", [("scikit-learn", "", "pip install")]),
        ("pip3 install --no-cache-dir --index-url https://x/simple torch", [("torch", "", "pip install")]),
        ("uv pip install --system vllm==0.8.0", [("vllm", "0.8.0", "uv pip install")]),
        ("uv add fastapi", [("fastapi", "", "uv add")]),
        ("pip wheel -w /wheels flask", [("flask", "", "pip wheel")]),
        ("conda install -y pytorch::pytorch=2.4.0 numpy",
         [("torch", "2.4.0", "conda install"), ("numpy", "", "conda install")]),
        ("micromamba install -y -n base -c conda-forge python=3.11 polars",
         [("python", "3.11", "micromamba install"), ("polars", "", "micromamba install")]),
        ("poetry add httpx", [("httpx", "", "poetry add")]),
        ("pip install git+https://host/team/some-lib.git@abc", [("some-lib", "", "pip install")]),
        ("pip install https://host/torch-2.4.0%2Bcu121-cp312-cp312-linux_x86_64.whl",
         [("torch", "2.4.0", "pip install")]),
        ("pip install . -e ./lib /wheels/*.whl $PACKAGES", []),
        ("pip uninstall -y torch", []),
        ("pip list && echo pip install torch", []),
    ],
)  # fmt: skip
def test_commands_name_distributions(command: str, expected: list[tuple[str, str, str]]) -> None:
    assert told(final(f"FROM python:3.12\nRUN {command}\n")) == expected


def test_a_distribution_knows_where_it_comes_from() -> None:
    found = build(f"""
        FROM python:3.12
        ARG TORCH=2.4.0
        RUN pip install --index-url {CUDA_INDEX} "torch[opt]==${{TORCH}}+cu121"
    """)
    stage = found.stages[0]
    package = stage.has_distribution("numpy", "torch")
    assert package is not None
    (run,) = stage.runs
    assert package == PythonPackage(
        name="torch",
        version="2.4.0",
        specifier="==2.4.0+cu121",
        extras=("opt",),
        origin="pip install",
        instruction=run,
        word_span=package.word_span,
        index_url=CUDA_INDEX,
        local_version="cu121",
    )
    assert package.word_span is not None
    start, end = package.word_span
    assert found.source.text[start:end] == '"torch[opt]==${TORCH}+cu121"'


def test_of_a_version_that_is_not_known_the_name_is() -> None:
    stage = final("FROM python:3.12\nARG V\nRUN pip install torch==$V\n")
    assert told(stage) == [("torch", "", "pip install")]


@pytest.mark.parametrize(
    "command",
    [
        "PIP_EXTRA_INDEX_URL=https://host/whl/cu124 pip install torch",
        "pip install --extra-index-url https://other/simple --find-links https://host/whl/cu124 torch",
        "uv pip install --torch-backend=cu124 torch",
    ],
)
def test_the_index_that_says_a_cuda_is_the_one_that_counts(command: str) -> None:
    (package,) = final(f"FROM python:3.12\nRUN {command}\n").distributions
    assert package.index_url.endswith("cu124")


def test_the_index_may_be_set_for_all_commands() -> None:
    text = "FROM python:3.12\nENV UV_TORCH_BACKEND=cpu\nRUN uv pip install torch\n"
    assert final(text).distributions[0].index_url == "cpu"


def test_requirement_files_are_read_with_what_they_include() -> None:
    stage = final(
        """
        FROM python:3.12
        WORKDIR /app
        COPY requirements.txt requirements/ ./
        RUN pip install -r requirements.txt
        """,
        {
            "requirements.txt": "# all\n-r base.txt\nfastapi==0.115.0 ; python_version > '3.8'\n",
            "requirements/base.txt": "-r ./requirements.txt\npywin32; sys_platform == 'win32'\nnumpy>=2\n",
        },
    )
    assert told(stage) == [
        ("fastapi", "0.115.0", "requirements.txt:3"),
        ("numpy", "", "requirements/base.txt:3"),
    ]


def test_requirement_files_come_by_mounts_heredocs_and_other_stages() -> None:
    stage = final(
        """
        FROM scratch AS files
        COPY deps/r.txt /r.txt
        FROM python:3.12
        COPY <<EOF /inline.txt
        flask==3.0.0
        EOF
        RUN --mount=type=bind,source=deps/r.txt,target=/tmp/r.txt pip install -r /tmp/r.txt
        RUN --mount=from=files,target=/m pip install -r /m/r.txt -r /inline.txt
        """,
        {"deps/r.txt": "pandas==2.2.0\n"},
    )
    assert told(stage) == [
        ("pandas", "2.2.0", "deps/r.txt:1"),
        ("flask", "3.0.0", "inline.txt:1"),
    ]


def test_files_that_are_not_known_add_nothing() -> None:
    text = "FROM python:3.12\nCOPY r.txt .\nRUN pip install -r r.txt -r $X\n"
    assert told(final(text)) == []
    assert told(final(text, {"other": ""})) == []


def test_a_line_that_pip_would_refuse_hides_no_other() -> None:
    packages, includes = requirements_of("torch==\n--nonsense\nnumpy==2.0\n-r more.txt\n", "r.txt")
    assert [(package.name, package.origin) for package in packages] == [("numpy", "r.txt:3")]
    assert includes == ["more.txt"]


def test_an_environment_that_is_copied_brings_its_distributions() -> None:
    found = build("""
        FROM python:3.12 AS builder
        RUN python -m venv /opt/venv && /opt/venv/bin/pip install torch==2.4.0
        FROM python:3.12-slim
        COPY --from=builder /opt/venv /opt/venv
        RUN pip install uvicorn
        FROM python:3.12-slim AS other
        COPY --from=builder /src/data /data
    """)
    assert [told(stage) for stage in found.stages] == [
        [("torch", "2.4.0", "pip install")],
        [("uvicorn", "", "pip install"), ("torch", "2.4.0", "pip install")],
        [],
    ]
    assert found.stages[1].brings("torch")


def test_the_folder_that_uv_syncs_in_is_an_environment_too() -> None:
    stage = final(
        """
        FROM python:3.12 AS builder
        WORKDIR /app
        COPY pyproject.toml uv.lock ./
        RUN uv sync --frozen --no-dev
        FROM python:3.12-slim
        COPY --from=builder /app /app
        """,
        {"pyproject.toml": "", "uv.lock": UV_LOCK},
    )
    assert {package.name: package.origin for package in stage.distributions} == {
        "fastapi": "uv.lock",
        "starlette": "uv.lock",
    }


UV_LOCK = """
version = 1

[[package]]
name = "fastapi"
version = "0.115.0"
source = { registry = "https://host/simple" }
dependencies = [
    { name = "starlette" },
    { name = "colorama", marker = "sys_platform == 'win32'" },
]
wheels = [
    { url = "https://host/fastapi.whl", hash = "sha256:00", size = 1 },
]

[[package]]
name = "my-api"
version = "0.1.0"
source = { editable = "." }
dependencies = [
    { name = "fastapi" },
]

[package.optional-dependencies]
gpu = [
    { name = "torch" },
]

[package.dev-dependencies]
dev = [
    { name = "pytest" },
]

[package.metadata]
requires-dist = [{ name = "fastapi" }]

[[package]]
name = "starlette"
version = "0.38.0"
source = { registry = "https://host/simple" }

[[package]]
name = "torch"
version = "2.4.0+cu121"
source = { registry = "https://download.pytorch.org/whl/cu121" }

[[package]]
name = "pytest"
version = "8.0.0"
source = { registry = "https://host/simple" }

[[package]]
name = "colorama"
version = "0.4.6"
source = { registry = "https://host/simple" }
"""


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (Wanted(), {"fastapi", "starlette"}),
        (Wanted(frozenset({"gpu"})), {"fastapi", "starlette", "torch"}),
        (Wanted(frozenset({"*"}), development=True), {"fastapi", "starlette", "torch", "pytest"}),
    ],
)
def test_of_a_uv_lock_what_is_wanted_is_taken(wanted: Wanted, names: set[str]) -> None:
    found = {package.name: package for package in LOCKS["uv.lock"](UV_LOCK, wanted)}
    assert set(found) == names
    if "torch" in names:
        torch = found["torch"]
        assert (torch.version, torch.local_version, torch.index_url) == (
            "2.4.0",
            "cu121",
            CUDA_INDEX,
        )


def test_of_a_poetry_lock_groups_may_be_left_out() -> None:
    text = """
[[package]]
name = "Numpy"
version = "2.0.0"
groups = ["main", "dev"]

[package.dependencies]
name = "no package"

[[package]]
name = "pytest"
version = "8.0.0"
groups = ["dev"]

[[package]]
name = "black"
version = "24.0.0"
category = "dev"

[metadata]
lock-version = "2.1"
"""
    read = LOCKS["poetry.lock"]
    assert [package.name for package in read(text, Wanted())] == ["numpy"]
    assert [package.name for package in read(text, Wanted(development=True))] == [
        "numpy", "pytest", "black",
    ]  # fmt: skip


def test_a_pipfile_lock_has_two_sections() -> None:
    text = '{"default": {"torch": {"version": "==2.4.0"}}, "develop": {"pytest": {}}}'
    read = LOCKS["Pipfile.lock"]
    assert [(item.name, item.version) for item in read(text, Wanted())] == [("torch", "2.4.0")]
    assert [item.name for item in read(text, Wanted(development=True))] == ["torch", "pytest"]


@pytest.mark.parametrize("name", sorted(LOCKS))
@pytest.mark.parametrize(
    "text", ["", "[[package]]", "{", "[" * 5000, "name = 1\n" * 100, "[]", '{"default": []}', "\0"]
)
def test_a_broken_lock_file_is_an_empty_one(name: str, text: str) -> None:
    assert list(LOCKS[name](text, Wanted())) == []


def test_a_project_says_what_it_needs() -> None:
    text = """
[project]
dependencies = ["fastapi>=0.100", "torch==2.4.0"]
optional-dependencies = { gpu = ["vllm"] }
[tool.poetry.dependencies]
python = "^3.11"
numpy = "2.0.0"
pandas = { version = "^2", extras = ["x"] }
"""
    assert project_requirements(text, frozenset({"gpu"})) == (
        "fastapi>=0.100", "torch==2.4.0", "vllm", "numpy==2.0.0", "pandas",
    )  # fmt: skip
    assert project_requirements("[project\n") == ()
    stage = final(
        "FROM python:3.12\nWORKDIR /app\nCOPY . .\nRUN pip install '.[gpu]'\n",
        {"pyproject.toml": text},
    )
    assert [package.name for package in stage.distributions] == [
        "fastapi", "torch", "vllm", "numpy", "pandas",
    ]  # fmt: skip
    assert {package.origin for package in stage.distributions} == {"pyproject.toml"}


def test_an_environment_file_has_packages_of_both_kinds() -> None:
    text = """
name: ml
channels: [conda-forge]
dependencies:
  - python=3.11
  - pytorch::pytorch=2.4.0
  - pytorch-cuda=12.1  # with CUDA
  - numpy>=1.20
  - pip:
    - transformers==4.45.0
    - -r more.txt
  - scipy
variables:
  A: b
"""
    found = environment_file(text, "environment.yml")
    assert [(item.name, item.version, item.manager, item.origin) for item in found] == [
        ("python", "3.11", "conda", "environment.yml:5"),
        ("torch", "2.4.0", "conda", "environment.yml:6"),
        ("pytorch-cuda", "12.1", "conda", "environment.yml:7"),
        ("numpy", "", "conda", "environment.yml:8"),
        ("transformers", "4.45.0", "pip", "environment.yml:10"),
        ("scipy", "", "conda", "environment.yml:12"),
    ]
    assert found[1].index_url == "cuda12.1"
    stage = final(
        "FROM continuumio/miniconda3\nCOPY environment.yml /tmp/\nRUN conda env create -f /tmp/environment.yml\n",
        {"environment.yml": text},
    )
    assert stage.has_distribution("transformers") is not None


def test_a_conda_build_says_its_cuda() -> None:
    found = conda_package("pytorch==2.4.0=py3.12_cuda12.1_cudnn9.1.0_0", "conda install")
    assert found is not None
    assert (found.name, found.version, found.local_version) == ("torch", "2.4.0", "cuda12.1")
    assert conda_package("./local.conda", "x") is None


@pytest.mark.parametrize("text", ["", "-r x", "@", "[", "==1", "a" * 5000, "\0", "../x"])
def test_what_is_no_requirement_names_nothing(text: str) -> None:
    assert requirement(text, origin="x") is None
