"""Plan → Dockerfile, as text."""

from __future__ import annotations

from boxwright.plan.model import Plan
from boxwright.render.dockerfile.building import building_stages
from boxwright.render.dockerfile.frame import Frame
from boxwright.render.dockerfile.targets import target_stages
from boxwright.render.header import header
from boxwright.render.model import Surroundings

_ABOUT = (
    "Needs BuildKit (Docker 20.10 or newer). There is no `# syntax=` line: what it would fetch",
    "from a registry at each build is not needed.",
    "",
    "    docker build {file}--tag {name} .",
    "",
    "A private package index, for the build only and in no layer:",
    "",
    "    docker build --secret id=uv-config,src=uv.toml --secret id=netrc,src=$HOME/.netrc {more}.",
    "",
    "What it is: `--build-arg REVISION=$(git rev-parse HEAD)`, VERSION and CREATED likewise.",
)


def render_dockerfile(plan: Plan, around: Surroundings) -> str:
    """
    Return the Dockerfile of *plan*: the service last, before it a target for each other image.

    Raises PlanError where the plan names no public images, or a manifest is out of reach.
    """
    frame = Frame(plan, around)
    folder = frame.place.folder
    file = f"--file {folder}/Dockerfile " if folder else ""
    more = "… " if folder else ""
    text = header(around, *(each.format(name=plan.name, file=file, more=more) for each in _ABOUT))
    for stage in (*building_stages(frame), *target_stages(frame)):
        text += "\n" + "\n".join(stage.lines()) + "\n"
    return text
