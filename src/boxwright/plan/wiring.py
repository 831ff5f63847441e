"""Which variables lead workloads to their companions, and which credentials they get."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from boxwright.plan.companions import LOCAL, SECRETS, Access, is_about, is_password, password_of
from boxwright.plan.explain import Explained
from boxwright.plan.model import Secret
from boxwright.project.facts import Dependencies, Project, Variable
from boxwright.settings import SecretSettings, Settings

_ROLES = (
    ("url", r"(^|_)(URL|URI|DSN|CONNECTION_STRING|CONN_STR|BROKER|BACKEND)$"),
    ("address", r"(^|_)(BOOTSTRAP_SERVERS?|SERVERS|BROKERS|HOSTS|NODES|ADDR|ADDRESS|ENDPOINT)$"),
    ("host", r"(^|_|^PG)(HOST|HOSTNAME|SERVER)$"),
    ("port", r"(^|_|^PG)PORT$"),
    ("password", r"(^|_|^PG)(PASSWORD|PASSWD|PASS|PWD|SECRET_KEY|SECRET_ACCESS_KEY)$"),
    ("user", r"(^|_|^PG)(USER|USERNAME|ACCESS_KEY|ACCESS_KEY_ID)$"),
    ("database", r"(^|_|^PG)(DB|DATABASE|DBNAME|DB_NAME|DATABASE_NAME|NAME)$"),
)
"""What a variable holds, by how its name ends."""
_SAME = {
    "postgresql": ("postgresql", "postgres"),
    "mysql": ("mysql", "mariadb"),
    "amqp": ("amqp", "pyamqp"),
}
"""Schemes of one service, by the usual one; with its driver the code's own is kept."""
_MADE = re.compile(
    r"(^|_)(SECRET_KEY|JWT_SECRET|JWT_KEY|SESSION_SECRET|SESSION_KEY|COOKIE_SECRET|CSRF_SECRET"
    r"|APP_SECRET|SIGNING_KEY|AUTH_SECRET)$"
)
"""Secrets that are anything at all, as long as nobody knows them."""
_GIVEN = re.compile(
    r"^(AWS|S3|R2|MINIO|WASABI|LANGFUSE|STRIPE|PAYPAL|RAZORPAY|CLERK|CLOUDINARY|TWILIO|TENCENT|BAIDU"
    r"|ALIBABA|ALIYUN|VOLCENGINE|BINANCE|ALPACA|COINBASE|GOOGLE|GITHUB|AZURE|RECAPTCHA|HCAPTCHA)_"
)
"""... and those that another service has to know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """A variable that leads to a companion, or holds a part of the way."""

    variable: str
    value: str = ""
    """Empty where it comes from a secret."""
    template: str = ""
    """What it is set to with secrets in braces."""
    path: str = ""
    """The file that reads it; empty where a library does."""


@dataclass(slots=True, kw_only=True)
class Wiring:
    """All variables of one companion."""

    access: Access
    wires: list[Wire] = field(default_factory=list)
    password_file: str = ""
    """The variable that names the file with its password; empty where none does."""


def wire(
    access: Access,
    project: Project,
    explained: Explained,
    consumed: set[str],
    *,
    is_broker: bool,
) -> Wiring:
    """Return the variables by which the code finds the companion; *consumed* gets their names."""
    found = Wiring(access=access)
    dependencies = project.dependencies
    mine = [
        variable
        for variable in project.variables
        if variable.name not in consumed and is_about(variable.name, access.kind, access.fact)
    ]
    if access.kind.credential:
        for variable in mine:
            if variable.is_file:
                found.password_file = variable.name
                found.wires.append(
                    Wire(
                        variable=variable.name,
                        value=f"{SECRETS}/{access.secret}",
                        path=variable.evidence.path,
                    )
                )
                consumed.add(variable.name)
                break
    for variable in mine:
        is_credential = is_password(variable.name) or variable.is_secret
        if not access.kind.credential and is_credential and not variable.is_required:
            # It has none: there is nothing to hand over.
            consumed.add(variable.name)
        if variable.name in consumed:
            continue
        made = _wire(variable, access, dependencies, has_file=bool(found.password_file))
        if made is not None:
            found.wires.append(made)
            consumed.add(variable.name)
    named = {wire.variable for wire in found.wires}
    for name, text in access.kind.always.items():
        if name not in named:
            found.wires.append(Wire(variable=name, value=access.filled(text)))
    if is_broker:
        has_way = any(it.path and _is_way(it, access) for it in found.wires)
        found.wires += _of_broker(access, project, named, has_way=has_way)
    for made in found.wires:
        shown = made.value or re.sub(r"\{\w+\}", "…", made.template)
        explained.add(f"env.{made.variable}", shown, f"where {access.kind.title} is")
    _tell_of_local(access, found, explained)
    return found


def _wire(
    variable: Variable, access: Access, dependencies: Dependencies, *, has_file: bool
) -> Wire | None:
    """Return what *variable* is set to; None where its name does not tell."""
    role = _role(variable, access)
    kind = access.kind
    path = variable.evidence.path
    name = variable.name
    default = variable.default or ""
    plain: dict[str, str] = {
        "host": access.name,
        "port": str(kind.port),
        "user": access.user,
        "database": access.database,
        "address": _address(access, default),
    }
    if role in plain:
        if role == "user" and not kind.credential:
            return None
        return Wire(variable=name, value=plain[role], path=path)
    if role == "password":
        if not kind.credential or has_file:
            return None
        return Wire(variable=name, template=f"{{{access.secret}}}", path=path)
    if role == "url":
        text = _url(access, name, default, dependencies, has_file=has_file)
        if kind.credential and "{" in text:
            return Wire(variable=name, template=text, path=path)
        return Wire(variable=name, value=text, path=path)
    return None


def _role(variable: Variable, access: Access) -> str:
    default = variable.default or ""
    if "://" in default:
        return "url"
    name = variable.name.upper()
    for role, pattern in _ROLES:
        if re.search(pattern, name):
            return role
    # `REDIS`, `MONGO`: the address itself.
    return "url" if name in access.kind.prefixes else ""


def _address(access: Access, default: str) -> str:
    scheme, divider, _ = default.rpartition("://")
    return f"{scheme}{divider}{access.name}:{access.kind.port}"


def _url(
    access: Access, name: str, default: str, dependencies: Dependencies, *, has_file: bool
) -> str:
    """Return the address as one text, by the driver and the database that the code is for."""
    kind = access.kind
    text = kind.url
    usual, divider, rest = text.partition("://")
    if divider:
        written = default.partition("://")[0] if "://" in default else ""
        is_same = written.partition("+")[0] in _SAME.get(usual, (usual,))
        scheme = written if is_same else _scheme(kind.name, text, dependencies)
        text = f"{scheme}://{rest}"
    if has_file:
        text = text.replace("//:{password}@", "//").replace(":{password}@", "@")
    database = access.database
    if kind.name == "redis":
        path = re.search(r"://[^/]*/(\d+)", default)
        database = path[1] if path else ("1" if name.endswith("BACKEND") else access.database)
    filled = text.replace("{database}", database)
    password = f"{{{access.secret}}}" if access.secret else ""
    return access.filled(filled.replace("{password}", password), **{access.secret: password})


def _scheme(kind: str, url: str, dependencies: Dependencies) -> str:
    """Return the scheme with the driver that SQLAlchemy wants, where that is what reads it."""
    usual = url.partition("://")[0] if "://" in url else ""
    if not any(dependencies.has(name) for name in ("sqlalchemy", "sqlmodel", "databases")):
        return usual
    drivers = {
        "postgres": (("asyncpg", "asyncpg"), ("psycopg", "psycopg"), ("pg8000", "pg8000")),
        "mysql": (("asyncmy", "asyncmy"), ("aiomysql", "aiomysql"), ("pymysql", "pymysql"),
                  ("mysql-connector-python", "mysqlconnector")),
    }.get("mysql" if kind == "mariadb" else kind, ())  # fmt: skip
    if any(dependencies.find(name) for name in ("psycopg2", "psycopg2-binary", "mysqlclient")):
        return usual
    for distribution, driver in drivers:
        if dependencies.find(distribution) is not None:
            return f"{usual}+{driver}"
    return usual


def _is_way(made: Wire, access: Access) -> bool:
    return access.name in (made.value or made.template)


def _of_broker(
    access: Access, project: Project, named: set[str], *, has_way: bool
) -> Iterator[Wire]:
    """
    Yield the variables that task queues read themselves, before what is in the code.

    With *has_way* the code has one of its own, which may say more.
    """
    libraries = {worker.library for worker in project.workers}
    url = _url(access, "", "", project.dependencies, has_file=False)
    for library, variable in (("celery", "CELERY_BROKER_URL"), ("rq", "RQ_REDIS_URL")):
        if library == "celery" and has_way:
            continue
        if library in libraries and variable not in named:
            is_secret = "{" in url
            yield Wire(
                variable=variable,
                value="" if is_secret else url,
                template=url if is_secret else "",
                path=next(it.path for it in project.workers if it.library == library),
            )


def _tell_of_local(access: Access, found: Wiring, explained: Explained) -> None:
    """Tell where the code is bound to its own machine, which in a container is the container."""
    if access.fact is None or any(
        wire.path or wire.variable in access.kind.always for wire in found.wires
    ):
        return
    for evidence in access.fact.evidence:
        words = set(re.findall(r"[A-Za-z0-9.]+", evidence.says))
        local = sorted(words & LOCAL)
        if local:
            variable = f"{access.kind.prefixes[0]}_URL"
            explained.notice(
                f"the code looks for {access.kind.title} at `{local[0]}`, which in a container is"
                " the container itself",
                f"read the address from a variable such as `{variable}`",
                evidence,
            )
            return


def secrets_of(wirings: Sequence[Wiring], users: Mapping[str, tuple[str, ...]]) -> Iterator[Secret]:
    """Yield the credentials of companions; *users* are the workloads, by the variable they read."""
    for wiring in wirings:
        access = wiring.access
        kind = access.kind
        readers = users.get(wiring.password_file, ()) if wiring.password_file else ()
        password = password_of(access, wiring.password_file, readers)
        if password is None:
            continue
        if kind.password_template:
            yield Secret(
                name=kind.password_variable.lower(),
                variable=kind.password_variable,
                form="value",
                is_made=True,
                template=access.filled(kind.password_template)
                .replace("{{", "{")
                .replace("}}", "}"),
                workloads=(access.name,),
            )
            yield Secret(name=access.secret, variable="", form="value", is_made=True)
        else:
            yield password
        for made in wiring.wires:
            if not made.template:
                continue
            name = made.variable.lower()
            yield Secret(
                name=f"{name}_value" if name == access.secret else name,
                variable=made.variable,
                form="value",
                is_made=True,
                template=made.template,
                workloads=users.get(made.variable, ()),
            )


def own_secrets(
    project: Project,
    settings: Settings,
    consumed: set[str],
    workloads: Sequence[str],
    explained: Explained,
) -> Iterator[Secret]:
    """Yield the credentials that the code reads and no companion has: keys of APIs, signing keys."""
    asked = dict(settings.secrets)
    known = {choice.variable for choice in asked.values() if choice.variable}
    for variable in project.variables:
        name = variable.name.lower()
        if not variable.is_secret or variable.name in consumed:
            continue
        if name in asked or variable.name in known:
            consumed.add(variable.name)
            continue
        upper = variable.name.upper()
        is_made = bool(_MADE.search(upper)) and not _GIVEN.match(upper)
        is_optional = not variable.is_required and not is_made and not variable.is_file
        explained.add(
            f"secrets.{name}",
            "made up"
            if is_made
            else "handed over if it is given"
            if is_optional
            else "to be given",
            f"`{variable.evidence.path}` names `{variable.name}`",
            variable.evidence,
            practice="secret-in-environment",
        )
        consumed.add(variable.name)
        yield Secret(
            name=name,
            variable=variable.name,
            form="file" if variable.is_file else "value",
            is_made=is_made,
            is_optional=is_optional,
            workloads=tuple(workloads),
        )
    for name, choice in asked.items():
        if choice.enabled:
            explained.from_settings(f"secrets.{name}", "planned")
            yield _asked_secret(name, choice, workloads)


def _asked_secret(name: str, choice: SecretSettings, workloads: Sequence[str]) -> Secret:
    form = choice.form or "value"
    return Secret(
        name=name.replace("-", "_"),
        variable=choice.variable or name.upper().replace("-", "_"),
        form=form,
        is_made=bool(choice.made),
        workloads=choice.workloads or tuple(workloads),
    )


def tell_of_unset(
    project: Project,
    settings: Settings,
    consumed: set[str],
    given: Sequence[str],
    explained: Explained,
) -> None:
    """Tell which variables the code cannot do without and nobody sets."""
    missing = [
        variable
        for variable in project.variables
        if variable.is_required and variable.name not in consumed and variable.name not in given
    ]
    if missing:
        shown = ", ".join(f"`{variable.name}`" for variable in missing[:8])
        explained.notice(
            f"the code does not run without {shown}, which nothing sets",
            f'set it: `{settings.key("env")}.{missing[0].name} = "…"`',
            *(variable.evidence for variable in missing[:8]),
        )
