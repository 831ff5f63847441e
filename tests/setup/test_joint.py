"""Several plans become one: what is alike is there once, what only has the same name is told apart."""

from __future__ import annotations

from dataclasses import replace

from tests.render.plans import api_plan, stack_plan

from boxwright.plan.model import CompanionPlan, Mount, Plan, Secret, Volume, Workload
from boxwright.render.compose import render_compose, render_compose_override
from boxwright.render.model import Part, Surroundings
from boxwright.setup.joint import Joint, join_plans

REDIS = CompanionPlan(
    name="redis",
    kind="redis",
    image="redis:8",
    port=6379,
    user="999:999",
    mounts=(Mount(volume="redis-data", target="/data"),),
)
STATE = Volume(name="redis-data", kind="state")


def project(name: str, *, workload: str = "", **more: object) -> Plan:
    """Return the plan of a worker with a redis."""
    plan = replace(
        api_plan(),
        name=name,
        workloads=(
            Workload(
                name=workload or name,
                kind="worker",
                command=("/opt/venv/bin/rq", "worker"),
                env=(("REDIS_URL", "redis://redis:6379/0"),),
                needs=("redis",),
            ),
        ),
        companions=(REDIS,),
        volumes=(STATE,),
        secrets=(),
    )
    return replace(plan, **more)  # type: ignore[arg-type]


def joined(*plans: Plan) -> Joint:
    parts = [Part(plan=plan, name=plan.name, folder=f"services/{plan.name}") for plan in plans]
    return join_plans("acme", parts)


def postgres(database: str) -> CompanionPlan:
    return CompanionPlan(
        name="postgres",
        kind="postgres",
        image="postgres:18",
        port=5432,
        user="999:999",
        env=(
            ("POSTGRES_DB", database),
            ("POSTGRES_PASSWORD_FILE", "/run/secrets/postgres_password"),
        ),
        mounts=(Mount(volume="postgres-data", target="/data"),),
    )


def with_postgres(name: str, database: str) -> Plan:
    return project(
        name,
        companions=(postgres(database),),
        volumes=(Volume(name="postgres-data", kind="state"),),
        secrets=(
            Secret(name="postgres_password", variable="", form="file", is_made=True,
                   workloads=("postgres",)),
            Secret(name="database_url", variable="DATABASE_URL", form="value", is_made=True,
                   template=f"postgresql://app:{{postgres_password}}@postgres:5432/{database}",
                   workloads=(name,)),
        ),
    )  # fmt: skip


def test_what_two_want_alike_is_there_once() -> None:
    joint = joined(project("api"), project("batch"))

    assert joint.plan.companions == (REDIS,)
    assert joint.plan.volumes == (STATE,)
    assert [(each.name, each.image, each.needs) for each in joint.plan.workloads] == [
        ("api", "api", ("redis",)),
        ("batch", "batch", ("redis",)),
    ]
    assert joint.notices == ()


def test_of_one_name_the_second_has_its_project_before_it() -> None:
    joint = joined(project("api", workload="worker"), project("batch", workload="worker"))

    assert [each.name for each in joint.plan.workloads] == ["worker", "batch-worker"]


def test_a_database_of_other_settings_is_another_one() -> None:
    joint = joined(with_postgres("api", "shop"), with_postgres("batch", "jobs"))

    assert [each.name for each in joint.plan.companions] == ["batch-postgres", "postgres"]
    second = joint.plan.companions[0]
    assert ("POSTGRES_PASSWORD_FILE", "/run/secrets/batch_postgres_password") in second.env
    assert second.mounts == (Mount(volume="batch-postgres-data", target="/data"),)
    assert {each.template: each.workloads for each in joint.plan.secrets if each.template} == {
        "postgresql://app:{postgres_password}@postgres:5432/shop": ("api",),
        "postgresql://app:{batch_postgres_password}@batch-postgres:5432/jobs": ("batch",),
    }
    assert [each.name for each in joint.plan.secrets] == [
        "batch_postgres_password", "database_url", "database_url", "postgres_password",
    ]  # fmt: skip
    (notice,) = joint.notices
    assert notice.text == (
        "`services/batch` wants `postgres` with other settings than those before it: it has its"
        " own, `batch-postgres`"
    )


def test_a_database_alike_is_shared_with_its_password() -> None:
    joint = joined(with_postgres("api", "shop"), with_postgres("batch", "shop"))

    (database_url, password) = joint.plan.secrets
    assert database_url.workloads == ("api", "batch")
    assert password.workloads == ("postgres",)


def test_folders_of_projects_are_found_from_the_top() -> None:
    models = Volume(name="models", kind="models", source="models")
    joint = joined(
        project("api", volumes=(models, STATE)), project("batch", volumes=(models, STATE))
    )

    assert [(each.name, each.source) for each in joint.plan.volumes] == [
        ("models", "services/api/models"),
        ("redis-data", ""),
        ("batch-models", "services/batch/models"),
    ]


def test_each_service_says_how_its_own_image_is_built() -> None:
    parts = (
        Part(plan=stack_plan(), name="shop", folder="services/shop", context="services/shop"),
        Part(plan=project("batch"), name="batch", folder="services/batch", context=".",
             dockerfile="services/batch/Dockerfile"),
    )  # fmt: skip
    plan = join_plans("acme", parts).plan
    around = Surroundings(version="1.0", parts=parts)

    text = render_compose(plan, around)
    override = render_compose_override(plan, around)

    assert "      context: services/shop\n      target: runtime\n" in text
    assert "      context: .\n      dockerfile: services/batch/Dockerfile\n" in text
    assert "image: ${IMAGE:-acme}-shop:${TAG:-local}" in text
    assert "image: ${IMAGE:-acme}-batch-dev:${TAG:-local}" in override
    assert "source: ./services/batch\n" in override
