"""Which Pythons there are wheels for, by what is pinned."""

from __future__ import annotations

import pytest
from tests.plan.projects import API, decided, plan_of, texts

from boxwright.plan.python_limits import find_limits
from boxwright.project.evidence import Evidence
from boxwright.project.facts import Dependencies, Dependency

MINORS = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14")


def pythons(specifier: str, name: str = "numpy") -> list[str]:
    item = Dependency(
        name=name, extras=(), evidence=Evidence("requirements.txt", 1), specifier=specifier
    )
    limits = find_limits(Dependencies(source="requirements", direct=(item,)), MINORS)
    return [minor for minor, against in limits.items() if not against]


@pytest.mark.parametrize(
    ("specifier", "newest"),
    [
        ("", "3.14"),
        (">=1.20", "3.14"),
        ("==1.19.5", "3.9"),
        ("==1.24.3", "3.11"),
        ("==1.26.0+local", "3.12"),
        ("==1.26.*", "3.12"),
        ("~=1.24", "3.12"),
        ("~=1.24.0", "3.11"),
        ("==2.0.*", "3.12"),
        ("<2", "3.12"),
        ("<=2.1", "3.13"),
        ("<2.1.0", "3.12"),
        (">=1.21,<1.27", "3.12"),
        ("!=2.0", "3.14"),
        ("==1.16.0", None),
    ],
)
def test_a_version_that_is_asked_for_has_wheels_up_to_a_python(
    specifier: str, newest: str | None
) -> None:
    expected = list(MINORS[: MINORS.index(newest) + 1]) if newest else []

    assert pythons(specifier) == expected


def test_what_is_not_compiled_for_each_python_limits_none() -> None:
    assert pythons("==1.0", name="fastapi") == list(MINORS)


def test_of_a_lock_all_counts_and_of_several_versions_the_newest() -> None:
    dependencies = Dependencies(
        source="uv.lock",
        path="uv.lock",
        versions=(("numpy", "1.24.4"), ("numpy", "2.2.1"), ("scipy", "1.11.4")),
    )

    limits = find_limits(dependencies, ("3.12", "3.13"))

    assert {minor: [str(it) for it in against] for minor, against in limits.items()} == {
        "3.12": [],
        "3.13": ["scipy==1.11.4"],
    }


def test_lines_for_some_pythons_only_are_passed_over() -> None:
    dependencies = Dependencies(
        source="poetry.lock",
        path="poetry.lock",
        requirements=('numpy==1.24.4 ; python_version < "3.12"', "pandas==2.0.3"),
    )

    limits = find_limits(dependencies, ("3.11", "3.12"))

    assert {minor: [str(it) for it in against] for minor, against in limits.items()} == {
        "3.11": [],
        "3.12": ["pandas==2.0.3"],
    }


def requirements(*lines: str) -> dict[str, str]:
    return {**API, "requirements.txt": "\n".join(("fastapi", "uvicorn", *lines, ""))}


def test_the_newest_python_that_has_wheels_of_what_is_pinned_is_taken() -> None:
    plan = plan_of(requirements("numpy==1.26.4", "pandas==2.0.3"))

    assert plan.images is not None
    assert plan.images.python == "python:3.11.16-slim-trixie"
    assert plan.images.runtime == ""
    assert plan.base.suites == ("bookworm", "trixie")
    assert decided(plan, "base") == [
        ("Debian 12 (bookworm), Python 3.11", "`numpy==1.26.4` has no wheels for Python 3.13")
    ]
    assert decided(plan, "images.python") == [
        (
            "Python 3.11.16",
            "`numpy==1.26.4`, `pandas==2.0.3` have no wheels for Python 3.13; by its exact tag",
        )
    ]


def test_a_pin_for_other_pythons_than_the_image_has_says_nothing() -> None:
    plan = plan_of(requirements('numpy==1.24.4; python_version < "3.9"'))

    assert plan.images is not None
    assert plan.images.python == "python:3.13.15-slim-trixie"


def test_a_python_without_updates_is_the_last_resort() -> None:
    plan = plan_of(requirements("scikit-learn==0.24.2"))

    assert plan.images is not None
    assert plan.images.python == "python:3.9.25-slim-trixie"
    assert "Python 3.9 gets no security updates since 2025-10-31" in texts(plan)


def test_an_old_python_stands_on_the_debian_that_it_has_images_of() -> None:
    plan = plan_of(requirements("numpy==1.18.5"))

    assert plan.images is not None
    assert (plan.images.python, plan.images.suite) == ("python:3.8.20-slim-bookworm", "bookworm")


def test_what_no_python_has_wheels_of_is_told() -> None:
    plan = plan_of(requirements("numpy==1.16.0"))

    assert plan.images is not None
    assert plan.images.python == "python:3.10.21-slim-trixie"
    assert (
        "`numpy==1.16.0` has no wheels for Python 3.10: it is compiled, or cannot be installed"
    ) in texts(plan)


def test_the_python_that_the_developers_work_with_is_taken_whatever_is_pinned() -> None:
    plan = plan_of(requirements("numpy==1.24.4") | {".python-version": "3.12\n"})

    assert plan.images is not None
    assert plan.images.python == "python:3.12.14-slim-trixie"


@pytest.mark.parametrize(
    ("requires", "image"),
    [
        ("==3.12.1", "python:3.12.1-slim-bookworm"),
        ("==3.12.12", "python:3.12.12-slim-trixie"),
        ("==3.11.4", "python:3.11.4-slim-bookworm"),
    ],
)
def test_an_exact_python_is_taken_at_that_version(requires: str, image: str) -> None:
    declared = f'[project]\nname = "x"\nrequires-python = "{requires}"\n'

    plan = plan_of({**API, "pyproject.toml": declared})

    assert plan.images is not None
    assert plan.images.python == image


def test_without_a_lock_the_python_is_one_that_debian_has_too() -> None:
    plan = plan_of(requirements("numpy==1.26.4"))

    assert plan.images is not None
    assert plan.images.python_version == "3.11"
    assert plan.base.suites == ("bookworm", "trixie")


def test_with_a_lock_it_is_the_newest() -> None:
    lock = 'version = 1\n\n[[package]]\nname = "numpy"\nversion = "1.26.4"\n'
    declared = '[project]\nname = "x"\nversion = "1"\ndependencies = ["fastapi", "uvicorn"]\n'

    plan = plan_of({"main.py": API["main.py"], "pyproject.toml": declared, "uv.lock": lock})

    assert plan.images is not None
    assert plan.images.python_version == "3.12"
