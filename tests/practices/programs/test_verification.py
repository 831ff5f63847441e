"""What turns verification off."""

from __future__ import annotations

import pytest
from tests.practices.programs.scripts import command

from boxwright.practices.programs.verification import (
    disabled_verification,
    disables_verification,
)


@pytest.mark.parametrize(
    ("script", "options"),
    [
        ("curl -fsSLk https://x", ["-k"]),
        ("curl --insecure https://x", ["--insecure"]),
        ("curl -Hk https://x", []),
        ("wget --no-check-certificate https://x", ["--no-check-certificate"]),
        ("pip install --trusted-host x.org torch", ["--trusted-host"]),
        ("python -m pip install --trusted-host=x.org torch", ["--trusted-host"]),
        ("uv pip install --allow-insecure-host x.org torch", ["--allow-insecure-host"]),
        ("apk add --allow-untrusted x.apk", ["--allow-untrusted"]),
        ("apt-get install -y --allow-unauthenticated x", ["--allow-unauthenticated"]),
        ("apt-get install --force-yes x", ["--force-yes"]),
        ("yum install -y --nogpgcheck x", ["--nogpgcheck"]),
        ("dnf install --setopt=sslverify=0 x", ["sslverify=0"]),
        ("rpm -i --nosignature x.rpm", ["--nosignature"]),
        ("git config --global http.sslVerify false", ["http.sslverify=false"]),
        ("git -c http.sslVerify=false clone https://x", ["http.sslverify=false"]),
        ("npm config set strict-ssl false", ["strict-ssl=false"]),
        ("npm install --strict-ssl=false", ["strict-ssl=false"]),
        ("conda config --set ssl_verify False", ["ssl_verify=false"]),
        ("PYTHONHTTPSVERIFY=0 python x.py", ["PYTHONHTTPSVERIFY=0"]),
        ("export NODE_TLS_REJECT_UNAUTHORIZED=0", ["NODE_TLS_REJECT_UNAUTHORIZED=0"]),
        ("curl -fsSL https://x", []),
        ("git config --global http.sslVerify true", []),
        ("ls -k", []),
    ],
)
def test_commands(script: str, options: list[str]) -> None:
    assert [item.option for item in disabled_verification(command(script))] == options


def test_place_is_that_of_the_option() -> None:
    script = "git config --global http.sslVerify false"
    (found,) = disabled_verification(command(script))

    assert script[found.span.start : found.span.end] == "http.sslVerify false"


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("GIT_SSL_NO_VERIFY", "true", "certificates"),
        ("GIT_SSL_NO_VERIFY", "false", None),
        ("PIP_TRUSTED_HOST", "x.org", "certificates"),
        ("PIP_TRUSTED_HOST", "", None),
        ("npm_config_strict_ssl", "false", "certificates"),
        ("CURL_CA_BUNDLE", '""', "certificates"),
        ("CURL_CA_BUNDLE", "/etc/ca.pem", None),
        ("GONOSUMDB", "*", "signatures"),
    ],
)
def test_variables(name: str, value: str, what: str | None) -> None:
    assert disables_verification(name, value) == what
