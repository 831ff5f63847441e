"""Plan and workload → container: what compose.yaml says of a service holds here too."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from boxwright.build.config import healthcheck
from boxwright.errors import PlanError
from boxwright.oci.config import Healthcheck
from boxwright.plan.model import Mount, Plan, Secret, Workload
from boxwright.render.compose.parts import scratch
from boxwright.render.compose.production import spawns
from boxwright.render.compose.stack import Stack
from boxwright.render.model import Surroundings
from boxwright.run.model import CLOSED, NO_NETWORK, SECRETS, Container, Mounted, Port, SecretFile
from boxwright.run.wishes import Wishes, numeric

_MOST_SECRET = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A container, and what whoever runs it should know."""

    container: Container
    notes: tuple[str, ...] = ()


def choose_workload(plan: Plan, name: str | None) -> Workload:
    """Return the workload *name* of *plan*; its first one where no name is given."""
    if not plan.workloads:
        raise PlanError(f"`{plan.name}` has nothing to run", hint="set `entrypoint`")
    if name is None:
        return plan.workloads[0]
    for workload in plan.workloads:
        if workload.name == name:
            return workload
    names = ", ".join(f"`{workload.name}`" for workload in plan.workloads)
    raise PlanError(f"there is no workload `{name}`", hint=f"there are {names}")


def check_alone(workload: Workload) -> None:
    """Raise PlanError where *workload* cannot be run alone, or is another image."""
    extra = (*workload.extras, *workload.groups, *workload.requirements)
    if workload.target != "runtime" and extra:
        raise PlanError(
            f"`{workload.name}` has an image of its own, with {', '.join(f'`{it}`' for it in extra)}",
            hint=f"`boxwright init` writes its stage: `docker compose run --rm {workload.name}`",
        )
    if workload.needs:
        names = " and ".join(f"`{name}`" for name in workload.needs)
        raise PlanError(
            f"`{workload.name}` needs {names} beside it",
            hint="`boxwright init` writes a compose.yaml that starts them: `docker compose up`;"
            " or run it alone, with `--without-companions`",
        )


def container_of(
    plan: Plan,
    workload: Workload,
    *,
    image: str,
    folder: Path,
    wishes: Wishes,
    environ: Mapping[str, str],
    alone: bool = False,
) -> Chosen:
    """
    Return *workload* of the project in *folder* as a container of *image*.

    PlanError where it cannot be run by itself, unless it is to be *alone* all the same, or
    where a secret has no value.
    """
    if not alone:
        check_alone(workload)
    stack = Stack(plan=plan, around=Surroundings())
    process = plan.process
    is_own = workload.target == "runtime" and workload.command == process.entrypoint
    is_changed = bool(wishes.command or wishes.entrypoint)
    ports = wishes.ports or _ports(stack, workload)
    secrets = _secrets(stack, workload, folder, wishes, environ)
    values, env = _variables(stack, workload, {it.name for it in secrets})
    command = wishes.command or workload.command
    if command[0].startswith("-"):
        # No program is called so: they are arguments of the project's.
        command = (*workload.command, *command)
    health, path = _health(plan, workload)
    network = wishes.network or ("published" if ports else NO_NETWORK)
    resources = wishes.resources(workload.resources)
    container = wishes.added_to(
        Container(
            image=image,
            name=wishes.name or _name(stack.name, workload.name),
            entrypoint=(
                (wishes.entrypoint, *wishes.command)
                if wishes.entrypoint
                else ()
                if is_own and not is_changed and not values
                else command
            ),
            user=numeric(wishes.user or process.user),
            writable_root=workload.writable_root,
            scratch=tuple(scratch(stack, replace(workload, resources=resources))),
            mounts=tuple(_mounted(stack, plan, mount, folder) for mount in workload.mounts),
            secrets=secrets,
            values=values,
            env=env,
            ports=() if network == NO_NETWORK else ports,
            network=CLOSED if network == "published" else network,
            resources=resources,
            health=None if is_changed else health,
            tells_engine=is_own and not is_changed and process.health is not None,
            is_checked=is_own and not is_changed,
            needs_init=spawns(workload),
            stop_seconds=workload.stop_seconds,
            stop_signal="" if is_own else process.stop_signal and "SIGTERM",
            kind=workload.kind,
            path=workload.health.path if workload.health else path,
        )
    )
    return Chosen(container=container, notes=tuple(_notes(stack, workload, container, wishes)))


def _name(project: str, workload: str) -> str:
    """
    Return how a container is called, as Compose would.

    >>> _name("shop", "api"), _name("digits-api", "digits-api")
    ('shop-api', 'digits-api')
    """
    return project if project == workload else f"{project}-{workload}"


def _ports(stack: Stack, workload: Workload) -> tuple[Port, ...]:
    if workload.port is None or not stack.is_listening(workload):
        return ()
    return (Port(inside=workload.port, outside=workload.port),)


def _health(plan: Plan, workload: Workload) -> tuple[Healthcheck | None, str]:
    if workload.health is not None:
        return healthcheck(workload.health), workload.health.path
    if workload.probe:
        return Healthcheck(test=workload.probe, timeout=20, start_period=60), ""
    is_own = workload.target == "runtime" and workload.command == plan.process.entrypoint
    if is_own and plan.process.health is not None and workload.kind != "job":
        return healthcheck(plan.process.health), plan.process.health.path
    return None, ""


