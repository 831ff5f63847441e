"""The credentials that a CI service gives to its jobs, in variables, for its own registry."""

from __future__ import annotations

from collections.abc import Mapping

from boxwright.store.registry.programs import Credentials

_NAMED = (
    ("CI_REGISTRY", "CI_REGISTRY_USER", "CI_REGISTRY_PASSWORD"),
    (
        "CI_DEPENDENCY_PROXY_SERVER",
        "CI_DEPENDENCY_PROXY_USER",
        "CI_DEPENDENCY_PROXY_PASSWORD",
    ),
)
"""GitLab's variables: the registry, the user, the password (docs.gitlab.com/ci/variables)."""
_GITHUB = "ghcr.io"


def credentials_of_job(registry: str, environ: Mapping[str, str]) -> Credentials | None:
    """
    Return what a job of GitLab or GitHub has for *registry*, its own; None for any other.

    >>> credentials_of_job("ghcr.io", {"GITHUB_ACTOR": "me", "GITHUB_TOKEN": "t"}).user
    'me'
    """
    for server, user, password in _NAMED:
        # GitLab writes the port of TLS where the instance's address has it.
        named = environ.get(server, "").removeprefix("https://").rstrip("/")
        if named and registry in (named, named.removesuffix(":443")):
            secret = environ.get(password)
            if secret:
                return Credentials(user=environ.get(user, ""), password=secret)
    token = environ.get("GITHUB_TOKEN")
    if registry == _GITHUB and token:
        # The token is what counts; GitHub takes any name with it.
        return Credentials(user=environ.get("GITHUB_ACTOR") or "x-access-token", password=token)
    return None
