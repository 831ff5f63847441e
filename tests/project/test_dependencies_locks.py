"""
Locks of Poetry, PDM and Pipenv, written by these tools, come to what they would install.

Those in `locks/` were made of small projects; only the address of the index was replaced
since, and the hash of the contents computed again by the tool itself.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from boxwright.errors import ProjectError
from boxwright.project.detectors.dependencies import FoundDependencies, find_dependencies
from boxwright.project.detectors.lock_files import read_locked
from boxwright.project.detectors.metadata import read_pyproject
from boxwright.project.evidence import Evidence
from boxwright.project.facts import Remark
from boxwright.project.tree import FolderTree, MemoryTree, Tree
from boxwright.settings import Settings

LOCKS = Path(__file__).parent / "locks"

OF_POETRY = (
    "anyio==4.4.0",
    'click==8.1.3 ; python_version < "3.12"',
    'click==8.1.7 ; python_version >= "3.12"',
    'exceptiongroup==1.3.1 ; python_version < "3.11"',
    "h11==0.14.0",
    "h2==4.1.0",
    "hpack==4.0.0",
    "httpcore==1.0.8",
    "hyperframe==6.0.1",
    "idna==3.10",
    "sniffio==1.3.1",
    "tiny @ ./lib",
    'typing-extensions==4.16.0 ; python_version < "3.11"',
    "certifi==2024.8.30",
)
OF_PDM = (
    "anyio==4.4.0",
    "certifi==2024.8.30",
    "click==8.1.7",
    'exceptiongroup==1.3.1 ; python_version < "3.11"',
    "h11==0.16.0",
    "h2==4.4.1",
    "hpack==4.2.0",
    "httpcore==1.0.9",
    "hyperframe==6.1.0",
    "idna==3.20",
    "sniffio==1.3.1",
    "tiny @ ./lib",
    'typing-extensions==4.16.0 ; python_version < "3.11"',
)
OF_PIPENV = (
    "anyio==4.4.0",
    "certifi==2024.8.30",
    'click==8.1.7 ; python_version >= "3.11"',
    "h11==0.16.0",
    "h2==4.4.1",
    "hpack==4.2.0",
    "httpcore==1.0.9",
    "hyperframe==6.1.0",
    "idna==3.20",
    "sniffio==1.3.1",
    "tiny @ ./lib",
)


def find(tree: Tree, **chosen: tuple[str, ...]) -> FoundDependencies:
    settings = Settings(source="boxwright.toml", **chosen)  # type: ignore[arg-type]
    return find_dependencies(tree, read_pyproject(tree), settings)


def memory(files: dict[str, str]) -> MemoryTree:
    return MemoryTree({path: text.encode() for path, text in files.items()})


@pytest.mark.parametrize(
    ("folder", "source", "lines"),
    [
        ("poetry-1.1", "poetry.lock", OF_POETRY),
        ("poetry-2.0", "poetry.lock", OF_POETRY),
        ("poetry-2.1", "poetry.lock", OF_POETRY),
        ("pdm", "pdm.lock", OF_PDM),
        ("pdm-without-groups", "pdm.lock", OF_PDM),
        ("pipenv", "Pipfile.lock", OF_PIPENV),
    ],
)
def test_a_lock_comes_to_what_its_tool_would_install(
    folder: str, source: str, lines: tuple[str, ...]
) -> None:
    found = find(FolderTree(LOCKS / folder))

    assert found.remarks == ()
    assert (found.dependencies.source, found.dependencies.hashed) == (source, True)
    assert set(found.dependencies.requirements) == set(lines)
    assert len(found.dependencies.requirements) == len(lines)
    assert {"iniconfig", "tiny"} <= found.dependencies.locked


@pytest.mark.parametrize(
    "folder", ["poetry-2.0", "poetry-2.1", "pdm", "pdm-without-groups", "pipenv"]
)
def test_a_chosen_group_comes_along(folder: str) -> None:
    tree = FolderTree(LOCKS / folder)

    without, given = find(tree).dependencies, find(tree, groups=("serve",)).dependencies

    assert set(given.requirements) - set(without.requirements) == {"packaging==24.1"}
    assert "packaging" in [each.name for each in given.direct]


def test_the_group_for_developers_can_be_chosen_too() -> None:
    found = find(FolderTree(LOCKS / "pipenv"), groups=("dev-packages",))

    assert found.groups == ("dev-packages", "serve")
    assert "iniconfig==2.0.0" in found.dependencies.requirements


def test_direct_dependencies_are_those_that_the_project_names() -> None:
    found = find(FolderTree(LOCKS / "poetry-2.1")).dependencies

    assert [(each.name, each.extras, str(each.evidence)) for each in found.direct][:5] == [
        ("anyio", (), "pyproject.toml:9"),
        ("httpcore", ("http2",), "pyproject.toml:10"),
        ("click", (), "pyproject.toml:11"),
        ("click", (), "pyproject.toml:11"),
        ("tiny", (), "pyproject.toml:12"),
    ]


@pytest.mark.parametrize("folder", ["poetry-1.1", "poetry-2.1", "pdm", "pipenv"])
def test_every_file_of_a_distribution_may_be_taken(folder: str) -> None:
    tree = FolderTree(LOCKS / folder)
    path = next(path for path in tree.paths() if path.endswith(".lock"))

    found = read_locked(tree, path, {})

    assert found.digests["sniffio"] == {
        "2f6da418d1f1e0fddd844478f41680e794e6051915791a034ff65e5f100525a2",
        "f4324edc670a0f49750a81b895f35c3adb843cca46f0530f79fc1babb23789dc",
    }


@pytest.mark.parametrize(
    ("folder", "lock", "made_from", "tool"),
    [
        ("poetry-1.1", "poetry.lock", "pyproject.toml", "poetry"),
        ("poetry-2.1", "poetry.lock", "pyproject.toml", "poetry"),
        ("pdm", "pdm.lock", "pyproject.toml", "pdm"),
        ("pdm-without-groups", "pdm.lock", "pyproject.toml", "pdm"),
        ("pipenv", "Pipfile.lock", "Pipfile", "pipenv"),
    ],
)
def test_a_lock_that_is_older_than_what_it_locks_is_told(
    folder: str, lock: str, made_from: str, tool: str
) -> None:
    text = (LOCKS / folder / made_from).read_text()
    text = text.replace('anyio = "', 'flask = "*"\nanyio = "').replace(
        '  "anyio==', '  "flask",\n  "anyio=='
    )
    files = {lock: (LOCKS / folder / lock).read_text(), made_from: text}

    found = find(memory(files))

    assert found.remarks == (
        Remark(
            text=f"`{made_from}` was changed after `{lock}` was made, whose versions are"
            " taken all the same",
            hint=f"run `{tool} lock`",
            evidence=(Evidence(lock), Evidence(made_from)),
        ),
    )
    assert "anyio==4.4.0" in found.dependencies.requirements


PLACES = """
[[package]]
name = "tool"
version = "1.0"
optional = false
python-versions = "*"
groups = ["main"]
files = []
[package.source]
type = "git"
url = "git@host.example:team/tool.git"
reference = "main"
resolved_reference = "0123456789abcdef0123456789abcdef01234567"
subdirectory = "python"

