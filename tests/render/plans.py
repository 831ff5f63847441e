"""Plans made by hand, for the renderers: each is what `plan` would say of such a project."""

from __future__ import annotations

from dataclasses import replace

from boxwright.plan.model import (
    SITE,
    ApplicationPlan,
    BasePlan,
    CompanionPlan,
    DependencyPlan,
    GpuPlan,
    HealthPlan,
    LayerPlan,
    Mount,
    Plan,
    ProcessPlan,
    PublicImages,
    Resources,
    Secret,
    Volume,
    Workload,
)
from boxwright.plan.probe import probe_command

_PYTHON = f"{SITE}/bin/python"
_GIB = 1 << 30
_MIB = 1 << 20
_ENV = (
    ("HOME", "/home/nonroot"),
    ("LANG", "C.UTF-8"),
    ("PATH", f"{SITE}/bin:/usr/local/bin:/usr/bin:/bin"),
    ("PYTHONDONTWRITEBYTECODE", "1"),
    ("PYTHONUNBUFFERED", "1"),
    ("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt"),
    ("USER", "nonroot"),
    ("XDG_CACHE_HOME", "/tmp/.cache"),
)
_IMAGES = PublicImages(
    python="python:3.13.9-slim-trixie",
    uv="ghcr.io/astral-sh/uv:0.9.11",
    runtime="gcr.io/distroless/python3-debian13:nonroot",
    python_version="3.13",
    suite="trixie",
)
_HEALTH = HealthPlan(path="/health/ready", port=8000)
_UVICORN = (
    f"{SITE}/bin/uvicorn",
    "scoring.api:app",
    "--host",
    "0.0.0.0",  # noqa: S104 (of the container)
    "--port",
    "8000",
)


def api_plan() -> Plan:
    """Return the plan of one service with a small model in its image, locked by uv."""
    api = Workload(
        name="digits-api",
        kind="service",
        command=_UVICORN,
        port=8000,
        health=_HEALTH,
        live="/health/live",
        metrics="/metrics",
        resources=Resources(cpus=1, memory=512 * _MIB, pids=128),
    )
    return Plan(
        name="digits-api",
        version="1.0.0",
        description="Reads handwritten digits",
        platform="linux/amd64",
        base=BasePlan(suites=("trixie", "bookworm"), variant="distroless"),
        python=">=3.11",
        accelerator="cpu",
        dependencies=DependencyPlan(source="uv.lock", path="uv.lock"),
        application=ApplicationPlan(
            files=("main.py", "scoring/__init__.py", "scoring/api.py"),
            models=("model/digits.safetensors",),
        ),
        process=ProcessPlan(entrypoint=_UVICORN, port=8000, health=_HEALTH, env=_ENV),
        layers=LayerPlan(),
        images=_IMAGES,
        workloads=(api,),
    )


def slim_plan() -> Plan:
    """Return the same on python-slim, from requirements that nobody locked, with libgomp."""
    plan = api_plan()
    return replace(
        plan,
        base=replace(plan.base, variant="slim"),
        dependencies=DependencyPlan(source="requirements", path="requirements.txt"),
        images=replace(_IMAGES, runtime=""),
        system_packages=("libgomp1",),
        build_packages=("g++", "cmake"),
    )


