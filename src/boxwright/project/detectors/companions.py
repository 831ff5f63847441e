"""Services that the project talks to: databases, brokers, stores."""

from __future__ import annotations

import ast
import functools
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from boxwright.errors import ProjectError
from boxwright.project.detectors.modules import Constants, Module, keyword
from boxwright.project.detectors.ours import is_generated
from boxwright.project.detectors.variables import EXAMPLES, Read
from boxwright.project.document import read_text
from boxwright.project.evidence import Evidence
from boxwright.project.facts import Companion, Project, Remark, Worker
from boxwright.project.tree import Tree

_MOST = 6
"""Pieces of evidence for one companion; more say nothing new."""
_URL = re.compile(r"([a-z][a-z0-9]*(?:\+[a-z0-9]+)*)://([^\s'\"<>]*)")
_HTTP = re.compile(r"https?://([^/\s'\"<>:@]+):(\d{2,5})")
_DATABASE = re.compile(r"(?:^|_)(?:DATABASE|DB|SQL|SQLALCHEMY)(?:_|$)")
"""Variables that lead to the one SQL database that there is."""
_BROKER = re.compile(r"(?:^|_)(?:BROKER|CELERY|QUEUE)(?:_|$)")
_COMPOSE = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A row of `companions.toml`."""

    name: str
    title: str
    clients: frozenset[str]
    schemes: frozenset[str]
    makers: tuple[str, ...]
    local: tuple[str, ...] = ()
    types: frozenset[str] = frozenset()
    variables: tuple[str, ...] = ()
    ports: frozenset[int] = frozenset()
    images: frozenset[str] = frozenset()
    django: tuple[str, ...] = ()
    is_sql: bool = False
    from_client: bool = True

    def leads_here(self, variable: str) -> bool:
        """Tell whether *variable* is named after it: `REDIS_URL`, `APP_REDIS_HOST`."""
        name = f"_{variable.upper()}_"
        return any(f"_{part}_" in name for part in self.variables)


@functools.cache
def kinds() -> Mapping[str, Kind]:
    """Return all kinds of companions by their names."""
    text = Path(__file__).with_name("companions.toml").read_text("utf-8")
    return {
        name: Kind(
            name=name,
            title=row["title"],
            clients=frozenset(row["clients"]),
            schemes=frozenset(row["schemes"]),
            makers=tuple(row["makers"]),
            local=tuple(row.get("local", ())),
            types=frozenset(row.get("types", ())),
            variables=tuple(row["variables"]),
            ports=frozenset(row.get("ports", ())),
            images=frozenset(row.get("images", ())),
            django=tuple(row.get("django", ())),
            is_sql=row.get("is_sql", False),
            from_client=row.get("from_client", True),
        )
        for name, row in tomllib.loads(text).items()
    }


@functools.cache
def _by_scheme() -> Mapping[str, Kind]:
    return {scheme: kind for kind in kinds().values() for scheme in kind.schemes}


@functools.cache
def _by_maker() -> tuple[Mapping[str, Kind], Sequence[tuple[str, Kind]]]:
    exact = {}
    begins = []
    for kind in kinds().values():
        for maker in kind.makers:
            if maker.endswith("*"):
                begins.append((maker[:-1], kind))
            else:
                exact[maker] = kind
    return exact, begins


def _pattern() -> bytes:
    tops = {maker.partition(".")[0] for kind in kinds().values() for maker in kind.makers}
    schemes = {scheme.partition("+")[0] for kind in kinds().values() for scheme in kind.schemes}
    return (
        rf"^\s*(?:from|import)\s+(?:{'|'.join(sorted(tops))})\b"
        rf"|\b(?:{'|'.join(sorted(schemes))})(?:\+\w+)?://|endpoint_url|set_tracking_uri"
        r"|create_engine|create_async_engine|\bDATABASES\b|https?://[\w.-]+:\d"
    ).encode()


PATTERN = _pattern()
"""What the files have that are of interest here."""


@dataclass(slots=True)
class _Found:
    """What is known so far, by kinds."""

    certain: dict[str, list[Evidence]] = field(default_factory=dict)
    likely: dict[str, list[Evidence]] = field(default_factory=dict)
    variables: dict[str, set[str]] = field(default_factory=dict)

    def add(self, kind: str, evidence: Evidence, *, is_certain: bool = True) -> None:
        places = (self.certain if is_certain else self.likely).setdefault(kind, [])
        if all((each.path, each.line) != (evidence.path, evidence.line) for each in places):
            places.append(evidence)


def find_companions(
    project: Project,
    tree: Tree,
    modules: Sequence[Module],
    constants: Constants,
    reads: Sequence[Read],
) -> tuple[list[Companion], list[Remark]]:
    """Return the services that code, settings and dependencies show, with what contradicts."""
    found = _Found()
    clients = _clients(project)
    local: set[str] = set()
    for module in modules:
        for kind, evidence in (*_urls(module), *_django(module)):
            found.add(kind, evidence)
        for kind, evidence, is_local in _calls(module, constants):
            if is_local:
                local.add(kind)
            else:
                found.add(kind, evidence)
        for kind, evidence, is_certain in (
            *_object_stores(module, constants),
            *_tracking(module, constants, reads),
        ):
            found.add(kind, evidence, is_certain=is_certain)
    for module in modules:
        for kind, evidence in _http(module):
            if kind in clients or kind in found.certain:
                found.add(kind, evidence)
    for read in reads:
        for row in kinds().values():
            if any(each in read.kind for each in row.types):
                found.add(row.name, read.evidence)
    for kind, evidence in _in_compose(tree):
        found.add(kind, evidence)
    for kind, evidence in clients.items():
        if kinds()[kind].from_client and kind not in local:
            found.add(kind, evidence, is_certain=False)
    _brokers(found, project.workers, clients)
    remarks = _engines(found, modules, constants)
    _variables(found, reads, constants)
    _examples(found, tree, clients)
    companions = [
        Companion(
            kind=kind,
            evidence=tuple([*found.certain.get(kind, []), *found.likely.get(kind, [])][:_MOST]),
            is_certain=kind in found.certain,
            variables=tuple(sorted(found.variables.get(kind, ()))),
        )
        for kind in sorted({*found.certain, *found.likely})
    ]
    return companions, remarks


def _clients(project: Project) -> dict[str, Evidence]:
    """Return the kinds whose clients the project asks for itself, with where it does."""
    found: dict[str, Evidence] = {}
    for dependency in project.dependencies.direct:
        for kind in kinds().values():
            if dependency.name in kind.clients:
                found.setdefault(kind.name, dependency.evidence)
        extras = {"celery": {"redis": "redis", "librabbitmq": "rabbitmq"},
                  "dramatiq": {"redis": "redis", "rabbitmq": "rabbitmq"}}  # fmt: skip
        for extra, kind_name in extras.get(dependency.name, {}).items():
            if extra in dependency.extras:
                found.setdefault(kind_name, dependency.evidence)
        if dependency.name in ("rq", "arq", "taskiq-redis"):
            found.setdefault("redis", dependency.evidence)
    return found


def _docstrings(module: Module) -> set[int]:
    return {
        id(node.value) for node in module.nodes_of(ast.Expr) if isinstance(node.value, ast.Constant)
    }


def kind_of_url(text: str) -> tuple[str, str] | None:
    """
    Return the kind that a URL leads to and the URL without credentials; None for any other text.

    >>> kind_of_url("postgresql+asyncpg://app:secret@db:5432/app")
    ('postgres', 'postgresql+asyncpg://db:5432/app')
    >>> kind_of_url("sqlite:///app.db") is None
    True
    """
    match = _URL.match(text)
    if match is None:
        return None
    scheme = match[1]
    kind = _by_scheme().get(scheme) or _by_scheme().get(scheme.partition("+")[0])
    if kind is None:
        return None
    place = match[2].rpartition("@")[2]
    return kind.name, f"{scheme}://{place}"[:80]


def _urls(module: Module) -> Iterator[tuple[str, Evidence]]:
    """Yield URLs in strings, those that are put together included; not those in documentation."""
    skipped = _docstrings(module)
    for node in module.nodes_of(ast.Constant):
        if not isinstance(node.value, str) or "://" not in node.value or id(node) in skipped:
            continue
        found = kind_of_url(node.value)
        if found is not None:
            # Where the rest is put in, a password may stand in what is left of the string.
            yield found[0], module.evidence(node, found[1].partition("://")[0] + "://…"
                                            if node.value.endswith("://") else found[1])  # fmt: skip


def _http(module: Module) -> Iterator[tuple[str, Evidence]]:
    """Yield HTTP URLs whose port tells the kind."""
    skipped = _docstrings(module)
    for node in module.nodes_of(ast.Constant):
        if not isinstance(node.value, str) or id(node) in skipped:
            continue
        match = _HTTP.match(node.value)
        for kind in kinds().values() if match is not None else ():
            if match is not None and int(match[2]) in kind.ports:
                yield kind.name, module.evidence(node, match[0])


def _calls(module: Module, constants: Constants) -> Iterator[tuple[str, Evidence, bool]]:
    """Yield calls that connect, each with whether that is to something in this process."""
    exact, begins = _by_maker()
    for _, call in module.calls:
        full = module.resolve(call.func)
        if not full:
            continue
        stem = full.removesuffix(".from_url").removesuffix(".from_dsn")
        kind = exact.get(full) or exact.get(stem)
        if kind is None:
            kind = next((each for start, each in begins if full.startswith(start)), None)
            last = full.rpartition(".")[2]
            if kind is None or not (last[:1].isupper() or "connect" in last or "create" in last
                                    or last == "from_url"):  # fmt: skip
                continue
            if last.endswith(("Error", "Exception", "Type", "Retry", "Backoff")):
                continue
        is_local = _is_local(module, constants, call, kind)
        host = _host(module, constants, call)
        inside = f'host="{host}"' if host else ""
        says = f"{full.rpartition('.')[2]}({inside})"
        yield kind.name, module.evidence(call, says), is_local


def _host(module: Module, constants: Constants, call: ast.Call) -> str:
    """Return the host that is written into the call; empty where there is none."""
    node = keyword(call, "host", "hostname")
    if node is None and call.args:
        node = call.args[0]
    text = constants.string(module, node) or ""
    return text if re.fullmatch(r"[a-zA-Z0-9](?:[a-zA-Z0-9.-]{0,61}[a-zA-Z0-9])?", text) else ""


def _is_local(module: Module, constants: Constants, call: ast.Call, kind: Kind) -> bool:
    """Tell whether the call opens something in this process: in memory, or in a file."""
    if keyword(call, "path", "cloud_id") is not None:
        return True
    first = call.args[0] if call.args else keyword(call, "location", "uri", "url")
    text = constants.string(module, first, loose=True)
    if kind.local:
        if text is not None and text.startswith(kind.local):
            return True
        if kind.name == "milvus" and text is not None and text.endswith(".db"):
            return True
    # A URL of another scheme: SQLAlchemy's and the like.
    return text is not None and text.startswith("sqlite")


def _django(module: Module) -> Iterator[tuple[str, Evidence]]:
    """Yield back ends in Django's settings."""
    if not module.path.endswith("settings.py") and "/settings/" not in f"/{module.path}":
        return
    for node in module.nodes_of(ast.Constant):
        for kind in kinds().values() if isinstance(node.value, str) else ():
            if str(node.value).startswith(kind.django) and kind.django:
                yield kind.name, module.evidence(node, str(node.value))


