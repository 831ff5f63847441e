"""What the services of a Compose file run."""

from __future__ import annotations

import pytest

from boxwright.practices.compose_dependencies import awaiting
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.compose_fixes import (
    changed_path,
    declare,
    free_name,
    mount_named_volume,
)
from boxwright.practices.compose_services import (
    base_image,
    has_program,
    is_health_checked,
    is_own,
    is_partial,
    run_together,
    running,
)
from boxwright.syntax.yaml.compose import Service
from boxwright.text.edit import apply_edits
from boxwright.text.source import Source


def compose(text: str, path: str = "compose.yaml") -> ComposeFile:
    return ComposeFile.of(path, Source(path, text))


def only(service: str) -> tuple[ComposeFile, Service]:
    file = compose(f"services:\n  a: {service}\n")
    return file, file.services[0]


@pytest.mark.parametrize(
    ("service", "kind", "server"),
    [
        ('{image: "postgres:16"}', "service", "postgres"),
        ('{image: "postgres:${TAG}", command: "-c fsync=off"}', "service", "postgres"),
        ('{image: "x:1", command: "uvicorn a:b"}', "service", "uvicorn"),
        ('{image: "x:1", command: "torchrun train.py"}', "training", None),
        ('{image: "postgres:16", command: "alembic upgrade head"}', "batch", None),
        ('{image: "postgres:16", entrypoint: ["sleep", "1"]}', "unknown", None),
        ("{build: .}", "unknown", None),
    ],
)
def test_what_a_service_runs(service: str, kind: str, server: str | None) -> None:
    found = running(*only(service))

    assert (found.kind, found.server and found.server.name) == (kind, server)


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        ('{image: "postgres:16"}', False),
        ('{image: "example/x:1"}', None),
        ("{build: .}", None),
        ('{image: x, healthcheck: {test: "true"}}', True),
        ("{image: x, healthcheck: {disable: true}}", False),
    ],
)
def test_whether_its_health_is_checked(service: str, expected: bool | None) -> None:
    assert is_health_checked(*only(service)) is expected


def test_programs_and_images_that_are_not_known() -> None:
    assert has_program(*only('{image: "python:3.12-slim"}'), "curl") is False
    assert has_program(*only('{image: "example/x:1"}'), "curl") is None
    assert base_image(only('{image: "redis:${TAG}"}')[1]).reference == "redis"
    assert base_image(only('{image: "${NAME}:1"}')[1]).reference is None


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("services: {a: {image: x}, b: {build: .}}", "compose.yaml", False),
        ("services: {a: {image: x}, b: {ports: []}}", "compose.yaml", True),
        ("include: [b.yaml]\nservices: {a: {image: x}}", "compose.yaml", True),
        ("services: {a: {image: x}}", "compose.override.yaml", True),
    ],
)
def test_which_files_are_parts(text: str, path: str, expected: bool) -> None:
    assert is_partial(compose(text, path)) is expected


def test_profiles_tell_what_runs_together() -> None:
    file = compose("services: {a: {profiles: [x]}, b: {profiles: [y]}, c: {}}")
    a, b, c = file.services

    assert (run_together(a, b), run_together(a, c)) == (False, True)


def test_what_is_shared_is_not_its_own() -> None:
    file = compose("x: &e {K: 1}\nservices: {a: {environment: *e, ports: [1]}, b: {<<: *e}}")

    assert [is_own(file.services[0], key) for key in ("environment", "ports", "init")] == [
        False,
        True,
        True,
    ]
    assert is_own(file.services[1], "K") is False


def test_a_new_volume_is_mounted_and_declared() -> None:
    text = "services:\n  a:\n    image: x\nvolumes:\n  data:\n"
    file = compose(text)
    name = free_name(file, "volumes", "data")
    found = mount_named_volume(file, file.services[0], name, "/d")

    assert found is not None
    assert found[1] == ("services.a.volumes", "volumes.data-2")
    assert apply_edits(text, found[0]) == (
        "services:\n  a:\n    image: x\n    volumes:\n      - data-2:/d\n"
        "volumes:\n  data:\n  data-2:\n"
    )
    assert declare(compose("volumes: &v {}\nx: *v"), "volumes", "b") is None


def test_the_path_of_a_change_ends_at_the_first_new_key() -> None:
    _, service = only("{deploy: {resources: {}}}")

    assert changed_path(service, ("deploy", "resources", "limits", "memory")) == (
        "services.a.deploy.resources.limits"
    )


def test_only_a_plain_list_is_awaited() -> None:
    file = compose("services:\n  a:\n    depends_on: [b]\n  b: {depends_on: {a: {}}}\n")

    found = awaiting(file, file.services[0], {"b"})
    assert found is not None
    assert found[1] == "services.a.depends_on"
    assert awaiting(file, file.services[1], {"a"}) is None