def stack_plan() -> Plan:
    """Return the plan of the reference stack: api, worker, scheduler, trainer, notebook, stores."""
    plan = api_plan()
    env = (
        ("DATABASE_HOST", "postgres"),
        ("DATABASE_NAME", "app"),
        ("DATABASE_PASSWORD_FILE", "/run/secrets/postgres_password"),
        ("DATABASE_USER", "app"),
        ("OMP_NUM_THREADS", "1"),
        ("REDIS_URL", "redis://redis:6379/0"),
    )
    celery = f"{SITE}/bin/celery"
    ask = (
        _PYTHON,
        "-c",
        "from scoring.worker import app; raise SystemExit(not app.control.ping())",
    )
    api = replace(plan.workloads[0], name="api", env=env, needs=("postgres", "redis"))
    worker = Workload(
        name="worker",
        kind="worker",
        command=(celery, "--app", "scoring.worker", "worker", "--loglevel", "INFO"),
        probe=ask,
        env=env,
        needs=("postgres", "redis"),
        resources=Resources(cpus=2, memory=_GIB),
        stop_seconds=60,
    )
    scheduler = Workload(
        name="scheduler",
        kind="scheduler",
        command=(celery, "--app", "scoring.worker", "beat", "--schedule", "/tmp/beat"),
        env=env,
        needs=("redis",),
        resources=Resources(cpus=0.25, memory=256 * _MIB),
    )
    train = Workload(
        name="train",
        kind="job",
        command=(_PYTHON, "train.py"),
        target="train",
        env=(("HF_HOME", "/cache/huggingface"), ("OUTPUT_DIR", "/outputs")),
        mounts=(
            Mount(volume="datasets", target="/app/data", read_only=True),
            Mount(volume="outputs", target="/outputs"),
            Mount(volume="cache", target="/cache"),
        ),
        resources=Resources(cpus=4, memory=8 * _GIB, gpus=1, shared_memory=2 * _GIB, pids=1024),
        groups=("train",),
        schedule="0 3 * * *",
    )
    notebook = Workload(
        name="notebook",
        kind="notebook",
        command=(f"{SITE}/bin/jupyter", "lab", "--ip=0.0.0.0", "--port=8888", "--no-browser"),
        target="notebook",
        port=8888,
        health=HealthPlan(path="/api", port=8888),
        mounts=(Mount(volume="workspace", target="/workspace"),),
        resources=Resources(cpus=2, memory=4 * _GIB, pids=1024),
        groups=("notebook",),
    )
    redis = CompanionPlan(
        name="redis",
        kind="redis",
        image="redis:8.2.3",
        port=6379,
        user="999:999",
        command=("redis-server", "--save", "60", "1", "--appendonly", "yes"),
        probe=("redis-cli", "ping"),
        mounts=(Mount(volume="redis-data", target="/data"),),
        temporary=("/tmp",),
        resources=Resources(cpus=0.5, memory=256 * _MIB),
    )
    postgres = CompanionPlan(
        name="postgres",
        kind="postgres",
        image="postgres:18.1-trixie",
        port=5432,
        user="999:999",
        env=(
            ("POSTGRES_DB", "app"),
            ("POSTGRES_PASSWORD_FILE", "/run/secrets/postgres_password"),
            ("POSTGRES_USER", "app"),
        ),
        probe=("pg_isready", "--username", "app", "--dbname", "app"),
        mounts=(Mount(volume="postgres-data", target="/var/lib/postgresql"),),
        temporary=("/tmp", "/run/postgresql"),
        resources=Resources(cpus=1, memory=512 * _MIB),
    )
    return replace(
        plan,
        name="reference-stack",
        workloads=(api, worker, scheduler, train, notebook),
        companions=(redis, postgres),
        volumes=(
            Volume(name="cache", kind="cache", size=20 * _GIB),
            Volume(name="datasets", kind="datasets", source="data", size=_GIB, shared=True),
            Volume(name="outputs", kind="outputs", source="model", size=10 * _GIB),
            Volume(name="postgres-data", kind="state", size=10 * _GIB),
            Volume(name="redis-data", kind="state", size=_GIB),
            Volume(name="workspace", kind="workspace", source="."),
        ),
        secrets=(
            Secret(
                name="postgres_password",
                variable="DATABASE_PASSWORD_FILE",
                form="file",
                is_made=True,
                workloads=("api", "worker", "scheduler", "postgres"),
            ),
            Secret(
                name="notebook_token",
                variable="JUPYTER_TOKEN",
                form="value",
                is_made=True,
                workloads=("notebook",),
            ),
        ),
        gpu=GpuPlan(cuda="13.0", driver="580.65.06"),
    )


def url_plan() -> Plan:
    """Return a service whose code wants the database's address with the password in it."""
    plan = stack_plan()
    api = replace(
        plan.workloads[0],
        env=(("REDIS_URL", "redis://redis:6379/0"),),
    )
    password = Secret(
        name="postgres_password",
        variable="",
        form="file",
        is_made=True,
        workloads=("postgres",),
    )
    url = Secret(
        name="database_url",
        variable="DATABASE_URL",
        form="value",
        is_made=True,
        template="postgresql://app:{postgres_password}@postgres:5432/app",
        workloads=("api",),
    )
    key = Secret(
        name="openai_api_key",
        variable="OPENAI_API_KEY",
        form="value",
        is_made=False,
        workloads=("api",),
    )
    return replace(plan, workloads=(api,), secrets=(password, url, key), gpu=None)


def gpu_plan() -> Plan:
    """Return a service that needs a GPU, its CUDA in the wheels, its weights in a volume."""
    plan = slim_plan()
    probe = probe_command(_HEALTH)
    api = replace(
        plan.workloads[0],
        name="llm",
        env=(("HF_HOME", "/cache/huggingface"),),
        probe=probe,
        mounts=(
            Mount(volume="models", target="/app/models", read_only=True),
            Mount(volume="cache", target="/cache"),
        ),
        resources=Resources(cpus=4, memory=16 * _GIB, gpus=1, shared_memory=2 * _GIB, pids=1024),
        stop_seconds=60,
    )
    return replace(
        plan,
        name="llm",
        accelerator="cuda",
        workloads=(api,),
        volumes=(
            Volume(name="cache", kind="cache", size=50 * _GIB),
            Volume(name="models", kind="models", source="models", size=30 * _GIB, shared=True),
        ),
        system_packages=(),
        gpu=GpuPlan(cuda="13.0", driver="580.65.06"),
    )


