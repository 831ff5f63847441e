"""Registries of clouds: known by their hosts, with credentials from the clouds' programs."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.store.registry.fakes import calls, program

from boxwright.store.registry.clouds import cloud_of
from boxwright.store.registry.credentials import Search, look_for_credentials
from boxwright.store.registry.programs import Credentials

AWS = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
GOOGLE = "europe-docker.pkg.dev"
AZURE = "teamregistry.azurecr.io"
AZURE_USER = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    return folder


@pytest.fixture
def environ(tmp_path: Path, programs: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path / "home"), "PATH": str(programs)}


def helper(programs: Path, name: str, script: str) -> None:
    program(programs, f"docker-credential-{name}", f"read server\n{script}")


def known(user: str, password: str) -> Search:
    return Search(credentials=Credentials(user=user, password=password))


@pytest.mark.parametrize(
    ("host", "name"),
    [
        (AWS, "AWS"),
        ("123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com", "AWS"),
        ("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn", "AWS"),
        ("123456789012.dkr-ecr.us-west-2.on.aws", "AWS"),
        ("public.ecr.aws", "AWS"),
        ("gcr.io", "Google Cloud"),
        ("eu.gcr.io", "Google Cloud"),
        (GOOGLE, "Google Cloud"),
        (AZURE, "Azure"),
        ("teamregistry.azurecr.cn", "Azure"),
        ("teamregistry.azurecr.io.example", ""),
        (f"{AWS}.example", ""),
        (f"{AWS}:8443", ""),
        ("notgcr.io", ""),
        ("ghcr.io", ""),
        ("docker.io", ""),
    ],
)
def test_a_cloud_is_known_by_the_whole_name_of_the_host(host: str, name: str) -> None:
    cloud = cloud_of(host)

    assert (cloud.name if cloud else "") == name


@pytest.mark.parametrize(
    ("host", "helped"),
    [(AWS, "ecr-login"), (GOOGLE, "gcloud"), (GOOGLE, "gcr"), (AZURE, "acr-env")],
)
def test_a_clouds_credential_helper_comes_first(programs, environ, host: str, helped: str) -> None:
    helper(programs, helped, """echo "{\\"Username\\": \\"u $server\\", \\"Secret\\": \\"s\\"}" """)
    for name in ("aws", "gcloud", "az"):
        program(programs, name, "echo unasked")

    assert look_for_credentials(host, "team/api", environ) == known(f"u {host}", "s")
    assert calls(programs) == [f"docker-credential-{helped} get"]


@pytest.mark.parametrize(
    ("host", "name", "prints", "call", "user"),
    [
        (AWS, "aws", "token", "aws ecr get-login-password --region eu-west-1", "AWS"),
        (
            "public.ecr.aws",
            "aws",
            "token",
            "aws ecr-public get-login-password --region us-east-1",
            "AWS",
        ),
        (GOOGLE, "gcloud", "token", "gcloud auth print-access-token --quiet", "oauth2accesstoken"),
        (
            AZURE,
            "az",
            '{"accessToken": "token", "loginServer": "teamregistry.azurecr.io"}',
            "az acr login --name teamregistry --expose-token --output json",
            AZURE_USER,
        ),
    ],
)
def test_a_clouds_own_program_is_asked_where_there_is_no_helper(
    programs, environ, host: str, name: str, prints: str, call: str, user: str
) -> None:
    program(programs, name, f"echo warning >&2; echo '{prints}'")

    assert look_for_credentials(host, "team/api", environ) == known(user, "token")
    assert calls(programs) == [call]


def test_googles_token_can_be_in_a_variable(programs, environ) -> None:
    environ |= {"GOOGLE_OAUTH_ACCESS_TOKEN": "given"}

    assert look_for_credentials(GOOGLE, "p/r/i", environ) == known("oauth2accesstoken", "given")


@pytest.mark.parametrize(("host", "name"), [(AWS, "aws"), (GOOGLE, "gcloud"), (AZURE, "az")])
def test_what_a_program_says_when_it_fails_is_not_repeated(
    programs, environ, host: str, name: str
) -> None:
    program(programs, name, "echo s3cret; echo s3cret >&2; exit 255")

    found = look_for_credentials(host, "team/api", environ)

    assert found == Search(problems=(f"`{name}` ends with status 255",))


@pytest.mark.parametrize("prints", ["s3cret", "[]", '{"accessToken": ""}', '{"accessToken": 1}'])
def test_an_odd_answer_of_azure_is_told_without_it(programs, environ, prints: str) -> None:
    program(programs, "az", f"echo '{prints}'")

    found = look_for_credentials(AZURE, "api", environ)

    assert found == Search(problems=("`az` gives no credentials",))


def test_a_machine_without_the_program_is_told_which_one_it_lacks(environ) -> None:
    assert look_for_credentials(AWS, "api", environ) == Search(
        problems=("there is no program `aws`",)
    )


def test_a_helper_that_is_not_logged_in_gives_way_to_the_program(programs, environ) -> None:
    helper(programs, "ecr-login", "echo credentials not found in native keychain; exit 1")
    program(programs, "aws", "echo token")

    assert look_for_credentials(AWS, "api", environ) == known("AWS", "token")