def _object_stores(module: Module, constants: Constants) -> Iterator[tuple[str, Evidence, bool]]:
    """Yield clients of S3 that are pointed at another service than Amazon's."""
    for _, call in module.calls:
        endpoint = keyword(call, "endpoint_url")
        if endpoint is None or (isinstance(endpoint, ast.Constant) and endpoint.value is None):
            continue
        text = constants.string(module, endpoint, loose=True) or ""
        shown = f"{text} {ast.unparse(endpoint)}".lower()
        if "amazonaws" in shown or "://storage.googleapis" in shown:
            continue
        is_certain = "minio" in shown or ":9000" in shown
        yield "minio", module.evidence(call, "endpoint_url"), is_certain


def _tracking(
    module: Module, constants: Constants, reads: Sequence[Read]
) -> Iterator[tuple[str, Evidence, bool]]:
    """Yield an MLflow server, where the tracking URI is one; a folder or a file is none."""
    for _, call in module.calls:
        if module.resolve(call.func) not in ("mlflow.set_tracking_uri", "mlflow.MlflowClient",
                                             "mlflow.tracking.MlflowClient"):  # fmt: skip
            continue
        node = call.args[0] if call.args else keyword(call, "uri", "tracking_uri")
        if node is None:
            continue
        text = constants.string(module, node, loose=True)
        if text is not None and text.startswith(("http://", "https://")):
            if "databricks" not in text and "dagshub" not in text:
                yield "mlflow", module.evidence(call, "set_tracking_uri()"), True
        elif text is None and any(
            read.module is module and "MLFLOW" in read.name for read in reads
        ):
            yield "mlflow", module.evidence(call, "set_tracking_uri()"), False