def monitored_plan() -> Plan:
    """Return the reference stack with Prometheus and Grafana, and several workers."""
    plan = stack_plan()
    api, worker, *others = plan.workloads
    worker = replace(worker, replicas=3, metrics="/metrics", metrics_port=9100)
    prometheus = CompanionPlan(
        name="prometheus",
        kind="prometheus",
        image="prom/prometheus:v3.7.3",
        port=9090,
        user="65534:65534",
        probe=("wget", "-q", "-O", "/dev/null", "http://127.0.0.1:9090/-/ready"),
        mounts=(Mount(volume="prometheus-data", target="/prometheus"),),
        resources=Resources(cpus=0.5, memory=512 * _MIB),
        profile="monitoring",
    )
    grafana = CompanionPlan(
        name="grafana",
        kind="grafana",
        image="grafana/grafana:12.2.1",
        port=3000,
        user="472:472",
        env=(("GF_ANALYTICS_REPORTING_ENABLED", "false"),),
        probe=("wget", "-q", "-O", "/dev/null", "http://127.0.0.1:3000/api/health"),
        mounts=(Mount(volume="grafana-data", target="/var/lib/grafana"),),
        temporary=("/tmp",),
        resources=Resources(cpus=0.5, memory=256 * _MIB),
        profile="monitoring",
    )
    password = Secret(
        name="grafana_password",
        variable="",
        form="file",
        is_made=True,
        workloads=("grafana",),
    )
    return replace(
        plan,
        workloads=(api, worker, *others),
        companions=(*plan.companions, prometheus, grafana),
        volumes=(
            *plan.volumes,
            Volume(name="grafana-data", kind="state", size=_GIB),
            Volume(name="prometheus-data", kind="state", size=10 * _GIB),
        ),
        secrets=(*plan.secrets, password),
    )


def brokers_plan() -> Plan:
    """Return what is unlike the others: brokers, no version, a name to bend, a job by hand."""
    plan = stack_plan()
    service = Workload(
        name="web",
        kind="service",
        command=(_PYTHON, "web.py"),
        port=7860,
        health=HealthPlan(path="", port=7860, start_period=400),
        env=(("OMP_NUM_THREADS", "2"), ("PRICE", "$(COST) each")),
        needs=("memcached", "rabbitmq"),
        mounts=(Mount(volume="results", target="/results", read_only=True),),
        resources=Resources(cpus=1.5, memory=700 * _MIB),
        replicas=2,
    )
    worker = Workload(
        name="consumer",
        kind="worker",
        command=(_PYTHON, "consume.py"),
        env=(("OMP_NUM_THREADS", "1"),),
        needs=("kafka", "rabbitmq"),
        mounts=(Mount(volume="results", target="/results"),),
        resources=Resources(cpus=2, memory=_GIB),
        writable_root=True,
    )
    job = replace(plan.workloads[3], schedule="", env=(), mounts=(), resources=Resources(cpus=2))
    notebook = replace(plan.workloads[4], needs=("rabbitmq", "web"))
    rabbitmq = CompanionPlan(
        name="rabbitmq",
        kind="rabbitmq",
        image="rabbitmq:4.2.1",
        port=5672,
        more_ports=(15672,),
        user="999:999",
        env=(("RABBITMQ_DEFAULT_USER", "app"),),
        probe=("rabbitmq-diagnostics", "--quiet", "ping"),
        mounts=(Mount(volume="rabbitmq-data", target="/var/lib/rabbitmq"),),
        temporary=("/tmp",),
        resources=Resources(cpus=1, memory=512 * _MIB),
    )
    kafka = CompanionPlan(
        name="kafka",
        kind="kafka",
        image="apache/kafka:4.1.1",
        port=9092,
        user="1000:1000",
        mounts=(Mount(volume="kafka-data", target="/var/lib/kafka/data"),),
        resources=Resources(cpus=1, memory=_GIB),
        writable_root=True,
    )
    memcached = CompanionPlan(
        name="memcached",
        kind="memcached",
        image="memcached:1.6.39",
        port=11211,
        user="11211:11211",
        command=("memcached", "--memory-limit=64"),
        resources=Resources(cpus=0.25, memory=96 * _MIB),
    )
    password = Secret(
        name="rabbitmq_password",
        variable="RABBITMQ_DEFAULT_PASS",
        form="value",
        is_made=True,
        workloads=("rabbitmq",),
    )
    url = Secret(
        name="celery_broker_url",
        variable="CELERY_BROKER_URL",
        form="value",
        is_made=True,
        template="amqp://app:{rabbitmq_password}@rabbitmq:5672//",
        workloads=("web", "consumer"),
    )
    return replace(
        plan,
        name="Credit_Risk.v2",
        version="",
        process=replace(plan.process, entrypoint=service.command, port=7860),
        workloads=(service, worker, job, notebook),
        companions=(rabbitmq, kafka, memcached),
        volumes=(
            Volume(name="kafka-data", kind="state"),
            Volume(name="rabbitmq-data", kind="state", size=5 * _GIB),
            Volume(name="results", kind="outputs"),
            Volume(name="workspace", kind="workspace"),
        ),
        secrets=(password, url),
        gpu=None,
    )
