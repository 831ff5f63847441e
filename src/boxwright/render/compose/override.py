"""Plan → compose.override.yaml: the same services as somebody wants them who works on them."""

from __future__ import annotations

import posixpath

from boxwright.plan.model import CompanionPlan, Plan, Workload
from boxwright.render.compose.names import because, literal, sections, size, user_of
from boxwright.render.compose.parts import Service, bind, listed, ordered, volume
from boxwright.render.compose.stack import FRONT, Stack
from boxwright.render.header import header
from boxwright.render.model import Part, Surroundings
from boxwright.syntax.yaml.written import Data, Quoted, Tagged

_DEV = "dev"
_WITH_PYPROJECT = frozenset({"uv.lock", "poetry.lock", "pdm.lock", "pyproject"})
"""Sources of dependencies beside which there is a pyproject.toml."""
_ABOUT = (
    "Development, on top of compose.yaml: `docker compose up` takes both. The code is mounted,",
    "so that a change counts at once where there is live reload, and after `docker compose",
    "restart` where there is none.",
)
_WATCHED = ("`docker compose up --watch` builds anew where dependencies change.",)


def render_compose_override(plan: Plan, around: Surroundings) -> str:
    """Return the text of compose.override.yaml."""
    stack = Stack(plan=plan, around=around)
    found = {it.name: _workload(stack, it) for it in plan.workloads}
    found |= {it.name: _companion(stack, it) for it in plan.companions}
    services: dict[str, Data] = {name: found[name] for name in sorted(found) if found[name]}
    parts: list[tuple[str, Data]] = [("services", services)]
    is_declared = any(FRONT in stack.networks(it) for it in stack.services)
    if stack.published_in_development and not is_declared:
        parts.append(("networks", {FRONT: {}}))
    parts_of = [stack.part(workload) for workload in plan.workloads]
    about = (*_ABOUT, *_WATCHED) if any(_develop(stack, each) for each in parts_of) else _ABOUT
    return header(around, *about) + "\n" + sections(parts, spaced=frozenset({"services"}))


def _workload(stack: Stack, workload: Workload) -> Service:
    service: Service = {
        "volumes": _volumes(stack, workload),
        "restart": "no" if workload.kind != "job" else None,
        "tmpfs": _hidden(stack, workload),
        "deploy": _deploy(stack, workload),
    }
    variables: dict[str, Data] = {}
    if workload.target == "runtime":
        service["image"] = stack.image(workload, _DEV)
        if stack.builds(workload):
            service["build"] = {"target": _DEV}
            service["develop"] = _develop(stack, stack.part(workload))
        variables |= {"PYTHONFAULTHANDLER": "1", "PYTHONWARNINGS": "default"}
    if _does_without_gpu(stack, workload):
        service["ulimits"] = Tagged({}, "!reset")
    if workload.health is not None and workload.kind == "service":
        service["healthcheck"] = {"interval": "5s"}
    if stack.writes_to_folder(workload):
        group = user_of(stack.part(workload).plan.process.user)[1]
        service["user"] = because(
            f"${{UID:-1000}}:{group}",
            "You, so that what it writes into the project is yours, in the image's group.",
        )
        # The image's home is not yours.
        variables["HOME"] = "/tmp"  # noqa: S108 (of a container)
    service["environment"] = {name: variables[name] for name in sorted(variables)}
    return ordered(service)


def _companion(stack: Stack, companion: CompanionPlan) -> Service:
    service: Service = {"restart": "no"}
    published = stack.published_in_development.get(companion.name, {})
    if published:
        ports = sorted(published.items())
        service["ports"] = [Quoted(f"127.0.0.1:{it.text}:{port}") for port, it in ports]
        service["networks"] = because(
            listed(FRONT), "To look inside: an internal network has no ports."
        )
    return ordered(service)


