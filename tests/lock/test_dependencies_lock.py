"""What other tools locked is taken file by file; what has no file of its own is resolved by its lines."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from tests.lock.conftest import Bench, sdist, source_tree, wheel

from boxwright.errors import LockError
from boxwright.lock.make import _inputs
from boxwright.lock.model import LockedSource, PlatformLock
from boxwright.plan.make import make_plan
from boxwright.plan.model import Plan
from boxwright.project.detectors.dependencies import find_dependencies
from boxwright.project.detectors.metadata import read_pyproject
from boxwright.project.inspect import inspect
from boxwright.project.tree import FolderTree
from boxwright.settings import Settings

PYPROJECT = (
    '[tool.poetry.dependencies]\none = "*"\n[tool.poetry.group.serve.dependencies]\ntwo = "*"\n'
)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def poetry_lock(*packages: str) -> str:
    metadata = '[metadata]\nlock-version = "2.1"\npython-versions = ">=3.11"\n'
    return "\n".join([*packages, metadata])


def package(name: str, version: str, *digests: str, groups: str = '"main"', more: str = "") -> str:
    files = ", ".join(f'{{file = "any", hash = "sha256:{digest}"}}' for digest in digests)
    return (
        f'[[package]]\nname = "{name}"\nversion = "{version}"\noptional = false\n'
        f'python-versions = "*"\ngroups = [{groups}]\nfiles = [{files}]\n{more}\n'
    )


def plan_of(bench: Bench, **chosen: tuple[str, ...]) -> Plan:
    """Return the plan of the bench's project, as far as its dependencies go."""
    tree = FolderTree(bench.project)
    settings = Settings(source="boxwright.toml", **chosen)  # type: ignore[arg-type]
    found = find_dependencies(tree, read_pyproject(tree), settings).dependencies
    plan = bench.plan(found.source, found.path, hashed=found.hashed, **chosen)  # type: ignore[arg-type]
    return replace(plan, dependencies=replace(plan.dependencies, requirements=found.requirements))


def versions(lock: PlatformLock) -> list[str]:
    return [f"{one.name} {one.version}" for one in lock.wheels]


def write(bench: Bench, **files: str) -> None:
    for name, text in files.items():
        (bench.project / name.replace("_", ".")).write_text(text)


def test_exactly_what_is_locked_goes_in(bench: Bench) -> None:
    one = wheel(bench.wheels, "one", "1.0", requires=("three",))
    wheel(bench.wheels, "one", "2.0")
    two = wheel(bench.wheels, "two", "1.0rc1")
    wheel(bench.wheels, "three")
    write(
        bench,
        pyproject_toml=PYPROJECT,
        poetry_lock=poetry_lock(
            package("one", "1.0", sha256(one)),
            package("two", "1.0rc1", sha256(two), groups='"serve"'),
            package("absent", "9", groups='"dev"'),
            package("windows", "1", more='markers = "sys_platform == \\"win32\\""'),
        ),
    )

    assert versions(bench.lock(plan_of(bench))) == ["one 1.0"]
    assert versions(bench.lock(plan_of(bench, groups=("serve",)))) == ["one 1.0", "two 1.0rc1"]


def test_a_file_that_was_not_locked_is_refused(bench: Bench) -> None:
    wheel(bench.wheels, "one", "1.0")
    write(
        bench, pyproject_toml=PYPROJECT, poetry_lock=poetry_lock(package("one", "1.0", "ab" * 32))
    )

    with pytest.raises(LockError, match="hash mismatch") as caught:
        bench.lock(plan_of(bench))

    assert "in `poetry.lock`" in caught.value.message


def test_of_the_files_of_a_version_those_are_taken_that_were_locked(bench: Bench) -> None:
    wheel(bench.wheels, "one", "1.0", tag="cp313-cp313-manylinux_2_17_x86_64")
    pure = wheel(bench.wheels, "one", "1.0")
    write(
        bench,
        pyproject_toml=PYPROJECT,
        poetry_lock=poetry_lock(package("one", "1.0", sha256(pure))),
    )

    (found,) = bench.lock(plan_of(bench)).wheels

    assert found.file == "one-1.0-py3-none-any.whl"


def test_without_digests_what_the_index_has_is_taken(bench: Bench) -> None:
    wheel(bench.wheels, "one", "1.0")
    write(bench, pyproject_toml=PYPROJECT, poetry_lock=poetry_lock(package("one", "1.0")))

    (found,) = bench.lock(plan_of(bench)).wheels

    assert found.digest is not None


