"""Which services of public images stand beside the project's own, and how they are started."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from boxwright.errors import PlanError
from boxwright.plan.explain import Explained
from boxwright.plan.model import CompanionPlan, Mount, Resources, Secret, Volume
from boxwright.plan.resources import GIB, MIB
from boxwright.project.evidence import Evidence
from boxwright.project.facts import Companion, Dependencies, Project
from boxwright.settings import CompanionSettings, Settings

SECRETS = "/run/secrets"
_BROKERS = ("redis", "rabbitmq")
_HOST = re.compile(
    r"://(?:[^@/\s\"']*@)?([A-Za-z0-9.-]+)|\b(?:host|hostname|endpoint)=[\"']([A-Za-z0-9.-]+)"
)
LOCAL = frozenset({"localhost", "127.0.0.1", "0.0.0.0"})  # noqa: S104 (as code names them)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A row of `companions.toml`."""

    name: str
    title: str
    image: str
    port: int
    user: str
    url: str
    prefixes: tuple[str, ...]
    probe: tuple[str, ...]
    images: Mapping[str, str] = field(default_factory=dict)
    more_ports: tuple[int, ...] = ()
    command: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    always: Mapping[str, str] = field(default_factory=dict)
    """Variables of workloads that its client library reads by itself."""
    database: str = ""
    login: str = ""
    credential: str = ""
    password_variable: str = ""
    password_template: str = ""
    data: str = ""
    shared_tmp: bool = False
    size: int = 1
    temporary: tuple[str, ...] = ()
    writable: bool = False
    cpus: float = 1
    memory: int = 512
    stop: int = 30
    profile: str = ""
    remark: str = ""
    guarded: Mapping[str, Any] = field(default_factory=dict)

    def with_password(self) -> Kind:
        """Return it as it is where the code has a password for it."""
        return replace(self, **_frozen(self.guarded))


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How a companion is reached: what wiring needs to know of it."""

    kind: Kind
    name: str
    user: str
    database: str
    fact: Companion | None

    @property
    def secret(self) -> str:
        """The name of its password; empty where it has none."""
        return f"{self.name}_password".replace("-", "_") if self.kind.credential else ""

    def filled(self, text: str, **more: str) -> str:
        """Return *text* of the table with this companion's names in it."""
        values = {
            "name": self.name,
            "port": str(self.kind.port),
            "user": self.user,
            "database": self.database,
            "password": self.secret,
            **more,
        }
        return re.sub(r"\{(\w+)\}", lambda match: values.get(match[1], match[0]), text)


@functools.cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads(Path(__file__).with_name("companions.toml").read_text("utf-8"))


@functools.cache
def kinds() -> Mapping[str, Kind]:
    """Return the services that can be planned."""
    found = {}
    for name, row in _table().items():
        if name != "left":
            found[name] = Kind(name=name, **_frozen(row))
    return found


def _frozen(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}


def decide_companions(
    project: Project,
    settings: Settings,
    taken: Sequence[str],
    explained: Explained,
    *,
    has_metrics: bool,
) -> tuple[Access, ...]:
    """Return the companions, each once, sorted by name; *taken* are the names of workloads."""
    asked = dict(settings.companions)
    for name in asked:
        if name not in kinds():
            _unknown(name, settings)
    found: dict[str, Companion | None] = {}
    facts = {fact.kind: fact for fact in project.companions}
    for kind, fact in facts.items():
        if kind in asked:
            continue
        if kind not in kinds():
            _tell_of_left(fact, explained)
        elif fact.is_certain:
            found[kind] = fact
            explained.add("companions", kind, "the project connects to it", *fact.evidence[:3])
    _add_broker(project, facts, asked, found, explained)
    for kind, fact in facts.items():
        if kind in kinds() and kind not in found and kind not in asked:
            explained.notice(
                f"a client of {kinds()[kind].title} is among the dependencies, but no connection"
                " was found",
                f"`{settings.key('companions')}.{kind} = true` adds one",
                *fact.evidence[:1],
            )
    if has_metrics:
        for kind in ("prometheus", "grafana"):
            if kind not in asked:
                found[kind] = None
                explained.add(
                    "companions", kind, "there are metrics to read; started on demand only"
                )
    for kind, choice in asked.items():
        explained.from_settings(f"companions.{kind}", "planned" if choice.enabled else "left out")
        if choice.enabled:
            found[kind] = facts.get(kind)
    accesses = [
        _access(project, kinds()[kind], fact, taken) for kind, fact in sorted(found.items())
    ]
    for access in accesses:
        if access.kind.remark:
            explained.notice(
                f"the image of {access.kind.title} is {access.kind.remark}",
                f"name another one in `{settings.key('companions')}.{access.kind.name}.image`",
            )
    return tuple(sorted(accesses, key=lambda access: access.name))


