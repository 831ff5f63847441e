"""The containers of the project's own image: its service, workers, jobs and notebooks."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from boxwright.errors import PlanError
from boxwright.plan.companions import SECRETS
from boxwright.plan.explain import Explained
from boxwright.plan.health import live_path
from boxwright.plan.model import (
    SITE,
    GpuPlan,
    HealthPlan,
    Mount,
    ProcessPlan,
    Resources,
    Secret,
    Workload,
)
from boxwright.plan.notebook import JUPYTER_ENV, JUPYTER_PORT, jupyter_command
from boxwright.plan.process import Start, program_words
from boxwright.plan.resources import (
    GIB,
    MIB,
    service_resources,
    start_period,
    thread_env,
    training_resources,
    weights_of,
    with_settings,
)
from boxwright.plan.volumes import WORKSPACE, Volumes
from boxwright.plan.worker_commands import (
    scheduler_command,
    worker_command,
    worker_env,
    worker_probe,
)
from boxwright.project.detectors.frameworks import framework_named
from boxwright.project.facts import Project, Training, Worker
from boxwright.settings import Settings, WorkloadSettings

JUPYTERLAB = "jupyterlab==4.6.6"
"""What is installed for notebooks where no group has it; of 2026-11-21."""
_PAGES = frozenset(
    {
        "streamlit",
        "gradio",
        "dash",
        "dash-script",
        "panel",
        "chainlit",
        "marimo",
        "nicegui",
        "shiny",
    }
)
"""Frameworks whose applications are for people, not for programs."""
_CONSUMERS = ("kafka-python", "confluent-kafka", "aiokafka", "pika", "aio-pika", "nats-py",
              "paho-mqtt", "apscheduler", "schedule", "watchdog", "boto3-sqs", "faust-streaming")  # fmt: skip
"""Distributions of programs that run on and listen on no port."""
_JUPYTER = ("jupyterlab", "notebook", "jupyter")
_NOTEBOOK_GROUPS = ("notebook", "notebooks", "jupyter", "lab", "jupyterlab")


@dataclass(slots=True, kw_only=True)
class Draft:
    """A workload that is not settled yet."""

    name: str
    kind: str
    command: tuple[str, ...]
    target: str = "runtime"
    port: int | None = None
    health: HealthPlan | None = None
    live: str = ""
    probe: tuple[str, ...] = ()
    metrics: str = ""
    metrics_port: int | None = None
    env: dict[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    mounts: tuple[Mount, ...] = ()
    resources: Resources = field(default_factory=Resources)
    stop_seconds: int = 30
    replicas: int = 1
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    schedule: str = ""
    processes: int = 1
    """Among which its processors are divided."""
    worker: Worker | None = None
    training: Training | None = None
    is_main: bool = False

    def settled(self) -> Workload:
        """Return it as it stays."""
        return Workload(
            name=self.name,
            kind=self.kind,
            command=self.command,
            target=self.target,
            port=self.port,
            health=self.health,
            live=self.live,
            probe=self.probe,
            metrics=self.metrics,
            metrics_port=self.metrics_port,
            env=tuple(sorted(self.env.items())),
            needs=self.needs,
            mounts=self.mounts,
            resources=self.resources,
            stop_seconds=self.stop_seconds,
            replicas=self.replicas,
            extras=self.extras,
            groups=self.groups,
            requirements=self.requirements,
            schedule=self.schedule,
        )


@dataclass(slots=True, kw_only=True)
class Drafts:
    """Drafts the workloads of a project, one after the other."""

    project: Project
    settings: Settings
    image_name: str
    start: Start
    process: ProcessPlan
    accelerator: str
    gpu: GpuPlan | None
    volumes: Volumes
    explained: Explained

    def all(self) -> list[Draft]:
        """Return them, the image's own process first."""
        drafts = [
            self._main(has_others=self._has_others()),
            *self._workers(),
            *self._schedulers(),
            *self._trainings(),
            *self._notebook(),
        ]
        self._check_names(drafts)
        drafts += self._asked(drafts)
        return [self._with_settings(draft) for draft in drafts if self._is_wanted(draft)]

    def _has_others(self) -> bool:
        project, start = self.project, self.start
        return bool(
            any(worker is not start.worker or worker.schedule for worker in project.workers)
            or (project.trainings and start.training is None)
            or (project.notebooks and not start.is_notebook)
            or self.settings.workloads
        )

    def _choice(self, name: str) -> WorkloadSettings:
        return dict(self.settings.workloads).get(name, WorkloadSettings())

    def _main(self, *, has_others: bool) -> Draft:
        start = self.start
        kind = self._main_kind()
        name = self._main_name(kind) if has_others else _label(self.image_name)
        gpus = self._gpus(start.application.path if start.application else "")
        application = start.application
        metrics = application.metrics if application else None
        if metrics is None and start.program is not None:
            metrics = start.program.metrics
        path = metrics.path if metrics else ""
        if application and not path:
            path = framework_named(application.framework).metrics
        draft = Draft(
            name=name,
            kind=kind,
            command=self.process.entrypoint,
            port=self.process.port,
            health=self.process.health,
            live=live_path(application, self.process.health),
            metrics=path,
            metrics_port=metrics.port if metrics else None,
            worker=start.worker,
            training=start.training,
            stop_seconds=self._stop_seconds(gpus),
            is_main=True,
        )
        if kind == "notebook":
            self._add_notebook(draft)
        elif start.training is not None:
            self._add_training(draft, start.training)
        else:
            resources = service_resources(
                self.project, name=name, gpus=gpus, explained=self.explained
            )
            draft.resources = resources
            self._add_volumes(draft, "service")
            if start.worker is not None:
                draft.probe = worker_probe(start.worker)
                draft.stop_seconds = 60
        if draft.health is not None:
            weights = weights_of(self.project)
            seconds = start_period(weights, draft.health.start_period)
            if seconds > draft.health.start_period and _is_default(self.settings):
                draft.health = replace(draft.health, start_period=seconds)
                self.explained.add(
                    f"workloads.{name}.health.start-period",
                    f"{seconds:g} s",
                    f"weights of {weights / 10**9:.1f} GB are read first",
                    practice="short-start-period",
                )
        self.explained.add(f"workloads.{name}", kind, "the image's own process")
        return draft

    def _main_kind(self) -> str:
        start = self.start
        if start.is_notebook:
            return "notebook"
        if start.worker is not None:
            return "worker"
        if start.port is not None:
            return "service"
        stays = start.program.runs_on if start.program is not None else None
        if stays is not None and (start.training is None or stays.says.startswith(".")):
            # A loop without an end that trains is stopped from outside, but is no service.
            return "worker"
        if start.training is not None:
            return "job"
        dependencies = self.project.dependencies
        if self.project.names_sigterm or dependencies.find(*_CONSUMERS):
            return "worker"
        return "job"

    def _main_name(self, kind: str) -> str:
        if kind == "service":
            application = self.start.application
            return "web" if application and application.framework in _PAGES else "api"
        if kind == "job":
            return "train" if self.start.training is not None else "job"
        return kind

    def _gpus(self, path: str) -> int:
        """Return the GPUs of what is in the file *path*; both where it is not told whose it is."""
        if self.accelerator != "cuda":
            return 0
        uses = {it.evidence.path for it in self.project.gpu_uses if it.scope == "service"}
        programs = {worker.path for worker in self.project.workers}
        programs |= {application.path for application in self.project.applications[:1]}
        return 0 if uses & programs and path not in uses else 1

    def _stop_seconds(self, gpus: int) -> int:
        program = posixpath.basename(self.process.entrypoint[0])
        if gpus:
            return 60
        # It waits for requests as long as engines wait for it; the last of it takes a moment more.
        return 35 if program == "gunicorn" else 30

    def _workers(self) -> Iterator[Draft]:
        taken: set[str] = set()
        for worker in self.project.workers:
            if worker is self.start.worker:
                continue
            name = "worker"
            if name in taken or self.start.worker is not None:
                name = _label(f"worker-{worker.module.rpartition('.')[2]}")
            if name in taken:
                continue
            taken.add(name)
            gpus = self._gpus(worker.path)
            resources = service_resources(
                self.project, name=name, gpus=gpus, explained=self.explained
            )
            is_heavy = resources.memory >= GIB or gpus > 0
            if not is_heavy:
                # A process for each processor: they have little to load.
                resources = replace(resources, cpus=2, memory=2 * resources.memory)
            draft = Draft(
                name=name,
                kind="worker",
                command=(),
                probe=worker_probe(worker),
                env=self._path_env(worker_env(worker, self.process.working_dir)),
                resources=with_settings(resources, self._choice(name)),
                stop_seconds=120 if is_heavy else 60,
                worker=worker,
            )
            draft.processes = 1 if is_heavy else max(1, int(draft.resources.cpus))
            draft.command = worker_command(worker, draft.processes)
            if worker.is_script:
                # In a package of the project it is no file of the image.
                draft.command, _ = program_words(self.project, worker, self.process.working_dir)
            self._add_volumes(draft, "service")
            self.explained.add(
                f"workloads.{name}",
                f"{posixpath.basename(draft.command[0])}, {draft.processes} at once",
                "it loads much, and its threads have the processors"
                if is_heavy
                else "as many as it has processors",
                worker.evidence,
                practice="threads-ignore-limit",
            )
            yield draft

    def _schedulers(self) -> Iterator[Draft]:
        beat = self.project.dependencies.find("django-celery-beat")
        in_django = self.project.dependencies.has("django-celery-beat")
        for worker in self.project.workers:
            if worker.library == "celery" and worker.schedule is None and beat is not None:
                # Its schedule is in the database.
                worker = replace(worker, schedule=beat.evidence)
            command = scheduler_command(worker, in_django=in_django)
            if not command:
                continue
            assert worker.schedule is not None  # noqa: S101 (without it there is no command)
            self.explained.add(
                "workloads.scheduler",
                f"{posixpath.basename(command[0])}, once",
                "tasks are to be run at certain times; two of it would send each twice",
                worker.schedule,
            )
            yield Draft(
                name="scheduler",
                kind="scheduler",
                command=command,
                env=self._path_env(worker_env(worker, self.process.working_dir)),
                resources=Resources(cpus=0.25, memory=256 * MIB, pids=128),
                worker=worker,
            )
            return

    def _trainings(self) -> Iterator[Draft]:
        trainings = [it for it in self.project.trainings if it is not self.start.training]
        if self.start.training is not None or not trainings:
            return
        training = trainings[0]
        if training.path not in self.project.files and self.project.package is None:
            self.explained.notice(
                f"`{training.path}` trains a model, but is left out of the image",
                "take it in: leave it out of .dockerignore, or name it in `include`",
                training.evidence,
            )
            return
        words, env = program_words(self.project, training, self.process.working_dir)
        draft = Draft(
            name="train", kind="job", command=words, env=self._path_env(env), training=training
        )
        self._add_training(draft, training)
        self.explained.add(
            "workloads.train",
            " ".join(("python", *words[1:])),
            "it trains a model and ends; started on demand only",
            training.evidence,
        )
        if len(trainings) > 1:
            shown = ", ".join(f"`{it.path}`" for it in trainings[1:4])
            self.explained.notice(
                f"of the programs that train, only `{training.path}` is planned; also found: {shown}",
                f"`{self.settings.key('workloads')}.NAME.command` adds one",
                *(it.evidence for it in trainings[1:4]),
            )
        yield draft

    def _add_training(self, draft: Draft, training: Training) -> None:
        uses = [it for it in self.project.gpu_uses if it.scope == "training"]
        gpus = 1 if (uses and self.gpu is not None) or self.accelerator == "cuda" else 0
        if gpus and uses:
            self.explained.add(
                f"workloads.{draft.name}.gpus",
                "1",
                "the training uses a GPU"
                if any(it.is_required for it in uses)
                else "the training is faster on a GPU, and does without one too",
                *(it.evidence for it in uses[:2]),
            )
        draft.extras, draft.groups = training.extras, training.groups
        if not draft.is_main and (draft.extras or draft.groups or gpus):
            draft.target = "train"
        draft.resources = training_resources(
            self.project, training, name=draft.name, gpus=gpus, explained=self.explained
        )
        draft.stop_seconds = 120
        places, variables = self.volumes.checkpoints(training)
        draft.env |= variables
        draft.mounts = (
            *self.volumes.datasets(training),
            *self.volumes.outputs(training),
            *places,
        )
        self._add_cache(draft, "training")
        tracked = any(it.kind == "mlflow" and it.is_certain for it in self.project.companions)
        if not training.outputs and not places and not tracked and not self.settings.volumes:
            self.explained.notice(
                f"nothing shows where `{training.path}` writes: what it writes is lost with its"
                " container",
                f"name the folder: `{self.settings.key('volumes')}.outputs ="
                f' {{ target = "{self.process.working_dir}/models", workloads = ["{draft.name}"] }}`',
                training.evidence,
            )

    def _notebook(self) -> Iterator[Draft]:
        dependencies = self.project.dependencies
        if self.start.is_notebook:
            return
        declared = dependencies.find(*_JUPYTER)
        if not self.project.notebooks and declared is None:
            return
        draft = Draft(
            name="notebook",
            kind="notebook",
            command=jupyter_command(WORKSPACE),
            port=JUPYTER_PORT,
            health=HealthPlan(path="/api", port=JUPYTER_PORT),
            env=dict(JUPYTER_ENV),
        )
        self._add_notebook(draft)
        found = f"`{self.project.notebooks[0].path}`" if self.project.notebooks else ""
        self.explained.add(
            "workloads.notebook",
            "jupyter lab",
            f"there are notebooks ({found}); started on demand only, with a token"
            if found
            else "Jupyter is a dependency; started on demand only, with a token",
            *((declared.evidence,) if declared else ()),
        )
        yield draft

    def _add_notebook(self, draft: Draft) -> None:
        """Give *draft* what JupyterLab needs: itself, a token, and the project to work in."""
        dependencies = self.project.dependencies
        draft.resources = Resources(cpus=2, memory=4 * GIB, pids=1024)
        if dependencies.find(*_JUPYTER) is None:
            group = next((it for it in _NOTEBOOK_GROUPS if it in self.project.groups), "")
            extra = next((it for it in _NOTEBOOK_GROUPS if it in self.project.extras), "")
            if group:
                draft.groups = (group,)
            elif extra:
                draft.extras = (extra,)
            else:
                draft.requirements = (JUPYTERLAB,)
                self.explained.notice(
                    f"no dependency brings JupyterLab: a Dockerfile's target `notebook` installs"
                    f" `{JUPYTERLAB}`"
                    + (", and `boxwright build` does not" if draft.is_main else ""),
                    "add a group: `uv add --group notebook jupyterlab`",
                )
            draft.target = "notebook"
        wanted = {name for notebook in self.project.notebooks for name in notebook.imports}
        for training in self.project.trainings[:1]:
            if training.library.replace("-", "_") in {*wanted, "scikit_learn"} & wanted and (
                training.groups or training.extras
            ):
                draft.groups = tuple(dict.fromkeys((*draft.groups, *training.groups)))
                draft.extras = tuple(dict.fromkeys((*draft.extras, *training.extras)))
                draft.target = "notebook"
        draft.env["JUPYTER_TOKEN_FILE"] = f"{SECRETS}/notebook_token"
        draft.env["PYTHONPATH"] = WORKSPACE
        draft.mounts = (self.volumes.workspace(),)
        if draft.is_main:
            draft.command = jupyter_command(WORKSPACE)

    def _add_volumes(self, draft: Draft, scope: str) -> None:
        draft.mounts = (*draft.mounts, *self.volumes.models())
        self._add_cache(draft, scope)

    def _add_cache(self, draft: Draft, scope: str) -> None:
        mounts, env = self.volumes.cache(scope, is_large=draft.resources.gpus > 0)
        draft.mounts = (*draft.mounts, *mounts)
        draft.env |= env

    def _path_env(self, env: Mapping[str, str]) -> dict[str, str]:
        """Return *env* less what the image has already; without its path where that is not meant."""
        there = dict(self.process.env)
        own = {name: value for name, value in env.items() if there.get(name) != value}
        if "PYTHONPATH" in there and "PYTHONPATH" not in env:
            own["PYTHONPATH"] = self.process.working_dir
            if there["PYTHONPATH"] == self.process.working_dir:
                del own["PYTHONPATH"]
        return own

    def _check_names(self, drafts: Sequence[Draft]) -> None:
        taken = {draft.name for draft in drafts[1:]}
        if drafts[0].name in taken:
            drafts[0].name = self._main_name(drafts[0].kind)

    def _asked(self, drafts: Sequence[Draft]) -> Iterator[Draft]:
        """Yield the workloads that only the user knows of."""
        known = {draft.name for draft in drafts}
        for name, choice in self.settings.workloads:
            if name in known or not choice.enabled:
                if name not in known:
                    raise self._unknown(name, known)
                continue
            if choice.command is None:
                raise self._unknown(name, known)
            kind = "job" if choice.schedule else "service" if choice.port else "worker"
            self.explained.from_settings(f"workloads.{name}", kind)
            yield Draft(
                name=name,
                kind=kind,
                command=_exec_form(choice.command),
                port=choice.port,
                health=HealthPlan(path="", port=choice.port) if choice.port else None,
                resources=service_resources(
                    self.project, name=name, gpus=0, explained=self.explained
                ),
                stop_seconds=60,
            )

    def _unknown(self, name: str, known: set[str]) -> PlanError:
        return PlanError(
            f"{self.settings.source}: {self.settings.key('workloads')}.{name}: there is no such"
            " workload, and no `command` makes it one",
            hint=f"known are {', '.join(f'`{each}`' for each in sorted(known))}",
        )

    def _is_wanted(self, draft: Draft) -> bool:
        if self._choice(draft.name).enabled:
            return True
        if draft.is_main:
            raise PlanError(
                f"{self.settings.source}: {self.settings.key('workloads')}.{draft.name}.enabled:"
                " the image's own process cannot be left out",
                hint="set `entrypoint` to what the image is for",
            )
        self.explained.from_settings(f"workloads.{draft.name}", "left out")
        return False

    def _with_settings(self, draft: Draft) -> Draft:
        choice = self._choice(draft.name)
        draft.resources = with_settings(draft.resources, choice)
        if draft.is_main:
            for key, instead in (("command", "entrypoint"), ("port", "port")):
                if getattr(choice, key) is not None:
                    raise PlanError(
                        f"{self.settings.source}: {self.settings.key('workloads')}.{draft.name}.{key}:"
                        " it is the image's own process",
                        hint=f"set `{self.settings.key(instead)}`",
                    )
        elif choice.command is not None:
            draft.command = _exec_form(choice.command)
        if choice.stop_seconds is not None:
            draft.stop_seconds = choice.stop_seconds
        draft.replicas = draft.replicas if choice.replicas is None else choice.replicas
        draft.schedule = choice.schedule or draft.schedule
        if choice.extras or choice.groups:
            draft.extras = choice.extras or draft.extras
            draft.groups = choice.groups or draft.groups
            if draft.target == "runtime" and not draft.is_main:
                draft.target = draft.name
        if draft.kind != "scheduler":
            draft.env |= thread_env(
                self.project.dependencies, draft.resources.cpus, processes=draft.processes
            )
        draft.env |= dict(choice.env)
        return draft


