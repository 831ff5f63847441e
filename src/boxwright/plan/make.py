"""Facts and settings → Plan: asks the deciders in order."""

from __future__ import annotations

from dataclasses import replace

from boxwright.errors import PlanError
from boxwright.plan.base_image import decide_base
from boxwright.plan.environment import decide_environment
from boxwright.plan.explain import Explained
from boxwright.plan.gpu import decide_accelerator, decide_gpu, torch_backend
from boxwright.plan.health import decide_health
from boxwright.plan.images import decide_images, decide_python
from boxwright.plan.model import (
    ApplicationPlan,
    DependencyPlan,
    LayerPlan,
    Notice,
    Plan,
    ProcessPlan,
)
from boxwright.plan.process import Start, decide_start, decide_stop_signal
from boxwright.plan.stack import decide_stack
from boxwright.plan.system_packages import decide_system_packages
from boxwright.project.detectors.lock_files import TOOLS
from boxwright.project.detectors.metadata import image_name
from boxwright.project.evidence import Evidence
from boxwright.project.facts import Project
from boxwright.project.own import services_below
from boxwright.settings import Settings

_LABEL = "org.opencontainers.image."
_USER = "65532:65532"
_FOR_DEVELOPERS = frozenset({"dev", "develop", "development", "test", "tests", "testing"})


_PLATFORMS = {
    "linux/amd64": "linux/amd64",
    "linux/x86_64": "linux/amd64",
    "linux/arm64": "linux/arm64",
    "linux/arm64/v8": "linux/arm64",
    "linux/aarch64": "linux/arm64",
}
"""The platforms that there are bases for, by the names that people give them."""


def make_plan(
    project: Project,
    settings: Settings,
    *,
    platform: str | None = None,
    variant: str | None = None,
    base: str | None = None,
    default_platform: str = "linux/amd64",
) -> Plan:
    """
    Return what the image of *project* should be.

    *platform*, *variant* and *base*, an image, were asked for on the command line and go
    before the settings; *default_platform* is what is built where nobody asks. Of several
    platforms, with commas between them, it is the plan of the first: those of the others
    differ in their platform only.
    """
    explained = Explained(settings)
    name = _name(project, settings, explained)
    base_plan = decide_base(project, settings, variant, explained, image=base)
    dependencies = _dependencies(project, settings, explained)
    working_dir = settings.working_dir or "/app"
    start = decide_start(project, settings, working_dir, explained)
    health = decide_health(
        start.application,
        start.port,
        project.dependencies,
        settings,
        explained,
        known="/api" if start.is_notebook else "",
    )
    user = _user(settings, explained)
    env = decide_environment(
        start.env,
        project.dependencies,
        user,
        settings,
        explained,
        is_service=start.port is not None,
    )
    application = _application(project, explained)
    layers = _layers(settings, explained)
    accelerator = decide_accelerator(
        project, settings, explained, is_training=start.training is not None
    )
    gpu = decide_gpu(project, accelerator, explained)
    process = ProcessPlan(
        entrypoint=start.argv,
        port=start.port,
        health=health,
        env=env,
        working_dir=working_dir,
        user=user,
        stop_signal=decide_stop_signal(start, project, settings, explained),
    )
    python = decide_python(project, settings, gpu if accelerator == "cuda" else None, explained)
    packages = decide_system_packages(project.dependencies, settings, python.suite, explained)
    stack = decide_stack(
        project,
        settings,
        name=name,
        start=start,
        process=process,
        accelerator=accelerator,
        gpu=gpu,
        explained=explained,
    )
    _tell_of_members(project, start, explained)
    remarks = [
        Notice(text=remark.text, hint=remark.hint, evidence=remark.evidence)
        for remark in project.remarks
    ]
    return Plan(
        name=name,
        version=settings.version or (project.version.value if project.version else ""),
        description=_description(project, settings),
        platform=_platform(platform, settings, default_platform, explained),
        base=base_plan,
        python=project.requires_python.value if project.requires_python else "",
        accelerator=accelerator,
        dependencies=replace(dependencies, torch_backend=torch_backend(project, accelerator)),
        application=application,
        process=process,
        layers=layers,
        labels=_labels(project, settings),
        images=decide_images(
            python, settings, base_plan, accelerator, packages.programs, start.argv, explained
        ),
        gpu=gpu if any(workload.resources.gpus for workload in stack.workloads) else None,
        workloads=stack.workloads,
        companions=stack.companions,
        volumes=stack.volumes,
        secrets=stack.secrets,
        system_packages=packages.runtime,
        build_packages=packages.build,
        decisions=tuple(explained.decisions),
        notices=(*remarks, *explained.notices),
    )


def _name(project: Project, settings: Settings, explained: Explained) -> str:
    name = image_name(settings.name or project.name.value)
    if settings.name:
        explained.from_settings("name", name)
    else:
        explained.add("name", name, "the project's name", project.name.evidence)
    return name


def _description(project: Project, settings: Settings) -> str:
    found = project.description.value if project.description else ""
    return " ".join((settings.description or found).split())


def wanted_platforms(asked: str | None, settings: Settings, default: str) -> tuple[str, ...]:
    """
    Return the platforms that images are wanted for, each once and by its usual name.

    They are *asked* for on the command line, with commas between them, or named by
    *settings*; else it is the *default*.
    """
    names = [name.strip() for name in asked.split(",")] if asked else settings.platform
    found: dict[str, None] = {}
    for name in names or (default,):
        platform = _PLATFORMS.get(name.lower())
        if platform is None:
            raise PlanError(
                f"images cannot be built for the platform `{name}`",
                hint="Debian bases are there for `linux/amd64` and `linux/arm64`",
            )
        found.setdefault(platform)
    return tuple(found)


