"""A plan as text that is read without colour."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Iterable, Iterator, Sequence

from boxwright.plan.model import (
    CompanionPlan,
    Decision,
    GpuPlan,
    Plan,
    Resources,
    Secret,
    Volume,
    Workload,
)

_WIDTH = 100


def plan_text(plan: Plan, others: Sequence[str] = ()) -> str:
    """
    Return *plan* in three parts: what is built and run, why, and what to know.

    *others* are further platforms that it is the plan for.
    """
    return "\n".join([*_summary(plan, others), "", *_decisions(plan), *_notices(plan)]) + "\n"


def _summary(plan: Plan, others: Sequence[str]) -> Iterator[str]:
    process = plan.process
    rows = [
        (
            "image",
            (
                f"{plan.name}{f' {plan.version}' if plan.version else ''} for {plan.platform}",
                *([f"and the same for {', '.join(others)}, in one index"] if others else []),
            ),
        ),
        ("base", (_base(plan),)),
        ("dependencies", (_dependencies(plan),)),
        ("application", (_application(plan),)),
        ("start", (shlex.join(process.entrypoint),)),
        ("port", (str(process.port) if process.port else "none",)),
        ("health", (_health(plan),)),
        ("user", (process.user,)),
        ("Dockerfile", tuple(_images(plan))),
        ("Debian", tuple(_debian(plan))),
        ("GPU", (_gpu(plan.gpu),) if plan.gpu else ()),
        ("runs", tuple(_table(_workload(it) for it in plan.workloads))),
        ("beside it", tuple(_table(_companion(it) for it in plan.companions))),
        ("volumes", tuple(_table(_volume(it) for it in plan.volumes))),
        ("secrets", tuple(_table(_secret(it) for it in plan.secrets))),
    ]
    width = max(len(name) for name, _ in rows)
    for name, values in rows:
        for value in values:
            yield f"{name:<{width}}  {value}".rstrip()
            name = ""


def _table(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    found = list(rows)
    width = max((len(name) for name, _ in found), default=0)
    for name, text in found:
        yield f"{name:<{width}}  {text}"


def _base(plan: Plan) -> str:
    if plan.base.image:
        return f"the image {plan.base.image}"
    if not plan.base.suites:
        return f"no Debian; public images only, {plan.base.variant}"
    return f"Debian {' or '.join(plan.base.suites)}, {plan.base.variant}"


def _images(plan: Plan) -> Iterator[str]:
    if plan.images is None:
        return
    on = f", to run on {plan.images.runtime}" if plan.images.runtime else ""
    yield f"from {plan.images.python}{on}"


def _debian(plan: Plan) -> Iterator[str]:
    if plan.system_packages:
        yield ", ".join(plan.system_packages)
    if plan.build_packages:
        yield f"{', '.join(plan.build_packages)} to build with"


def _gpu(gpu: GpuPlan) -> str:
    cuda = f"CUDA {gpu.cuda}" if gpu.cuda else "CUDA"
    where = "in the wheels" if gpu.bundled else "in the base image"
    return f"{cuda} {where}" + (f", driver {gpu.driver} or newer" if gpu.driver else "")


def _workload(workload: Workload) -> tuple[str, str]:
    words = [workload.kind]
    if workload.schedule:
        words.append(f"at `{workload.schedule}`")
    if workload.port:
        words.append(f"port {workload.port}")
    if workload.metrics:
        at = f" on port {workload.metrics_port}" if workload.metrics_port else ""
        words.append(f"metrics at {workload.metrics}{at}")
    if workload.replicas != 1:
        words.append(f"{workload.replicas} replicas")
    if workload.target != "runtime":
        words.append(f"target {workload.target}")
    words.append(_resources(workload.resources))
    if workload.needs:
        words.append(f"needs {' and '.join(workload.needs)}")
    return workload.name, ", ".join(words)


def _resources(resources: Resources) -> str:
    cpus = f"{resources.cpus:g} CPU{'' if resources.cpus == 1 else 's'}"
    gpus = f"{resources.gpus} GPU{'' if resources.gpus == 1 else 's'}"
    return f"{cpus}, {_size(resources.memory)}" + (f", {gpus}" if resources.gpus else "")


def _companion(companion: CompanionPlan) -> tuple[str, str]:
    profile = f", profile {companion.profile}" if companion.profile else ""
    return companion.name, f"{companion.image}, {_resources(companion.resources)}{profile}"


def _volume(volume: Volume) -> tuple[str, str]:
    source = f", {volume.source}" if volume.source else ""
    size = f", {_size(volume.size)}" if volume.size else ""
    return volume.name, f"{volume.kind}{source}{size}"


def _secret(secret: Secret) -> tuple[str, str]:
    how = "made up" if secret.is_made else "to be given"
    kind = "a file" if secret.form == "file" else f"in {secret.variable or secret.name.upper()}"
    return secret.name, f"{how}, {kind}"


def _size(size: int) -> str:
    gib = 1 << 30
    return f"{size / gib:.4g} GiB" if size >= gib else f"{size >> 20} MiB"


def _dependencies(plan: Plan) -> str:
    found = plan.dependencies
    text = "none" if found.source == "none" else found.path or found.source
    for word, names in (("extras", found.extras), ("groups", found.groups)):
        if names:
            text += f", {word} {', '.join(names)}"
    return text + (", and the project's own wheel" if found.installs_project else "")


def _application(plan: Plan) -> str:
    count = len(plan.application.files)
    text = f"{count} file{'' if count == 1 else 's'} in {plan.process.working_dir}"
    models = len(plan.application.models)
    return f"{text}, {models} model file{'' if models == 1 else 's'}" if models else text


def _health(plan: Plan) -> str:
    health = plan.process.health
    if health is None:
        return "none"
    asks = f"GET {health.path}" if health.path else "a connection"
    return f"{asks} on port {health.port} every {health.interval:g} s"


def _decisions(plan: Plan) -> Iterator[str]:
    yield "Why"
    for decision in plan.decisions:
        yield from textwrap.wrap(
            _decision(decision),
            _WIDTH,
            initial_indent="  ",
            subsequent_indent="      ",
            break_long_words=False,
            break_on_hyphens=False,
        )


def _decision(decision: Decision) -> str:
    text = f"{decision.what} = {decision.value}: {decision.why}"
    places = ", ".join(str(evidence) for evidence in decision.evidence)
    if places:
        text += f" ({places})"
    return f"{text} [{decision.practice}]" if decision.practice else text


def _notices(plan: Plan) -> Iterator[str]:
    if not plan.notices:
        return
    yield ""
    yield "To know"
    for notice in plan.notices:
        places = ", ".join(str(evidence) for evidence in notice.evidence)
        text = notice.text + (f" ({places})" if places else "")
        yield from textwrap.wrap(
            text, _WIDTH, initial_indent="  ", subsequent_indent="      ", break_on_hyphens=False
        )
        if notice.hint:
            yield from textwrap.wrap(
                f"hint: {notice.hint}",
                _WIDTH,
                initial_indent="      ",
                subsequent_indent="      ",
                break_on_hyphens=False,
            )