def _volumes(stack: Stack, workload: Workload) -> list[Data]:
    bound = [
        volume(stack, mount, bound=True)
        for mount in workload.mounts
        if stack.volume(mount).source and not stack.is_bound(stack.volume(mount))
    ]
    return [*_sources(stack, workload), *bound]


def _sources(stack: Stack, workload: Workload) -> list[Data]:
    """
    Return what is mounted of the project at the working directory, read-only.

    The folders with code, where all of it is in some; else the whole, since a file that is
    mounted alone is still the old one when an editor has put another into its place.
    """
    part = stack.part(workload)
    place = part.plan.process.working_dir
    inner = [it.target for it in workload.mounts if _is_within(it.target, place)]
    there = {posixpath.normpath(posixpath.join(place, it.source)) for it in part.plan.volumes}
    # Where something is mounted that the project has no folder for, none can be made.
    strange = [target for target in inner if target not in there]
    if not _has_code_in_folders(part) and not strange:
        return [bind(stack.path_in(part, "."), place, read_only=True)]
    entries = {path.partition("/")[0] for path in part.plan.application.files}
    return [
        bind(stack.path_in(part, entry), posixpath.join(place, entry), read_only=True)
        for entry in sorted(entries)
        if not any(_is_within(target, posixpath.join(place, entry)) for target in strange)
    ]


def _has_code_in_folders(part: Part) -> bool:
    return all("/" in path for path in part.plan.application.files)


def _hidden(stack: Stack, workload: Workload) -> Data:
    """Return what covers the secrets of others in what is mounted of the project."""
    part = stack.part(workload)
    if part.folder or not any(secret.form == "file" for secret in stack.plan.secrets):
        return []
    whole = bind(stack.path_in(part, "."), "", read_only=True)["source"]
    targets = [
        posixpath.join(str(it["target"]), "secrets")
        for it in _volumes(stack, workload)
        if isinstance(it, dict) and it["source"] == whole
    ]
    if not targets:
        return []
    return because(
        [f"{target}:mode=0500,size=4k" for target in targets],
        "Hides the secrets of others: its own are in /run/secrets.",
    )


def _deploy(stack: Stack, workload: Workload) -> Data:
    resources: dict[str, Data] = {}
    limits: dict[str, Data] = {}
    if stack.cpus(workload) is not None:
        limits["cpus"] = because(
            Tagged(None, "!reset"), "As many as there are: a limit above that is an error."
        )
    if workload.target == "runtime" and workload.kind == "service":
        # The reloader runs beside what it reloads, of which two are there for a moment.
        limits["memory"] = size(workload.resources.memory * 2)
        limits["pids"] = workload.resources.pids * 2
    if limits:
        resources["limits"] = limits
    if _does_without_gpu(stack, workload):
        resources["reservations"] = {
            "devices": because(
                Tagged([], "!reset"),
                "It works without a GPU too; take this out on a machine that has one.",
            )
        }
    return {"resources": resources} if resources else {}


def _does_without_gpu(stack: Stack, workload: Workload) -> bool:
    """Tell whether *workload* asks for a GPU, but has the wheels for processors."""
    return bool(workload.resources.gpus) and stack.part(workload).plan.accelerator != "cuda"


def _develop(stack: Stack, part: Part) -> Data:
    dependencies = part.plan.dependencies
    if not dependencies.path:
        return {}
    found = {dependencies.path, *dependencies.packages}
    if not dependencies.workspace:
        found.update(dependencies.manifests)
    if dependencies.source in _WITH_PYPROJECT:
        found.add("pyproject.toml")
    if not _has_code_in_folders(part):
        # Compose watches nothing in a folder that is mounted.
        found = {path for path in found if path.startswith("../")}
    paths = sorted({stack.path_in(part, path) for path in found})
    return (
        {"watch": [{"action": "rebuild", "path": literal(path)} for path in paths]} if paths else {}
    )


def _is_within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder.rstrip('/')}/")
