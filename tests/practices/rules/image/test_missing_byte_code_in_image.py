from __future__ import annotations

import pytest
from tests.practices.image_examples import SITE, found

RULE = "missing-byte-code-in-image"
MODULE = f"{SITE}/torch/__init__.py"


def having(*files: str, command: str = "[uvicorn, a]") -> str:
    listed = "".join(f"\n      {file}" for file in files)
    return f"cmd: {command}\nlayers:\n  - step: RUN uv sync\n    files:{listed}\n"


def test_code_without_it_is_found() -> None:
    assert found(RULE, having(f"{MODULE}: 4 MB")) == [
        "2: info: 4.0 MB of Python code are compiled at each start"
    ]


@pytest.mark.parametrize(
    "place", ["torch/__pycache__/__init__.cpython-313.pyc", "torch/__init__.pyc"]
)
def test_code_with_it_is_fine(place: str) -> None:
    assert found(RULE, having(f"{MODULE}: 4 MB", f"{SITE}/{place}: 4 MB")) == []


def test_that_of_another_python_does_not_count() -> None:
    stale = f"{SITE}/torch/__pycache__/__init__.cpython-311.pyc: 4 MB"

    assert len(found(RULE, having(f"{MODULE}: 4 MB", stale))) == 1


def test_what_debian_keeps_for_all_pythons_counts_with_any() -> None:
    files = (
        "usr/lib/python3/dist-packages/apt/__init__.py: 4 MB",
        "usr/lib/python3/dist-packages/apt/__pycache__/__init__.cpython-313.pyc: 4 MB",
    )

    assert found(RULE, having(*files)) == []
    assert len(found(RULE, having(files[0]))) == 1


def test_what_is_there_to_build_on_is_not_judged() -> None:
    assert found(RULE, having(f"{MODULE}: 4 MB", command="[python3]")) == []


def test_little_code_is_not_told_unless_settings_say_so() -> None:
    assert found(RULE, having(f"{MODULE}: 90 kB")) == []
    assert found(RULE, having(f"{MODULE}: 90 kB"), settings="least = 1000") == [
        "2: info: 90 kB of Python code are compiled at each start"
    ]


def test_the_application_is_not_counted() -> None:
    assert found(RULE, having("app/main.py: 4 MB")) == []


def test_what_only_installs_is_not_counted() -> None:
    text = having(f"{SITE}/pip/_internal/main.py: 4 MB", f"{SITE}/setuptools/dist.py: 4 MB")

    assert found(RULE, text) == []
    assert len(found(RULE, having(f"{SITE}/pipeline/main.py: 4 MB"))) == 1
