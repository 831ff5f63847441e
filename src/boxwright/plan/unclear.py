"""What is said of a project that cannot be understood: what was looked for, found, and would settle it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence

from boxwright.errors import PlanError
from boxwright.project.facts import Member, Project
from boxwright.settings import Settings

_LOOKED_FOR = (
    "no [project.scripts] of a package, no application of a web framework, no Gradio or Streamlit"
    " script, no worker of a task queue, no `main.py`, `app.py` or `__main__.py`, no file with"
    ' `if __name__ == "__main__"`, no training script, no notebook'
)
_OTHERS = {
    "cog.yaml": "Cog",
    "MLproject": "MLflow",
    "langgraph.json": "LangGraph",
    "Snakefile": "Snakemake",
    "dbt_project.yml": "dbt",
    "modal_app.py": "Modal",
    "serverless.yml": "Serverless",
    "chalicelib": "Chalice",
}
"""Files by which other programs know what is to be started."""
_STARTERS = (
    "apache-airflow", "dagster", "cog", "zenml", "metaflow", "kedro", "sagemaker-inference",
    "torchserve", "functions-framework", "azure-functions", "aws-lambda-powertools", "mangum",
    "modal", "runpod", "beam-client", "scrapy",
)  # fmt: skip
"""Distributions that start a project's code themselves."""
_FEW = 4
_HELPERS = re.compile(r"(\.?[a-z]*ci|scripts?|tools?|utils?|hack|dev|docs?|benchmarks?|examples?)/")


def nothing_to_start(project: Project, settings: Settings) -> PlanError:
    """Return the error for a project in which nothing tells how it is started."""
    unread = [remark for remark in project.remarks if "cannot be read as Python" in remark.text]
    python = [path for path in (*project.sources, *project.files) if path.endswith(".py")]
    python.sort(key=lambda path: posixpath.basename(path) == "__init__.py")
    message = f"nothing to start was found: {_LOOKED_FOR}; found were {_found(project, python)}"
    if unread:
        message += f"; {unread[0].text} ({unread[0].evidence[0]})"
    return PlanError(message, hint=_settings_for(project, settings, python))


def only_members(project: Project) -> PlanError | None:
    """Return the error for a folder whose parts are to be started, each for itself; None for others."""
    services = [member for member in project.members if member.is_service]
    is_workspace = any(member.is_workspace for member in services)
    if not services or not (is_workspace or _is_undeclared(project)):
        return None
    if project.package is not None and project.scripts:
        return None
    starts = [
        *(each.path for each in project.applications),
        *(each.path for each in project.workers),
        *(each.path for each in project.programs if not is_helper(each.path)),
        *(each.path for each in project.trainings),
    ]
    if any(not _is_in(path, project.members) for path in starts):
        return None
    named = ", ".join(f"`{member.path}`" for member in services[:8])
    more = f" and {len(services) - 8} more" if len(services) > 8 else ""
    if len(services) == 1:
        message = f"what is to be started is in a folder that is a project of its own: {named}"
    else:
        message = f"there are several projects in folders here, each with something to start: {named}{more}"
    undeclared = "no file declares dependencies and " if _is_undeclared(project) else ""
    return PlanError(
        f"{message}; at the top, {undeclared}nothing is to be started",
        hint=f"name the folder, as in `boxwright init {services[0].path}`",
    )


def is_helper(path: str) -> bool:
    """Tell whether *path* is in a folder of what helps developers, and is not the project itself."""
    return _HELPERS.match(path) is not None


def _is_undeclared(project: Project) -> bool:
    found = project.dependencies
    return found.source in ("imports", "none") or (not found.direct and found.is_complete)


def _is_in(path: str, members: Sequence[Member]) -> bool:
    return any(path.startswith(f"{member.path}/") for member in members)


def _found(project: Project, python: Sequence[str]) -> str:
    parts = []
    if python:
        count = "1 Python file" if len(python) == 1 else f"{len(python)} Python files"
        parts.append(f"{count} ({_shown(python)})")
    else:
        parts.append("no Python files")
    found = project.dependencies
    if found.direct:
        names = [each.name for each in found.direct]
        parts.append(f"dependencies in `{found.path}` ({_shown(names)})" if found.path else
                     f"imports of {_shown(names)}")  # fmt: skip
    else:
        parts.append("no dependencies")
    if project.models:
        parts.append(f"weights ({_shown(project.models)})")
    others = [
        f"`{name}` of {title}"
        for name, title in _OTHERS.items()
        if any(posixpath.basename(path) == name for path in project.files)
    ]
    others += [f"`{name}`, which starts code itself" for name in _STARTERS if found.has(name)]
    return ", ".join(parts + others[:2])


def _shown(names: Sequence[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:_FEW])
    return shown + (f" and {len(names) - _FEW} more" if len(names) > _FEW else "")


def _settings_for(project: Project, settings: Settings, python: Sequence[str]) -> str:
    """Return the three settings that would settle it, with what is likely in them."""
    is_own = settings.source != "pyproject.toml"
    where = "boxwright.toml" if is_own else "pyproject.toml"
    table = "" if is_own else "[tool.boxwright]\n"
    file = python[0] if python else "path/to/file.py"
    dependencies = project.dependencies.path or "requirements.txt"
    return (
        f"three settings in `{where}` settle it, here as an example:\n\n"
        f"{table}"
        f'entrypoint = ["python", "{file}"]\n'
        "port = 8000  # only if it listens\n"
        f'dependencies = "{dependencies}"'
    )