def _unknown(name: str, settings: Settings) -> None:
    import difflib

    left = _table()["left"]
    if name in left:
        raise PlanError(
            f"{settings.source}: {settings.key('companions')}.{name}: it is not planned: {left[name]}",
            hint="run it beside, and name its address in `env`",
        )
    near = difflib.get_close_matches(name, kinds(), n=1)
    raise PlanError(
        f"{settings.source}: {settings.key('companions')}.{name}: no such companion is known",
        hint=f"did you mean `{near[0]}`?" if near else f"known are {', '.join(sorted(kinds()))}",
    )


def _tell_of_left(fact: Companion, explained: Explained) -> None:
    why = _table()["left"].get(fact.kind)
    if why and fact.is_certain:
        explained.notice(
            f"the project talks to `{fact.kind}`, which is not planned: {why}",
            "run it beside, and name its address in `env`",
            *fact.evidence[:1],
        )


def _add_broker(
    project: Project,
    facts: Mapping[str, Companion],
    asked: Mapping[str, CompanionSettings],
    found: dict[str, Companion | None],
    explained: Explained,
) -> None:
    """Add the broker that workers need, where none was seen for certain."""
    if not project.workers or any(kind in found or kind in asked for kind in _BROKERS):
        return
    worker = project.workers[0]
    candidates = [kind for kind in _BROKERS if kind in facts]
    usual = "rabbitmq" if worker.library in ("celery", "dramatiq") else "redis"
    if worker.library in ("rq", "arq") or len(candidates) == 1:
        usual = candidates[0] if candidates else "redis"
    elif candidates:
        usual = "redis"
    if worker.library == "celery" and any(
        "redis" in dependency.extras
        for dependency in project.dependencies.direct
        if dependency.name == "celery"
    ):
        usual = "redis"
    if worker.library in ("huey", "taskiq") and not candidates:
        return
    found[usual] = facts.get(usual)
    explained.add("companions", usual, f"`{worker.library}` needs a broker", worker.evidence)


def _access(project: Project, kind: Kind, fact: Companion | None, taken: Sequence[str]) -> Access:
    user, database = kind.login or "app", kind.database or "app"
    name = kind.name
    for text in _texts(project, kind, fact):
        match = re.match(
            r"[a-z0-9+.]+://(?:([A-Za-z0-9_.-]+)(?::[^@]*)?@)?[^/\s]*(?:/([A-Za-z0-9_-]+))?", text
        )
        if match:
            user = user if kind.login else match[1] or user
            database = match[2] or database
            break
    for variable in project.variables:
        ends = variable.name.upper()
        if not (variable.default and _is_about(variable.name, kind, fact)):
            continue
        if re.search(r"_?(USER|USERNAME)$", ends) and not kind.login:
            # The images of MySQL and MariaDB refuse to make that one.
            user = user if variable.default == "root" else variable.default
        elif re.search(r"_?(DB|DATABASE|DB_?NAME|NAME)$", ends):
            database = variable.default
    if fact is not None and not fact.variables:
        # Written into the code: the network knows it by that name.
        for evidence in fact.evidence:
            match = _HOST.search(evidence.says)
            host = (match[1] or match[2]) if match else ""
            if re.fullmatch(r"[a-z][a-z0-9-]{0,62}", host or "") and host not in LOCAL:
                name = host
                break
    if kind.guarded and any(
        _is_about(variable.name, kind, fact)
        and is_password(variable.name)
        and (variable.is_file or variable.is_required)
        for variable in project.variables
    ):
        kind = kind.with_password()
    if name in taken:
        name = f"{name}-{'server' if name == kind.name else kind.name}"
    return Access(kind=kind, name=name, user=user, database=database, fact=fact)