[[package]]
name = "wheel-by-url"
version = "2.0"
optional = false
python-versions = "*"
groups = ["main"]
files = [{file = "a-2.0-py3-none-any.whl", hash = "sha256:ab"}]
[package.source]
type = "url"
url = "https://host.example/a-2.0-py3-none-any.whl"

[[package]]
name = "archive"
version = "3.0"
optional = false
python-versions = "*"
groups = ["main"]
markers = "platform_machine == \\"x86_64\\" and extra == \\"fast\\""
files = [{file = "archive-3.0.tar.gz", hash = "sha256:cd"}]
[package.source]
type = "file"
url = "vendor/archive-3.0.tar.gz"

[[package]]
name = "unhashed"
version = "4.0"
optional = false
python-versions = "*"
groups = ["main", "dev"]
markers = {main = "sys_platform == \\"win32\\" or python_version == \\"3.12\\"", dev = "extra == \\"x\\""}
files = []

[metadata]
lock-version = "2.1"
python-versions = ">=3.10"
"""


def test_what_comes_from_other_places_than_an_index_keeps_its_place() -> None:
    pyproject = """
[tool.poetry.dependencies]
tool = "*"
archive = {version = "*", optional = true}
[tool.poetry.extras]
fast = ["archive"]
"""

    found = find(memory({"pyproject.toml": pyproject, "poetry.lock": PLACES}), extras=("fast",))

    assert found.dependencies.requirements == (
        (
            "tool @ git+ssh://git@host.example/team/tool.git"
            "@0123456789abcdef0123456789abcdef01234567#subdirectory=python"
        ),
        "wheel-by-url @ https://host.example/a-2.0-py3-none-any.whl",
        'archive @ ./vendor/archive-3.0.tar.gz ; platform_machine == "x86_64"',
        'unhashed==4.0 ; python_version == "3.12"',
    )
    assert not found.dependencies.hashed
    assert [remark.text for remark in found.remarks] == [
        "`poetry.lock` has no digests of `unhashed`"
    ]


def test_the_project_itself_in_its_pipfile_is_no_dependency_of_it() -> None:
    lock = """{"default": {
      "e1839a8": {"path": ".", "editable": true},
      "abcdef1": {"path": "./lib"},
      "idna": {"version": "==3.10"}
    }}"""

    found = find(memory({"Pipfile.lock": lock})).dependencies

    assert found.requirements == ("./lib", "idna==3.10")


CLOSURE = """
[[package]]
name = "app-kit"
version = "1.0"
optional = false
python-versions = "*"
[package.dependencies]
one = {version = "*", optional = true}
two = {version = ">=2", markers = "python_version >= \\"3.12\\""}
gone = {version = "*", markers = "python_version < \\"3.9\\""}
[package.extras]
more = ["one (>=1)"]

