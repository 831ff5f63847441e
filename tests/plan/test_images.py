"""Which public images a Dockerfile starts from."""

from __future__ import annotations

import pytest
from tests.plan.projects import API, decided, plan_of, texts

from boxwright.errors import PlanError
from boxwright.plan.model import PublicImages

UV = "ghcr.io/astral-sh/uv:0.13.9"
DISTROLESS = "gcr.io/distroless/python3-debian13:nonroot"


def pyproject(requires: str) -> dict[str, str]:
    declared = f'[project]\nname = "x"\nrequires-python = "{requires}"\n'
    return {"pyproject.toml": declared, **API}


def test_distroless_stands_under_what_needs_no_program_of_debian() -> None:
    plan = plan_of({**API, "requirements.txt": "fastapi\nuvicorn\nlightgbm\n"})

    assert plan.images == PublicImages(
        python="python:3.13.15-slim-trixie",
        uv=UV,
        runtime=DISTROLESS,
        python_version="3.13",
        suite="trixie",
    )
    assert plan.system_packages == ("libgomp1",)


@pytest.mark.parametrize(
    ("requirements", "settings", "why"),
    [
        ("pytesseract", "", "`tesseract-ocr` can be installed in an image with a package manager"),
        ("", 'debian.packages = ["jq"]', "`jq` can be installed in an image with a package"),
        ("", 'variant = "slim"', "the variant is `slim`"),
        ("", 'accelerator = "cuda"', "CUDA is in the wheels"),
        ("", 'python = "3.12"', "distroless has Python 3.13 only"),
        ("", 'suite = "bookworm"', "distroless has Python 3.13 only"),
        ("", 'entrypoint = ["/usr/bin/env", "true"]', "`/usr/bin/env` is not in distroless"),
    ],
)
def test_python_slim_stands_under_the_rest(requirements: str, settings: str, why: str) -> None:
    plan = plan_of({**API, "requirements.txt": f"fastapi\nuvicorn\n{requirements}\n"}, settings)

    assert plan.images is not None
    assert plan.images.runtime == ""
    ((value, reason),) = decided(plan, "images.runtime")
    assert value == plan.images.python
    assert reason.startswith(why)


@pytest.mark.parametrize(
    ("requires", "preferred", "image"),
    [
        (">=3.10", "", "python:3.13.15-slim-trixie"),
        (">=3.10,<3.13", "", "python:3.11.16-slim-trixie"),
        ("<3.12", "", "python:3.11.16-slim-trixie"),
        (">=3.14", "", "python:3.14.7-slim-trixie"),
        (">=3.10", "3.12.4\n", "python:3.12.14-slim-trixie"),
        (">=3.13", "3.12.4\n", "python:3.13.15-slim-trixie"),
    ],
)
def test_the_python_is_the_one_that_the_project_wants(
    requires: str, preferred: str, image: str
) -> None:
    files = pyproject(requires) | ({".python-version": preferred} if preferred else {})

    plan = plan_of(files)

    assert plan.images is not None
    assert plan.images.python == image


def test_what_gets_no_updates_is_told() -> None:
    plan = plan_of(API, 'python = "3.10"\nsuite = "bookworm"')

    assert texts(plan) == [
        "`boxwright build` has no base for this project; a Dockerfile has",
        "Python 3.10 gets no security updates since 2026-10-31",
        "Debian bookworm has left regular support on 2026-07-11",
    ]


def test_wheels_without_cuda_run_on_an_image_that_has_it() -> None:
    plan = plan_of({**API, "requirements.txt": "fastapi\nuvicorn\nonnxruntime-gpu\n"})

    assert plan.images == PublicImages(
        python="python:3.12.14-slim-bookworm",
        uv=UV,
        runtime="nvidia/cuda:13.0.3-cudnn-runtime-ubuntu24.04",
        python_version="3.12",
        suite="ubuntu24.04",
    )
    assert texts(plan) == [
        "the wheels bring no CUDA libraries, and `boxwright build` has no base with them"
    ]


def test_an_image_with_cuda_that_the_project_does_not_admit_is_not_taken() -> None:
    files = pyproject(">=3.13") | {"requirements.txt": "fastapi\nuvicorn\nonnxruntime-gpu\n"}

    plan = plan_of(files)

    assert plan.images is not None
    assert (plan.images.python, plan.images.runtime) == ("python:3.13.15-slim-trixie", "")
    assert (
        "the wheels bring no CUDA libraries, and images with CUDA have Python 3.12, which"
        " `requires-python` does not admit"
    ) in texts(plan)


def test_mirrors_are_taken_as_they_are() -> None:
    plan = plan_of(
        API,
        """
        [images]
        python = "mirror.test/python:3.12.14-slim-bookworm"
        uv = "mirror.test/uv:1.2.3"
        runtime = "mirror.test/base:7"
        """,
    )

    assert plan.images == PublicImages(
        python="mirror.test/python:3.12.14-slim-bookworm",
        uv="mirror.test/uv:1.2.3",
        runtime="mirror.test/base:7",
        python_version="3.12",
        suite="bookworm",
    )


def test_an_image_whose_tag_names_no_python_needs_the_setting() -> None:
    with pytest.raises(PlanError) as caught:
        plan_of(API, 'images.python = "mirror.test/base:2026.1"')

    assert caught.value.message == (
        "boxwright.toml: images.python: which Python `mirror.test/base:2026.1` has is not in its tag"
    )


def test_a_python_that_no_image_is_known_for_is_refused() -> None:
    with pytest.raises(PlanError, match=r"python: no public image is known for Python `3.7`"):
        plan_of(API, 'python = "3.7"')
