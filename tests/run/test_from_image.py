"""Images of which no plan tells, as containers."""

from __future__ import annotations

import pytest

from boxwright.errors import EngineError
from boxwright.oci.config import Healthcheck
from boxwright.plan.model import Resources
from boxwright.run.engine_image import EngineImage
from boxwright.run.from_image import container_of_image
from boxwright.run.model import CLOSED, Container, Port
from boxwright.run.wishes import Wishes

HEALTH = Healthcheck(test=("/bin/ask",))


def test_a_service_is_confined_as_one_with_a_plan() -> None:
    image = EngineImage(
        id="x", user="1000", entrypoint=("/bin/serve",), ports=(8000,), health=HEALTH
    )

    chosen = container_of_image("team/api:1", image, Wishes())

    assert chosen.notes == ()
    assert chosen.container == Container(
        image="team/api:1",
        name="api",
        user="1000:1000",
        scratch=("/tmp:mode=1777,size=512m",),
        ports=(Port(inside=8000, outside=8000),),
        network=CLOSED,
        resources=Resources(cpus=2, memory=2 << 30, pids=512),
        health=HEALTH,
        tells_engine=True,
        kind="service",
    )


@pytest.mark.parametrize("user", ["", "0", "root", "0:1000", "00"])
def test_root_is_refused_unless_asked_for(user: str) -> None:
    image = EngineImage(id="x", user=user, command=("sh", "-c", "serve"))

    with pytest.raises(EngineError) as caught:
        container_of_image("api:1", image, Wishes())
    asked = container_of_image("api:1", image, Wishes(user="0"))
    otherwise = container_of_image("api:1", image, Wishes(user="65532"))

    assert caught.value.message == "`api:1` runs as root"
    assert asked.notes == ("the container runs as root, because `--user` says so",)
    assert (otherwise.notes, otherwise.container.user) == ((), "65532:65532")
    assert otherwise.container.needs_init


def test_a_user_by_name_is_told() -> None:
    chosen = container_of_image("api:1", EngineImage(id="x", user="app"), Wishes())

    assert chosen.notes == ("`api:1` names its user `app`, and who that is shows only inside it",)


def test_another_command_is_not_what_the_health_check_asks() -> None:
    image = EngineImage(id="x", user="1000", entrypoint=("/tini",), health=HEALTH)

    container = container_of_image("a@sha256:" + "0" * 64, image, Wishes(command=("x",))).container

    assert (container.health, container.is_checked, container.command) == (None, False, ("x",))
    assert container.name == "a"
