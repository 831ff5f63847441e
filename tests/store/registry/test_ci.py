"""What CI services give their jobs: for their own registry, and for no other."""

from __future__ import annotations

import pytest

from boxwright.store.registry.ci import credentials_of_job
from boxwright.store.registry.credentials import look_for_credentials
from boxwright.store.registry.programs import Credentials

PASSWORD = "pw"  # noqa: S105 (made up)
GITLAB = {
    "CI_REGISTRY": "registry.gitlab.example",
    "CI_REGISTRY_USER": "gitlab-ci-token",
    "CI_REGISTRY_PASSWORD": PASSWORD,
}


def test_gitlab_names_its_registry_and_the_password_for_it() -> None:
    known = Credentials(user="gitlab-ci-token", password=PASSWORD)

    assert credentials_of_job("registry.gitlab.example", GITLAB) == known
    assert credentials_of_job("registry.example", GITLAB) is None


@pytest.mark.parametrize("named", ["proxy.example", "proxy.example:443", "https://proxy.example/"])
def test_gitlabs_proxy_of_public_images_has_credentials_of_its_own(named: str) -> None:
    environ = {
        **GITLAB,
        "CI_DEPENDENCY_PROXY_SERVER": named,
        "CI_DEPENDENCY_PROXY_USER": "u",
        "CI_DEPENDENCY_PROXY_PASSWORD": PASSWORD,
    }

    found = credentials_of_job("proxy.example", environ)

    assert found == Credentials(user="u", password=PASSWORD)


def test_githubs_token_is_for_its_registry_only() -> None:
    environ = {"GITHUB_TOKEN": PASSWORD, "GITHUB_ACTOR": "me"}

    assert credentials_of_job("ghcr.io", environ) == Credentials(user="me", password=PASSWORD)
    assert credentials_of_job("ghcr.io", {"GITHUB_TOKEN": PASSWORD}) == Credentials(
        user="x-access-token", password=PASSWORD
    )
    assert credentials_of_job("ghcr.io.example", environ) is None
    assert credentials_of_job("ghcr.io", {"GITHUB_ACTOR": "me"}) is None


def test_who_has_logged_in_is_asked_before_the_job() -> None:
    document = '{"auths": {"ghcr.io": {"username": "robot", "password": "pw"}}}'
    environ = {"HOME": "/nowhere", "GITHUB_TOKEN": PASSWORD, "DOCKER_AUTH_CONFIG": document}

    found = look_for_credentials("ghcr.io", "team/api", environ)

    assert found.credentials == Credentials(user="robot", password=PASSWORD)