def _mounted(stack: Stack, plan: Plan, mount: Mount, folder: Path) -> Mounted:
    volume = stack.volume(mount)
    if volume.source and stack.is_bound(volume):
        source = (folder / volume.source).absolute()
        if not source.exists():
            raise PlanError(
                f"`{volume.source}` is not there, which `{mount.target}` is to show",
                hint=f"put the {volume.kind} into it, or mount another folder:"
                f" `--mount PATH:{mount.target}`",
            )
        return Mounted(
            kind="bind", source=str(source), target=mount.target, read_only=mount.read_only
        )
    inside = mount.target.removeprefix(plan.process.working_dir).strip("/")
    shipped = (*plan.application.files, *plan.application.models)
    return Mounted(
        kind="volume",
        # As Compose names it, so that both have the same data.
        source=f"{stack.name}_{volume.name}",
        target=mount.target,
        read_only=mount.read_only,
        is_new_for_user=not mount.read_only
        and not any(path.startswith(f"{inside}/") for path in shipped),
    )


def _variables(
    stack: Stack, workload: Workload, given: set[str]
) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    """Return the variables that are made of secrets, and the others."""
    env = dict(workload.env)
    values: dict[str, str] = {}
    for secret in stack.secrets_of(workload.name):
        if not secret.variable:
            continue
        if secret.form != "value":
            if secret.name in given:
                env.setdefault(secret.variable, f"{SECRETS}/{secret.name}")
            continue
        text = secret.template or f"{{{secret.name}}}"
        for other in stack.plan.secrets:
            if other.name not in given:
                text = text.replace(f"{{{other.name}}}", "")
        if any(f"{{{name}}}" in text for name in given):
            values[secret.variable] = text
            env.pop(secret.variable, None)
        else:
            env[secret.variable] = text
    return tuple(sorted(values.items())), tuple(sorted(env.items()))


def _secrets(
    stack: Stack, workload: Workload, folder: Path, wishes: Wishes, environ: Mapping[str, str]
) -> tuple[SecretFile, ...]:
    """Return the secrets of *workload* that have a value; PlanError tells of one that lacks it."""
    given = {it.name for it in wishes.secrets} | {name for name, _ in wishes.env}
    in_file = _env_file(folder / ".env")
    found = []
    wanted = stack.secrets_of(workload.name)
    named = {name for it in wanted if it.template for name in _named(stack, it)}
    others = [it for it in stack.plan.secrets if it.name in named and it not in wanted]
    for secret in (*wanted, *others):
        if secret.name in given or secret.variable in given:
            continue
        if secret.template and secret.name not in named:
            # It is put together of others, and no file of its own.
            continue
        held = _held(secret, folder, environ, in_file)
        if held is not None:
            found.append(held)
        elif not secret.is_optional:
            made = ", or let `boxwright init` make it" if secret.is_made else ""
            raise PlanError(
                f"the secret `{secret.name}` has no value",
                hint=f"write it to `secrets/{secret.name}`, set {secret.name.upper()}, or give"
                f" `--secret {secret.name}=FILE`{made}",
            )
    return tuple(found)


def _named(stack: Stack, secret: Secret) -> Iterable[str]:
    return [it.name for it in stack.plan.secrets if f"{{{it.name}}}" in secret.template]


def _held(
    secret: Secret, folder: Path, environ: Mapping[str, str], in_file: Mapping[str, str]
) -> SecretFile | None:
    path = (folder / "secrets" / secret.name).absolute()
    if path.is_file():
        return SecretFile(name=secret.name, path=path)
    names = [secret.name.upper()]
    if secret.form == "value" and not secret.template:
        names.append(secret.variable)
    for where in (environ, in_file):
        for name in names:
            if where.get(name):
                return SecretFile(name=secret.name, path=path, value=where[name])
    return None


def _env_file(path: Path) -> dict[str, str]:
    """Return the variables of the `.env` that Compose reads."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        return {}
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return {}
        text = file.read(_MOST_SECRET).decode(errors="replace")
    found = {}
    for line in text.splitlines():
        name, equals, value = line.strip().partition("=")
        if equals and not name.startswith("#"):
            value = value.strip()
            is_quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
            found[name.strip()] = value[1:-1] if is_quoted else value
    return found


def _notes(stack: Stack, workload: Workload, container: Container, wishes: Wishes) -> Iterable[str]:
    if not wishes.network and workload.kind != "job" and stack.reaches_out(workload):
        given = [it.name for it in stack.secrets_of(workload.name) if not it.is_made]
        why = f" (it is given `{given[0]}`)" if given else ""
        yield (
            f"`{workload.name}` may need the internet{why}, and nothing leads there:"
            " `--network bridge` lets it out"
        )
    if container.network == "host":
        yield "`--network host` gives the container this machine's network, and `host-namespace` up"
    if wishes.without_gpu and workload.resources.gpus:
        yield f"`{workload.name}` is planned with a GPU and runs without one"
