"""Dockerfiles: right for every source of dependencies, and nothing to find in any of them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.render.dockerfile_files import (
    EVERY,
    LOCKS,
    around,
    cuda_plan,
    dockerfile,
    findings,
    installing,
    libraries_plan,
    package_plan,
    parsed,
    stage,
    strange_plan,
    taken,
    workspace_plan,
)
from tests.render.plans import api_plan, gpu_plan, slim_plan, stack_plan

from boxwright.errors import PlanError
from boxwright.plan.model import SITE, LayerPlan, Plan
from boxwright.plan.probe import probe_command
from boxwright.render.dockerfile import render_dockerfile
from boxwright.syntax.dockerfile.instructions import Entrypoint, Env, Healthcheck, Label

each = pytest.mark.parametrize(("plan", "more"), EVERY.values(), ids=EVERY.keys())

API = """\
# What the image of the service stands on.
FROM gcr.io/distroless/python3-debian13:nonroot@sha256:{3} AS base

# The Python that builds, and that the targets with a shell have.
FROM python:3.13.9-slim-trixie@sha256:{0} AS python

# Distroless has Python in /usr; /opt/venv refers to it there, and works in both.
RUN for folder in bin lib; do \\
        test -e "/usr/$folder/python3.13" \\
        || ln --symbolic "/usr/local/$folder/python3.13" "/usr/$folder/"; \\
    done

# Tools of the build: nothing of this stage but its results gets into an image.
FROM python AS build
COPY --from=ghcr.io/astral-sh/uv:0.9.11@sha256:{2} \\
    /uv /uvx /usr/local/bin/

# Certificates are those of the base, an authority of your own among them. The cache is another file
# system: files are copied out of it. Byte code is made here, as a read-only root keeps none, and is
# never compared with its source again: imports start sooner, and each build makes the same.
ENV PYC_INVALIDATION_MODE=UNCHECKED_HASH \\
    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \\
    UV_COMPILE_BYTECODE=1 \\
    UV_LINK_MODE=copy \\
    UV_PROJECT_ENVIRONMENT=/opt/venv \\
    UV_PYTHON_DOWNLOADS=never \\
    VIRTUAL_ENV=/opt/venv
WORKDIR /src
RUN uv venv --quiet --python /usr/bin/python3.13 /opt/venv

# The dependencies, from manifests alone: a change of code leaves them as they are. The cache of
# downloads and the credentials of a private index are in no layer.
FROM build AS dependencies
RUN --mount=type=cache,target=/root/.cache/uv \\
    --mount=type=secret,id=uv-config,target=/root/.config/uv/uv.toml \\
    --mount=type=secret,id=netrc,target=/root/.netrc \\
    --mount=type=bind,source=pyproject.toml,target=pyproject.toml \\
    --mount=type=bind,source=uv.lock,target=uv.lock \\
    uv sync --locked --no-default-groups --no-install-project

# What the service runs, by name: no `COPY . .` takes a secret along.
FROM build AS sources
COPY main.py /app/
COPY scoring /app/scoring

FROM sources AS application

# Readable whatever the umask was, and compiled.
RUN chmod --recursive u=rwX,go=rX /app \\
    && {{ python3.13 -m compileall -q --invalidation-mode unchecked-hash /app \\
        || echo 'not all files are Python for this version'; }}

# Distroless has the standard library without byte code: each start and each health check would
# compile what it imports. It is made here, of the base's own sources.
FROM python AS library
RUN --mount=type=bind,from=base,source=/usr/lib,target=/base \\
    mkdir --parents /library/usr/lib \\
    && if ! test -d /base/python3.13/__pycache__; then \\
        cp --recursive /base/python3.13 /library/usr/lib/ \\
        && python3.13 -m compileall -q --invalidation-mode unchecked-hash -s /library /library/usr/lib/python3.13 \\
        && find /library -type f ! -name '*.pyc' -delete \\
        && find /library -type l -delete; \\
    fi

# What targets with a shell stand on.
FROM python AS system

# A number that is not root's: Kubernetes can check it.
RUN groupadd --gid 65532 nonroot \\
    && useradd --uid 65532 --gid 65532 --no-log-init --create-home --home-dir /home/nonroot \\
        --shell /usr/sbin/nologin nonroot

