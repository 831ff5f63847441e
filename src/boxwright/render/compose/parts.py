"""The parts of a service that compose.yaml and its override have in common."""

from __future__ import annotations

import re
from collections.abc import Mapping

from boxwright.plan.model import CompanionPlan, Mount, Secret, Volume, Workload
from boxwright.render.compose.names import because, literal, size, user_of
from boxwright.render.compose.stack import Stack
from boxwright.render.monitoring import config_variables
from boxwright.syntax.yaml.written import MERGE, Data, Flow, Literal

Service = dict[str, Data]

_ORDER = (
    MERGE, "image", "build", "depends_on", "volumes", "secrets", "environment", "ports",
    "networks", "command", "entrypoint", "restart", "healthcheck", "logging", "user", "profiles",
    "init", "read_only", "tmpfs", "cap_drop", "security_opt", "shm_size", "ulimits",
    "stop_signal", "stop_grace_period", "platform", "deploy", "develop",
)  # fmt: skip
"""What it is, what it has, how it is run, and within which bounds."""
_MIB = 1 << 20
_TEMPORARY = "/tmp"  # noqa: S108 (of a container)
_CREDENTIAL = re.compile(
    r"(key|token|secret|password|passwd|credentials?|creds|auth)(_|$)|_(pass|pwd)$", re.IGNORECASE
)
"""Names by which the checker knows a credential, which it would rather see in a file."""
_VARIABLE = re.compile(r"\$\{[^{}]*\}")


def ordered(service: Mapping[str, Data]) -> Service:
    """Return *service* without what is empty, its keys in the order of all services."""
    return {
        key: service[key]
        for key in sorted(service, key=_ORDER.index)
        if service[key] not in (None, "", [], {}, ())
    }


def volumes(stack: Stack, service: Workload | CompanionPlan, *, bound: bool = False) -> list[Data]:
    """Return what *service* mounts; *bound*: folders of the project rather than named volumes."""
    return [volume(stack, mount, bound=bound) for mount in service.mounts]


def volume(stack: Stack, mount: Mount, *, bound: bool = False) -> Data:
    """Return one of them."""
    found = stack.volume(mount)
    if found.source and (bound or stack.is_bound(found)):
        return bind(stack.path(found.source), mount.target, read_only=mount.read_only)
    named: dict[str, Data] = {"type": "volume", "source": found.name, "target": mount.target}
    if mount.read_only:
        named["read_only"] = True
    return named


def bind(source: str, target: str, *, read_only: bool) -> dict[str, Data]:
    """Return a mount of the machine's own folder; one that is missing is an error, not made."""
    found: dict[str, Data] = {"type": "bind", "source": source, "target": target}
    if read_only:
        found["read_only"] = True
    return {**found, "bind": Flow({"create_host_path": False})}


def named_volumes(stack: Stack) -> tuple[Volume, ...]:
    """Return the volumes that Compose has to make, by name."""
    found = {it.volume: stack.volume(it) for owner in stack.services for it in owner.mounts}
    return tuple(found[name] for name in sorted(found) if not stack.is_bound(found[name]))


def environment(stack: Stack, service: Workload | CompanionPlan) -> Data:
    """Return the variables of *service*; those with a credential in them say why."""
    found = {name: literal(value) for name, value in service.env}
    if isinstance(service, CompanionPlan):
        found = {**config_variables(stack.plan, service), **found}
    credentials = []
    for secret in stack.secrets_of(service.name):
        if not secret.variable:
            continue
        if secret.form == "value":
            found[secret.variable] = value = value_of(stack, secret, service)
            if _VARIABLE.fullmatch(value):
                # The checker takes a value with more in it for an address.
                credentials.append(secret.variable)
        elif isinstance(service, Workload):
            found.setdefault(secret.variable, f"/run/secrets/{secret.name}")
    variables = {name: found[name] for name in sorted(found)}
    reasons = []
    if any(_CREDENTIAL.search(name) for name in credentials):
        reasons.append(
            "boxwright: ignore[secret-as-environment] because the program takes it from there alone"
        )
    if any(name.endswith("ACCESS_KEY_ID") for name, _ in service.env):
        reasons.append(
            "boxwright: ignore[literal-secret-in-compose] because an ID is a name, and no credential"
        )
    return because(variables, *reasons) if reasons else variables


def value_of(stack: Stack, secret: Secret, service: Workload | CompanionPlan) -> str:
    """Return the value of *secret* as Compose puts it together from `.env`."""
    profile = service.profile if isinstance(service, CompanionPlan) else stack.profile(service)
    # A variable that must be set must be so for every command, whatever that starts.
    is_optional = secret.is_optional or (bool(profile) and not secret.is_made)
    names = [it.name for it in stack.plan.secrets if f"{{{it.name}}}" in secret.template]
    text = literal(secret.template) if names else f"{{{secret.name}}}"
    for name in names or [secret.name]:
        end = ":-" if is_optional else ":?set it in .env"
        text = text.replace(f"{{{name}}}", f"${{{name.upper()}{end}}}")
    return text


def scratch(stack: Stack, service: Workload | CompanionPlan) -> list[str]:
    """
    Return the folders of *service* that live in memory, which counts as the container's own.

    Docker mounts them so that nothing in them can be run.
    """
    room = max(64 * _MIB, min(service.resources.memory // 4, 2048 * _MIB)) // _MIB * _MIB
    if isinstance(service, Workload):
        process = stack.part(service).plan.process
        owner, group = user_of(process.user)
        found = [f"{_TEMPORARY}:mode=1777,size={size(room)}"]
        home = dict(process.env).get("HOME", "")
        if service.kind == "notebook" and home.startswith("/"):
            # Kernels and the server keep connections and histories there.
            rights = f"mode=0770,uid={owner},gid={group}"
            found.append(f"{home}:{rights},size={size(64 * _MIB)}")
        return found
    owner, group = user_of(service.user)
    # Most programs need it, and some say so only when they fail.
    standing = () if service.writable_root else (_TEMPORARY,)
    found = []
    for path in dict.fromkeys((*standing, *service.temporary)):
        rights = "mode=1777" if path == _TEMPORARY else f"mode=0750,uid={owner},gid={group}"
        found.append(f"{path}:{rights},size={size(min(room, 64 * _MIB))}")
    return found


def exec_form(*words: str) -> Data:
    """Return a command that no shell reads."""
    if any("\n" in word for word in words):
        return [Literal(literal(word)) if "\n" in word else literal(word) for word in words]
    return Flow([literal(word) for word in words])


def listed(*names: str) -> Data:
    """Return *names* as a list in one line; None without any."""
    return Flow(names) if names else None