def test_the_markers_of_a_lock_are_those_of_the_target(bench: Bench) -> None:
    old, new = wheel(bench.wheels, "one", "1.0"), wheel(bench.wheels, "one", "2.0")
    write(
        bench,
        pyproject_toml=PYPROJECT,
        poetry_lock=poetry_lock(
            package("one", "1.0", sha256(old), more='markers = "python_version < \\"3.12\\""'),
            package("one", "2.0", sha256(new), more='markers = "python_version >= \\"3.12\\""'),
        ),
    )
    plan = plan_of(bench)

    assert versions(bench.lock(plan)) == ["one 2.0"]
    bookworm = replace(plan, base=replace(plan.base, suites=("bookworm",)))
    assert versions(bench.lock(bookworm)) == ["one 1.0"]


def test_folders_and_archives_of_the_project_keep_their_places(bench: Bench) -> None:
    source_tree(bench.project / "libs" / "two", "two")
    archive = sdist(bench.project / "vendor", "three")
    write(
        bench,
        pyproject_toml=PYPROJECT,
        poetry_lock=poetry_lock(
            package("two", "1.0", more='[package.source]\ntype = "directory"\nurl = "libs/two"\n'),
            package(
                "three",
                "1.0",
                sha256(archive),
                more='[package.source]\ntype = "file"\nurl = "vendor/three-1.0.tar.gz"\n',
            ),
        ),
    )

    three, two = bench.lock(plan_of(bench)).wheels

    assert two.source == LockedSource(kind="directory", location="libs/two")
    assert three.source is not None
    assert (three.source.kind, three.source.location) == ("sdist", "vendor/three-1.0.tar.gz")


def test_the_index_that_a_lock_names_is_asked_where_the_machines_own_do_not_have_it(
    bench: Bench,
) -> None:
    one = wheel(bench.wheels.parent / "company" / "one", "one", "1.0")
    index = bench.wheels.parent / "company"
    (index / "one" / "index.html").write_text(f'<a href="{one.name}">{one.name}</a>')
    source = f'[package.source]\ntype = "legacy"\nurl = "{index.as_uri()}"\nreference = "company"\n'
    write(
        bench,
        pyproject_toml=PYPROJECT,
        poetry_lock=poetry_lock(package("one", "1.0", sha256(one), more=source)),
    )
    del bench.environ["UV_NO_INDEX"]
    bench.environ["UV_DEFAULT_INDEX"] = (bench.wheels.parent / "empty").as_uri()
    (bench.wheels.parent / "empty").mkdir()

    assert versions(bench.lock(plan_of(bench))) == ["one 1.0"]


def test_a_lock_that_names_what_no_index_has_is_told(bench: Bench) -> None:
    write(bench, pyproject_toml=PYPROJECT, poetry_lock=poetry_lock(package("one", "1.0")))

    with pytest.raises(LockError) as caught:
        bench.lock(plan_of(bench))

    assert caught.value.message.startswith("the requirements in `poetry.lock` ")


def test_a_lock_of_pipenv_is_taken_as_it_is(bench: Bench) -> None:
    one = wheel(bench.wheels, "one", "1.0")
    wheel(bench.wheels, "one", "2.0")
    entry = {
        "version": "==1.0",
        "hashes": [f"sha256:{sha256(one)}"],
        "markers": "python_version >= '3.8'",
    }
    lock = json.dumps(
        {"_meta": {}, "default": {"one": entry}, "develop": {"two": {"version": "==1"}}}
    )
    write(bench, Pipfile_lock=lock)

    assert versions(bench.lock(plan_of(bench))) == ["one 1.0"]


@pytest.mark.parametrize(
    "files",
    [
        {"environment_yml": "dependencies:\n  - py-one=1\n  - pip:\n    - one<2\n    - two\n"},
        {"Pipfile": '[packages]\none = "<2"\ntwo = "*"\n'},
        {"pixi_toml": '[pypi-dependencies]\none = "<2"\ntwo = "*"\n'},
        {"setup_py": "from setuptools import setup\nsetup(install_requires=['one<2', 'two'])\n"},
        {"setup_cfg": "[options]\ninstall_requires =\n  one<2\n  two\n"},
        {"pyproject_toml": '[tool.poetry.dependencies]\none = "^1"\ntwo = "*"\n'},
    ],
)
def test_what_is_asked_for_elsewhere_is_resolved(bench: Bench, files: dict[str, str]) -> None:
    for version in ("1.0", "1.5", "2.0"):
        wheel(bench.wheels, "one", version)
        wheel(bench.wheels, "py_one", version)
    wheel(bench.wheels, "two", requires=("three",))
    wheel(bench.wheels, "three")
    write(bench, **files)

    found = versions(bench.lock(plan_of(bench)))

    assert [one for one in found if not one.startswith("py-")] == [
        "one 1.5",
        "three 1.0",
        "two 1.0",
    ]


