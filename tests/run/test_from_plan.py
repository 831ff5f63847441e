"""Workloads of plans as containers: what compose.yaml says holds here too."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from boxwright.build.config import healthcheck
from boxwright.errors import PlanError
from boxwright.oci.config import Healthcheck
from boxwright.plan.make import make_plan
from boxwright.plan.model import HealthPlan, Mount, Plan, Resources, Secret, Volume, Workload
from boxwright.project.inspect import inspect
from boxwright.project.settings_file import read_settings
from boxwright.project.tree import FolderTree
from boxwright.run.from_plan import choose_workload, container_of
from boxwright.run.model import CLOSED, Container, Mounted, Port, SecretFile
from boxwright.run.wishes import Wishes

COMMAND = ("/opt/venv/bin/uvicorn", "main:app", "--host", "0.0.0.0")  # noqa: S104 (a container's)
HEALTH = HealthPlan(path="/ready", port=8000)


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    """Return the plan of a service, whose workloads tests replace."""
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "shop"\nversion = "1"\ndependencies = ["fastapi", "uvicorn"]\n'
    )
    (tmp_path / "main.py").write_text("from fastapi import FastAPI\napp = FastAPI()\n")
    settings = read_settings(tmp_path)
    plan = make_plan(inspect(FolderTree(tmp_path), settings), settings, platform="linux/amd64")
    process = replace(plan.process, entrypoint=COMMAND, port=8000, health=HEALTH)
    return replace(plan, process=process, workloads=(API,), volumes=(), secrets=(), companions=())


API = Workload(
    name="api", kind="service", command=COMMAND, port=8000, health=HEALTH, stop_seconds=20
)


def of(
    plan: Plan,
    workload: Workload,
    folder: Path,
    wishes: Wishes | None = None,
    *,
    alone: bool = False,
    **environ: str,
) -> Container:
    return container_of(
        replace(plan, workloads=(workload,)),
        workload,
        image="shop:1",
        folder=folder,
        wishes=wishes or Wishes(),
        environ=environ,
        alone=alone,
    ).container


def test_the_images_own_process_as_it_is(plan, tmp_path) -> None:
    assert of(plan, API, tmp_path) == Container(
        image="shop:1",
        name="shop-api",
        user="65532:65532",
        scratch=("/tmp:mode=1777,size=256m",),
        ports=(Port(inside=8000, outside=8000),),
        network=CLOSED,
        resources=Resources(),
        health=healthcheck(HEALTH),
        tells_engine=True,
        stop_seconds=20,
        kind="service",
        path="/ready",
    )


def test_a_worker_has_no_network_and_an_init(plan, tmp_path) -> None:
    probe = ("/opt/venv/bin/python", "-c", "ask")
    worker = Workload(name="worker", kind="worker", command=("/opt/venv/bin/rq",), probe=probe)

    assert of(plan, worker, tmp_path) == Container(
        image="shop:1",
        name="shop-worker",
        entrypoint=("/opt/venv/bin/rq",),
        user="65532:65532",
        scratch=("/tmp:mode=1777,size=256m",),
        health=Healthcheck(test=probe, timeout=20, start_period=60),
        is_checked=False,
        needs_init=True,
        stop_signal="SIGTERM",
        kind="worker",
    )


def test_companions_are_for_compose(plan, tmp_path) -> None:
    needy = replace(API, needs=("redis",))

    with pytest.raises(PlanError) as caught:
        of(plan, needy, tmp_path)

    assert caught.value.message == "`api` needs `redis` beside it"
    assert "docker compose up" in caught.value.hint
    assert of(plan, needy, tmp_path, alone=True).name == "shop-api"


def test_an_image_of_another_stage_is_for_compose(plan, tmp_path) -> None:
    train = Workload(name="train", kind="job", command=("x",), target="train", groups=("train",))

    with pytest.raises(PlanError) as caught:
        of(plan, train, tmp_path)

    assert caught.value.message == "`train` has an image of its own, with `train`"


def test_data_is_bound_and_state_is_in_the_volume_that_compose_has(plan, tmp_path) -> None:
    (tmp_path / "data").mkdir()
    plan = replace(
        plan,
        volumes=(
            Volume(name="datasets", kind="datasets", source="data"),
            Volume(name="hub", kind="cache"),
        ),
    )
    mounts = (
        Mount(volume="datasets", target="/app/data", read_only=True),
        Mount(volume="hub", target="/cache"),
    )

    found = of(plan, replace(API, mounts=mounts), tmp_path)

    assert found.mounts == (
        Mounted(kind="bind", source=str(tmp_path / "data"), target="/app/data", read_only=True),
        Mounted(kind="volume", source="shop_hub", target="/cache", is_new_for_user=True),
    )


def test_data_that_is_not_there_is_told_before_anything_is_built(plan, tmp_path) -> None:
    plan = replace(plan, volumes=(Volume(name="datasets", kind="datasets", source="data"),))
    mount = Mount(volume="datasets", target="/app/data", read_only=True)

    with pytest.raises(PlanError) as caught:
        of(plan, replace(API, mounts=(mount,)), tmp_path)

    assert caught.value.message == "`data` is not there, which `/app/data` is to show"


def secret(name: str, form: str = "value", **changed: object) -> Secret:
    made = Secret(name=name, variable=name.upper(), form=form, is_made=False, workloads=("api",))
    return replace(made, **changed)  # type: ignore[arg-type]


def test_a_secret_comes_from_its_file_the_environment_or_the_env_file(plan, tmp_path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "one").write_text("1")
    (tmp_path / ".env").write_text("# comment\nTHREE='3'\nTWO=ignored\n")
    plan = replace(plan, secrets=(secret("one", "file"), secret("two"), secret("three")))

    found = of(plan, API, tmp_path, TWO="2")

    place = tmp_path / "secrets"
    assert found.secrets == (
        SecretFile(name="one", path=place / "one"),
        SecretFile(name="three", path=place / "three", value="3"),
        SecretFile(name="two", path=place / "two", value="2"),
    )
    assert found.env == (("ONE", "/run/secrets/one"),)
    assert found.values == (("THREE", "{three}"), ("TWO", "{two}"))
    assert found.entrypoint == COMMAND


def test_a_secret_without_a_value_is_told_and_an_optional_one_is_empty(plan, tmp_path) -> None:
    with pytest.raises(PlanError) as caught:
        of(replace(plan, secrets=(secret("api_key"),)), API, tmp_path)
    optional = replace(plan, secrets=(secret("api_key", is_optional=True),))

    assert caught.value.message == "the secret `api_key` has no value"
    assert of(optional, API, tmp_path).env == (("API_KEY", ""),)


def test_an_address_is_put_together_in_the_container(plan, tmp_path) -> None:
    password = secret("db_password", variable="", is_made=True)
    address = secret("database_url", template="postgresql://app:{db_password}@db/app")
    plan = replace(plan, secrets=(password, address))

    found = of(plan, API, tmp_path, DB_PASSWORD="x")  # noqa: S106 (made up)

    assert [it.name for it in found.secrets] == ["db_password"]
    assert found.values == (("DATABASE_URL", "postgresql://app:{db_password}@db/app"),)


def test_another_command_has_no_health_check(plan, tmp_path) -> None:
    found = of(plan, API, tmp_path, Wishes(command=("/opt/venv/bin/python", "-V")))

    assert found.entrypoint == ("/opt/venv/bin/python", "-V")
    assert (found.health, found.is_checked, found.tells_engine) == (None, False, False)


def test_who_needs_the_internet_is_told_how_to_reach_it(plan, tmp_path) -> None:
    plan = replace(plan, secrets=(secret("api_key", is_optional=True),))

    chosen = container_of(plan, API, image="x", folder=tmp_path, wishes=Wishes(), environ={})

    assert chosen.notes == (
        (
            "`api` may need the internet (it is given `api_key`), and nothing leads there:"
            " `--network bridge` lets it out"
        ),
    )


def test_a_workload_is_chosen_by_its_name(plan) -> None:
    assert choose_workload(plan, None) is API
    assert choose_workload(plan, "api") is API
    with pytest.raises(PlanError) as caught:
        choose_workload(plan, "worker")
    assert (caught.value.message, caught.value.hint) == (
        "there is no workload `worker`",
        "there are `api`",
    )
