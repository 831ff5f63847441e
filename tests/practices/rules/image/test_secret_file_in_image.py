from __future__ import annotations

import pytest
from tests.practices.image_examples import SITE, found

RULE = "secret-file-in-image"


def having(*files: str) -> str:
    return f"layers:\n  - step: COPY . /app\n    files: {{{', '.join(files)}}}\n"


@pytest.mark.parametrize(
    "path",
    [
        "app/.env",
        "root/.ssh/id_rsa",
        "root/.aws/credentials",
        "app/service-account.json",
        "app/client.key",
        "root/.netrc",
        "root/.cache/huggingface/token",
        "app/.npmrc",
    ],
)
def test_a_file_of_that_kind_is_found(path: str) -> None:
    assert found(RULE, having(f"{path}: 1 kB")) == [
        f"2: warning: `/{path}` is a file that credentials are kept in"
    ]


def test_several_of_a_layer_are_one_finding() -> None:
    assert found(RULE, having("app/.env: 1 kB", "app/.netrc: 1 kB")) == [
        "2: warning: `/app/.env` and `/app/.netrc` are files that credentials are kept in"
    ]


@pytest.mark.parametrize(
    "file",
    [
        "app/.env.example: 1 kB",
        "root/.ssh/id_rsa.pub: 1 kB",
        "etc/ssl/certs/ssl-cert-snakeoil.pem: 1 kB",
        "app/.env: 0 B",
        "app/environment.py: 1 kB",
        "app/.env: {link: /run/secrets/env}",
    ],
)
def test_what_holds_none_is_not(file: str) -> None:
    assert found(RULE, having(file)) == []


def test_one_that_a_later_layer_deletes_is_found() -> None:
    text = f"{having('app/.env: 1 kB')}  - {{step: RUN rm, deletes: [app/.env]}}\n"

    assert found(RULE, text) == [
        (
            "2: warning: `/app/.env` is a file that credentials are kept in, hidden by a later layer "
            "but still there"
        )
    ]


def test_one_that_only_gets_another_owner_is_told_once() -> None:
    again = "  - {step: RUN chown, files: {app/.env: {size: 1 kB, uid: 5}}}\n"

    assert found(RULE, having("app/.env: 1 kB") + again) == [
        "3: warning: `/app/.env` is a file that credentials are kept in"
    ]


def test_a_file_of_a_package_is_not_told() -> None:
    files = (
        f"{SITE}/a/test.key: 1 kB",
        f'{SITE}/a-1.dist-info/METADATA: "Metadata-Version: 2.1\\nName: a\\nVersion: 1\\n"',
        f'{SITE}/a-1.dist-info/RECORD: "a/test.key,,\\n"',
    )

    assert found(RULE, having(*files)) == []
    assert len(found(RULE, having(*files[:2]))) == 1


def test_settings_can_name_those_that_may_be_there() -> None:
    assert found(RULE, having("app/.env: 1 kB"), settings='allow = ["/app/.env"]') == []
