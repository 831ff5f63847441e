"""Services of public images, and how workloads find them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from tests.plan.projects import (
    API,
    celery,
    certain,
    companion,
    decided,
    plan_of,
    secret,
    texts,
    training,
    variable,
    workload,
)

import boxwright.plan.companions
from boxwright.errors import PlanError
from boxwright.oci.reference import parse_reference
from boxwright.plan.companions import kinds
from boxwright.plan.model import CompanionPlan, Mount, Resources, Secret, Volume
from boxwright.project.evidence import Evidence
from boxwright.project.facts import Companion

MIB = 1 << 20
GIB = 1 << 30
SQLALCHEMY = "fastapi\nuvicorn\nsqlalchemy\n"


@pytest.mark.parametrize("kind", kinds().values(), ids=lambda kind: str(kind.name))
def test_every_kind_can_be_planned_hardened(kind: Any) -> None:  # noqa: ANN401
    plan = plan_of(API, f"companions.{kind.name} = true")

    found = companion(plan, kind.name)
    image = parse_reference(found.image)
    assert re.search(r"\d", image.tag), "an exact tag"
    assert re.fullmatch(r"[1-9]\d*:\d+", found.user), "numeric, and not root"
    assert found.probe
    assert 1024 < found.port < 65536
    assert "{" not in repr((found.env, found.probe[:2], found.mounts))
    assert found.writable_root or "/tmp" in found.temporary or not found.mounts
    assert {mount.volume for mount in found.mounts} <= {volume.name for volume in plan.volumes}


def test_the_table_says_where_it_is_from() -> None:
    path = Path(boxwright.plan.companions.__file__).with_name("companions.toml")

    text = path.read_text("utf-8")

    assert "# Sources:" in text
    assert "latest" not in {
        row.get("image", "").rpartition(":")[2] for row in tomllib.loads(text).values()
    }


def test_postgres_with_its_password_in_a_file() -> None:
    plan = plan_of(
        API,
        companions=(certain("postgres", "DATABASE_URL", "DATABASE_PASSWORD_FILE"),),
        variables=(
            variable("DATABASE_PASSWORD_FILE", is_secret=True, is_file=True),
            variable("DATABASE_URL", "postgresql://shop@localhost:5432/orders"),
        ),
    )

    assert workload(plan, "app").env == (
        ("DATABASE_PASSWORD_FILE", "/run/secrets/postgres_password"),
        ("DATABASE_URL", "postgresql://shop@postgres:5432/orders"),
    )
    assert workload(plan, "app").needs == ("postgres",)
    assert plan.companions == (
        CompanionPlan(
            name="postgres",
            kind="postgres",
            image="postgres:18.6-trixie",
            port=5432,
            user="999:999",
            env=(
                ("POSTGRES_DB", "orders"),
                ("POSTGRES_PASSWORD_FILE", "/run/secrets/postgres_password"),
                ("POSTGRES_USER", "shop"),
            ),
            probe=(
                "pg_isready", "--host", "127.0.0.1", "--username", "shop", "--dbname", "orders",
            ),
            mounts=(Mount(volume="postgres-data", target="/var/lib/postgresql"),),
            temporary=("/tmp", "/run/postgresql"),
            resources=Resources(cpus=1, memory=512 * MIB),
            stop_seconds=60,
        ),
    )  # fmt: skip
    assert plan.volumes == (Volume(name="postgres-data", kind="state", size=10 * GIB),)
    assert plan.secrets == (
        Secret(
            name="postgres_password",
            variable="DATABASE_PASSWORD_FILE",
            form="file",
            is_made=True,
            workloads=("app", "postgres"),
        ),
    )


@pytest.mark.parametrize(
    ("requirements", "default", "template"),
    [
        ("", None, "postgresql://app:{postgres_password}@postgres:5432/app"),
        (
            "sqlalchemy\nasyncpg",
            None,
            "postgresql+asyncpg://app:{postgres_password}@postgres:5432/app",
        ),
        (
            "sqlmodel\npsycopg[binary]",
            None,
            "postgresql+psycopg://app:{postgres_password}@postgres:5432/app",
        ),
        (
            "sqlalchemy\npsycopg2-binary\nasyncpg",
            None,
            "postgresql://app:{postgres_password}@postgres:5432/app",
        ),
        (
            "sqlalchemy\nasyncpg",
            "postgres://me:pw@db.internal/shop",
            "postgres://me:{postgres_password}@postgres:5432/shop",
        ),
        (
            "sqlalchemy\nasyncpg",
            "sqlite:///./local.db",
            "postgresql+asyncpg://app:{postgres_password}@postgres:5432/app",
        ),
    ],
)
def test_an_address_with_a_password_is_a_secret_with_the_driver_that_the_code_has(
    requirements: str, default: str | None, template: str
) -> None:
    plan = plan_of(
        {**API, "requirements.txt": f"fastapi\nuvicorn\n{requirements}\n"},
        companions=(certain("postgres", "DATABASE_URL"),),
        variables=(variable("DATABASE_URL", default, is_required=default is None),),
    )

    assert secret(plan, "database_url") == Secret(
        name="database_url",
        variable="DATABASE_URL",
        form="value",
        is_made=True,
        template=template,
        workloads=("app",),
    )
    assert secret(plan, "postgres_password").workloads == ("postgres",)
    assert workload(plan, "app").env == ()


def test_an_address_in_parts() -> None:
    plan = plan_of(
        API,
        companions=(certain("postgres"),),
        variables=(
            variable("PGDATABASE", "orders"),
            variable("PGHOST", "localhost"),
            variable("PGPASSWORD", is_required=True, is_secret=True),
            variable("PGPORT", "5432"),
            variable("PGUSER", "shop"),
        ),
    )

    assert workload(plan, "app").env == (
        ("PGDATABASE", "orders"),
        ("PGHOST", "postgres"),
        ("PGPORT", "5432"),
        ("PGUSER", "shop"),
    )
    assert secret(plan, "pgpassword").template == "{postgres_password}"
    assert dict(companion(plan, "postgres").env)["POSTGRES_USER"] == "shop"


def test_a_password_by_the_name_of_its_secret_is_another_secret() -> None:
    plan = plan_of(
        API,
        companions=(certain("postgres"),),
        variables=(variable("POSTGRES_PASSWORD", is_required=True, is_secret=True),),
    )

    assert [(it.name, it.variable, it.template) for it in plan.secrets] == [
        ("postgres_password", "", ""),
        ("postgres_password_value", "POSTGRES_PASSWORD", "{postgres_password}"),
    ]


def test_pgvector_is_another_image() -> None:
    plan = plan_of(
        {**API, "requirements.txt": "fastapi\nuvicorn\npgvector\n"},
        companions=(certain("postgres"),),
    )

    assert companion(plan, "postgres").image == "pgvector/pgvector:0.8.6-pg18-trixie"


def test_redis_has_no_password_where_the_code_has_none() -> None:
    plan = plan_of(
        API,
        companions=(certain("redis", "REDIS_HOST"),),
        variables=(
            variable("REDIS_DB", "3"),
            variable("REDIS_HOST", "localhost"),
            variable("REDIS_PASSWORD", is_secret=True),
        ),
    )

    assert workload(plan, "app").env == (("REDIS_DB", "3"), ("REDIS_HOST", "redis"))
    assert (plan.secrets, texts(plan)) == ((), [])
    assert companion(plan, "redis").command == (
        "redis-server", "--dir", "/data", "--appendonly", "yes", "--save", "60", "1",
        "--maxmemory", "201mb", "--maxmemory-policy", "noeviction", "--protected-mode", "no",
    )  # fmt: skip


def test_redis_has_the_password_that_the_code_reads() -> None:
    plan = plan_of(
        API,
        companions=(certain("redis", "REDIS_URL"),),
        variables=(
            variable("REDIS_PASSWORD_FILE", is_secret=True, is_file=True),
            variable("REDIS_URL", "redis://127.0.0.1:6379/0"),
        ),
    )

    assert workload(plan, "app").env == (
        ("REDIS_PASSWORD_FILE", "/run/secrets/redis_password"),
        ("REDIS_URL", "redis://redis:6379/0"),
    )
    redis = companion(plan, "redis")
    assert redis.command[:2] == ("sh", "-c")
    assert redis.command[2].endswith('--requirepass "$(cat /run/secrets/redis_password)"')
    assert secret(plan, "redis_password").workloads == ("app", "redis")


def test_rabbitmq_and_its_address_for_celery() -> None:
    plan = plan_of(
        {**API, "tasks.py": ""},
        workers=(celery(),),
        companions=(
            Companion(
                kind="rabbitmq",
                evidence=(Evidence("tasks.py", 2, 'broker="amqp://guest@localhost//"'),),
                is_certain=True,
            ),
        ),
    )

    assert plan.secrets == (
        Secret(
            name="celery_broker_url",
            variable="CELERY_BROKER_URL",
            form="value",
            is_made=True,
            template="amqp://app:{rabbitmq_password}@rabbitmq:5672/%2F",
            workloads=("api", "worker"),
        ),
        Secret(
            name="rabbitmq_password",
            variable="RABBITMQ_DEFAULT_PASS",
            form="value",
            is_made=True,
            workloads=("rabbitmq",),
        ),
    )
    assert texts(plan) == []


def test_a_worker_needs_a_broker_even_where_none_was_seen() -> None:
    plan = plan_of({**API, "tasks.py": ""}, workers=(celery(library="rq", name=""),))

    assert [it.name for it in plan.companions] == ["redis"]
    assert workload(plan, "worker").env == (("RQ_REDIS_URL", "redis://redis:6379/0"),)
    assert ("redis", "`rq` needs a broker") in decided(plan, "companions")


def test_results_go_to_a_database_of_their_own() -> None:
    plan = plan_of(
        {**API, "tasks.py": ""},
        workers=(celery(),),
        companions=(certain("redis", "BROKER", "CELERY_RESULT_BACKEND"),),
        variables=(variable("BROKER"), variable("CELERY_RESULT_BACKEND")),
    )

    assert workload(plan, "worker").env == (
        ("BROKER", "redis://redis:6379/0"),
        ("CELERY_RESULT_BACKEND", "redis://redis:6379/1"),
    )


def test_an_object_store_is_found_by_its_endpoint_and_keys() -> None:
    plan = plan_of(
        API,
        companions=(certain("minio", "MINIO_ENDPOINT", "S3_ENDPOINT_URL"),),
        variables=(
            variable("AWS_SECRET_ACCESS_KEY", is_secret=True),
            variable("MINIO_ACCESS_KEY", "minioadmin"),
            variable("MINIO_ENDPOINT", "localhost:9000"),
            variable("S3_ENDPOINT_URL"),
        ),
    )

    assert workload(plan, "app").env == (
        ("MINIO_ACCESS_KEY", "app"),
        ("MINIO_ENDPOINT", "minio:9000"),
        ("S3_ENDPOINT_URL", "http://minio:9000"),
    )
    assert secret(plan, "aws_secret_access_key").template == "{minio_password}"
    assert companion(plan, "minio").mounts == (Mount(volume="minio-data", target="/var/tmp"),)


def test_trackers_are_named_to_training_too() -> None:
    plan = plan_of(
        {**API, "train.py": ""}, companions=(certain("mlflow"),), trainings=(training(),)
    )

    env = ("MLFLOW_TRACKING_URI", "http://mlflow:5000")
    assert env in workload(plan, "api").env
    assert env in workload(plan, "train").env
    assert workload(plan, "train").needs == ("mlflow",)


def test_a_training_that_asks_the_database_gets_it() -> None:
    plan = plan_of(
        {**API, "train.py": ""},
        companions=(certain("postgres", "DB_HOST"),),
        variables=(
            variable("DB_HOST", path="train.py"),
            variable("DB_PASSWORD", is_secret=True, is_required=True),
        ),
        trainings=(training(),),
    )

    assert workload(plan, "train").env == (("DB_HOST", "postgres"),)
    assert secret(plan, "db_password").workloads == ("api", "train")


def test_a_name_that_is_written_into_the_code_is_the_name_in_the_network() -> None:
    plan = plan_of(API, companions=(certain("redis", says='redis.Redis(host="cache")'),))

    assert companion(plan, "cache").kind == "redis"
    assert workload(plan, "app").needs == ("cache",)


def test_code_that_looks_on_its_own_machine_is_told() -> None:
    plan = plan_of(API, companions=(certain("qdrant", says='QdrantClient("localhost")'),))

    assert texts(plan) == [
        ("the code looks for Qdrant at `localhost`, which in a container is the container itself")
    ]


def test_a_client_without_a_connection_is_told_and_not_planned() -> None:
    found = Companion(kind="mongodb", evidence=(Evidence("requirements.txt", 3),), is_certain=False)

    plan = plan_of(API, companions=(found,))

    (notice,) = plan.notices
    assert plan.companions == ()
    assert (notice.text, notice.hint) == (
        "a client of MongoDB is among the dependencies, but no connection was found",
        "`companions.mongodb = true` adds one",
    )


def test_what_cannot_be_planned_is_told_with_its_reason() -> None:
    plan = plan_of(API, companions=(certain("milvus"),))

    assert texts(plan) == [
        (
            "the project talks to `milvus`, which is not planned: it needs etcd and an object store"
            " of its own"
        )
    ]


def test_settings_add_leave_out_and_change() -> None:
    plan = plan_of(
        API,
        """
        [companions]
        redis = false
        mongodb = true
        postgres = { image = "mirror.test/postgres:17.2", memory = "2 GiB", size = "50 GiB" }
        """,
        companions=(certain("redis"), certain("postgres")),
    )

    assert [(it.name, it.image) for it in plan.companions] == [
        ("mongodb", "mongo:8.0.29-noble"),
        ("postgres", "mirror.test/postgres:17.2"),
    ]
    assert companion(plan, "postgres").resources.memory == 2 * GIB
    assert plan.volumes[-1].size == 50 * GIB


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("postgre", "no such companion is known", "did you mean `postgres`?"),
        (
            "milvus",
            "it is not planned: it needs etcd and an object store of its own",
            "run it beside, and name its address in `env`",
        ),
    ],
)
def test_companions_that_are_not_known_are_refused(name: str, message: str, hint: str) -> None:
    with pytest.raises(PlanError) as caught:
        plan_of(API, f"companions.{name} = true")

    assert caught.value.message == f"boxwright.toml: companions.{name}: {message}"
    assert caught.value.hint == hint


def test_neo4j_gets_its_login_in_one_word() -> None:
    plan = plan_of(
        API,
        companions=(certain("neo4j", "NEO4J_URI"),),
        variables=(
            variable("NEO4J_PASSWORD", is_secret=True, is_required=True),
            variable("NEO4J_URI"),
            variable("NEO4J_USERNAME", "neo4j"),
        ),
    )

    assert workload(plan, "app").env == (
        ("NEO4J_URI", "bolt://neo4j:7687"),
        ("NEO4J_USERNAME", "neo4j"),
    )
    assert secret(plan, "neo4j_auth").template == "neo4j/{neo4j_password}"
    assert secret(plan, "neo4j_auth").workloads == ("neo4j",)


def test_credentials_of_others_are_to_be_given() -> None:
    plan = plan_of(
        API,
        """
        [secrets]
        hf_token = "HF_TOKEN"
        cookie = { variable = "COOKIE_KEY_FILE", form = "file", made = true }
        sentry_dsn = false
        """,
        variables=(
            variable("HF_TOKEN", is_secret=True),
            variable("MODEL_NAME", is_required=True),
            variable("OPENAI_API_KEY", is_secret=True, is_required=True),
            variable("SECRET_KEY", is_secret=True, is_required=True),
            variable("SENTRY_DSN", is_secret=True, is_required=True),
            variable("WANDB_API_KEY", is_secret=True),
        ),
    )

    assert [(it.name, it.form, it.is_made, it.is_optional) for it in plan.secrets] == [
        ("cookie", "file", True, False),
        ("hf_token", "value", False, False),
        ("openai_api_key", "value", False, False),
        ("secret_key", "value", True, False),
        ("wandb_api_key", "value", False, True),
    ]
    assert texts(plan) == ["the code does not run without `MODEL_NAME`, which nothing sets"]


def test_a_key_that_another_service_knows_is_not_made_up() -> None:
    plan = plan_of(
        API, variables=(variable("LANGFUSE_SECRET_KEY", is_secret=True, is_required=True),)
    )

    assert not secret(plan, "langfuse_secret_key").is_made


def test_root_is_no_user_of_mysql_that_can_be_made() -> None:
    plan = plan_of(
        API,
        companions=(certain("mysql", "MYSQL_USER"),),
        variables=(variable("MYSQL_USER", "root"),),
    )

    assert dict(companion(plan, "mysql").env)["MYSQL_USER"] == "app"
    assert dict(workload(plan, "app").env)["MYSQL_USER"] == "app"
