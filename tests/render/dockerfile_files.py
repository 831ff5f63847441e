"""What is rendered for Docker: plans for each way to install, and the files read back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from tests.render import plans
from tests.render.plans import api_plan, slim_plan

from boxwright.plan.model import DependencyPlan, Plan, PublicImages
from boxwright.practices.check import check_tree
from boxwright.project.tree import MemoryTree
from boxwright.render.dockerfile import render_dockerfile
from boxwright.render.dockerignore import render_dockerignore
from boxwright.render.model import Surroundings
from boxwright.syntax.dockerfile.instructions import Copy, Dockerfile, Run
from boxwright.syntax.dockerfile.parse import parse_dockerfile
from boxwright.text.source import Source

IMAGES = (
    "python:3.13.9-slim-trixie",
    "python:3.12.12-slim-bookworm",
    "ghcr.io/astral-sh/uv:0.9.11",
    "gcr.io/distroless/python3-debian13:nonroot",
    "nvidia/cuda:13.0.3-cudnn-runtime-ubuntu24.04",
)


def around(**more: Any) -> Surroundings:  # noqa: ANN401 (of `Surroundings`)
    digests = {image: f"sha256:{number:064x}" for number, image in enumerate(IMAGES)}
    known = {"version": "1.0", "digests": digests, "repository": "github.com/acme/digits"}
    return Surroundings(**(known | more))


def installing(source: str, path: str = "", **more: Any) -> Plan:  # noqa: ANN401
    """Return the plan of the API with other dependencies."""
    declared = DependencyPlan(source=source, path=path or source, **more)
    return replace(api_plan(), dependencies=declared)


def package_plan() -> Plan:
    """Return a project that is installed itself, whose version is in its history."""
    plan = installing("uv.lock", installs_project=True)
    return replace(plan, version="", application=replace(plan.application, files=()))


def workspace_plan() -> Plan:
    """Return a member of a workspace, two folders below its lock."""
    return installing(
        "uv.lock",
        "../../uv.lock",
        installs_project=True,
        workspace="../..",
        manifests=("../../libs/common/pyproject.toml",),
    )


def libraries_plan() -> Plan:
    """Return a service on distroless whose wheels need libraries of Debian."""
    return replace(api_plan(), system_packages=("libgl1", "libgomp1"))


def cuda_plan() -> Plan:
    """Return a service on an image with CUDA, whose Python is the distribution's."""
    images = PublicImages(
        python="python:3.12.12-slim-bookworm",
        uv="ghcr.io/astral-sh/uv:0.9.11",
        runtime="nvidia/cuda:13.0.3-cudnn-runtime-ubuntu24.04",
        python_version="3.12",
        suite="ubuntu24.04",
    )
    return replace(plans.gpu_plan(), images=images, system_packages=())


def strange_plan() -> Plan:
    """Return what takes quoting: names of files, values, another user and folder."""
    plan = api_plan()
    return replace(
        plan,
        description='Says "hello" for $5 \\ hour',
        application=replace(
            plan.application,
            files=("a b.py", "app/[x].py", "app/y.py", "main.py", "naïve.py", "price$.py"),
            models=("app/deep/weights.onnx",),
        ),
        process=replace(
            plan.process,
            env=(
                ("GREETING", 'say "$5" \\ twice'),
                ("HOME", "/tmp"),
                ("PYTHONUNBUFFERED", "1"),
                ("USER", "app"),
            ),
            user="1000:1001",
            working_dir="/srv/app",
        ),
    )


