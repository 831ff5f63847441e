"""The containers of a project's own image."""

from __future__ import annotations

import pytest
from tests.plan.projects import (
    API,
    FASTAPI,
    celery,
    certain,
    dataset,
    download,
    gpu_use,
    model,
    notebook,
    plan_of,
    secret,
    texts,
    training,
    variable,
    volume,
    workload,
)

from boxwright.errors import PlanError
from boxwright.plan.model import HealthPlan, Mount, Resources, Secret, Volume, Workload
from boxwright.project.evidence import Evidence

MIB = 1 << 20
GIB = 1 << 30
BIN = "/opt/venv/bin"
PING = """\
import socket, sys
from tasks import app
name = "celery@" + socket.gethostname()
sys.exit(not app.control.ping(destination=[name], timeout=5))"""
UVICORN = (f"{BIN}/uvicorn", "main:app", "--host", "0.0.0.0", "--port", "8000")  # noqa: S104


def test_a_service_alone_is_called_like_the_project() -> None:
    plan = plan_of(API, 'name = "Digits_API"')

    assert plan.workloads == (
        Workload(
            name="digits-api",
            kind="service",
            command=UVICORN,
            port=8000,
            health=HealthPlan(path="/health/ready", port=8000),
            resources=Resources(cpus=1, memory=256 * MIB),
        ),
    )


def test_liveness_and_metrics_are_routes_of_the_code() -> None:
    routes = """
from prometheus_client import generate_latest

@app.get("/livez")
def live(): ...

@app.get("/metrics")
def metrics():
    return generate_latest()
"""

    plan = plan_of({**API, "main.py": FASTAPI + routes})

    (api,) = plan.workloads
    assert (api.live, api.metrics, api.metrics_port) == ("/livez", "/metrics", None)
    assert [it.name for it in plan.companions] == ["grafana", "prometheus"]


def test_a_celery_worker_and_its_beat_stand_beside_the_service() -> None:
    plan = plan_of(
        {**API, "tasks.py": ""},
        workers=(celery(queues=("gpu",), schedule=Evidence("tasks.py", 9)),),
        companions=(certain("redis", "REDIS_URL"),),
        variables=(variable("REDIS_URL", "redis://localhost:6379/2"),),
    )

    env = (("REDIS_URL", "redis://redis:6379/2"),)
    api, worker, scheduler = plan.workloads
    assert (api.name, api.env, api.needs) == ("api", env, ("redis",))
    assert worker == Workload(
        name="worker",
        kind="worker",
        command=(
            f"{BIN}/celery", "--app", "tasks", "worker", "--loglevel", "INFO",
            "--queues", "celery,gpu", "--concurrency", "2", "--prefetch-multiplier", "1",
            "--without-gossip", "--without-mingle",
        ),
        probe=(
            f"{BIN}/python",
            "-c",
            PING,
        ),
        env=env,
        needs=("redis",),
        resources=Resources(cpus=2, memory=512 * MIB),
        stop_seconds=60,
    )  # fmt: skip
    assert scheduler == Workload(
        name="scheduler",
        kind="scheduler",
        command=(
            f"{BIN}/celery", "--app", "tasks", "beat", "--loglevel", "INFO",
            "--schedule", "/tmp/celerybeat-schedule",
        ),
        env=env,
        needs=("redis",),
        resources=Resources(cpus=0.25, memory=256 * MIB, pids=128),
    )  # fmt: skip


def test_a_worker_that_loads_much_does_one_thing_at_a_time_with_all_its_processors() -> None:
    plan = plan_of(
        {
            **API,
            "requirements.txt": "fastapi\nuvicorn\ncelery\ntorch\ntransformers\n",
            "tasks.py": "",
        },
        workers=(celery(),),
        artifacts=(model("model/w.safetensors", 2 * 10**9, shipped=True),),
    )

    worker = workload(plan, "worker")
    assert worker.command[6:8] == ("--concurrency", "1")
    assert dict(worker.env)["OMP_NUM_THREADS"] == "2"
    assert dict(worker.env)["TOKENIZERS_PARALLELISM"] == "false"
    assert worker.resources == Resources(cpus=2, memory=4096 * MIB, pids=1024)