def _in_compose(tree: Tree) -> Iterator[tuple[str, Evidence]]:
    """Yield the public images in compose files that somebody wrote."""
    paths = set(tree.paths())
    for path in _COMPOSE:
        if path not in paths:
            continue
        try:
            text = read_text(tree, path)
        except ProjectError:
            continue
        if is_generated(text):
            continue
        for number, line in enumerate(text.splitlines(), start=1):
            match = re.match(r"\s+image:\s*[\"']?([\w./-]+)", line)
            if match is None:
                continue
            repository = match[1].removeprefix("docker.io/").removeprefix("library/")
            for kind in kinds().values():
                if repository in kind.images:
                    yield kind.name, Evidence(path, number, f"image: {repository}")


def _brokers(found: _Found, workers: Sequence[Worker], clients: Mapping[str, Evidence]) -> None:
    """Add the broker of workers whose address the code does not show."""
    for worker in workers:
        match worker.library:
            case "rq" | "arq":
                found.add("redis", worker.evidence)
            case "celery" | "dramatiq" | "taskiq":
                known = {"redis", "rabbitmq", "kafka", "nats"} & {*found.certain, *found.likely}
                if not known and worker.library != "taskiq":
                    # What the library takes where nothing else is said.
                    found.add("rabbitmq", worker.evidence, is_certain=False)
                elif len(known) == 1 and not known & found.certain.keys() and known & {*clients}:
                    found.add(next(iter(known)), worker.evidence)
            case _:
                pass


