"""Which Debian packages a public Python image lacks."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from tests.plan.projects import API, plan_of, texts

import boxwright.plan.system_packages


def packages(*requirements: str, settings: str = "") -> tuple[tuple[str, ...], tuple[str, ...]]:
    listed = "\n".join(("fastapi", "uvicorn", *requirements))
    plan = plan_of({**API, "requirements.txt": listed}, settings)
    return plan.system_packages, plan.build_packages


@pytest.mark.parametrize(
    ("requirement", "runtime", "build"),
    [
        ("lightgbm", ("libgomp1",), ()),
        ("scikit-learn", (), ()),
        ("opencv-python-headless", (), ()),
        ("psycopg[binary]", (), ()),
        ("psycopg", ("libpq5",), ()),
        ("psycopg2", ("libpq5",), ("gcc", "libpq-dev")),
        ("openai-whisper", ("ffmpeg",), ()),
        ("unstructured", (), ()),
        ("hnswlib", (), ("cmake", "g++")),
        (
            "ultralytics",
            ("libgl1", "libglib2.0-0t64", "libsm6", "libxcb1", "libxext6"),
            (),
        ),
    ],
)
def test_packages_by_distribution(
    requirement: str, runtime: tuple[str, ...], build: tuple[str, ...]
) -> None:
    assert packages(requirement) == (runtime, build)


def test_names_are_those_of_the_suite() -> None:
    assert packages("python-magic", settings='suite = "bookworm"') == (("libmagic1",), ())
    assert packages("python-magic") == (("libmagic1t64",), ())


def test_a_twin_that_brings_the_library_makes_it_needless() -> None:
    assert packages("psycopg", "psycopg-binary") == ((), ())
    assert packages("openslide-python", "openslide-bin") == ((), ())


def test_packages_of_the_settings_come_too() -> None:
    assert packages(settings='debian.packages = ["jq"]') == (("jq",), ())


@pytest.mark.parametrize(
    ("locked", "runtime"),
    [
        ("opencv-python", ("libgl1", "libglib2.0-0t64", "libsm6", "libxcb1", "libxext6")),
        ("lightgbm", ("libgomp1",)),
        # Locked perhaps for development only: programs count where the project asks for them.
        ("gitpython", ()),
    ],
)
def test_of_a_lock_libraries_count(locked: str, runtime: tuple[str, ...]) -> None:
    files = {
        "pyproject.toml": '[project]\nname = "x"\ndependencies = ["fastapi", "uvicorn"]\n',
        "uv.lock": f'version = 1\n\n[[package]]\nname = "{locked}"\nversion = "1.0"\n',
        "main.py": API["main.py"],
    }

    assert plan_of(files).system_packages == runtime


def test_what_is_large_is_told_with_what_is_smaller() -> None:
    plan = plan_of({**API, "requirements.txt": "fastapi\nuvicorn\nopencv-python\n"})

    assert texts(plan) == [
        (
            "`opencv-python` needs `libgl1`, `libglib2.0-0t64`, `libsm6`, `libxext6`, `libxcb1`,"
            " 208 MB of a Dockerfile's image"
        )
    ]
    assert plan.notices[0].hint == "take `opencv-python-headless`, the same `cv2` without windows"


def test_what_several_need_is_told_once() -> None:
    plan = plan_of({**API, "requirements.txt": "fastapi\nuvicorn\nmoviepy\npydub\n"})

    assert texts(plan) == ["`moviepy` and `pydub` need `ffmpeg`, 445 MB of a Dockerfile's image"]


def test_the_table_has_no_row_without_use() -> None:
    path = Path(boxwright.plan.system_packages.__file__).with_name("system_packages.toml")
    table = tomllib.loads(path.read_text("utf-8"))
    named = {name for row in table["packages"] for name in row.get("runtime", [])}

    assert len(table["packages"]) >= 40
    for row in table["packages"]:
        assert row.keys() & {"runtime", "build"}
        assert row["for"] == [name.lower().replace("_", "-") for name in row["for"]]
    assert named & table["renamed"].keys()