def notebook_secrets(workloads: Sequence[Workload]) -> Iterator[Secret]:
    """Yield the token of notebooks, which run what anybody sends them."""
    names = tuple(workload.name for workload in workloads if workload.kind == "notebook")
    if names:
        yield Secret(
            name="notebook_token",
            variable="JUPYTER_TOKEN_FILE",
            form="file",
            is_made=True,
            workloads=names,
        )


def tell_of_migrations(project: Project, explained: Explained) -> None:
    """Tell of tables that somebody has to make: two containers must not do it at once."""
    files = set(project.files)
    if "manage.py" in files and project.dependencies.has("django"):
        command = "python manage.py migrate"
    elif "alembic.ini" in files and project.dependencies.has("alembic"):
        command = "alembic upgrade head"
    else:
        return
    explained.notice(
        "no workload changes the database's tables",
        f"run `{command}` in the new image before it serves",
    )


def _exec_form(words: Sequence[str]) -> tuple[str, ...]:
    first = words[0]
    if first.endswith(".py"):
        return (f"{SITE}/bin/python", *words)
    if re.fullmatch(r"python(3(\.\d+)?)?", first):
        return (f"{SITE}/bin/python", *words[1:])
    return (first if first.startswith("/") else f"{SITE}/bin/{first}", *words[1:])


def _is_default(settings: Settings) -> bool:
    health = settings.health
    return health is None or isinstance(health, bool) or health.start_period is None


def _label(text: str) -> str:
    """
    Return *text* as a name that networks and clusters take.

    >>> _label("Digits_API!"), _label("9.lives")
    ('digits-api', 'app-9-lives')
    """
    label = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:50].rstrip("-") or "app"
    return label if label[0].isalpha() else f"app-{label}"
