"""The first source that there is decides, and what is direct is known with its line."""

from __future__ import annotations

import pytest

from boxwright.errors import ProjectError
from boxwright.project.detectors.dependencies import FoundDependencies, find_dependencies
from boxwright.project.detectors.metadata import read_pyproject
from boxwright.project.evidence import Evidence
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


@pytest.mark.parametrize(
    ("files", "source", "path"),
    [
        (["uv.lock", "pylock.toml", "pyproject.toml", "requirements.txt"], "uv.lock", "uv.lock"),
        (["pylock.toml", "requirements.txt"], "pylock.toml", "pylock.toml"),
        (["hashed", "poetry.lock", "pyproject.toml"], "requirements", "requirements.txt"),
        (["poetry.lock", "pyproject.toml", "requirements.txt"], "pyproject", "pyproject.toml"),
        (["requirements.txt", "pyproject.toml"], "requirements", "requirements.txt"),
        (["requirements/prod.txt"], "requirements", "requirements/prod.txt"),
        (["pyproject.toml"], "pyproject", "pyproject.toml"),
        (["setup.py"], "pyproject", "setup.py"),
        (["main.py"], "none", ""),
        (["uv.lock"], "none", ""),
        (["environment.yml"], "none", ""),
    ],
)
def test_the_order_of_sources(files: list[str], source: str, path: str) -> None:
    texts = {"pyproject.toml": PYPROJECT, "requirements.txt": "numpy\n", "pylock.toml": ""}
    given = {name: texts.get(name, "") for name in files if name != "hashed"}
    if "hashed" in files:
        given["requirements.txt"] = "numpy==2 --hash=sha256:ab\n"

    found = find(given).dependencies

    assert (found.source, found.path, found.hashed) == (source, path, "hashed" in files)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "poetry.lock",
            "`poetry.lock` is not read: versions are decided anew from `pyproject.toml`",
        ),
        ("environment.yml", "`environment.yml` is not read: conda projects are not supported yet"),
    ],
)
def test_what_is_not_read_is_said(name: str, text: str) -> None:
    files = {name: ""} | ({"pyproject.toml": PYPROJECT} if name == "poetry.lock" else {})

    assert [remark.text for remark in find(files).remarks] == [text]


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