LOCKS: dict[str, tuple[Plan, Mapping[str, Any]]] = {
    "uv.lock": (api_plan(), {}),
    "pylock.toml": (installing("pylock.toml", groups=("serve",)), {}),
    "poetry.lock": (installing("poetry.lock", hashed=True, extras=("tls",), groups=("serve",)), {}),
    "pdm.lock": (installing("pdm.lock", hashed=True, groups=("serve",)), {}),
    "Pipfile.lock": (installing("Pipfile.lock", hashed=True), {}),
    "requirements with hashes": (
        installing("requirements", "requirements.txt", hashed=True, manifests=("base.txt",)),
        {},
    ),
    "requirements": (slim_plan(), {"requirements_lock": True}),
    "pyproject": (
        installing("pyproject", "pyproject.toml", development=("dev",), torch_backend="cpu"),
        {"requirements_lock": True},
    ),
    "conda": (
        installing("conda", "environment.yml", requirements=("numpy>=2",)),
        {"requirements_lock": True},
    ),
    "nothing": (installing("none", ""), {}),
}
"""Plans by what locks their dependencies, with what differs around them."""

SHAPES: dict[str, tuple[Plan, Mapping[str, Any]]] = {
    "stack": (plans.stack_plan(), {}),
    "brokers": (plans.brokers_plan(), {}),
    "gpu": (plans.gpu_plan(), {"requirements_lock": True}),
    "cuda": (cuda_plan(), {"requirements_lock": True}),
    "package": (package_plan(), {}),
    "workspace": (workspace_plan(), {"folder": "services/api"}),
    "libraries": (libraries_plan(), {}),
    "strange": (strange_plan(), {}),
}

EVERY = LOCKS | SHAPES


def dockerfile(plan: Plan, **more: Any) -> str:  # noqa: ANN401
    return render_dockerfile(plan, around(**more))


def parsed(text: str) -> Dockerfile:
    return parse_dockerfile(Source("Dockerfile", text))


def stage(text: str, name: str) -> str:
    """Return the instructions of the stage *name*, without comments, each in one line."""
    for found in parsed(text).stages:
        if found.name == name:
            return "\n".join(" ".join(each.line.text.split()) for each in found.instructions)
    raise AssertionError(f"no stage {name}")


def taken(text: str) -> Iterator[str]:
    """Yield what the Dockerfile takes from the context: COPY sources and bind mounts."""
    for found in parsed(text).stages:
        for instruction in found.instructions:
            if isinstance(instruction, Copy) and instruction.flag("from") is None:
                for word in instruction.sources:
                    yield _literal(word.value)
            elif isinstance(instruction, Run):
                for mount in instruction.mounts:
                    if mount.type == "bind" and not mount.from_ and mount.source:
                        yield mount.source


def context(plan: Plan, text: str, **more: Any) -> dict[str, str]:  # noqa: ANN401
    """Return the files of a project that has what the Dockerfile *text* takes, and no more."""
    folder = more.get("folder", "")
    prefix = f"{folder}/" if folder else ""
    files = {path: "" for path in taken(text) if "." in path.rpartition("/")[2] and path != "."}
    for path in (*plan.application.files, *plan.application.models):
        files[prefix + path] = "import fastapi\n" if path.endswith(".py") else "weights"
    hashes = "\n".join(f"{name}==1.0 --hash=sha256:{'0' * 64}" for name in ("fastapi", "uvicorn"))
    for path in files:
        if path.endswith("pyproject.toml"):
            files[path] = '[project]\nname = "digits"\ndependencies = ["fastapi"]\n'
        elif path.endswith((".txt", "requirements.lock")):
            files[path] = f"{hashes}\n"
    return files


def findings(plan: Plan, **more: Any) -> list[str]:  # noqa: ANN401
    """Return what `boxwright check` finds in Dockerfile and .dockerignore."""
    text = dockerfile(plan, **more)
    files = context(plan, text, **more) | {
        "Dockerfile": text,
        ".dockerignore": render_dockerignore(plan, around(**more)),
    }
    tree = MemoryTree({path: content.encode() for path, content in files.items()})
    found = []
    for path, checked in check_tree(tree, today=date(2026, 12, 1)).items():
        assert not checked.failures
        found += [f"{path}:{it.start.line}: {it.rule}: {it.message}" for it in checked.findings]
    return found


def _literal(pattern: str) -> str:
    """Return the path that a COPY source stands for whose wildcards are escaped."""
    return re.sub(r"\[([*?\[])\]", r"\1", pattern).replace("\\$", "$").rstrip("/")