@pytest.mark.parametrize(
    ("library", "name", "command", "has_probe"),
    [
        ("rq", "", (f"{BIN}/rq", "worker", "default"), True),
        ("arq", "Settings", (f"{BIN}/arq", "tasks.Settings"), True),
        (
            "huey",
            "huey",
            (f"{BIN}/python", "-m", "huey.bin.huey_consumer", "tasks.huey", "--workers", "2"),
            False,
        ),
        ("taskiq", "broker", (f"{BIN}/taskiq", "worker", "tasks:broker", "--workers", "2"), False),
        (
            "dramatiq",
            "",
            (f"{BIN}/dramatiq", "tasks", "--processes", "1", "--threads", "4"),
            False,
        ),
    ],
)
def test_each_queue_has_its_own_command_and_a_probe_where_one_tells_the_truth(
    library: str, name: str, command: tuple[str, ...], has_probe: bool
) -> None:
    plan = plan_of({**API, "tasks.py": ""}, workers=(celery(library=library, name=name),))

    worker = workload(plan, "worker")
    assert (worker.command, bool(worker.probe)) == (command, has_probe)


def test_a_worker_alone_is_the_image() -> None:
    plan = plan_of(
        {"requirements.txt": "celery[redis]\n", "jobs/tasks.py": ""},
        workers=(celery(path="jobs/tasks.py", module="tasks", root="jobs", name="queue"),),
    )

    (worker,) = plan.workloads
    assert (worker.name, worker.kind, worker.needs) == ("app", "worker", ("redis",))
    assert worker.command == plan.process.entrypoint
    assert worker.command[1:3] == ("--app", "tasks:queue")
    assert worker.env == (("CELERY_BROKER_URL", "redis://redis:6379/0"),)
    assert dict(plan.process.env)["PYTHONPATH"] == "/app/jobs"
    assert plan.process.stop_signal == "SIGTERM"


def test_training_reads_data_and_writes_outside_of_the_image() -> None:
    plan = plan_of(
        {**API, "train.py": ""},
        trainings=(
            training(
                groups=("train",),
                loader_workers=4,
                inputs=("data/train.csv",),
                outputs=("runs/", "runs/best"),
            ),
        ),
        gpu_uses=(gpu_use("train.py", required=False, scope="training"),),
        artifacts=(dataset("data/", 3 * GIB),),
        downloads=(download("bert-base-uncased", scope="training"),),
        variables=(variable("CHECKPOINT_DIR", path="train.py"),),
    )

    assert workload(plan, "train") == Workload(
        name="train",
        kind="job",
        command=(f"{BIN}/python", "train.py"),
        target="train",
        env=(
            ("CHECKPOINT_DIR", "/checkpoints"),
            ("HF_HOME", "/cache/huggingface"),
            ("XDG_CACHE_HOME", "/cache"),
        ),
        mounts=(
            Mount(volume="datasets", target="/app/data", read_only=True),
            Mount(volume="outputs", target="/app/runs"),
            Mount(volume="checkpoints", target="/checkpoints"),
            Mount(volume="cache", target="/cache"),
        ),
        resources=Resources(cpus=4, memory=13 * GIB, gpus=1, shared_memory=2 * GIB, pids=1024),
        stop_seconds=120,
        groups=("train",),
    )
    assert plan.volumes == (
        Volume(name="cache", kind="cache", size=50 * GIB),
        Volume(name="checkpoints", kind="outputs", size=10 * GIB),
        Volume(name="datasets", kind="datasets", source="data", size=6 * GIB, shared=True),
        Volume(name="outputs", kind="outputs", source="runs", size=10 * GIB),
    )


def test_data_that_is_written_beside_is_not_mounted_read_only() -> None:
    plan = plan_of(
        {**API, "train.py": ""},
        trainings=(training(inputs=("data/raw",), outputs=("data",)),),
    )

    assert workload(plan, "train").mounts == (Mount(volume="outputs", target="/app/data"),)


def test_of_several_trainings_one_is_planned_and_the_others_are_told() -> None:
    first = training(outputs=("runs",))
    other = training(path="tune.py", module="tune")

    plan = plan_of({**API, "train.py": "", "tune.py": ""}, trainings=(first, other))

    assert [it.name for it in plan.workloads] == ["api", "train"]
    assert texts(plan) == [
        "of the programs that train, only `train.py` is planned; also found: `tune.py`"
    ]


def test_a_training_that_writes_nobody_knows_where_is_told() -> None:
    plan = plan_of({**API, "train.py": ""}, trainings=(training(),))

    (notice,) = plan.notices
    assert (notice.text, notice.hint) == (
        "nothing shows where `train.py` writes: what it writes is lost with its container",
        'name the folder: `volumes.outputs = { target = "/app/models", workloads = ["train"] }`',
    )


