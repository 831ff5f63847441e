"""
Credentials for the registries of AWS, Google and Azure, from the clouds' own programs.

Which cloud a registry is of, its host's name says; where no program gives credentials,
the registry may still be public.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from boxwright.store.registry.programs import (
    Credentials,
    ask_helper,
    ask_program,
    find_program,
)

_PATIENCE = 30
"""Seconds that a program has: it asks a server, and nobody else."""
_AWS_PRIVATE = re.compile(
    r"[a-z0-9][a-z0-9_-]*\.dkr[.-]ecr(?:-fips)?\.(?P<region>[a-z0-9][a-z0-9-]*)\."
    r"(?:amazonaws\.(?:com(?:\.cn)?|eu)|on\.(?:aws|amazonwebservices\.com\.cn)"
    r"|sc2s\.sgov\.gov|c2s\.ic\.gov|cloud\.adc-e\.uk|csp\.hci\.ic\.gov)"
)
"""As Amazon's own credential helper has it (amazon-ecr-credential-helper, api/client.go)."""
_AWS_PUBLIC = ("public.ecr.aws", "ecr-public.aws.com")
_AWS_PUBLIC_REGION = "us-east-1"
"""The only one that gives tokens for the public registry."""
_GOOGLE = re.compile(r"(?:[a-z0-9-]+\.)?gcr\.io|[a-z0-9-]+-docker\.pkg\.dev")
_GOOGLE_USER = "oauth2accesstoken"
_GOOGLE_TOKENS = ("GOOGLE_OAUTH_ACCESS_TOKEN", "CLOUDSDK_AUTH_ACCESS_TOKEN")
_AZURE = re.compile(r"(?P<name>[a-z0-9-]+)\.azurecr\.(?:io|cn|us)")
_AZURE_USER = "00000000-0000-0000-0000-000000000000"

_Ask = Callable[[str, Mapping[str, str], list[str]], Credentials | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """A cloud with registries of its own."""

    name: str
    log_in: str
    """What its user does where there are no credentials."""
    ask: _Ask


def cloud_of(registry: str) -> Cloud | None:
    """
    Return whose *registry* is.

    >>> cloud_of("123456789012.dkr.ecr.eu-west-1.amazonaws.com").name
    'AWS'
    >>> cloud_of("europe-docker.pkg.dev").name, cloud_of("gcr.io.example.com")
    ('Google Cloud', None)
    """
    host = registry.lower()
    if host in _AWS_PUBLIC or _AWS_PRIVATE.fullmatch(host):
        return _CLOUDS[0]
    if _GOOGLE.fullmatch(host):
        return _CLOUDS[1]
    return _CLOUDS[2] if _AZURE.fullmatch(host) else None


def credentials_of_cloud(
    registry: str, environ: Mapping[str, str], problems: list[str]
) -> Credentials | None:
    """
    Return what the programs of the cloud that *registry* is of give; None for any other.

    Why they give nothing is added to *problems*, in clauses without any secret.
    """
    cloud = cloud_of(registry)
    return cloud.ask(registry.lower(), environ, problems) if cloud else None


def _of_aws(registry: str, environ: Mapping[str, str], problems: list[str]) -> Credentials | None:
    found = _helped(("ecr-login",), registry, environ, problems)
    if found:
        return found
    private = _AWS_PRIVATE.fullmatch(registry)
    service = "ecr" if private else "ecr-public"
    region = private["region"] if private else _AWS_PUBLIC_REGION
    command = ["aws", service, "get-login-password", "--region", region]
    said = ask_program(command, environ, problems, patience=_PATIENCE)
    password = (said or "").strip()
    return Credentials(user="AWS", password=password) if password else None


def _of_google(
    registry: str, environ: Mapping[str, str], problems: list[str]
) -> Credentials | None:
    for name in _GOOGLE_TOKENS:
        if token := environ.get(name):
            return Credentials(user=_GOOGLE_USER, password=token)
    found = _helped(("gcloud", "gcr"), registry, environ, problems)
    if found:
        return found
    command = ["gcloud", "auth", "print-access-token", "--quiet"]
    said = ask_program(command, environ, problems, patience=_PATIENCE)
    password = (said or "").strip()
    return Credentials(user=_GOOGLE_USER, password=password) if password else None


def _of_azure(registry: str, environ: Mapping[str, str], problems: list[str]) -> Credentials | None:
    found = _helped(("acr-env",), registry, environ, problems)
    if found:
        return found
    name = registry.partition(".")[0]
    command = ["az", "acr", "login", "--name", name, "--expose-token", "--output", "json"]
    said = ask_program(command, environ, problems, patience=_PATIENCE)
    if said is None:
        return None
    try:
        token = json.loads(said)["accessToken"]
    except (ValueError, RecursionError, KeyError, TypeError):
        token = None
    if not isinstance(token, str) or not token:
        problems.append("`az` gives no credentials")
        return None
    return Credentials(user=_AZURE_USER, password=token)


def _helped(
    helpers: tuple[str, ...], registry: str, environ: Mapping[str, str], problems: list[str]
) -> Credentials | None:
    """Ask those of the credential *helpers* that are there: none of them needs to be."""
    for helper in helpers:
        if find_program(f"docker-credential-{helper}", environ):
            found = ask_helper(helper, registry, environ, problems, patience=_PATIENCE)
            if found:
                return found
    return None


_CLOUDS = (
    Cloud(name="AWS", log_in="`aws configure` or `aws sso login`", ask=_of_aws),
    Cloud(name="Google Cloud", log_in="`gcloud auth login`", ask=_of_google),
    Cloud(name="Azure", log_in="`az login`", ask=_of_azure),
)
