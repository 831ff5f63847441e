"""The first source that there is decides, and what is direct is known with its line."""

from __future__ import annotations

import pytest

from boxwright.errors import ProjectError
from boxwright.project.detectors.dependencies import FoundDependencies, find_dependencies
from boxwright.project.detectors.metadata import read_pyproject
from boxwright.project.evidence import Evidence
from boxwright.project.facts import Remark
from boxwright.project.tree import MemoryTree
from boxwright.settings import Settings

PYPROJECT = """\
[project]
name = "demo"
dependencies = [
  "NumPy>=2",
]

[project.optional-dependencies]
gpu = ["cupy"]

[dependency-groups]
prod = ["gunicorn", {include-group = "web"}]
web = ["uvicorn"]
loop = [{include-group = "loop"}]
"""


def find(files: dict[str, str], settings: Settings | None = None) -> FoundDependencies:
    tree = MemoryTree({path: text.encode() for path, text in files.items()})
    return find_dependencies(
        tree, read_pyproject(tree), settings or Settings(source="boxwright.toml")
    )


LOCKS = {
    "poetry.lock": '[metadata]\nlock-version = "2.1"\n',
    "pdm.lock": '[metadata]\nlock_version = "4.5.0"\n',
    "Pipfile.lock": "{}",
    "Pipfile": '[packages]\nnumpy = "*"\n',
    "environment.yml": "dependencies: [numpy]\n",
    "pixi.toml": '[dependencies]\nnumpy = "*"\n',
    "setup.py": "from setuptools import setup\nsetup(install_requires=['numpy'])\n",
    "setup.cfg": "[options]\ninstall_requires = numpy\n",
    "main.py": "import numpy\n",
}


@pytest.mark.parametrize(
    ("files", "source", "path"),
    [
        (["uv.lock", "pylock.toml", "pyproject.toml", "requirements.txt"], "uv.lock", "uv.lock"),
        (["pylock.toml", "requirements.txt"], "pylock.toml", "pylock.toml"),
        (["hashed", "poetry.lock", "pyproject.toml"], "requirements", "requirements.txt"),
        (["poetry.lock", "pyproject.toml", "requirements.txt"], "poetry.lock", "poetry.lock"),
        (["pdm.lock", "pyproject.toml", "requirements.txt"], "pdm.lock", "pdm.lock"),
        (["Pipfile.lock", "Pipfile", "requirements.txt"], "Pipfile.lock", "Pipfile.lock"),
        (["poetry.lock", "requirements.txt"], "requirements", "requirements.txt"),
        (["requirements.txt", "pyproject.toml"], "requirements", "requirements.txt"),
        (["requirements.txt", "environment.yml"], "requirements", "requirements.txt"),
        (["requirements/prod.txt"], "requirements", "requirements/prod.txt"),
        (["pyproject.toml", "setup.py"], "pyproject", "pyproject.toml"),
        (["setup.py", "setup.cfg", "environment.yml"], "setup.cfg", "setup.cfg"),
        (["setup.py", "Pipfile"], "setup.py", "setup.py"),
        (["Pipfile", "pixi.toml"], "Pipfile", "Pipfile"),
        (["pixi.toml", "environment.yml"], "pixi.toml", "pixi.toml"),
        (["environment.yml", "main.py"], "environment.yml", "environment.yml"),
        (["main.py", "uv.lock"], "imports", ""),
        (["uv.lock"], "none", ""),
    ],
)
def test_the_order_of_sources(files: list[str], source: str, path: str) -> None:
    texts = {"pyproject.toml": PYPROJECT, "requirements.txt": "numpy\n", "pylock.toml": "", **LOCKS}
    given = {name: texts.get(name, "") for name in files if name != "hashed"}
    if "hashed" in files:
        given["requirements.txt"] = "numpy==2 --hash=sha256:ab\n"

    found = find(given).dependencies

    assert (found.source, found.path) == (source, path)


def test_other_sources_are_named_with_what_they_have_more() -> None:
    found = find(
        {
            "pyproject.toml": PYPROJECT,
            "uv.lock": 'name = "numpy"\n',
            "requirements.txt": "numpy\npandas>=2\n",
            "environment.yml": "dependencies: [numpy, python=3.12]\n",
        }
    )

    assert found.dependencies.why == (
        "a lock of uv names every version and digest;"
        " `requirements.txt` and `environment.yml` are there too, but not used"
    )
    assert found.remarks == (
        Remark(
            text="`requirements.txt` asks for `pandas`, which `uv.lock` lacks",
            hint="`uv.lock` decides; to change that, set `dependencies`",
            evidence=(Evidence("requirements.txt", 2, "pandas>=2"),),
        ),
    )


def test_a_file_that_is_not_used_may_be_broken() -> None:
    broken = {
        "requirements.txt": "-r gone.txt\n",
        "environment.yml": "dependencies: {\n",
        "Pipfile": "[packages\n",
        "setup.py": "def (\n",
    }

    found = find({"pyproject.toml": PYPROJECT, "uv.lock": 'name = "numpy"\n', **broken})

    assert (found.dependencies.source, found.remarks) == ("uv.lock", ())


@pytest.mark.parametrize("name", ["uv.lock", "poetry.lock"])
def test_a_lock_without_what_it_locks_is_not_used(name: str) -> None:
    assert [remark.text for remark in find({name: "", "requirements.txt": "numpy"}).remarks] == [
        f"`{name}` is not used, because there is no `pyproject.toml`"
    ]