def test_a_training_that_is_left_out_of_the_image_is_told() -> None:
    plan = plan_of({**API, ".dockerignore": "train.py\n", "train.py": ""}, trainings=(training(),))

    assert [it.name for it in plan.workloads] == ["api"]
    assert texts(plan) == ["`train.py` trains a model, but is left out of the image"]


def test_training_alone_is_the_image() -> None:
    plan = plan_of(
        {"requirements.txt": "scikit-learn\n", "fit.py": ""},
        trainings=(training(path="fit.py", module="fit", library="scikit-learn"),),
    )

    (job,) = plan.workloads
    assert (job.name, job.kind, job.target) == ("app", "job", "runtime")
    assert plan.process.entrypoint == job.command == (f"{BIN}/python", "fit.py")


def test_notebooks_have_a_target_a_token_and_the_project_to_work_in() -> None:
    plan = plan_of(
        {
            "pyproject.toml": (
                '[project]\nname = "x"\ndependencies = ["fastapi", "uvicorn"]\n'
                '[dependency-groups]\nnotebook = ["jupyterlab"]\ntrain = ["torch"]\n'
            ),
            "main.py": FASTAPI,
            "train.py": "",
        },
        notebooks=(notebook("numpy", "torch"),),
        trainings=(training(groups=("train",)),),
    )

    assert workload(plan, "notebook") == Workload(
        name="notebook",
        kind="notebook",
        command=(
            f"{BIN}/jupyter", "lab", "--ip=0.0.0.0", "--port=8888", "--no-browser",
            "--ServerApp.root_dir=/workspace",
        ),
        target="notebook",
        port=8888,
        health=HealthPlan(path="/api", port=8888),
        env=(
            ("IPYTHONDIR", "/tmp/ipython"),
            ("JUPYTER_CONFIG_DIR", "/tmp/jupyter/config"),
            ("JUPYTER_DATA_DIR", "/tmp/jupyter/data"),
            ("JUPYTER_RUNTIME_DIR", "/tmp/jupyter/runtime"),
            ("JUPYTER_TOKEN_FILE", "/run/secrets/notebook_token"),
            ("PYTHONPATH", "/workspace"),
        ),
        mounts=(Mount(volume="workspace", target="/workspace"),),
        resources=Resources(cpus=2, memory=4 * GIB, pids=1024),
        groups=("notebook", "train"),
    )  # fmt: skip
    assert secret(plan, "notebook_token") == Secret(
        name="notebook_token",
        variable="JUPYTER_TOKEN_FILE",
        form="file",
        is_made=True,
        workloads=("notebook",),
    )
    assert volume(plan, "workspace").source == "."


def test_notebooks_alone_are_the_image_and_jupyterlab_is_installed_for_them() -> None:
    plan = plan_of(
        {"requirements.txt": "pandas\n", "lib.py": "", "a.ipynb": "{}"}, notebooks=(notebook(),)
    )

    (only,) = plan.workloads
    assert (only.name, only.kind, only.target) == ("app", "notebook", "notebook")
    assert only.requirements == ("jupyterlab==4.6.6",)
    assert plan.process.health == HealthPlan(path="/api", port=8888)
    assert dict(plan.process.env)["JUPYTER_CONFIG_DIR"] == "/tmp/jupyter/config"
    assert texts(plan) == [
        (
            "no dependency brings JupyterLab: a Dockerfile's target `notebook` installs"
            " `jupyterlab==4.6.6`, and `boxwright build` does not"
        )
    ]


def test_a_model_that_is_not_shipped_is_mounted_and_given_time_and_memory() -> None:
    plan = plan_of(API, artifacts=(model("weights/llm.safetensors", 20 * 10**9),))

    (api,) = plan.workloads
    assert api.mounts == (Mount(volume="models", target="/app/weights", read_only=True),)
    assert api.health == HealthPlan(path="/health/ready", port=8000, start_period=441)
    assert plan.process.health == HealthPlan(path="/health/ready", port=8000)
    assert api.resources.memory == 28_928 * MIB
    assert volume(plan, "models") == Volume(
        name="models", kind="models", source="weights", size=23 * GIB, shared=True
    )


