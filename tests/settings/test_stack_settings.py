"""Settings of what stands beside the image: workloads, companions, secrets, volumes, images."""

from __future__ import annotations

import tomllib

import pytest

from boxwright.errors import SettingsError
from boxwright.settings import (
    CompanionSettings,
    ImageSettings,
    SecretSettings,
    Settings,
    VolumeSettings,
    WorkloadSettings,
    parse_settings,
)


def parse(text: str) -> Settings:
    return parse_settings(None, tomllib.loads(text))


def test_all_keys_are_read() -> None:
    settings = parse(
        """
        [images]
        python = "mirror.test/python:3.13.15-slim-trixie"
        uv = "mirror.test/uv@sha256:0000000000000000000000000000000000000000000000000000000000000000"
        runtime = "mirror.test:5000/base:1.0"

        [workloads]
        train = false

        [workloads.worker]
        command = "celery --app tasks worker"
        port = 9000
        env = { LEVEL = "debug", N = 3 }
        cpus = 0.5
        memory = "512M"
        gpus = 2
        shm = "1 GiB"
        replicas = 0
        schedule = "0 3  * * 1-5"
        stop-seconds = 90
        extras = ["a"]
        groups = ["b"]

        [companions]
        redis = false
        mongodb = true
        postgres = { image = "postgres:17.1", cpus = 2, memory = "1 GiB", size = "5 GiB" }

        [secrets]
        hf_token = "HF_TOKEN"
        cookie = { variable = "COOKIE_FILE", form = "file", made = true, workloads = ["api"] }
        old = false

        [volumes]
        cache = false
        scratch = { source = "tmp", target = "/scratch/", read-only = true, size = 1, workloads = ["api"] }
        """
    )

    assert settings == Settings(
        source="boxwright.toml",
        images=ImageSettings(
            python="mirror.test/python:3.13.15-slim-trixie",
            uv=f"mirror.test/uv@sha256:{64 * '0'}",
            runtime="mirror.test:5000/base:1.0",
        ),
        workloads=(
            ("train", WorkloadSettings(enabled=False)),
            (
                "worker",
                WorkloadSettings(
                    command=("celery", "--app", "tasks", "worker"),
                    port=9000,
                    env=(("LEVEL", "debug"), ("N", "3")),
                    cpus=0.5,
                    memory=512_000_000,
                    gpus=2,
                    shm=1 << 30,
                    replicas=0,
                    schedule="0 3 * * 1-5",
                    stop_seconds=90,
                    extras=("a",),
                    groups=("b",),
                ),
            ),
        ),
        companions=(
            ("redis", CompanionSettings(enabled=False)),
            ("mongodb", CompanionSettings()),
            (
                "postgres",
                CompanionSettings(image="postgres:17.1", cpus=2, memory=1 << 30, size=5 << 30),
            ),
        ),
        secrets=(
            ("hf_token", SecretSettings(variable="HF_TOKEN")),
            (
                "cookie",
                SecretSettings(variable="COOKIE_FILE", form="file", made=True, workloads=("api",)),
            ),
            ("old", SecretSettings(enabled=False)),
        ),
        volumes=(
            ("cache", VolumeSettings(enabled=False)),
            (
                "scratch",
                VolumeSettings(
                    source="tmp", target="/scratch", read_only=True, size=1, workloads=("api",)
                ),
            ),
        ),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("images.python = 'python'", "images.python: `python` has no tag that stays"),
        ("images.uv = 'uv:latest'", "images.uv: `uv:latest` has no tag that stays"),
        ("images.pyhton = 'x:1'", "images.pyhton: unknown key"),
        ("workloads = []", "workloads: expected a table, found an array"),
        ("workloads.api = 3", "workloads.api: expected a table, found the number 3"),
        ("workloads.my_api = true", "workloads.my_api: a name has lower-case letters, digits and dashes only"),
        ("secrets.Token = true", "secrets.Token: a name has lower-case letters, digits and dashes and underscores only"),
        ("workloads.api.cpus = 0", "workloads.api.cpus: expected 0.01 to 1024 processors, found 0"),
        ("workloads.api.cpus = '2'", "workloads.api.cpus: expected a number, found a string"),
        ("workloads.api.gpus = -1", "workloads.api.gpus: expected a number from 0 to 64, found -1"),
        ("workloads.api.schedule = 'daily'", "workloads.api.schedule: expected five fields as in cron, found `daily`"),
        ("workloads.api.memroy = 1", "workloads.api.memroy: unknown key"),
        ("companions.redis.image = 'redis'", "companions.redis.image: `redis` has no tag that stays"),
        ("secrets.token = 'A-B'", "secrets.token: expected the name of a variable, found `A-B`"),
        ("secrets.token.form = 'env'", "secrets.token.form: expected `file` or `value`, found `env`"),
        ("volumes.x.source = '/data'", "volumes.x.source: expected a path inside the project, found `/data`"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_named_with_its_key(text: str, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse(text)

    assert caught.value.message == f"boxwright.toml: {message}"