FROM dependencies AS dev-dependencies
"""

RUNTIME = """\
COPY --from=library /library/ /
COPY --from=dependencies /opt/venv /opt/venv
COPY --chmod=0644 model/digits.safetensors /app/model/
COPY --from=application /app /app
ENV HOME=/home/nonroot LANG=C.UTF-8 PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin \
PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt USER=nonroot XDG_CACHE_HOME=/tmp/.cache
WORKDIR /app
USER 65532:65532
EXPOSE 8000/tcp
STOPSIGNAL SIGTERM
"""


def secrets_and(*binds: str) -> str:
    """Return the mounts of an installation that reads the files *binds*."""
    mounts = [
        "--mount=type=cache,target=/root/.cache/uv",
        "--mount=type=secret,id=uv-config,target=/root/.config/uv/uv.toml",
        "--mount=type=secret,id=netrc,target=/root/.netrc",
        *(f"--mount=type=bind,source={path},target={path}" for path in binds),
    ]
    return " ".join(mounts)


@each
def test_buildkit_accepts_it(plan: Plan, more: Mapping[str, Any]) -> None:
    found = parsed(dockerfile(plan, **more))

    assert found.problems == ()


@each
def test_our_own_rules_find_nothing(plan: Plan, more: Mapping[str, Any]) -> None:
    assert findings(plan, **more) == []


@each
def test_hadolint_finds_nothing(plan: Plan, more: Mapping[str, Any], tmp_path: Path) -> None:
    beside = Path(sys.executable).with_name("hadolint")
    hadolint = str(beside) if beside.exists() else shutil.which("hadolint")
    if hadolint is None:
        pytest.skip("hadolint is not installed")
    (tmp_path / "Dockerfile").write_text(dockerfile(plan, **more))

    done = subprocess.run(
        [hadolint, "--format", "json", "--no-color", str(tmp_path / "Dockerfile")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert json.loads(done.stdout) == []


@each
def test_comments_fit_into_a_line(plan: Plan, more: Mapping[str, Any]) -> None:
    lines = dockerfile(plan, **more).splitlines()

    long = [line for line in lines if line.startswith("# ") and len(line) > 100]
    assert [line for line in long if "boxwright: ignore" not in line] == []


def test_the_stages_that_build_an_api_are_these() -> None:
    text = dockerfile(api_plan())

    start = text.index("# What the image of the service stands on.")
    end = text.index("FROM dependencies AS dev-dependencies\n")
    digests = [f"{number:064x}" for number in range(5)]
    assert text[start:end] + "FROM dependencies AS dev-dependencies\n" == API.format(*digests)


def test_the_image_of_the_service_is_the_last_stage() -> None:
    found = parsed(dockerfile(api_plan())).stages[-1]

    assert found.name == "runtime"
    assert stage(dockerfile(api_plan()), "runtime").startswith(RUNTIME)


def test_exec_forms_and_the_health_check_are_those_of_the_plan() -> None:
    plan = api_plan()
    found = parsed(dockerfile(plan)).stages[-1]

    entrypoint = next(it for it in found.instructions if isinstance(it, Entrypoint))
    check = next(it for it in found.instructions if isinstance(it, Healthcheck))
    assert entrypoint.exec is not None
    assert tuple(word.value for word in entrypoint.exec) == plan.process.entrypoint
    assert plan.process.health is not None
    words = check.line.text.partition("CMD")[2].strip()
    assert tuple(json.loads(words)) == probe_command(plan.process.health)
    assert check.line.text.startswith(
        "HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 CMD"
    )


def test_labels_say_what_it_is_and_what_it_stands_on() -> None:
    plan = replace(api_plan(), labels=(("org.opencontainers.image.licenses", "MIT"),))
    found = parsed(dockerfile(plan)).stages[-1]

    label = next(it for it in found.instructions if isinstance(it, Label))
    prefix = "org.opencontainers.image."
    assert {pair.name.value.removeprefix(prefix): pair.value.value for pair in label.pairs} == {
        "base.digest": f"sha256:{3:064x}",
        "base.name": "gcr.io/distroless/python3-debian13:nonroot",
        "created": "${CREATED}",
        "description": "Reads handwritten digits",
        "licenses": "MIT",
        "revision": "${REVISION}",
        "source": "https://github.com/acme/digits",
        "title": "digits-api",
        "version": "${VERSION}",
    }


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "uv.lock",
            (
                f"RUN {secrets_and('pyproject.toml', 'uv.lock')}"
                " uv sync --locked --no-default-groups --no-install-project"
            ),
        ),
        (
            "pylock.toml",
            f"RUN {secrets_and('pylock.toml')} uv pip sync --group serve pylock.toml",
        ),
        (
            "requirements with hashes",
            (
                f"RUN {secrets_and('base.txt', 'requirements.txt')}"
                " uv pip install --require-hashes --requirements requirements.txt"
            ),
        ),
        (
            "requirements",
            (
                f"RUN {secrets_and('requirements.lock')}"
                " uv pip sync --require-hashes requirements.lock"
            ),
        ),
        (
            "pyproject",
            (
                f"RUN {secrets_and('requirements.lock')}"
                " uv pip sync --require-hashes --torch-backend cpu requirements.lock"
            ),
        ),
        (
            "poetry.lock",
            (
                f"RUN {secrets_and()} --mount=type=bind,from=locked,source=/locked,target=/locked"
                " uv pip sync /locked/requirements.txt"
            ),
        ),
        ("nothing", ""),
    ],
)
def test_dependencies_come_from_what_locks_them(source: str, expected: str) -> None:
    plan, more = LOCKS[source]

    assert stage(dockerfile(plan, **more), "dependencies") == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "poetry.lock",
            (
                f"RUN {secrets_and('poetry.lock', 'pyproject.toml')} mkdir /locked"
                " && uvx --from poetry==2.5.1 --with poetry-plugin-export==1.10.1 poetry export"
                " --format requirements.txt --extras tls --only main,serve --output"
                " /locked/requirements.txt"
                " && uvx --from poetry==2.5.1 --with poetry-plugin-export==1.10.1 poetry export"
                " --format requirements.txt --extras tls --all-groups --output"
                " /locked/development.txt"
            ),
        ),
        (
            "pdm.lock",
            (
                f"RUN {secrets_and('pdm.lock', 'pyproject.toml')} mkdir /locked"
                " && uvx --from pdm==2.26.9 --with hishel==1.1.0 --with unearth==0.17.5 pdm export"
                " --format requirements --group serve --production --output"
                " /locked/requirements.txt"
                " && uvx --from pdm==2.26.9 --with hishel==1.1.0 --with unearth==0.17.5 pdm export"
                " --format requirements --group serve --output /locked/development.txt"
            ),
        ),
        (
            "Pipfile.lock",
            (
                f"RUN {secrets_and('Pipfile', 'Pipfile.lock')} mkdir /locked"
                " && uvx --from pipenv==2026.10.3 pipenv requirements --hash >"
                " /locked/requirements.txt"
                " && uvx --from pipenv==2026.10.3 pipenv requirements --hash --dev >"
                " /locked/development.txt"
            ),
        ),
    ],
)
def test_the_tool_of_a_lock_writes_requirements_with_hashes(source: str, expected: str) -> None:
    plan, more = LOCKS[source]

    assert stage(dockerfile(plan, **more), "locked") == expected


@pytest.mark.parametrize(
    ("plan", "command"),
    [
        (installing("requirements", "requirements.txt"), "--requirements requirements.txt"),
        (
            installing("pyproject", "pyproject.toml", extras=("serve",)),
            "--requirements pyproject.toml --extra serve",
        ),
        (installing("conda", "environment.yml", requirements=("b<2", "a")), "a 'b<2'"),
        (installing("setup.py", "setup.py"), "--requirements setup.py"),
        (installing("imports", "", requirements=("a",)), "a"),
    ],
)
def test_without_a_lock_it_installs_what_is_declared_and_says_so(plan: Plan, command: str) -> None:
    text = dockerfile(plan)

    assert stage(text, "dependencies").endswith(f"uv pip install {command}")
    assert "# Without a lock each build takes what is newest then" in text


def test_what_no_installer_reads_and_names_nothing_is_not_installed() -> None:
    assert stage(dockerfile(installing("environment.yml")), "dependencies") == ""


def test_the_project_is_a_layer_of_its_own_above_its_dependencies() -> None:
    text = dockerfile(package_plan())

    assert stage(text, "project") == (
        "ARG VERSION=0.0.0\n"
        'ENV PDM_BUILD_SCM_VERSION="${VERSION}" SETUPTOOLS_SCM_PRETEND_VERSION="${VERSION}"\n'
        f"RUN {secrets_and()} --mount=type=bind,target=/src,rw uv pip install --no-deps ."
    )
    runtime = stage(text, "runtime")
    assert runtime.index("--from=dependencies /opt/venv") < runtime.index("--from=project")
    assert "ENV PDM_BUILD" not in stage(dockerfile(replace(package_plan(), version="2")), "project")


def test_a_member_of_a_workspace_is_built_from_the_workspace() -> None:
    text = dockerfile(workspace_plan(), folder="services/api")

    assert "WORKDIR /src/services/api" in stage(text, "build")
    assert stage(text, "dependencies") == (
        "RUN "
        + secrets_and()
        + "".join(
            f" --mount=type=bind,source={source},target={target}"
            for source, target in [
                ("libs/common/pyproject.toml", "/src/libs/common/pyproject.toml"),
                ("pyproject.toml", "/src/pyproject.toml"),
                ("services/api/pyproject.toml", "pyproject.toml"),
                ("uv.lock", "/src/uv.lock"),
            ]
        )
        + " uv sync --locked --no-default-groups --no-install-workspace"
    )
    assert stage(text, "sources") == (
        "COPY services/api/main.py /app/\nCOPY services/api/scoring /app/scoring"
    )


def test_a_lock_above_the_context_is_refused() -> None:
    with pytest.raises(PlanError) as caught:
        dockerfile(workspace_plan(), folder="api")

    assert caught.value.message == ("`../..` is outside of the folder that the image is built from")


def test_a_plan_without_public_images_is_refused() -> None:
    with pytest.raises(PlanError, match="names no public images"):
        dockerfile(replace(api_plan(), images=None))


def test_distroless_gets_libraries_unpacked_and_no_shell() -> None:
    runtime = stage(dockerfile(libraries_plan()), "runtime")

    assert runtime.startswith("COPY --from=libraries /libraries/ /\nCOPY --from=library")
    assert "RUN" not in runtime


def test_slim_stands_on_python_with_libraries_and_a_user() -> None:
    text = dockerfile(slim_plan(), requirements_lock=True)

    assert stage(text, "system") == (
        "RUN apt-get update && apt-get install --yes --no-install-recommends libgomp1"
        " && rm -rf /var/lib/apt/lists/*\n"
        "RUN groupadd --gid 65532 nonroot"
        " && useradd --uid 65532 --gid 65532 --no-log-init --create-home --home-dir"
        " /home/nonroot --shell /usr/sbin/nologin nonroot"
    )
    assert "apt-get install --yes --no-install-recommends cmake g++" in stage(text, "build")
    assert [found.from_.line.text for found in parsed(text).stages][-1] == "FROM system AS runtime"


def test_an_image_with_cuda_gets_the_python_of_its_distribution() -> None:
    text = dockerfile(cuda_plan(), requirements_lock=True)

    froms = {found.name: found.from_.image.value for found in parsed(text).stages}
    assert froms["system"] == "base"
    assert froms["base"].startswith("nvidia/cuda:13.0.3-cudnn-runtime-ubuntu24.04@sha256:")
    assert "install --yes --no-install-recommends ca-certificates python3.12 " in stage(
        text, "system"
    )
    assert "uv venv --quiet --python /usr/bin/python3.12 /opt/venv" in stage(text, "build")


def test_a_gpu_service_asks_for_what_computing_takes_of_the_driver() -> None:
    found = parsed(dockerfile(gpu_plan(), requirements_lock=True)).stages[-1]

    env = next(it for it in found.instructions if isinstance(it, Env))
    pairs = {pair.name.value: pair.value.value for pair in env.pairs}
    assert pairs["NVIDIA_DRIVER_CAPABILITIES"] == "compute,utility"
    assert "NVIDIA_VISIBLE_DEVICES" not in pairs


def test_each_target_has_what_its_workload_needs() -> None:
    text = dockerfile(stack_plan())

    names = [found.name for found in parsed(text).stages]
    assert names == [
        "base", "python", "build", "dependencies", "sources", "application", "library",
        "directories", "system", "dev-dependencies", "dev", "train-dependencies", "train", "notebook-dependencies",
        "notebook", "runtime",
    ]  # fmt: skip
    assert stage(text, "train-dependencies").endswith("--no-install-project --group train")
    train = stage(text, "train")
    assert train.endswith(f'HEALTHCHECK NONE\nENTRYPOINT ["{SITE}/bin/python", "train.py"]')
    assert "COPY --from=train-dependencies /opt/venv /opt/venv" in train
    assert "COPY --from=directories /directories/train/ /" in train
    assert "/directories/train/cache /directories/train/outputs" in stage(text, "directories")
    assert "directories" not in stage(text, "runtime")
    assert "EXPOSE 8888/tcp" in stage(text, "notebook")


def test_where_nothing_but_a_notebook_is_started_that_is_the_default() -> None:
    plan = stack_plan()
    plan = replace(plan, workloads=plan.workloads[-1:])

    text = dockerfile(plan)

    names = [found.name for found in parsed(text).stages]
    assert names == [
        "python", "build", "dependencies", "sources", "application", "directories", "system",
        "notebook-dependencies", "notebook", "runtime",
    ]  # fmt: skip
    assert "FROM notebook AS runtime" in text
    assert 'base.name="docker.io/library/python:3.13.9-slim-trixie"' in stage(text, "runtime")
    assert findings(plan) == []


def test_requirements_of_a_workload_keep_to_the_lock() -> None:
    plan = stack_plan()
    *others, notebook = plan.workloads
    notebook = replace(notebook, groups=(), requirements=("jupyterlab>=4.4",))
    plan = replace(
        plan,
        workloads=(*others[:3], notebook),
        dependencies=replace(slim_plan().dependencies),
    )

    assert stage(dockerfile(plan, requirements_lock=True), "notebook-dependencies").endswith(
        "uv pip install --constraints requirements.lock 'jupyterlab>=4.4'"
    )


def test_developers_get_sources_that_they_can_change_and_live_reload() -> None:
    dev = stage(dockerfile(api_plan()), "dev")

    assert "COPY --from=sources --chown=65532:65532 /app /app" in dev
    assert "--from=application" not in dev
    assert dev.endswith('"--port", "8000", "--reload", "--reload-dir", "/app"]')


def test_development_groups_without_a_lock_of_theirs_keep_to_the_services() -> None:
    plan, more = LOCKS["pyproject"]

    assert stage(dockerfile(plan, **more), "dev-dependencies").endswith(
        "uv pip install --constraints requirements.lock --group dev"
    )


def test_odd_names_and_values_are_quoted() -> None:
    text = dockerfile(strange_plan())

    assert stage(text, "sources") == (
        'COPY ["a b.py", "main.py", "naïve.py", "price\\\\$.py", "/srv/app/"]\n'
        'COPY ["app/[[]x].py", "app/y.py", "/srv/app/app/"]'
    )
    runtime = stage(text, "runtime")
    assert r'GREETING="say \"\$5\" \\ twice"' in runtime
    assert r'description="Says \"hello\" for \$5 \\ hour"' in runtime
    assert "COPY --chmod=0644 app/deep/weights.onnx /srv/app/app/deep/" in runtime
    assert "USER 1000:1001" in runtime
    assert sorted(set(taken(text))) == [
        "a b.py", "app/[x].py", "app/deep/weights.onnx", "app/y.py", "main.py", "naïve.py",
        "price$.py", "pyproject.toml", "uv.lock",
    ]  # fmt: skip


def test_without_byte_code_nothing_is_compiled() -> None:
    text = dockerfile(replace(api_plan(), layers=LayerPlan(bytecode="none")))

    assert "compile" not in text.lower().replace("compilers", "")
    assert "library" not in [found.name for found in parsed(text).stages]


def test_root_is_no_new_user() -> None:
    plan = slim_plan()
    plan = replace(plan, process=replace(plan.process, user="0:0"))

    assert "useradd" not in dockerfile(plan)


def test_images_whose_digests_are_unknown_are_named_by_tag() -> None:
    text = render_dockerfile(api_plan(), around(digests={}))

    assert "FROM python:3.13.9-slim-trixie AS python" in text
    assert "base.digest" not in text
