"""The command lines of docker, podman and nerdctl, as whole values."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from boxwright.oci.config import Healthcheck
from boxwright.plan.model import Resources
from boxwright.run import arguments
from boxwright.run.arguments import Subnet, network_arguments, run_arguments
from boxwright.run.model import CLOSED, Container, Mounted, Port, SecretFile

SUBNET = Subnet(text="192.168.247.0/24", bridge="192.168.247.1", nobody="192.168.247.2")
FULL = Container(
    image="api:1.0",
    name="api",
    user="65532:65532",
    scratch=("/tmp:mode=1777,size=128m",),
    mounts=(
        Mounted(kind="bind", source="/srv/models", target="/app/model", read_only=True),
        Mounted(kind="volume", source="api_cache", target="/cache", is_new_for_user=True),
    ),
    secrets=(SecretFile(name="api_key", path=Path("/run/user/1/x/api_key")),),
    env=(("OMP_NUM_THREADS", "2"),),
    hidden_env=(("HF_TOKEN", "hf_not-to-be-seen"),),
    env_files=(Path("/srv/env"),),
    ports=(Port(inside=8000, outside=8000), Port(inside=9000)),
    network=CLOSED,
    resources=Resources(cpus=1.5, memory=3 << 30, gpus=2, shared_memory=1 << 30, pids=300),
    health=Healthcheck(test=("/bin/ask",), interval=30, start_period=60),
    tells_engine=True,
    needs_init=True,
    stop_seconds=20,
    stop_signal="SIGINT",
)


def words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def test_docker_is_told_every_bound() -> None:
    assert run_arguments(FULL, "docker") == words(
        "run --detach --name api --label io.boxwright.run"
        " --read-only --cap-drop ALL --security-opt no-new-privileges --user 65532:65532"
        " --memory 3g --memory-swap 3g --cpus 1.5 --pids-limit 300 --ulimit core=0"
        " --shm-size 1g --ulimit memlock=-1 --ulimit stack=67108864 --gpus 2"
        " --log-driver json-file --log-opt max-size=10m --log-opt max-file=3"
        " --tmpfs /tmp:rw,noexec,nosuid,nodev,mode=1777,size=128m"
        " --mount type=bind,source=/srv/models,target=/app/model,readonly"
        " --mount type=volume,source=api_cache,target=/cache"
        " --mount type=bind,source=/run/user/1/x/api_key,target=/run/secrets/api_key,readonly"
        " --network boxwright-closed --dns 127.0.0.1 --dns-opt timeout:1 --dns-opt attempts:1"
        " --publish 127.0.0.1:8000:8000 --publish 127.0.0.1::9000"
        " --env OMP_NUM_THREADS=2 --env HF_TOKEN --env-file /srv/env"
        " --health-interval 10s --init --stop-timeout 20 --stop-signal SIGINT api:1.0"
    )


def test_podman_gets_devices_by_cdi_and_makes_nothing_else_writable() -> None:
    assert run_arguments(FULL, "podman") == (
        *words(
            "run --detach --name api --label io.boxwright.run"
            " --read-only --read-only-tmpfs=false --cap-drop ALL --security-opt no-new-privileges"
            " --user 65532:65532"
            " --memory 3g --memory-swap 3g --cpus 1.5 --pids-limit 300 --ulimit core=0"
            " --shm-size 1g --ulimit memlock=-1 --ulimit stack=67108864"
            " --device nvidia.com/gpu=0 --device nvidia.com/gpu=1"
            " --log-driver k8s-file --log-opt max-size=10m"
            " --tmpfs /tmp:rw,noexec,nosuid,nodev,mode=1777,size=128m"
            " --mount type=bind,source=/srv/models,target=/app/model,readonly"
            " --mount type=volume,source=api_cache,target=/cache,U=true"
            " --mount type=bind,source=/run/user/1/x/api_key,target=/run/secrets/api_key,readonly"
            " --network boxwright-closed"
            " --publish 127.0.0.1:8000:8000 --publish 127.0.0.1::9000"
            " --env OMP_NUM_THREADS=2 --env HF_TOKEN --env-file /srv/env --health-cmd"
        ),
        '["CMD", "/bin/ask"]',
        *words(
            "--health-timeout 5s --health-retries 3 --health-start-period 60s"
            " --health-interval 10s --init --stop-timeout 20 --stop-signal SIGINT api:1.0"
        ),
    )


def test_nerdctl_is_asked_for_no_health_check() -> None:
    assert run_arguments(FULL, "nerdctl") == words(
        "run --detach --name api --label io.boxwright.run"
        " --read-only --cap-drop ALL --security-opt no-new-privileges --user 65532:65532"
        " --memory 3g --memory-swap 3g --cpus 1.5 --pids-limit 300 --ulimit core=0"
        " --shm-size 1g --ulimit memlock=-1 --ulimit stack=67108864 --gpus 2"
        " --log-driver json-file --log-opt max-size=10m --log-opt max-file=3"
        " --tmpfs /tmp:rw,noexec,nosuid,nodev,mode=1777,size=128m"
        " --mount type=bind,source=/srv/models,target=/app/model,readonly"
        " --mount type=volume,source=api_cache,target=/cache"
        " --mount type=bind,source=/run/user/1/x/api_key,target=/run/secrets/api_key,readonly"
        " --network boxwright-closed"
        " --publish 127.0.0.1:8000:8000 --publish 127.0.0.1::9000"
        " --env OMP_NUM_THREADS=2 --env HF_TOKEN --env-file /srv/env"
        " --init --stop-timeout 20 --stop-signal SIGINT api:1.0"
    )


def test_without_a_wish_there_is_no_network_and_no_port() -> None:
    container = Container(
        image="job:1", name="job", entrypoint=("/opt/venv/bin/python", "train.py"), is_checked=False
    )

    assert run_arguments(container, "docker") == words(
        "run --detach --name job --label io.boxwright.run"
        " --read-only --cap-drop ALL --security-opt no-new-privileges"
        " --memory 1g --memory-swap 1g --cpus 1 --pids-limit 256 --ulimit core=0"
        " --log-driver json-file --log-opt max-size=10m --log-opt max-file=3"
        " --network none --no-healthcheck --stop-timeout 30"
        " --entrypoint /opt/venv/bin/python job:1 train.py"
    )


def test_a_path_with_a_comma_stays_one_path() -> None:
    mount = Mounted(kind="bind", source="/srv/a,b", target="/data", read_only=True)

    told = run_arguments(Container(image="x", name="x", mounts=(mount,)), "docker")

    assert 'type=bind,"source=/srv/a,b",target=/data,readonly' in told


@pytest.mark.parametrize("name", ['x",source=/,"y', "a\nb", 'a"b', "a\r,b"])
def test_no_path_is_read_as_several_fields(name: str) -> None:
    mount = Mounted(kind="bind", source=f"/srv/{name}", target="/data", read_only=True)

    told = run_arguments(Container(image="x", name="x", mounts=(mount,)), "docker")

    fields = next(csv.reader(io.StringIO(told[told.index("--mount") + 1], newline="")))
    assert fields == ["type=bind", f"source=/srv/{name}", "target=/data", "readonly"]


@pytest.mark.parametrize(
    ("engine", "expected"),
    [
        (
            "docker",
            (
                "network create --label io.boxwright.run --subnet 192.168.247.0/24"
                " --gateway 192.168.247.1"
                " --opt com.docker.network.bridge.enable_ip_masquerade=false"
                " --aux-address DefaultGatewayIPv4=192.168.247.2"
                " --opt com.docker.network.bridge.enable_icc=false boxwright-closed"
            ),
        ),
        (
            "podman",
            "network create --label io.boxwright.run --internal --disable-dns boxwright-closed",
        ),
        (
            "nerdctl",
            (
                "network create --label io.boxwright.run --subnet 192.168.247.0/24"
                " --gateway 192.168.247.1"
                " --opt com.docker.network.bridge.enable_ip_masquerade=false boxwright-closed"
            ),
        ),
    ],
)
def test_the_closed_network_is_made_as_each_engine_can(engine: str, expected: str) -> None:
    assert network_arguments(engine, SUBNET) == words(expected)


def test_a_value_made_of_secrets_is_on_no_command_line(tmp_path) -> None:
    container = Container(
        image="api:1",
        name="api",
        entrypoint=("/opt/venv/bin/python", "main.py"),
        secrets=(SecretFile(name="password", path=Path("/s/password")),),
        values=(("DATABASE_URL", "postgresql://app:{password}@db/{app}"),),
    )

    told = run_arguments(container, "docker")

    assert told[-9:] == (
        "--entrypoint",
        "/opt/venv/bin/python",
        "api:1",
        "-ISc",
        arguments._WITH_VALUES,
        '{"DATABASE_URL":"postgresql://app:{password}@db/{app}"}',
        "password",
        "/opt/venv/bin/python",
        "main.py",
    )


def test_the_program_alone_sees_the_value(tmp_path) -> None:
    (tmp_path / "password").write_text("open{app}sesame\n")
    code = arguments._WITH_VALUES.replace("/run/secrets/", f"{tmp_path}/")
    asked = {"URL": "db://app:{password}@db/{app}", "PASSWORD": "{password}"}
    show = "import os,json; print(json.dumps([os.environ['URL'], os.environ['PASSWORD']]))"

    done = subprocess.run(
        [sys.executable, "-ISc", code, json.dumps(asked), "password", sys.executable, "-c", show],
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=True,
    )

    assert json.loads(done.stdout) == ["db://app:open{app}sesame@db/{app}", "open{app}sesame"]