def test_imports_are_resolved_to_their_newest_versions(bench: Bench) -> None:
    for version in ("1.0", "2.0"):
        wheel(bench.wheels, "click", version)
    (bench.project / "main.py").write_text("import click\n")

    assert versions(bench.lock(plan_of(bench))) == ["click 2.0"]


def test_imports_that_no_index_has_are_told_as_such(bench: Bench) -> None:
    (bench.project / "main.py").write_text("import click\n")

    with pytest.raises(LockError) as caught:
        bench.lock(plan_of(bench))

    assert caught.value.message.startswith("the distributions that the code imports ")


def test_constraints_of_a_requirements_file_hold(bench: Bench) -> None:
    for version in ("1.0", "2.0"):
        wheel(bench.wheels, "one", version)
        wheel(bench.wheels, "two", version, requires=("one",))
    (bench.project / "limits.txt").write_text("one<2\n")
    bench.require("two\n-c limits.txt\n")

    assert versions(bench.lock()) == ["one 1.0", "two 2.0"]


def test_hashed_requirements_in_the_encoding_of_powershell_are_read(bench: Bench) -> None:
    one = wheel(bench.wheels, "one")
    text = f"one==1.0 --hash=sha256:{sha256(one)}\r\n"
    (bench.project / "requirements.txt").write_bytes(("\ufeff" + text).encode("utf-16-le"))

    assert versions(bench.lock(bench.plan(hashed=True))) == ["one 1.0"]


def inputs(bench: Bench) -> str:
    return _inputs(plan_of(bench), FolderTree(bench.project), bench.project, ())


def test_another_lock_is_another_input(bench: Bench) -> None:
    write(bench, pyproject_toml=PYPROJECT, poetry_lock=poetry_lock(package("one", "1.0", "ab")))
    first = inputs(bench)
    write(bench, poetry_lock=poetry_lock(package("one", "1.0", "cd")))

    assert inputs(bench) != first


def test_only_what_counts_of_other_files_is_an_input(bench: Bench) -> None:
    write(bench, environment_yml="dependencies: [one]\n")
    first = inputs(bench)
    write(bench, environment_yml="# a comment\nname: other\ndependencies: [one]\n")
    assert inputs(bench) == first
    write(bench, environment_yml="dependencies: [one=1]\n")
    assert inputs(bench) != first


REAL = Path(__file__).parents[1] / "project" / "locks"


@pytest.mark.network
@pytest.mark.parametrize(
    "folder", ["poetry-1.1", "poetry-2.1", "pdm", "pdm-without-groups", "pipenv"]
)
def test_a_real_lock_is_found_on_the_index_file_by_file(bench: Bench, folder: str) -> None:
    bench.environ = dict(os.environ)
    for path in (REAL / folder).iterdir():
        (bench.project / path.name).write_bytes(path.read_bytes())
    source_tree(bench.project / "lib", "tiny")
    plan = plan_of(bench)

    lock = bench.lock(plan)

    wanted = [line.partition(" ;")[0] for line in plan.dependencies.requirements]
    pinned = {line.replace("==", " ") for line in wanted if "==" in line}
    assert {one for one in versions(lock) if one != "tiny "} <= pinned
    assert {"anyio 4.4.0", "click 8.1.7", "sniffio 1.3.1"} <= set(versions(lock))
    assert all(one.digest for one in lock.wheels if one.name != "tiny")


@pytest.mark.network
@pytest.mark.parametrize(
    "files",
    [
        {"environment.yml": "dependencies:\n  - python=3.12\n  - click=8.1\n  - pip: [idna==3.10]\n"},
        {"Pipfile": '[packages]\nclick = "~=8.1.0"\nidna = "==3.10"\n'},
        {"main.py": "import click\nimport idna\n"},
        {"core.txt": "click==8.1.*\nidna==3.10\n",
         "setup.py": "from setuptools import setup\nsetup(install_requires=open('core.txt').read().split())\n"},
    ],
)  # fmt: skip
def test_a_project_without_requirements_is_planned_and_locked(
    bench: Bench, files: dict[str, str]
) -> None:
    bench.environ = dict(os.environ)
    for name, text in {"main.py": "print()\n", **files}.items():
        (bench.project / name).write_text(text)
    settings = Settings(source="boxwright.toml", package=False)
    made = make_plan(inspect(FolderTree(bench.project), settings), settings)

    lock = bench.lock(replace(bench.plan(), dependencies=made.dependencies))

    assert {one.name for one in lock.wheels} == {"click", "idna"}
