"""The stages that are images: for developers, for other workloads, and last for the service."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from boxwright.plan.model import SITE, HealthPlan, Workload
from boxwright.plan.probe import probe_command
from boxwright.render.dockerfile.frame import Frame
from boxwright.render.dockerfile.install import Wanted
from boxwright.render.dockerfile.instruction import (
    Instruction,
    Stage,
    argument,
    assignments,
    copy,
    environment,
    exec_form,
    mount,
    plain,
    run,
    stage,
)
from boxwright.render.dockerfile.reload import reloading

_OCI = "org.opencontainers.image."
_EPOCH = "1970-01-01T00:00:00Z"
_UNKNOWN = "0.0.0"


def target_stages(frame: Frame) -> Iterator[Stage]:
    """Yield them, the default target last."""
    if frame.has_service:
        yield from _development(frame)
    for workload in frame.others():
        yield from _workload(frame, workload)
    if frame.has_service:
        yield _runtime(frame)
    else:
        first = frame.plan.workloads[0]
        comment = f"The default target: nothing is started before `{first.name}`."
        yield stage("runtime", first.target, *_labels(frame), comment=comment)


def _development(frame: Frame) -> Iterator[Stage]:
    process = frame.plan.process
    more = frame.installer.more(Wanted(development=True))
    if more is not None:
        yield stage("dev-dependencies", "dependencies", more)
    code: list[Instruction] = []
    packages = _overlay(frame) if frame.plan.dependencies.packages else []
    if frame.installs_project:
        code = [_whole_project(frame), *packages, _editable(frame)]
    elif frame.files:
        code = [copy([frame.app], frame.app, stage="sources", chown=frame.user), *packages]
    if code:
        code[0] = code[0].because(
            "Sources alone, whose byte code would go stale, and writable: bind-mount the project at"
            f" {frame.app}, or let `docker compose watch` write there."
        )
    yield stage(
        "dev",
        "system",
        copy([SITE], SITE, stage="dev-dependencies" if more else "dependencies"),
        *([] if frame.installs_project else frame.weights(chown=frame.user)),
        *code,
        *_directories(frame, "runtime"),
        environment(_env(frame, "runtime")),
        *_process(frame, process.port),
        _health_check(frame.main, frame.health),
        exec_form("ENTRYPOINT", reloading(process.entrypoint, frame.app)).because(
            *_open_port(frame.main)
        ),
        comment=(
            "`docker build --target dev`: a shell, what developers need, live reload. Not for"
            " production."
        ),
    )


def _workload(frame: Frame, workload: Workload) -> Iterator[Stage]:
    name = workload.target
    more = frame.installer.more(
        Wanted(extras=workload.extras, groups=workload.groups, requirements=workload.requirements)
    )
    if more is not None:
        yield stage(f"{name}-dependencies", "dependencies", more)
    yield stage(
        name,
        "system",
        copy([SITE], SITE, stage=f"{name}-dependencies" if more else "dependencies"),
        *_content(frame),
        *_directories(frame, name),
        environment(_env(frame, name)),
        *_process(frame, workload.port),
        _health_check(workload, workload.health),
        exec_form("ENTRYPOINT", workload.command).because(*_open_port(workload)),
        comment=(
            f"`docker build --target {name}`: what `{workload.name}` needs is not in the image of"
            " the service."
        ),
    )


def _runtime(frame: Frame) -> Stage:
    process = frame.plan.process
    lowest: list[Instruction] = []
    comment = "The image of the service, the default target."
    if frame.is_distroless:
        comment += (
            " No shell and no package manager: nothing for an intruder to work with, and little for"
            " a scanner to report."
        )
        if frame.plan.system_packages:
            lowest.append(copy(["/libraries/"], "/", stage="libraries"))
        if frame.has_bytecode:
            lowest.append(copy(["/library/"], "/", stage="library"))
    lowest.append(copy([SITE], SITE, stage="dependencies"))
    first, *rest = lowest
    return stage(
        "runtime",
        "base" if frame.is_distroless else "system",
        first.because(
            "What changes rarely first, what changes often last. All of it is root's: the process"
            " reads its code and cannot rewrite it."
        ),
        *rest,
        *_content(frame),
        *_directories(frame, "runtime"),
        environment(_env(frame, "runtime")),
        *_process(frame, process.port),
        _health_check(frame.main, frame.health),
        exec_form("ENTRYPOINT", process.entrypoint).because(*_open_port(frame.main)),
        *_labels(frame),
        comment=comment,
    )


def _open_port(workload: Workload | None) -> Iterator[str]:
    if workload is not None and workload.kind == "notebook":
        yield (
            "boxwright: ignore[open-notebook-port] because it asks for a token, and is published on"
            " the loopback address only"
        )


def _content(frame: Frame) -> list[Instruction]:
    """Return what copies models, the project and the application, above the dependencies."""
    found = [*frame.weights(), *_overlay(frame)]
    if frame.files:
        found.append(copy([frame.app], frame.app, stage="application"))
    return found


def _overlay(frame: Frame) -> list[Instruction]:
    return [copy([f"{SITE}/"], f"{SITE}/", stage="project")] if frame.builds_packages else []


def _whole_project(frame: Frame) -> Instruction:
    return copy([frame.place.folder or "."], frame.app, chown=frame.user)


def _editable(frame: Frame) -> Instruction:
    uv = mount("bind", from_="build", source="/usr/local/bin/uv", target="/usr/local/bin/uv")
    declared = frame.plan.dependencies
    # The workspace that its sources may name is not there.
    alone = ("--no-sources",) if declared.workspace or declared.packages else ()
    return run(
        (
            "uv", "pip", "install", "--python", SITE, "--link-mode", "copy", "--no-deps", *alone,
            "--editable", frame.app,
        ),
        mounts=[*frame.installer.mounts(), uv],
    ).because("The project as a reference to its sources, which may change.")  # fmt: skip


def _directories(frame: Frame, target: str) -> Iterator[Instruction]:
    """Yield what brings the folders in which the workloads of *target* have volumes to write to."""
    if target in frame.directories:
        yield copy([f"/directories/{target}/"], "/", stage="directories")


def _env(frame: Frame, target: str) -> Sequence[tuple[str, str]]:
    env = dict(frame.plan.process.env)
    workloads = [each for each in frame.plan.workloads if each.target == target]
    if any(workload.resources.gpus for workload in workloads):
        # Of the host's driver what computing takes. Which GPUs are seen is for who starts it.
        env.setdefault("NVIDIA_DRIVER_CAPABILITIES", "compute,utility")
    return sorted(env.items())


def _process(frame: Frame, port: int | None) -> Iterator[Instruction]:
    yield plain("WORKDIR", frame.app)
    yield plain("USER", frame.user)
    if port is not None:
        yield plain("EXPOSE", f"{port}/tcp")
    yield plain("STOPSIGNAL", frame.plan.process.stop_signal)


def _health_check(workload: Workload | None, health: HealthPlan | None) -> Instruction:
    if health is not None:
        times = (
            ("interval", health.interval),
            ("timeout", health.timeout),
            ("start-period", health.start_period),
        )
        flags = [f"--{name}={_duration(value)}" for name, value in times]
        flags += [f"--retries={health.retries}", "CMD"]
        return exec_form("HEALTHCHECK", probe_command(health), flags=flags)
    if workload is not None and workload.probe:
        flags = ["--interval=60s", "--timeout=20s", "--start-period=60s", "CMD"]
        return exec_form("HEALTHCHECK", workload.probe, flags=flags)
    return plain("HEALTHCHECK", "NONE")


def _labels(frame: Frame) -> Iterator[Instruction]:
    plan, repository = frame.plan, frame.around.repository
    yield argument("CREATED", _EPOCH).because(
        "Last, as they differ at every commit: nothing above is built again for them."
    )
    yield argument("REVISION")
    yield argument("VERSION", plan.version or _UNKNOWN)
    tag, _, digest = frame.base.partition("@")
    found: Iterable[tuple[str, str]] = {
        f"{_OCI}title": plan.name,
        f"{_OCI}description": plan.description,
        f"{_OCI}source": f"https://{repository}" if repository else "",
        f"{_OCI}base.name": _full_name(tag),
        f"{_OCI}base.digest": digest,
        **dict(plan.labels),
    }.items()
    given = (
        (f"{_OCI}{name.lower()}", f"${{{name}}}") for name in ("CREATED", "REVISION", "VERSION")
    )
    known = {key: value for key, value in found if value}
    yield assignments("LABEL", known.items(), given)


def _duration(value: float) -> str:
    """
    Return *value*, in seconds, as BuildKit reads durations.

    >>> _duration(30), _duration(0.5)
    ('30s', '500ms')
    """
    return f"{int(value)}s" if value == int(value) else f"{round(value * 1000)}ms"


def _full_name(image: str) -> str:
    """
    Return *image* with its registry.

    >>> _full_name("python:3.13"), _full_name("gcr.io/a/b:c")
    ('docker.io/library/python:3.13', 'gcr.io/a/b:c')
    """
    first, slash, _ = image.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        return image
    return f"docker.io/{image}" if slash else f"docker.io/library/{image}"