def _platform(asked: str | None, settings: Settings, default: str, explained: Explained) -> str:
    platforms = wanted_platforms(asked, settings, default)
    shown = ", ".join(platforms)
    if asked:
        several = ": one plan for all, and one index of their images" if platforms[1:] else ""
        explained.add("platform", shown, f"asked for on the command line{several}")
    elif settings.platform:
        explained.from_settings("platform", shown)
    else:
        explained.add("platform", shown, "nothing else was asked for")
    return platforms[0]


def _dependencies(project: Project, settings: Settings, explained: Explained) -> DependencyPlan:
    found = project.dependencies
    value = found.source
    if found.path and found.path != found.source:
        value = f"{found.source} ({found.path})"
    evidence = (Evidence(found.path),) if found.path else ()
    practice = (
        "lock-not-used"
        if found.source in ("uv.lock", "pylock.toml", *TOOLS)
        else ("unpinned-requirements")
    )
    explained.add("dependencies", value, found.why, *evidence, practice=practice)
    if found.packages:
        explained.add(
            "dependencies.packages",
            ", ".join(found.packages),
            "packages of the same repository, built and installed with it",
            *evidence,
        )
    for key in ("extras", "groups"):
        chosen = getattr(settings, key)
        if chosen:
            explained.from_settings(key, ", ".join(chosen))
    if project.package is not None:
        explained.add(
            "dependencies.installs-project",
            "yes",
            "the project is a package: its wheel is built and installed",
            project.package.evidence,
        )
    return DependencyPlan(
        source=found.source,
        path=found.path,
        hashed=found.hashed,
        extras=settings.extras,
        groups=settings.groups,
        installs_project=project.package is not None,
        requirements=found.requirements,
        workspace=found.workspace,
        packages=found.packages,
        manifests=found.manifests,
        development=tuple(name for name in project.groups if name in _FOR_DEVELOPERS),
    )


def _tell_of_members(project: Project, start: Start, explained: Explained) -> None:
    """Tell of projects below this one that are to be started for themselves."""
    path = next(
        (it.path for it in (start.application, start.worker, start.program) if it is not None), ""
    )
    # What has no manifest has the dependencies of this one, and is a part of it.
    below = services_below(project)
    others = [member for member in below if not path.startswith(f"{member.path}/")]
    if others:
        shown = ", ".join(f"`{member.path}`" for member in others[:5])
        more = f" and {len(others) - 5} more" if len(others) > 5 else ""
        one = len(others) == 1
        explained.notice(
            f"{shown}{more} {'is a project' if one else 'are projects'} of"
            f" {'its' if one else 'their'} own, with something to start: this is the plan of the"
            " project at the top alone",
            f"`boxwright init {others[0].path}` sets {'it' if one else 'one of them'} up",
            *(member.evidence for member in others[:5]),
        )


def _user(settings: Settings, explained: Explained) -> str:
    if settings.user is None:
        explained.add("user", _USER, "numeric and not root", practice="root-user")
        return _USER
    explained.from_settings("user", settings.user)
    if settings.user.split(":")[0] == "0":
        explained.notice(
            "the process runs as root",
            "leave `user` out, and give the files that it must write to another user",
            Evidence(settings.source, None, settings.key("user")),
        )
    return settings.user


def _application(project: Project, explained: Explained) -> ApplicationPlan:
    explained.add(
        "application",
        f"{len(project.files)} files",
        "what .dockerignore and the defaults leave in",
        practice="missing-dockerignore",
    )
    if project.models:
        shown = ", ".join(project.models[:3])
        more = f" and {len(project.models) - 3} more" if len(project.models) > 3 else ""
        explained.add(
            "models",
            f"{shown}{more}",
            "weights change less often than code: a layer of their own, below it",
            practice="model-in-image-by-accident",
        )
    for left in project.left_out:
        shown = ", ".join(left.paths[:3])
        more = f" and {len(left.paths) - 3} more" if len(left.paths) > 3 else ""
        explained.add("application.left-out", f"{shown}{more}", left.reason)
    return ApplicationPlan(files=project.files, models=project.models)


def _layers(settings: Settings, explained: Explained) -> LayerPlan:
    usual = LayerPlan()
    asked = settings.layers
    if settings.bytecode:
        explained.from_settings("bytecode", settings.bytecode)
    else:
        explained.add(
            "bytecode", usual.bytecode, "a read-only root can never cache it: starts are faster"
        )
    return LayerPlan(
        own_layer_from=usual.own_layer_from
        if asked.own_layer_from is None
        else asked.own_layer_from,
        split_from=usual.split_from if asked.split_from is None else asked.split_from,
        budget=usual.budget if asked.budget is None else asked.budget,
        bytecode=settings.bytecode or usual.bytecode,
    )


def _labels(project: Project, settings: Settings) -> tuple[tuple[str, str], ...]:
    """Return the labels that are not simply the name, version and description."""
    urls = dict(project.urls)
    found = {
        "url": next((urls[key] for key in ("homepage", "repository", "source") if key in urls), ""),
        "documentation": urls.get("documentation", ""),
        "source": next(
            (urls[key] for key in ("source", "repository", "sourcecode", "github") if key in urls),
            "",
        ),
        "licenses": project.license.value if project.license else "",
    }
    labels = {f"{_LABEL}{key}": value for key, value in found.items() if value}
    return tuple(sorted((labels | dict(settings.labels)).items()))
