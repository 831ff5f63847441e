"""What commands fetch."""

from __future__ import annotations

import pytest
from tests.practices.programs.scripts import command, commands

from boxwright.practices.programs.downloads import (
    downloads,
    host_of,
    is_checksum_file,
    piped_scripts,
    unverified,
)

URL = "https://example.org/a/model.tar.gz"


@pytest.mark.parametrize(
    ("script", "output"),
    [
        (f"curl {URL}", ""),
        (f"curl -fsSL {URL} -o /tmp/x", "/tmp/x"),
        (f"curl -fsSLo x {URL}", "x"),
        (f"curl --output=x {URL}", "x"),
        (f"curl -LO {URL}", "model.tar.gz"),
        (f"curl -O --output-dir /tmp {URL}?download=1", "/tmp/model.tar.gz"),
        (f"curl -s {URL} > x", "x"),
        (f"curl -o - {URL}", ""),
        (f"curl -H 'A: b' --retry 3 --url {URL} -o x", "x"),
        (f"wget {URL}", "model.tar.gz"),
        (f"wget -q -O x {URL}", "x"),
        (f"wget -qO- {URL}", ""),
        (f"wget -O - {URL} > x", "x"),
        (f"wget -nv -P /tmp {URL}", "/tmp/model.tar.gz"),
        (f"aria2c -x 16 -d /tmp -o x {URL}", "/tmp/x"),
        ("gdown --id 1abc -O x", "x"),
        ("kaggle datasets download -p /data owner/name", "/data"),
        ("gsutil -m cp gs://bucket/x /data", "/data"),
        ("aws s3 cp s3://bucket/x /data --recursive", "/data"),
        ("gcloud storage cp gs://bucket/x /data", "/data"),
        (f"azcopy copy {URL} /data", "/data"),
        ("hf download org/model --local-dir /models", "/models"),
        ("uvx --from huggingface_hub hf download org/model --local-dir /models", "/models"),
    ],
)
def test_output(script: str, output: str) -> None:
    assert [item.output for item in downloads(command(script))] == [output]


@pytest.mark.parametrize(
    "script",
    [
        "aws s3 cp x s3://bucket/x",
        "kaggle competitions list",
        "hf auth login",
        "curl",
        "ls",
        "$X y",
    ],
)
def test_nothing_is_fetched(script: str) -> None:
    assert downloads(command(script)) == ()


def test_several_urls_have_outputs_of_their_own() -> None:
    found = downloads(command(f"curl -o a {URL} -o b {URL} {URL}"))

    assert [item.output for item in found] == ["a", "b", ""]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (f"curl {URL}", (False, False, False)),
        (f"curl -fsSL {URL}", (True, True, True)),
        (f"curl --fail-with-body --location {URL}", (True, True, False)),
        (f"wget {URL}", (True, True, False)),
        (f"wget -nv {URL}", (True, True, True)),
        (f"wget --progress=dot:giga {URL}", (True, True, True)),
    ],
)
def test_manners(script: str, expected: tuple[bool, bool, bool]) -> None:
    (found,) = downloads(command(script))

    assert (found.fails_on_error, found.follows_redirects, found.is_quiet) == expected


def test_place_of_the_url() -> None:
    script = f"set -e; curl -fL '{URL}' -o x"
    (found,) = downloads(commands(script)[1])

    start, end = found.url_word.span
    assert script[start:end] == f"'{URL}'"
    assert (found.host, found.name) == ("example.org", "model.tar.gz")


@pytest.mark.parametrize(
    ("script", "interpreters"),
    [
        (f"curl -fsSL {URL} | sh", ["sh"]),
        (f"curl -fsSL {URL} | sudo bash -s -- --yes", ["bash"]),
        (f"wget -qO- {URL} | bash -", ["bash"]),
        (f"curl {URL} | python3 -", ["python3"]),
        (f"curl {URL} | python3", ["python3"]),
        (f"curl {URL} | gunzip | sh", ["sh"]),
        (f"bash <(curl -s {URL})", ["bash"]),
        (f'eval "$(curl -s {URL})"', ["eval"]),
        (f"source <(curl -s {URL})", ["source"]),
        (f"curl {URL} | tar xz", []),
        (f"curl {URL} | python3 -c 'import sys'", []),
        (f"curl {URL} | python3 -m json.tool", []),
        (f"curl {URL} | bash script.sh", []),
        (f"curl {URL} -o x && sh x", []),
        (f"curl {URL}; echo a | sh", []),
    ],
)
def test_piped_scripts(script: str, interpreters: list[str]) -> None:
    found = piped_scripts(commands(script))

    assert [item.interpreter.program for item in found] == interpreters


def test_piped_script_spans_both() -> None:
    script = f"true && curl -fsSL {URL} | sh -s -- -y"
    (found,) = piped_scripts(commands(script))

    assert script[found.span.start : found.span.end] == f"curl -fsSL {URL} | sh -s -- -y"


@pytest.mark.parametrize(
    ("script", "names"),
    [
        (f"curl -O {URL}", ["model.tar.gz"]),
        (f"curl -O {URL} && echo 'abc  model.tar.gz' | sha256sum -c -", []),
        (f'curl -O {URL} && echo "$SUM  x" | sha256sum --check', []),
        (f"wget {URL} && sha256sum -c <<EOF\nabc  model.tar.gz\nEOF", []),
        (f"wget {URL} && sha256sum model.tar.gz", ["model.tar.gz"]),
        (f'wget {URL} && [ "$(sha256sum model.tar.gz)" = abc ]', []),
        (
            f"wget {URL} https://example.org/b.zip && echo 'abc  b.zip' | md5sum -c",
            ["model.tar.gz"],
        ),
        (f"wget {URL} && gpg --verify model.tar.gz.asc model.tar.gz", []),
        (f"wget {URL} && gpg --import key", ["model.tar.gz"]),
        (f"aria2c --checksum=sha-256=abc {URL}", []),
        ("echo 'abc  x' | sha256sum -c", []),
    ],
)
def test_unverified(script: str, names: list[str]) -> None:
    assert [item.name for item in unverified(commands(script))] == names


def test_checksum_files() -> None:
    urls = ("https://x.org/SHA256SUMS", f"{URL}.asc", f"{URL}.sha256?a=b", URL)

    assert [is_checksum_file(url) for url in urls] == [True, True, True, False]


def test_hosts() -> None:
    urls = ("https://u:p@x.org:80/a", "x.org/a", "https://$HOST/a", "s3://bucket/key")

    assert [host_of(url) for url in urls] == ["x.org", "", "", "bucket"]