def test_a_model_that_is_fetched_is_kept_and_its_memory_is_a_guess() -> None:
    plan = plan_of(
        {**API, "requirements.txt": "fastapi\nuvicorn\ntransformers\ntorch\n"},
        downloads=(download("distilbert-base-uncased"),),
    )

    (api,) = plan.workloads
    assert api.mounts == (Mount(volume="cache", target="/cache"),)
    assert dict(api.env)["HF_HOME"] == "/cache/huggingface"
    assert api.resources.memory == 4 * GIB
    assert texts(plan) == [
        (
            "the memory for `app` is a guess: how large `distilbert-base-uncased` is, is known when"
            " it is fetched"
        )
    ]


def test_an_application_for_people_is_called_web() -> None:
    plan = plan_of(
        {"requirements.txt": "streamlit\n", "Home.py": "import streamlit as st\nst.title('x')\n"},
        notebooks=(notebook(),),
    )

    assert [it.name for it in plan.workloads] == ["web", "notebook"]


def test_settings_change_leave_out_and_add() -> None:
    plan = plan_of(
        {**API, "requirements.txt": "fastapi\nuvicorn\nnumpy\n", "tasks.py": "", "train.py": ""},
        """
        [workloads]
        train = false
        api = { replicas = 3, cpus = 2, memory = "1 GiB", shm = "64 MiB", env = { MODE = "x" } }
        worker = { cpus = 4, gpus = 1, stop-seconds = 300 }
        nightly = { command = ["jobs.py", "--all"], schedule = "0 3 * * *" }
        admin = { command = "admin --port 9000", port = 9000 }
        """,
        workers=(celery(),),
        trainings=(training(),),
    )

    assert [it.name for it in plan.workloads] == ["api", "worker", "nightly", "admin"]
    api, worker, nightly, admin = plan.workloads
    assert (api.replicas, dict(api.env)["MODE"]) == (3, "x")
    assert dict(api.env)["OMP_NUM_THREADS"] == "2"
    assert api.resources == Resources(cpus=2, memory=GIB, shared_memory=64 * MIB)
    assert (worker.resources.cpus, worker.resources.gpus, worker.stop_seconds) == (4, 1, 300)
    assert "--concurrency 4" in " ".join(worker.command)
    assert (nightly.kind, nightly.schedule) == ("job", "0 3 * * *")
    assert nightly.command == (f"{BIN}/python", "jobs.py", "--all")
    assert (admin.kind, admin.health) == ("service", HealthPlan(path="", port=9000))
    assert admin.command == (f"{BIN}/admin", "--port", "9000")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            "workloads.wroker = { cpus = 2 }",
            (
                "boxwright.toml: workloads.wroker: there is no such workload, and no `command` makes"
                " it one"
            ),
        ),
        (
            "workloads.api = false",
            "boxwright.toml: workloads.api.enabled: the image's own process cannot be left out",
        ),
        (
            'workloads.api.command = ["serve"]',
            "boxwright.toml: workloads.api.command: it is the image's own process",
        ),
        (
            "volumes.scratch = { size = 1 }",
            (
                "boxwright.toml: volumes.scratch: the plan has no such volume, and no `target` says"
                " where it is wanted"
            ),
        ),
    ],
)
def test_settings_for_what_there_is_not_are_refused(settings: str, message: str) -> None:
    with pytest.raises(PlanError) as caught:
        plan_of(API, settings)

    assert caught.value.message == message


def test_volumes_of_the_settings() -> None:
    plan = plan_of(
        {**API, "train.py": ""},
        """
        [volumes]
        outputs = { size = "100 GiB", source = "out" }
        datasets = false
        scratch = { target = "/scratch", workloads = ["train"] }
        """,
        trainings=(training(inputs=("data/",), outputs=("runs",)),),
    )

    assert workload(plan, "train").mounts == (
        Mount(volume="outputs", target="/app/runs"),
        Mount(volume="scratch", target="/scratch"),
    )
    assert plan.volumes == (
        Volume(name="outputs", kind="outputs", source="out", size=100 * GIB),
        Volume(name="scratch", kind="outputs", size=GIB),
    )


def test_django_is_told_that_its_tables_are_not_made() -> None:
    files = {
        "requirements.txt": "django\ngunicorn\n",
        "manage.py": "",
        "site_/wsgi.py": "from django.core.wsgi import get_wsgi_application\n"
        "application = get_wsgi_application()\n",
    }

    plan = plan_of(files)

    assert "no workload changes the database's tables" in texts(plan)
    assert plan.workloads[0].stop_seconds == 35
