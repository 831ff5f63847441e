"""
The Plan: what the image should be, before anything is fetched or built.

A plan is a document: it can be saved, compared, reviewed and overridden in
`[tool.boxwright]` or `boxwright.toml`. Building and rendering start from the same plan.
"""

from __future__ import annotations

from dataclasses import dataclass

from boxwright.project.evidence import Evidence

SITE = "/opt/venv"
"""Where Python distributions live in the image: the layout of a virtual environment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One thing that was decided: *what* names the key of the plan."""

    what: str
    value: str
    why: str
    evidence: tuple[Evidence, ...] = ()
    practice: str = ""
    """The name of the practice that the decision follows, `root-user` say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that the user should know, and what may be done about it."""

    text: str
    hint: str = ""
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BasePlan:
    """What the image stands on."""

    suites: tuple[str, ...]
    """
    Debian suites that will do, best first: the lock takes the first that has all wheels.

    Empty where no Debian has the Python that is wanted, which public images may have.
    """
    variant: str
    """`distroless` (no shell) or `slim` (shell and coreutils)."""
    packages: tuple[str, ...] = ()
    """Debian packages that the project's settings ask for."""
    image: str = ""
    """The image that is the base, as it was asked for; empty where it is one of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DependencyPlan:
    """Where the Python dependencies are declared."""

    source: str
    """`uv.lock`, `pylock.toml`, `requirements`, `pyproject` or `none`."""
    path: str = ""
    """The file, relative to the project."""
    hashed: bool = False
    """Whether every requirement of a requirements file carries hashes."""
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    installs_project: bool = False
    """Whether the project is a package itself, to be built into a wheel and installed."""
    requirements: tuple[str, ...] = ()
    """Requirements (PEP 508) where no file holds them as such: from conda, from imports."""
    workspace: str = ""
    """The way from the project up to the folder that holds the lock: `../..`; empty for its own."""
    manifests: tuple[str, ...] = ()
    """
    Files beside *path* that installing reads: included requirements, constraints, `uv.toml`,
    the `pyproject.toml` of members and of packages that are installed from a folder; relative
    to the project.
    """
    packages: tuple[str, ...] = ()
    """
    Folders of packages that are built and installed beside what indexes have: members of the
    workspace, path dependencies; relative to the project, `../../packages/shared`.
    """
    development: tuple[str, ...] = ()
    """Dependency groups that only developers have: `dev`, `test`."""
    torch_backend: str = ""
    """`cpu` where builds of PyTorch's own index are wanted that no lock names (uv's option)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationPlan:
    """The project's own files, copied to the working directory."""

    files: tuple[str, ...]
    """Files for the application layer, relative to the project, sorted."""
    models: tuple[str, ...] = ()
    """Files for the model layer, below the application's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthPlan:
    """
    What the health check asks: `GET path`, well if the answer is below 400.

    An empty *path* asks less: whether the port takes a connection.
    """

    path: str
    port: int
    interval: float = 30
    timeout: float = 5
    start_period: float = 60
    retries: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessPlan:
    """How the container is run."""

    entrypoint: tuple[str, ...]
    """Exec form, the program by its absolute path in the image."""
    port: int | None = None
    health: HealthPlan | None = None
    env: tuple[tuple[str, str], ...] = ()
    working_dir: str = "/app"
    user: str = "65532:65532"
    stop_signal: str = "SIGTERM"


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerPlan:
    """How content is spread over layers."""

    own_layer_from: int = 8_000_000
    """A wheel of this many bytes or more has a layer of its own."""
    split_from: int = 2_000_000_000
    """A wheel of this many bytes or more is spread over several layers."""
    budget: int = 40
    """At most this many layers; never above 125, which engines refuse."""
    bytecode: str = "all"
    """`all`, `imported` (by a traced start of the application) or `none`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicImages:
    """
    The public images that a Dockerfile starts from, each by its exact tag.

    Digests are no part of the plan: which one a tag has is looked up when files are written.
    """

    python: str
    """For building, and for running where *runtime* is empty: `python:3.13.9-slim-trixie`."""
    uv: str
    """Where `uv` is copied from: `ghcr.io/astral-sh/uv:0.9.11`."""
    runtime: str = ""
    """What the last stage stands on, where that is not *python*: distroless, `nvidia/cuda` …"""
    python_version: str = ""
    """The minor version of their Python: `3.13`."""
    suite: str = ""
    """Their Debian suite."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuPlan:
    """What a GPU host has to have, where a workload asks for one."""

    cuda: str = ""
    """The CUDA version of the wheels, `13.0`; empty where it is not known."""
    driver: str = ""
    """The least driver that runs it: `580.65.06`."""
    bundled: bool = True
    """Whether the wheels bring CUDA along; otherwise the base image has to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """What a container may use."""

    cpus: float = 1
    memory: int = 1 << 30
    """In bytes; requested and limited alike."""
    gpus: int = 0
    shared_memory: int = 0
    """In bytes, of /dev/shm; 0 leaves the engine's 64 MiB."""
    pids: int = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """A volume in a container."""

    volume: str
    """The name of a `Volume`."""
    target: str
    """The absolute path in the container."""
    read_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """What outlives a container, or is too large for an image."""

    name: str
    kind: str
    """`state` (a database's), `models`, `datasets`, `outputs`, `cache` or `workspace`."""
    source: str = ""
    """A path of the project that is bound to it on a developer's machine; empty: a named volume."""
    size: int = 0
    """In bytes, asked for from the cluster."""
    shared: bool = False
    """Whether several containers have it at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """A credential, given to containers as a file in /run/secrets and never as a value."""

    name: str
    """In lower case: `postgres_password`."""
    variable: str
    """The environment variable that names it to the code."""
    form: str
    """`file`: *variable* holds the path of the file; `value`: the code wants the value itself."""
    is_made: bool
    """Whether it can be made up at random (a password of ours), or has to be given (an API key)."""
    is_optional: bool = False
    """Whether the code starts without it: it is handed over where it is given, and else is empty."""
    template: str = ""
    """
    What *variable* is set to where that is more than the secret itself, with secrets in braces:
    `postgresql://app:{postgres_password}@postgres:5432/app`. Only where *form* is `value`.
    """
    workloads: tuple[str, ...] = ()
    """Names of the workloads and companions that get it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """A container of the project's own image, beside others."""

    name: str
    """`api`, `worker`, `scheduler`, `train`, `notebook`: a DNS label."""
    kind: str
    """`service`, `worker`, `scheduler`, `job` or `notebook`."""
    command: tuple[str, ...]
    """Exec form, the program by its absolute path in the image."""
    target: str = "runtime"
    """The stage of the Dockerfile: `runtime`, `train`, `notebook`."""
    port: int | None = None
    health: HealthPlan | None = None
    """How readiness is asked, for what listens on a port."""
    live: str = ""
    """A path that is answered as long as the process lives; empty: the same as readiness."""
    probe: tuple[str, ...] = ()
    """The command that tells whether it is well, for what listens on no port; exec form."""
    metrics: str = ""
    """The path of its Prometheus metrics; empty where there are none."""
    metrics_port: int | None = None
    """Where they are answered, if that is not *port*."""
    env: tuple[tuple[str, str], ...] = ()
    """Beside the image's own, which all have."""
    needs: tuple[str, ...] = ()
    """Names of companions that have to be well first."""
    mounts: tuple[Mount, ...] = ()
    resources: Resources = Resources()
    stop_seconds: int = 30
    """How long it may take to end its work after the stop signal."""
    replicas: int = 1
    extras: tuple[str, ...] = ()
    """Extras that its target has beside the image's own."""
    groups: tuple[str, ...] = ()
    """Dependency groups that its target has beside the image's own."""
    requirements: tuple[str, ...] = ()
    """Requirements (PEP 508) that its target has beside those, which no file declares."""
    schedule: str = ""
    """For a job that is run again and again: five fields, as cron has them."""
    writable_root: bool = False
    """Whether it cannot do with a read-only root."""
    image: str = ""
    """Whose image it runs where several projects run together: `api`; empty where one is alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanionPlan:
    """A service of a public image beside the project's own."""

    name: str
    """`redis`, `postgres`: the host name by which others reach it."""
    kind: str
    """A name of `companions.toml`."""
    image: str
    """With its exact tag."""
    port: int
    """The one that clients use."""
    more_ports: tuple[int, ...] = ()
    """Others that clients use beside it."""
    user: str
    """Numeric, with its group: `999:999`."""
    command: tuple[str, ...] = ()
    """Empty: the image's own."""
    env: tuple[tuple[str, str], ...] = ()
    probe: tuple[str, ...] = ()
    """The command that tells whether it is well; exec form."""
    mounts: tuple[Mount, ...] = ()
    temporary: tuple[str, ...] = ()
    """Paths that it writes to and that need not outlive it."""
    writable_root: bool = False
    """Whether it cannot do with a read-only root."""
    resources: Resources = Resources()
    stop_seconds: int = 30
    profile: str = ""
    """Started only when asked for: `monitoring`; empty: always."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the image should be."""

    name: str
    version: str
    """Empty where the project declares none."""
    description: str
    platform: str
    """`linux/amd64`."""
    base: BasePlan
    python: str
    """The project's `requires-python`, `>=3.11` say; empty where it declares none."""
    accelerator: str
    """`cpu` or `cuda`: which wheels of PyTorch and its like."""
    dependencies: DependencyPlan
    application: ApplicationPlan
    process: ProcessPlan
    layers: LayerPlan
    labels: tuple[tuple[str, str], ...] = ()
    images: PublicImages | None = None
    gpu: GpuPlan | None = None
    workloads: tuple[Workload, ...] = ()
    """The image's own process first."""
    companions: tuple[CompanionPlan, ...] = ()
    volumes: tuple[Volume, ...] = ()
    secrets: tuple[Secret, ...] = ()
    system_packages: tuple[str, ...] = ()
    """Debian packages that a public Python image lacks and the wheels need at run time."""
    build_packages: tuple[str, ...] = ()
    """Debian packages that are needed to build what has no wheel."""
    decisions: tuple[Decision, ...] = ()
    notices: tuple[Notice, ...] = ()
