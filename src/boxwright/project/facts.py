"""A project as facts, each with where it was read; nothing here is decided."""

from __future__ import annotations

from dataclasses import dataclass

from boxwright.project.evidence import Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A text that was found somewhere."""

    value: str
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What was seen but could not be used, or may surprise."""

    text: str
    hint: str = ""
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """A distribution that the project asks for itself."""

    name: str
    """Normalised (PEP 503)."""
    extras: tuple[str, ...]
    evidence: Evidence
    specifier: str = ""
    """The versions that are asked for (PEP 440), whatever image is made; empty where any will do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependencies:
    """What the project needs, and the file that decides it."""

    source: str
    """
    What kind of file decides.

    `uv.lock`, `pylock.toml`, `poetry.lock`, `pdm.lock`, `Pipfile.lock`, `requirements`,
    `pyproject`, `setup.cfg`, `setup.py`, `Pipfile`, `pixi.toml`, `environment.yml`; `imports`
    where no file does, `none` where nothing is needed.
    """
    path: str = ""
    """The file, which may have another name than its kind; empty where there is none."""
    hashed: bool = False
    """Whether every requirement of a requirements file or a lock carries hashes."""
    why: str = ""
    direct: tuple[Dependency, ...] = ()
    is_complete: bool = True
    """False where what the project needs is known only after its build back end has run."""
    locked: frozenset[str] = frozenset()
    """All names in a lock file, those for development included."""
    versions: tuple[tuple[str, str], ...] = ()
    """Name and version of all in a lock file that uv reads; others have them in *requirements*."""
    providing: tuple[Dependency, ...] = ()
    """Servers that come with other dependencies, by name; not sought where one is direct."""
    requirements: tuple[str, ...] = ()
    """
    What is needed, a line (PEP 508) each, where *path* is nothing that uv reads.

    Of the locks of other tools all that goes in, `name==version` or `name @ place` with the
    marker that still matters in an image; of all else what is asked for.
    """
    debian: tuple[Fact, ...] = ()
    """Debian packages that the project names: in `packages.txt`, or by conda's names."""
    accelerator: Fact | None = None
    """`cpu`, `cuda` or `cuda 12.1`, where the file asks for one, as conda's `pytorch-cuda` does."""
    workspace: str = ""
    """The way from the project up to the folder that holds the lock: `../..`; empty for its own."""
    packages: tuple[str, ...] = ()
    """Folders of packages that are installed with the project, relative to it: `../shared`."""
    manifests: tuple[str, ...] = ()
    """Files beside *path* that installing reads, relative to the project."""

    def find(self, *names: str) -> Dependency | None:
        """Return the direct dependency of the first of *names* that there is."""
        for name in names:
            for dependency in self.direct:
                if dependency.name == name:
                    return dependency
        return None

    def has(self, name: str) -> bool:
        """Tell whether *name* is a dependency, as far as that is known."""
        return name in self.locked or any(item.name == name for item in self.direct)


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """The project as a distribution to install."""

    evidence: Evidence
    layout: str
    """`src`, or `flat`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleScript:
    """An entry of `[project.scripts]`."""

    name: str
    target: str
    """`package.module:function`."""
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A path that a web application answers to GET, without parameters in it."""

    path: str
    evidence: Evidence
    port: int | None = None
    """Where that is another one than the application's: metrics have a port of their own at times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebApplication:
    """An application object, or a function that makes one, or a script for a framework."""

    framework: str
    """A name of `frameworks.toml`."""
    interface: str
    """
    How it is served: `asgi` and `wsgi` objects are imported by a server, a `script` is started
    as a program; any other value is the framework whose own command starts it.
    """
    path: str
    """The file; for `mlflow` and `mlserver` the folder of the model."""
    module: str
    """How it is imported: `package.module`."""
    root: str
    """The folder of the project that has to be on `sys.path` for that; empty for the project's."""
    name: str
    """The object's, or the function's; empty for scripts."""
    is_factory: bool
    evidence: Evidence
    routes: tuple[Route, ...] = ()
    metrics: Route | None = None
    """Where it answers with Prometheus metrics."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A program that takes tasks from a queue."""

    library: str
    """A name of `workers.toml`: `celery`, `rq`, `dramatiq`, `arq`, `huey` or `taskiq`."""
    path: str
    """The file."""
    module: str
    """How it is imported: `package.module`."""
    root: str
    """The folder of the project that has to be on `sys.path` for that; empty for the project's."""
    name: str
    """The application object or settings class in it; empty where the library wants a module."""
    evidence: Evidence
    queues: tuple[str, ...] = ()
    """Queues that the code names beside the default."""
    schedule: Evidence | None = None
    """Where periodic tasks are declared, which need a scheduler (`celery beat`)."""
    scheduler: str = ""
    """What declares them, where the scheduler is to be told: `package.module:scheduler`."""
    modules: tuple[str, ...] = ()
    """Further modules with tasks, where the worker has to be told of them."""
    is_script: bool = False
    """Whether the file itself is the worker, started as a program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Companion:
    """A service that the project talks to and that somebody else makes: a database, a broker."""

    kind: str
    """A name of `companions.toml`: `redis`, `postgres`, `rabbitmq`, `minio`, `qdrant` …"""
    evidence: tuple[Evidence, ...]
    is_certain: bool
    """Whether code or settings connect to it; False where only a client is a dependency."""
    variables: tuple[str, ...] = ()
    """Environment variables by which the code finds it: `REDIS_URL`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """An environment variable that the code reads."""

    name: str
    evidence: Evidence
    default: str | None = None
    """As a text, where the code has a literal one."""
    is_required: bool = False
    """Whether the code fails without it: `os.environ["X"]`, a settings field without default."""
    is_secret: bool = False
    """Whether it holds a credential, by its name or its type."""
    is_file: bool = False
    """Whether its value is the path of a file that holds the credential: `X_FILE`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """A program that trains a model and ends."""

    path: str
    """The file."""
    module: str
    root: str
    evidence: Evidence
    library: str
    """What trains: `torch`, `tensorflow`, `scikit-learn`, `lightning`, `transformers` …"""
    extras: tuple[str, ...] = ()
    """Extras of the project that it needs beside the main dependencies."""
    groups: tuple[str, ...] = ()
    """Dependency groups that it needs beside the main dependencies."""
    loader_workers: int | None = None
    """Processes of the data loader, where the code says so: they share memory."""
    inputs: tuple[str, ...] = ()
    """Folders or files of the project that it reads data from."""
    outputs: tuple[str, ...] = ()
    """Folders that it writes to: checkpoints, models, logs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notebook:
    """A Jupyter notebook."""

    path: str
    imports: tuple[str, ...] = ()
    """Top-level names that its cells import, sorted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuUse:
    """A place that shows the use of a GPU."""

    evidence: Evidence
    is_required: bool
    """Whether the code fails without one (`.cuda()`, `vllm`); False where it asks first."""
    scope: str = "service"
    """`service` or `training`: which of the programs it belongs to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """Weights or data that the code fetches when it runs."""

    name: str
    """As the code names it: `distilbert-base-uncased`."""
    library: str
    """`huggingface`, `torchvision`, `nltk` …: whose cache it goes to."""
    evidence: Evidence
    scope: str = "service"
    """`service` or `training`: which of the programs fetches it."""
    is_pinned: bool = False
    """Whether the code names a revision of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A line of a `Procfile`."""

    name: str
    """`web`, `worker`, `release` …"""
    words: tuple[str, ...]
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """Weights or data on disk."""

    path: str
    """A file, or a folder with a slash at its end whose files are taken together."""
    kind: str
    """`model` or `dataset`."""
    format: str
    """`safetensors`, `pickle`, `onnx`, `gguf`, `csv`, `parquet` …"""
    size: int
    """In bytes."""
    is_shipped: bool
    """Whether it goes into the image."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A folder below the project that is a project of its own (a monorepo)."""

    path: str
    """Relative to the folder that was looked at: `services/api`."""
    evidence: Evidence
    is_workspace: bool = False
    """Whether it shares the lock of the folder above (`[tool.uv.workspace]`)."""
    is_service: bool = False
    """Whether it has something to start: a server, a worker, a job."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """A port that the project names."""

    number: int
    path: str
    """The file."""
    evidence: Evidence
    variable: str = ""
    """The environment variable that it is read from, where there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A Python file that is meant to be started."""

    path: str
    root: str
    """The folder of the project that has to be on `sys.path` for its imports."""
    module: str
    """How it would be imported from there."""
    evidence: Evidence
    runs_on: Evidence | None = None
    """Where it stays until it is stopped, as a bot does that polls; looked for in the likeliest."""
    metrics: Route | None = None
    """Where it answers with Prometheus metrics; looked for in the likeliest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Files that do not come into the image, and why."""

    paths: tuple[str, ...]
    reason: str
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """All that is known of a project."""

    name: Fact
    version: Fact | None
    description: Fact | None
    license: Fact | None
    urls: tuple[tuple[str, str], ...]
    requires_python: Fact | None
    preferred_python: Fact | None
    """`3.12`, from `.python-version` or `runtime.txt`: what the developers work with."""
    dependencies: Dependencies
    extras: tuple[str, ...]
    """Those that the project declares."""
    groups: tuple[str, ...]
    package: Package | None
    scripts: tuple[ConsoleScript, ...]
    applications: tuple[WebApplication, ...]
    """The likeliest first."""
    ports: tuple[Port, ...]
    local_hosts: tuple[Fact, ...]
    """Servers that listen on the machine's own address only."""
    programs: tuple[Program, ...]
    """The likeliest first."""
    names_sigterm: bool
    """Whether the code names SIGTERM, which it then may want to handle."""
    files: tuple[str, ...]
    models: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    remarks: tuple[Remark, ...]
    workers: tuple[Worker, ...] = ()
    """The likeliest first."""
    companions: tuple[Companion, ...] = ()
    """Sorted by kind."""
    variables: tuple[Variable, ...] = ()
    """Sorted by name."""
    trainings: tuple[Training, ...] = ()
    """The likeliest first."""
    notebooks: tuple[Notebook, ...] = ()
    gpu_uses: tuple[GpuUse, ...] = ()
    artifacts: tuple[Artifact, ...] = ()
    """The largest first."""
    downloads: tuple[Download, ...] = ()
    commands: tuple[Command, ...] = ()
    members: tuple[Member, ...] = ()
    sources: tuple[str, ...] = ()
    """Python files that come into the image with the project's own wheel."""
