"""A plan as text that is read without colour."""

from __future__ import annotations

from dataclasses import replace

from tests.render.plans import api_plan, gpu_plan, slim_plan, stack_plan

from boxwright.plan.model import Notice
from boxwright.report.plan_text import plan_text


def test_a_service_alone() -> None:
    assert plan_text(api_plan()) == (
        """\
image         digits-api 1.0.0 for linux/amd64
base          Debian trixie or bookworm, distroless
dependencies  uv.lock
application   3 files in /app, 1 model file
start         /opt/venv/bin/uvicorn scoring.api:app --host 0.0.0.0 --port 8000
port          8000
health        GET /health/ready on port 8000 every 30 s
user          65532:65532
Dockerfile    from python:3.13.9-slim-trixie, to run on gcr.io/distroless/python3-debian13:nonroot
runs          digits-api  service, port 8000, metrics at /metrics, 1 CPU, 512 MiB

Why
"""
    )


def test_a_whole_stack_names_all_that_runs_and_no_value_of_a_secret() -> None:
    lines = plan_text(stack_plan()).splitlines()

    start = next(number for number, line in enumerate(lines) if line.startswith("GPU"))
    assert lines[start : lines.index("")] == [
        "GPU           CUDA 13.0 in the wheels, driver 580.65.06 or newer",
        (
            "runs          api        service, port 8000, metrics at /metrics, 1 CPU, 512 MiB,"
            " needs postgres and redis"
        ),
        "              worker     worker, 2 CPUs, 1 GiB, needs postgres and redis",
        "              scheduler  scheduler, 0.25 CPUs, 256 MiB, needs redis",
        "              train      job, at `0 3 * * *`, target train, 4 CPUs, 8 GiB, 1 GPU",
        "              notebook   notebook, port 8888, target notebook, 2 CPUs, 4 GiB",
        "beside it     redis     redis:8.2.3, 0.5 CPUs, 256 MiB",
        "              postgres  postgres:18.1-trixie, 1 CPU, 512 MiB",
        "volumes       cache          cache, 20 GiB",
        "              datasets       datasets, data, 1 GiB",
        "              outputs        outputs, model, 10 GiB",
        "              postgres-data  state, 10 GiB",
        "              redis-data     state, 1 GiB",
        "              workspace      workspace, .",
        "secrets       postgres_password  made up, a file",
        "              notebook_token     made up, in JUPYTER_TOKEN",
    ]


def test_debian_packages_are_listed_and_what_is_only_for_building() -> None:
    text = plan_text(slim_plan())

    assert "Debian        libgomp1\n              g++, cmake to build with\n" in text


def test_a_gpu_whose_cuda_is_in_the_base_image() -> None:
    plan = gpu_plan()
    assert plan.gpu is not None

    text = plan_text(replace(plan, gpu=replace(plan.gpu, driver="", bundled=False)))

    assert "GPU           CUDA 13.0 in the base image\n" in text


def test_a_project_that_debian_has_no_python_for() -> None:
    plan = api_plan()

    text = plan_text(replace(plan, base=replace(plan.base, suites=())))

    assert "base          no Debian; public images only, distroless\n" in text


def test_notices_come_last_with_their_hints() -> None:
    notice = Notice(text="`SECRET_KEY` has a default", hint="leave it out")

    text = plan_text(replace(api_plan(), notices=(notice,)))

    assert text.endswith("\nTo know\n  `SECRET_KEY` has a default\n      hint: leave it out\n")
