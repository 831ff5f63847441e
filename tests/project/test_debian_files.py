"""Debian packages that a project names."""

from __future__ import annotations

import pytest
from tests.project.inspected import inspected


@pytest.mark.parametrize("path", ["packages.txt", "apt.txt", ".binder/apt.txt", "Aptfile"])
def test_packages_for_a_host_that_installs_them(path: str) -> None:
    found = inspected({path: "# sound\nffmpeg\n\nlibsndfile1\n", "main.py": ""})

    assert [(fact.value, str(fact.evidence)) for fact in found.dependencies.debian] == [
        ("ffmpeg", f"{path}:2"),
        ("libsndfile1", f"{path}:4"),
    ]


def test_a_list_of_anything_else_is_none() -> None:
    found = inspected({"packages.txt": "numpy==2.0\nffmpeg\n", "main.py": ""})

    assert found.dependencies.debian == ()