[[package]]
name = "one"
version = "1.0"
optional = true
python-versions = "*"

[[package]]
name = "two"
version = "2.5"
optional = false
python-versions = "*"
[package.dependencies]
app-kit = "*"

[[package]]
name = "two"
version = "1.5"
optional = false
python-versions = "*"

[metadata]
lock-version = "2.0"
python-versions = "^3.11"
"""


@pytest.mark.parametrize(
    ("wanted", "lines"),
    [
        ('app-kit = "*"', ("app-kit==1.0", 'two==2.5 ; python_version >= "3.12"')),
        (
            'app-kit = {version = "*", extras = ["more"]}\ntwo = "<2"',
            # Nothing fits where both `<2` and `>=2` are asked for: the newer one is as good.
            ("app-kit==1.0", "one==1.0", 'two==2.5 ; python_version >= "3.12"',
             'two==1.5 ; python_version < "3.12"'),
        ),
    ],
)  # fmt: skip
def test_a_lock_without_groups_is_followed_from_what_the_project_names(
    wanted: str, lines: tuple[str, ...]
) -> None:
    pyproject = f"[tool.poetry.dependencies]\n{wanted}\n"

    found = find(memory({"pyproject.toml": pyproject, "poetry.lock": CLOSURE})).dependencies

    assert found.requirements == lines


@pytest.mark.parametrize(
    ("lock", "text", "message"),
    [
        ("poetry.lock", "[[package]\n", "poetry.lock:1: not valid TOML: expected ']]'"),
        ("poetry.lock", "", "poetry.lock: metadata: no `lock-version`"),
        (
            "poetry.lock",
            '[metadata]\nlock-version = "9.0"\n',
            "poetry.lock: metadata: the format `9.0` is not understood",
        ),
        (
            "poetry.lock",
            '[[package]]\nname = "a"\nversion = 1\n[metadata]\nlock-version = "2.1"\n',
            "poetry.lock:1: package.version: expected a string, found a number",
        ),
        (
            "poetry.lock",
            (
                '[[package]]\nname = "a"\nversion = "1"\ngroups = ["main"]\nmarkers = "x == 1"\n'
                '[metadata]\nlock-version = "2.1"\n'
            ),
            "poetry.lock:1: `x == 1` is no environment marker",
        ),
        (
            "poetry.lock",
            "package = 3\n[metadata]\nlock-version = '2.1'\n",
            "poetry.lock: package: expected an array, found a number",
        ),
        (
            "poetry.lock",
            "<<<<<<< HEAD\n",
            "poetry.lock:1: the lock has the marks of an unfinished merge",
        ),
        ("pdm.lock", "", "pdm.lock: metadata: no `lock_version`"),
        (
            "pdm.lock",
            (
                '[metadata]\nlock_version = "4.5.0"\n[[package]]\nname = "a"\nversion = "1"\n'
                'dependencies = ["b = 2"]\n'
            ),
            "pdm.lock:3: `b = 2` is no requirement",
        ),
        (
            "pdm.lock",
            '[metadata]\nlock_version = "4.5.0"\n[[package]]\nname = "a"\n',
            "pdm.lock:3: package: expected a name and a version, found nothing",
        ),
        ("Pipfile.lock", '{"default": {\n', "Pipfile.lock:2: not valid JSON: "),
        ("Pipfile.lock", "[]", "Pipfile.lock: expected a table, found an array"),
        (
            "Pipfile.lock",
            '{"default": {\n"a": {"version": "*"}}}',
            'Pipfile.lock:2: default.a.version: expected a version such as "==1.2", found a string',
        ),
    ],
)
def test_a_broken_lock_is_an_error_with_its_place(lock: str, text: str, message: str) -> None:
    pyproject = '[project]\nname = "demo"\ndependencies = []\n'

    with pytest.raises(ProjectError) as caught:
        find(memory({"pyproject.toml": pyproject, lock: text}))

    assert caught.value.message.startswith(message)


def test_what_a_lock_lacks_is_named_with_who_needs_it() -> None:
    lock = CLOSURE.replace('name = "one"', 'name = "other"')
    pyproject = '[tool.poetry.dependencies]\napp-kit = {version = "*", extras = ["more"]}\n'

    with pytest.raises(ProjectError) as caught:
        find(memory({"pyproject.toml": pyproject, "poetry.lock": lock}))

    assert caught.value.message == (
        "poetry.lock:2: `one`, which `app-kit` needs, is not in `poetry.lock`"
    )


def test_a_group_that_was_not_locked_is_named() -> None:
    lock = (LOCKS / "pdm" / "pdm.lock").read_text().replace('groups = ["serve"]', "groups = []")
    pyproject = (LOCKS / "pdm" / "pyproject.toml").read_text()

    with pytest.raises(ProjectError) as caught:
        find(memory({"pyproject.toml": pyproject, "pdm.lock": lock}), groups=("serve",))

    assert caught.value.message == "`pdm.lock` has nothing of the group `serve`"
