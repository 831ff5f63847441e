"""Credentials: found where Docker and podman leave them, in their order, and never shown."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from boxwright.store.registry.credentials import Search, look_for_credentials
from boxwright.store.registry.programs import Credentials

HOST = "registry.example:5000"
PASSWORD = "pw"  # noqa: S105 (made up)


def packed(user: str, password: str) -> str:
    return base64.b64encode(f"{user}:{password}".encode()).decode()


def auths(**entries: str) -> dict[str, Any]:
    """Return settings with a user of each name for each key."""
    return {"auths": {key: {"auth": packed(user, PASSWORD)} for key, user in entries.items()}}


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path / "home"), "PATH": str(tmp_path / "bin")}


def write(path: Path, settings: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(settings))


def docker(tmp_path: Path, settings: object) -> None:
    write(tmp_path / "home" / ".docker" / "config.json", settings)


def helper(tmp_path: Path, name: str, script: str) -> None:
    program = tmp_path / "bin" / f"docker-credential-{name}"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f"#!/bin/sh\nread server\n{script}\n")
    program.chmod(0o755)


def user(search: Search) -> str | None:
    return search.credentials.user if search.credentials else None


def look(environ: Mapping[str, str], host: str = HOST, repository: str = "team/api/web") -> Search:
    return look_for_credentials(host, repository, environ)


def test_nothing_there_is_no_problem(environ) -> None:
    assert look(environ) == Search()


@pytest.mark.parametrize("key", [HOST, f"https://{HOST}", f"https://{HOST}/v2/", f"http://{HOST}/"])
def test_a_registry_is_known_however_it_is_written(tmp_path, environ, key: str) -> None:
    docker(tmp_path, auths(**{key: "me"}))

    assert look(environ) == Search(credentials=Credentials(user="me", password=PASSWORD))


@pytest.mark.parametrize("key", ["https://index.docker.io/v1/", "docker.io", "index.docker.io"])
def test_dockers_own_registry_has_several_names(tmp_path, environ, key: str) -> None:
    docker(tmp_path, auths(**{key: "me"}))

    assert user(look(environ, "docker.io", "library/redis")) == "me"


def test_the_narrowest_entry_counts(tmp_path, environ) -> None:
    docker(
        tmp_path,
        auths(
            **{HOST: "all", f"{HOST}/team": "team", f"{HOST}/team/api": "api", f"{HOST}/te": "no"}
        ),
    )

    assert [user(look(environ, repository=name)) for name in ("team/api/web", "team/x", "x")] == [
        "api",
        "team",
        "all",
    ]


def test_files_come_in_the_order_of_podman_and_docker(tmp_path, environ) -> None:
    named, runtime, folder = tmp_path / "auth.json", tmp_path / "run", tmp_path / "docker"
    docker(tmp_path, auths(**{HOST: "docker"}))
    write(folder / "config.json", auths(**{HOST: "folder"}))
    write(tmp_path / "home" / ".config" / "containers" / "auth.json", auths(**{HOST: "podman"}))
    write(runtime / "containers" / "auth.json", auths(**{HOST: "runtime"}))
    write(named, auths(**{HOST: "named"}))
    found = [user(look(environ))]

    (tmp_path / "home" / ".config" / "containers" / "auth.json").unlink()
    found.append(user(look(environ)))
    environ["DOCKER_CONFIG"] = str(folder)
    found.append(user(look(environ)))
    environ["XDG_RUNTIME_DIR"] = str(runtime)
    found.append(user(look(environ)))
    environ["REGISTRY_AUTH_FILE"] = str(named)
    found.append(user(look(environ)))

    assert found == ["podman", "docker", "folder", "runtime", "named"]


def test_a_helper_is_asked_before_what_is_written_down(tmp_path, environ) -> None:
    helper(
        tmp_path, "one", """echo "{\\"Username\\": \\"one of $server\\", \\"Secret\\": \\"x\\"}" """
    )
    helper(tmp_path, "all", """echo '{"Username": "all", "Secret": "x"}'""")
    settings = {**auths(**{HOST: "written"}), "credsStore": "all", "credHelpers": {HOST: "one"}}
    docker(tmp_path, settings)

    assert user(look(environ)) == f"one of {HOST}"
    assert user(look(environ, "other.example")) == "all"
    assert user(look(environ, "docker.io")) == "all"


def test_an_identity_token_is_told_from_a_password(tmp_path, environ) -> None:
    helper(tmp_path, "all", """echo '{"Username": "<token>", "Secret": "pw"}'""")
    docker(tmp_path, {"credsStore": "all"})

    assert look(environ) == Search(credentials=Credentials(identity_token=PASSWORD))


def test_a_helper_that_has_nothing_gives_way_to_what_is_written(tmp_path, environ) -> None:
    helper(tmp_path, "all", "echo credentials not found in native keychain; exit 1")
    docker(tmp_path, {**auths(**{HOST: "written"}), "credsStore": "all"})

    assert look(environ) == Search(credentials=Credentials(user="written", password=PASSWORD))


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("echo s3cret >&2; exit 3", "`docker-credential-all` ends with status 3"),
        ("echo s3cret", "`docker-credential-all` gives no credentials"),
        ("""echo '{"Username": 1, "Secret": "s3cret"}'""", "`docker-credential-all` gives no"),
        ("""echo '["s3cret"]'""", "`docker-credential-all` gives no credentials"),
    ],
)
def test_a_helper_that_fails_is_told_without_what_it_says(
    tmp_path, environ, script: str, problem: str
) -> None:
    helper(tmp_path, "all", script)
    docker(tmp_path, {"credsStore": "all"})

    found = look(environ)

    assert found.credentials is None
    assert found.problems[0].startswith(problem)
    assert "s3cret" not in str(found)


@pytest.mark.parametrize("name", ["gone", "../../bin/sh"])
def test_a_helper_that_is_not_there_is_told(tmp_path, environ, name: str) -> None:
    docker(tmp_path, {"credsStore": name})

    assert look(environ).problems == (f"there is no program `docker-credential-{name}`",)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("{", "is no JSON document"),
        ("[" * 100_000, "is no JSON document"),
        ("[]", "is no JSON object"),
        (json.dumps({"auths": {HOST: {"auth": "?s3cret"}}}), f"has credentials for `{HOST}` that"),
        (json.dumps({"auths": {HOST: {"auth": "czNjcmV0"}}}), f"has credentials for `{HOST}` that"),
    ],
)
def test_a_broken_file_is_told_and_passed_over(
    tmp_path, environ, content: str, problem: str
) -> None:
    path = tmp_path / "home" / ".config" / "containers" / "auth.json"
    path.parent.mkdir(parents=True)
    path.write_text(content)
    docker(tmp_path, auths(**{HOST: "docker"}))

    found = look(environ)

    assert user(found) == "docker"
    assert found.problems[0].startswith(f"`{path}` {problem}")
    assert "s3cret" not in str(found)


@pytest.mark.parametrize("auths", [[], {"x": 1}, {HOST: []}, {HOST: {"auth": 1}}, {HOST: {}}])
def test_odd_settings_are_no_credentials(tmp_path, environ, auths: object) -> None:
    docker(tmp_path, {"auths": auths, "credHelpers": [], "credsStore": 7})

    assert look(environ).credentials is None


def test_nothing_secret_is_shown() -> None:
    shown = repr(Credentials(user="me", password="s3cret", identity_token="s3cret"))  # noqa: S106

    assert "s3cret" not in shown


def test_variables_of_our_own_come_first_and_for_their_registry_only(tmp_path, environ) -> None:
    docker(tmp_path, auths(**{HOST: "docker", "other.example": "docker"}))
    environ |= {
        "BOXWRIGHT_REGISTRY": HOST,
        "BOXWRIGHT_REGISTRY_USER": "ours",
        "BOXWRIGHT_REGISTRY_PASSWORD": PASSWORD,
        "DOCKER_AUTH_CONFIG": json.dumps(auths(**{HOST: "variable"})),
    }

    assert look(environ) == Search(credentials=Credentials(user="ours", password=PASSWORD))
    assert user(look(environ, "other.example")) == "docker"

    environ["BOXWRIGHT_REGISTRY"] = f"https://{HOST}/team"
    assert user(look(environ)) == "ours"
    assert user(look(environ, repository="others/x")) == "variable"

    environ["BOXWRIGHT_REGISTRY"] = "docker.io"
    assert user(look(environ, "docker.io", "me/api")) == "ours"


def test_a_password_for_no_registry_is_told(environ) -> None:
    environ |= {"BOXWRIGHT_REGISTRY_PASSWORD": PASSWORD}
    told = "BOXWRIGHT_REGISTRY_PASSWORD is set, but not BOXWRIGHT_REGISTRY, which says"

    assert look(environ) == Search(problems=(f"{told} for which registry",))


def test_dockers_settings_can_be_in_a_variable_helpers_too(tmp_path, environ) -> None:
    docker(tmp_path, auths(**{HOST: "docker", "other.example": "docker"}))
    helper(tmp_path, "one", """echo '{"Username": "helped", "Secret": "x"}'""")
    settings = {**auths(**{HOST: "variable"}), "credHelpers": {"helped.example": "one"}}
    environ["DOCKER_AUTH_CONFIG"] = json.dumps(settings)

    found = [user(look(environ, host)) for host in (HOST, "helped.example", "other.example")]

    assert found == ["variable", "helped", "docker"]


@pytest.mark.parametrize(("text", "problem"), [("{s3cret", "document"), ("[]", "object")])
def test_a_broken_variable_is_told_without_it(environ, text: str, problem: str) -> None:
    environ["DOCKER_AUTH_CONFIG"] = text

    assert look(environ) == Search(problems=(f"DOCKER_AUTH_CONFIG is no JSON {problem}",))