def _texts(project: Project, kind: Kind, fact: Companion | None) -> Iterator[str]:
    """Yield the addresses that the code has for it, where it is not told."""
    if not kind.credential and not kind.database:
        return
    scheme = kind.url.partition(":")[0]
    for variable in project.variables:
        text = variable.default or ""
        if text.startswith((scheme, "postgres" if kind.name == "postgres" else scheme)) and (
            "://" in text and _is_about(variable.name, kind, fact)
        ):
            yield text


def _is_about(variable: str, kind: Kind, fact: Companion | None) -> bool:
    if fact is not None and variable in fact.variables:
        return True
    name = variable.upper()
    return any(name == prefix or name.startswith(f"{prefix}_") for prefix in kind.prefixes) or (
        kind.name == "postgres"
        and re.match(r"PG(HOST|PORT|USER|PASSWORD|DATABASE)", name) is not None
    )


is_about = _is_about


def is_password(variable: str) -> bool:
    """Tell whether the variable of that name holds a password, or the file with one."""
    return re.search(r"(PASSWORD|PASSWD|PASS|PWD)(_FILE)?$", variable.upper()) is not None


def plan_companion(
    access: Access, dependencies: Dependencies, settings: Settings, explained: Explained
) -> tuple[CompanionPlan, tuple[Volume, ...]]:
    """Return the service that *access* leads to, with the volume of its data."""
    kind = access.kind
    asked = dict(settings.companions).get(kind.name, CompanionSettings())
    memory = asked.memory or kind.memory * MIB
    image = kind.image
    for name, other in kind.images.items():
        if dependencies.has(name):
            image = other
            evidence = dependencies.find(name)
            explained.add(
                f"companions.{kind.name}.image", image, f"`{name}` needs its extension",
                *((evidence.evidence,) if evidence else ()),
            )  # fmt: skip
    if asked.image:
        image = asked.image
        explained.from_settings(f"companions.{kind.name}.image", image)
    sizes = {"size": str(memory * 3 // 4 // 10**6)}
    env = {name: access.filled(text) for name, text in kind.env.items()}
    if kind.credential == "file" and kind.password_variable:
        env[kind.password_variable] = f"{SECRETS}/{access.secret}"
    mounts: tuple[Mount, ...] = ()
    volumes: tuple[Volume, ...] = ()
    if kind.data:
        volume = f"{access.name}-data"
        mounts = (Mount(volume=volume, target=kind.data),)
        volumes = (Volume(name=volume, kind="state", size=asked.size or kind.size * GIB),)
    return CompanionPlan(
        name=access.name,
        kind=kind.name,
        image=image,
        port=kind.port,
        more_ports=kind.more_ports,
        user=kind.user,
        command=tuple(access.filled(word, **sizes) for word in kind.command),
        env=tuple(sorted(env.items())),
        probe=tuple(access.filled(word) for word in kind.probe),
        mounts=mounts,
        temporary=kind.temporary,
        writable_root=kind.writable,
        resources=Resources(
            cpus=asked.cpus or kind.cpus, memory=memory, pids=1024 if kind.memory >= 1024 else 256
        ),
        stop_seconds=kind.stop,
        profile=kind.profile,
    ), volumes


def password_of(access: Access, variable: str, users: Sequence[str]) -> Secret | None:
    """
    Return the companion's password; None where it has none.

    *variable* names it to workloads *users* as a file; both are empty where none reads one.
    """
    kind = access.kind
    if not kind.credential:
        return None
    is_file = kind.credential == "file"
    return Secret(
        name=access.secret,
        variable=variable if is_file else kind.password_variable,
        form=kind.credential,
        is_made=True,
        workloads=(*users, access.name) if is_file else (access.name,),
    )


def evidence_of(access: Access) -> tuple[Evidence, ...]:
    """Return where the code connects to it."""
    return access.fact.evidence if access.fact else ()
