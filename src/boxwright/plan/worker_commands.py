"""How workers and schedulers of task queues are started, and asked whether they are well."""

from __future__ import annotations

import posixpath

from boxwright.plan.model import SITE
from boxwright.project.facts import Worker

PYTHON = f"{SITE}/bin/python"
_CELERY_PROBE = (
    "import socket, sys\n"
    "from {module} import {imported}\n"
    'name = "celery@" + socket.gethostname()\n'
    "sys.exit(not app.control.ping(destination=[name], timeout=5))"
)
_RQ_PROBE = (
    "import os, socket, sys\n"
    "from redis import Redis\n"
    "from rq import Worker\n"
    'workers = Worker.all(connection=Redis.from_url(os.environ["RQ_REDIS_URL"]))\n'
    "sys.exit(all(worker.hostname != socket.gethostname() for worker in workers))"
)
"""A worker's key in Redis expires where it does not renew it."""


def worker_command(worker: Worker, concurrency: int) -> tuple[str, ...]:
    """Return the command of *worker* in exec form, with *concurrency* tasks at once."""
    program = f"{SITE}/bin/"
    number = str(concurrency)
    queues: tuple[str, ...] = ()
    if worker.is_script:
        return (PYTHON, worker.path)
    match worker.library:
        case "celery":
            if worker.queues:
                queues = ("--queues", ",".join(dict.fromkeys(("celery", *worker.queues))))
            return (
                f"{program}celery", "--app", celery_name(worker), "worker",
                "--loglevel", "INFO", *queues,
                "--concurrency", number, "--prefetch-multiplier", "1",
                # Talk among workers, which costs each of them time and the broker memory.
                "--without-gossip", "--without-mingle",
            )  # fmt: skip
        case "rq":
            return (f"{program}rq", "worker", *(worker.queues or ("default",)))
        case "dramatiq":
            if worker.queues:
                queues = ("--queues", *dict.fromkeys(("default", *worker.queues)))
            return (
                f"{program}dramatiq", worker.module, *worker.modules,
                "--processes", "1", "--threads", str(max(4, concurrency)), *queues,
            )  # fmt: skip
        case "arq":
            return (f"{program}arq", f"{worker.module}.{worker.name}")
        case "huey":
            # Its program has been called by two names; its module has one.
            target = f"{worker.module}.{worker.name}"
            return (PYTHON, "-m", "huey.bin.huey_consumer", target, "--workers", number)
        case "taskiq":
            return (
                f"{program}taskiq", "worker", f"{worker.module}:{worker.name}", *worker.modules,
                "--workers", number,
            )  # fmt: skip
        case _:
            return (PYTHON, "-m", worker.module)


def scheduler_command(worker: Worker, *, in_django: bool) -> tuple[str, ...]:
    """Return the command of what sends the periodic tasks of *worker*; empty if that does itself."""
    if worker.schedule is None:
        return ()
    if worker.library == "celery":
        keeps = (
            ("--scheduler", "django_celery_beat.schedulers:DatabaseScheduler")
            if in_django
            else ("--schedule", "/tmp/celerybeat-schedule")  # noqa: S108 (in the image)
        )
        return (
            f"{SITE}/bin/celery", "--app", celery_name(worker), "beat",
            "--loglevel", "INFO", *keeps,
        )  # fmt: skip
    if worker.library == "taskiq" and worker.scheduler:
        return (f"{SITE}/bin/taskiq", "scheduler", worker.scheduler, *worker.modules)
    if worker.library == "rq":
        return (f"{SITE}/bin/rqscheduler",)
    return ()


def worker_probe(worker: Worker) -> tuple[str, ...]:
    """Return the command that tells whether *worker* is well; empty where none tells the truth."""
    match worker.library:
        case "celery" if worker.name:
            imported = worker.name if worker.name == "app" else f"{worker.name} as app"
            code = _CELERY_PROBE.format(module=worker.module, imported=imported)
            return (PYTHON, "-c", code)
        case "rq" if not worker.is_script:
            return (PYTHON, "-c", _RQ_PROBE)
        case "arq":
            return (f"{SITE}/bin/arq", "--check", f"{worker.module}.{worker.name}")
        case _:
            return ()


def worker_env(worker: Worker, working_dir: str) -> dict[str, str]:
    """Return where the modules of *worker* are found."""
    if worker.is_script and worker.root == posixpath.dirname(worker.path):
        return {}
    return (
        {"PYTHONPATH": posixpath.join(working_dir, worker.root).rstrip("/")} if worker.root else {}
    )


def celery_name(worker: Worker) -> str:
    """Return the application as `celery --app` wants it."""
    if worker.name in ("", "app", "celery"):
        return worker.module
    return f"{worker.module}:{worker.name}"