_ENGINES = ("sqlalchemy.create_engine", "sqlalchemy.ext.asyncio.create_async_engine",
            "sqlmodel.create_engine", "sqlalchemy.engine.create_engine", "databases.Database",
            "asyncpg.create_pool")  # fmt: skip


def _engines(found: _Found, modules: Sequence[Module], constants: Constants) -> list[Remark]:
    """Make databases certain that SQLAlchemy connects to by an address from the environment."""
    remarks = []
    for module in modules:
        for _, call in module.calls:
            if module.resolve(call.func) not in _ENGINES or not call.args:
                continue
            text = constants.string(module, call.args[0], loose=True)
            likely = [
                kind for kind in found.likely if kinds()[kind].is_sql and kind not in found.certain
            ]
            if text is not None and text.startswith("sqlite"):
                is_literal = isinstance(call.args[0], ast.Constant)
                for kind in likely if not is_literal else ():
                    title = kinds()[kind].title
                    remarks.append(
                        Remark(
                            text=f"the database is SQLite by default, and a client for {title} is"
                            " a dependency",
                            hint="say which one the service has by a variable, or remove the"
                            " client that is not used",
                            evidence=(module.evidence(call), *found.likely[kind][:1]),
                        )
                    )
            elif text is None and len(likely) == 1:
                found.add(likely[0], module.evidence(call, "create_engine()"))
    return remarks


