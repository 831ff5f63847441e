"""What engines tell of images, and what they had better not."""

from __future__ import annotations

import pytest

from boxwright.oci.config import Healthcheck
from boxwright.run.client import Client
from boxwright.run.engine_image import EngineImage, _read, read_engine_image


def test_docker_and_podman_tell_it_in_their_own_places() -> None:
    test = {"Test": ["CMD", "/bin/ask", "-x"], "Interval": 5_000_000_000, "Retries": 2}
    config: dict[str, object] = {
        "User": "65532:65532",
        "Entrypoint": ["/bin/serve"],
        "Cmd": None,
        "ExposedPorts": {"8000/tcp": {}, "53/udp": {}, "x": {}, "99999/tcp": {}},
        "StopSignal": "SIGINT",
    }
    expected = EngineImage(
        id="sha256:1",
        user="65532:65532",
        entrypoint=("/bin/serve",),
        ports=(8000,),
        health=Healthcheck(
            test=("/bin/ask", "-x"), interval=5, timeout=30, start_period=0, retries=2
        ),
        stop_signal="SIGINT",
    )

    assert _read({"Id": "sha256:1", "Config": {**config, "Healthcheck": test}}) == expected
    assert _read({"Id": "sha256:1", "Config": config, "HealthCheck": test}) == expected


def test_a_check_for_a_shell_and_one_that_is_off() -> None:
    shell = {"Config": {"Healthcheck": {"Test": ["CMD-SHELL", "curl x"]}}}
    off = {"Config": {"Healthcheck": {"Test": ["NONE"]}}}

    assert _read(shell).health == Healthcheck(
        test=("/bin/sh", "-c", "curl x"), timeout=30, start_period=0
    )
    assert _read(off).health is None


@pytest.mark.parametrize(
    ("entrypoint", "expected"), [(("/sbin/tini", "--"), True), (("sh",), False)]
)
def test_an_init_is_known_by_its_name(entrypoint: tuple[str, ...], *, expected: bool) -> None:
    assert EngineImage(id="", user="", entrypoint=entrypoint).has_init is expected


@pytest.mark.engine
def test_an_image_that_is_not_there(client: Client) -> None:
    assert read_engine_image(client, "boxwright.invalid/nothing:1") is None
    assert read_engine_image(client, "--help") is None
