"""What is asked for on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from boxwright.errors import SettingsError
from boxwright.plan.model import Resources
from boxwright.run.model import Container, Mounted, Port, SecretFile
from boxwright.run.wishes import (
    Wishes,
    checked_name,
    checked_network,
    checked_user,
    parse_env,
    parse_mount,
    parse_port,
    parse_scratch,
    parse_secret,
    parse_size,
)


@pytest.mark.parametrize(
    ("text", "port"),
    [
        ("8000", Port(inside=8000, outside=8000)),
        ("80:8000", Port(inside=8000, outside=80)),
        (":8000", Port(inside=8000)),
        ("127.0.0.1:80:8000", Port(inside=8000, outside=80)),
        ("127.0.0.1::8000", Port(inside=8000)),
    ],
)
def test_a_port_is_this_machines_alone(text: str, port: Port) -> None:
    assert parse_port(text) == port


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0.0.0.0:80:8000", "`0.0.0.0:80:8000` publishes a port to others than this machine"),
        ("99999", "`99999` is no port"),
        ("x:8000", "`x:8000` is no port"),
        ("-1", "`-1` is no port"),
    ],
)
def test_other_ports_are_refused(text: str, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_port(text)

    assert caught.value.message == message


def test_a_mount_is_read_only_unless_asked(tmp_path) -> None:
    assert parse_mount(f"{tmp_path}:/data") == Mounted(
        kind="bind", source=str(tmp_path), target="/data", read_only=True
    )
    assert parse_mount("state:/data:rw") == Mounted(
        kind="volume", source="state", target="/data", is_new_for_user=True
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("data", "`data` is no mount"),
        ("a:relative", "`a:relative` is no mount"),
        ("/nowhere/x:/data", "there is nothing at `/nowhere/x`"),
        (
            "/var/run/docker.sock:/s",
            "`/var/run/docker.sock:/s` would give the container this machine",
        ),
        ("/tmp:/proc", "`/tmp:/proc` would give the container this machine"),
    ],
)
def test_mounts_that_are_none_are_refused(text: str, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_mount(text)

    assert caught.value.message == message


def test_a_variable_is_given_or_taken_from_here() -> None:
    assert parse_env("A=b=c", {}) == ("A", "b=c")
    assert parse_env("A", {"A": "x"}) == ("A", "x")
    with pytest.raises(SettingsError, match="the variable `A` is not set here"):
        parse_env("A", {})
    with pytest.raises(SettingsError) as caught:
        parse_env("=secret-value", {})
    assert "secret-value" not in caught.value.message + caught.value.hint


def test_a_secret_has_a_name_and_a_file(tmp_path) -> None:
    assert parse_secret(f"key={tmp_path}/k") == SecretFile(name="key", path=tmp_path / "k")
    for text in ("key", "../key=x", "=x", "key="):
        with pytest.raises(SettingsError, match="needs a name and a file"):
            parse_secret(text)


def test_sizes_names_users_and_networks_are_checked() -> None:
    assert [parse_size(text) for text in ("64m", "1.5g", "2GiB")] == [64 << 20, 3 << 29, 2 << 30]
    assert parse_scratch("/cache") == "/cache:mode=1777,size=64m"
    assert (checked_user("65532"), checked_name("a.b"), checked_network("bridge")) == (
        "65532",
        "a.b",
        "bridge",
    )
    for check, text in (
        (parse_size, "1k"),
        (parse_size, "much"),
        (parse_scratch, "cache"),
        (parse_scratch, "/cache:size=1m,exec"),
        (checked_user, "root"),
        (checked_name, "--privileged"),
        (checked_network, "--privileged"),
    ):
        with pytest.raises(SettingsError):
            check(text)


def test_what_looks_like_a_credential_is_on_no_command_line() -> None:
    wishes = Wishes(
        env=(("HF_TOKEN", "hf_x"), ("LEVEL", "debug")),
        secrets=(SecretFile(name="key", path=Path("/k")),),
        scratch=("/cache:mode=1777,size=64m",),
    )

    container = wishes.added_to(
        Container(image="x", name="x", env=(("LEVEL", "info"), ("HF_TOKEN", "old")))
    )

    assert container == Container(
        image="x",
        name="x",
        env=(("LEVEL", "debug"),),
        hidden_env=(("HF_TOKEN", "hf_x"),),
        secrets=(SecretFile(name="key", path=Path("/k")),),
        scratch=("/cache:mode=1777,size=64m",),
    )
    assert "hf_x" not in repr(container)


def test_a_plan_without_its_gpu() -> None:
    wishes = Wishes(without_gpu=True, memory=1 << 30)

    assert wishes.resources(Resources(gpus=2, cpus=4)) == Resources(cpus=4, memory=1 << 30)