def _variables(found: _Found, reads: Sequence[Read], constants: Constants) -> None:
    """Sort the variables that lead to companions, and take their defaults as addresses."""
    for read in reads:
        default = constants.string(read.module, read.node, loose=True)
        leads = kind_of_url(default) if default else None
        if leads is not None:
            found.add(leads[0], read.evidence)
            found.variables.setdefault(leads[0], set()).add(read.name)
            continue
        for kind in kinds().values():
            if not kind.leads_here(read.name):
                continue
            match = _HTTP.match(default) if default else None
            if kind.name in {*found.certain, *found.likely}:
                found.variables.setdefault(kind.name, set()).add(read.name)
            elif (kind.name == "mlflow" and match is not None) or (
                kind.ports and match is not None and int(match[2]) in kind.ports
            ):
                found.add(kind.name, read.evidence)
                found.variables.setdefault(kind.name, set()).add(read.name)
            elif kind.name == "mlflow" and default is None and not read.is_secret:
                found.add(kind.name, read.evidence, is_certain=False)
                found.variables.setdefault(kind.name, set()).add(read.name)
    present = {*found.certain, *found.likely}
    databases = [kind for kind in present if kinds()[kind].is_sql]
    brokers = [kind for kind in present if kind in ("redis", "rabbitmq")]
    for read in reads:
        taken = any(read.name in names for names in found.variables.values())
        default = constants.string(read.module, read.node, loose=True) or ""
        if default.startswith("sqlite") or default.endswith((".db", ".sqlite", ".sqlite3")):
            continue
        if not taken and len(databases) == 1 and _DATABASE.search(read.name):
            found.variables.setdefault(databases[0], set()).add(read.name)
            _certain(found, databases[0], read)
        elif not taken and len(brokers) == 1 and _BROKER.search(read.name) and (
            read.name.endswith(("_URL", "_URI", "_BACKEND", "_BROKER", "_HOST"))
        ):  # fmt: skip
            found.variables.setdefault(brokers[0], set()).add(read.name)
            _certain(found, brokers[0], read)
    for kind_name, names in found.variables.items():
        for read in reads:
            if read.name in names and kind_name != "mlflow":
                _certain(found, kind_name, read)


def _certain(found: _Found, kind: str, read: Read) -> None:
    """Take a setting that leads to *kind* as a connection to it."""
    if kind not in found.certain:
        found.add(kind, read.evidence)


def _examples(found: _Found, tree: Tree, clients: Mapping[str, Evidence]) -> None:
    """Take names, and the schemes of values, from examples of `.env`; values are never kept."""
    paths = set(tree.paths())
    for path in EXAMPLES:
        if path not in paths:
            continue
        try:
            lines = read_text(tree, path).splitlines()
        except ProjectError:
            continue
        for number, line in enumerate(lines[:500], start=1):
            match = re.match(r"\s*(?:export\s+)?([A-Z][A-Z0-9_]*)\s*=\s*[\"']?(.*)", line)
            if match is None:
                continue
            name = match[1]
            evidence = Evidence(path, number, name)
            leads = kind_of_url(match[2])
            if leads is not None:
                found.add(leads[0], evidence)
                found.variables.setdefault(leads[0], set()).add(name)
                continue
            for kind in kinds().values():
                if kind.leads_here(name) and (
                    kind.name in found.certain or kind.name in found.likely or kind.name in clients
                ):
                    found.add(kind.name, evidence)
                    found.variables.setdefault(kind.name, set()).add(name)
