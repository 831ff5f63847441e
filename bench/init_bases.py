"""The public images that the Dockerfiles start from, or stand-ins for them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path

from cases import CHECKOUT
from init_contenders import PREFIX, Bases
from init_projects import Project
from measure import run

DEBIAN = {"trixie": "13"}
"""Distroless names its images after the number."""
PATIENCE = 120
"""Seconds until a registry that cannot be reached is given up."""


def provide_bases(
    project: Project, docker: list[str], env: Mapping[str, str], uv: str, layout: Path
) -> Bases:
    """
    Return the images for *project*, pulled or made.

    *layout* is a direct build of a project without dependencies: what is left of it without
    byte code is the stand-in for distroless, which is Debian's Python without a shell too.
    """
    python = f"python:{project.python}-slim-{project.suite}"
    runtime = f"gcr.io/distroless/python3-debian{DEBIAN[project.suite]}:nonroot"
    if all(_is_public(docker, env, name) for name in (python, runtime, uv)):
        return Bases(python=python, runtime=runtime, uv=uv)
    print("public images cannot be pulled: making stand-ins", file=sys.stderr)
    version = uv.partition("@")[0].rpartition(":")[2]
    own = (f"{PREFIX}/{python}", f"{PREFIX}/distroless-python3:{project.suite}")
    bases = Bases(
        python=own[0],
        runtime=own[1],
        uv=f"{PREFIX}/uv:{version}",
        stands_for=((own[0], python), (own[1], runtime), (f"{PREFIX}/uv:{version}", uv)),
    )
    recipes = (f"python={bases.python}", f"uv={bases.uv}")
    run([sys.executable, CHECKOUT / "dev" / "images.py", *recipes], env=env)
    archive = layout.with_name("distroless.tar")
    _without_byte_code(_first_layer(layout), archive)
    run([*docker, "import", "--change", "USER 65532", archive, bases.runtime], env=env)
    archive.unlink()
    return bases


def remove_stand_ins(bases: Bases, docker: list[str], env: Mapping[str, str]) -> None:
    """Take the names of stand-ins away again."""
    if bases.stands_for:
        names = (bases.python, bases.runtime, bases.uv)
        run([*docker, "image", "rm", "--force", *names], env=env)


def _is_public(docker: list[str], env: Mapping[str, str], name: str) -> bool:
    """Return whether the engine has *name* from a registry, or gets it there now."""
    whole = {**os.environ, **env}
    looked = [*docker, "image", "inspect", "--format", "{{json .RepoDigests}}", name]
    found = subprocess.run(looked, capture_output=True, text=True, check=False, env=whole)
    if found.returncode == 0 and json.loads(found.stdout):
        return True
    pull = [*docker, "pull", "--quiet", name]
    try:
        pulled = subprocess.run(pull, capture_output=True, check=False, env=whole, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        return False
    return pulled.returncode == 0


def _first_layer(layout: Path) -> Path:
    blobs = layout / "blobs"
    document = json.loads((layout / "index.json").read_text())
    while "manifests" in document:
        digest: str = document["manifests"][0]["digest"]
        document = json.loads((blobs / digest.replace(":", "/")).read_text())
    first: str = document["layers"][0]["digest"]
    return blobs / first.replace(":", "/")


def _without_byte_code(layer: Path, archive: Path) -> None:
    """Write *layer* to *archive*, less what the public image has not."""
    with tarfile.open(layer) as members, tarfile.open(archive, "w") as kept:
        for member in members:
            if "__pycache__" not in Path(member.name).parts:
                kept.addfile(member, members.extractfile(member) if member.isreg() else None)