def test_direct_dependencies_come_with_those_of_chosen_extras_and_groups() -> None:
    settings = Settings(source="boxwright.toml", extras=("GPU",), groups=("prod",))

    found = find({"pyproject.toml": PYPROJECT}, settings).dependencies

    assert [(each.name, str(each.evidence)) for each in found.direct] == [
        ("numpy", "pyproject.toml:4"),
        ("cupy", "pyproject.toml:8"),
        ("gunicorn", "pyproject.toml:11"),
        ("uvicorn", "pyproject.toml:12"),
    ]


@pytest.mark.parametrize(
    ("settings", "message", "hint"),
    [
        (
            Settings(source="boxwright.toml", extras=("gpus",)),
            "boxwright.toml: extras[0]: the project declares no `gpus`",
            "did you mean `gpu`?",
        ),
        (
            Settings(source="boxwright.toml", groups=("loop",)),
            "pyproject.toml: dependency-groups: the group `loop` includes itself",
            "the way there was loop → loop",
        ),
        (
            Settings(source="boxwright.toml", dependencies="none.txt"),
            "boxwright.toml: dependencies: `none.txt` is not in the project",
            "name a file of the project, relative to its folder",
        ),
    ],
)
def test_choices_that_do_not_exist_are_refused(settings: Settings, message: str, hint: str) -> None:
    with pytest.raises(ProjectError) as caught:
        find({"pyproject.toml": PYPROJECT}, settings)

    assert (caught.value.message, caught.value.hint) == (message, hint)


def test_includes_of_requirements_are_followed() -> None:
    found = find(
        {
            "requirements/prod.txt": "-r base.txt\n-r ../extra.txt\n-c limits.txt\ngunicorn\n",
            "requirements/base.txt": "flask\n",
            "extra.txt": "-r requirements/base.txt\nnumpy\n",
        }
    ).dependencies

    assert [(each.name, str(each.evidence)) for each in found.direct] == [
        ("gunicorn", "requirements/prod.txt:4"),
        ("flask", "requirements/base.txt:1"),
        ("numpy", "extra.txt:2"),
        ("flask", "requirements/base.txt:1"),
    ]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {"requirements.txt": "-r a.txt", "a.txt": "\n-r requirements.txt"},
            "a.txt:2: `-r requirements.txt` includes a file that includes it",
        ),
        (
            {"requirements.txt": "-r gone.txt"},
            "requirements.txt:1: `-r gone.txt` is not in the project",
        ),
        (
            {"uv.lock": "a\n<<<<<<< HEAD\n", "pyproject.toml": PYPROJECT},
            "uv.lock:2: the lock has the marks of an unfinished merge",
        ),
    ],
)
def test_broken_sources_are_errors_with_their_place(files: dict[str, str], message: str) -> None:
    with pytest.raises(ProjectError) as caught:
        find(files)

    assert caught.value.message == message


def test_a_server_that_another_dependency_brings_is_found_in_the_lock() -> None:
    lock = """
[[package]]
name = "demo"
dependencies = [{ name = "toolkit" }]

[[package]]
name = "toolkit"
dependencies = [{ name = "hypercorn" }]

[[package]]
name = "hypercorn"

[[package]]
name = "uvicorn"
"""
    pyproject = '[project]\nname = "demo"\ndependencies = ["toolkit"]\n'

    found = find({"pyproject.toml": pyproject, "uv.lock": lock}).dependencies

    assert [each.name for each in found.providing] == ["hypercorn"]
    assert found.has("uvicorn")


def test_requirements_in_the_encoding_of_powershell_are_read() -> None:
    tree = MemoryTree({"requirements.txt": "\ufeffnumpy\r\ntorch\r\n".encode("utf-16-le")})

    found = find_dependencies(tree, read_pyproject(tree), Settings()).dependencies

    assert [each.name for each in found.direct] == ["numpy", "torch"]


def test_a_file_that_is_no_text_is_an_error_with_its_line() -> None:
    tree = MemoryTree({"requirements.txt": b"numpy\n\xff\xfa\n"})

    with pytest.raises(ProjectError, match=r"^requirements.txt:2: the text is not UTF-8$"):
        find_dependencies(tree, read_pyproject(tree), Settings())


def test_dependencies_of_poetry_are_known_too() -> None:
    text = (
        '[tool.poetry]\nname = "demo"\n[tool.poetry.dependencies]\npython = "^3.11"\nFlask = "*"\n'
    )

    found = find({"pyproject.toml": text}).dependencies

    assert [(each.name, each.evidence) for each in found.direct] == [
        ("flask", Evidence("pyproject.toml", 5, "tool.poetry.dependencies.Flask"))
    ]
    assert found.requirements == ("flask",)


def test_dependencies_that_setuptools_reads_from_a_file_are_known() -> None:
    text = """\
[project]
name = "demo"
dynamic = ["dependencies"]
[project.optional-dependencies]
gpu = ["cupy"]
[tool.setuptools.dynamic]
dependencies = { file = ["requirements.in"] }
"""
    settings = Settings(source="boxwright.toml", extras=("gpu",), dependencies="pyproject.toml")

    found = find({"pyproject.toml": text, "requirements.in": "flask>=3\n"}, settings).dependencies

    assert found.requirements == ("flask>=3", "cupy")
    assert found.is_complete
    assert found.direct[0].evidence == Evidence("requirements.in", 1, "flask>=3")


def test_dependencies_that_only_a_back_end_knows_are_not_complete() -> None:
    text = '[project]\nname = "demo"\ndynamic = ["dependencies"]\n'

    found = find({"pyproject.toml": text}).dependencies

    assert (found.source, found.is_complete, found.requirements) == ("pyproject", False, ())
