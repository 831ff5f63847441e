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
    """Debian suites that will do, best first: the lock takes the first that has all wheels."""
    variant: str
    """`distroless` (no shell) or `slim` (shell and coreutils)."""
    packages: tuple[str, ...] = ()
    """Debian packages that the project's settings ask for."""


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
    decisions: tuple[Decision, ...] = ()
    notices: tuple[Notice, ...] = ()
