"""What `boxwright build` says of input that cannot be built: which thing, where, what to do."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

PYPROJECT = '[project]\nname = "p"\nversion = "1"\nrequires-python = ">=3.11"\n'
SERVICE = "from fastapi import FastAPI\n\napp = FastAPI()\n"


def wheel(
    folder: Path,
    name: str,
    version: str,
    *,
    tag: str = "py3-none-any",
    requires: str = "",
    extra: Mapping[str, bytes] | None = None,
) -> Path:
    """Write a small wheel; members of *extra* are not in its RECORD unless they are honest."""
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": b"x = 1\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode()
        + (f"Requires-Dist: {requires}\n".encode() if requires else b""),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\nTag: {tag}\n".encode(),
        **(extra or {}),
    }
    rows = [
        f"{path},sha256={base64.urlsafe_b64encode(hashlib.sha256(text).digest()).decode().rstrip('=')},{len(text)}"
        for path, text in files.items()
    ]
    path = folder / f"{name}-{version}-{tag}.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for member, content in files.items():
            archive.writestr(member, content)
        archive.writestr(f"{info}/RECORD", "\n".join([*rows, f"{info}/RECORD,,", ""]))
    return path


def build(
    folder: Path, *arguments: str | Path, links: Path | None = None
) -> subprocess.CompletedProcess[str]:
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_"))
    }
    environ |= {"BOXWRIGHT_CACHE_DIR": str(folder.parent / "cache"), "PIP_CONFIG_FILE": os.devnull}
    if links is not None:
        environ |= {"PIP_FIND_LINKS": str(links), "PIP_NO_INDEX": "1"}
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "boxwright",
            "build",
            folder,
            "-o",
            folder.parent / "out",
            *arguments,
        ],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def write(folder: Path, files: Mapping[str, str]) -> Path:
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


def refused(done: subprocess.CompletedProcess[str], *words: str) -> None:
    """Check for exit status 2, an error that has *words*, a hint, and nothing on stdout."""
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    message = done.stderr[done.stderr.index("error: ") :]
    assert "hint: " in message, message
    for word in words:
        assert word in message, message


@pytest.mark.parametrize(
    ("files", "words"),
    [
        pytest.param({}, ["empty"], id="an empty folder"),
        pytest.param(
            {"pyproject.toml": PYPROJECT, "lib.py": "x = 1\n"}, ["entry"], id="no entry point"
        ),
        pytest.param({"pyproject.toml": "[project\n"}, ["pyproject.toml"], id="no TOML"),
        pytest.param(
            {"pyproject.toml": PYPROJECT + '[tool.boxwright]\nentrypoin = ["a"]\n', "main.py": ""},
            ["tool.boxwright.entrypoin", "`entrypoint`"],
            id="an unknown setting",
        ),
        pytest.param(
            {"pyproject.toml": PYPROJECT + 'dependencies = ["fastapi"]\n', "main.py": SERVICE},
            ["uvicorn"],
            id="a service without a server",
        ),
        pytest.param(
            {"pyproject.toml": PYPROJECT.replace(">=3.11", "<3.9"), "main.py": ""},
            ["requires-python"],
            id="a Python that no base has",
        ),
        pytest.param(
            {"pyproject.toml": PYPROJECT, "main.py": "", "boxwright.lock": "version = ]\n"},
            ["boxwright.lock"],
            id="a damaged lock",
        ),
    ],
)
def test_projects_that_cannot_be_planned(tmp_path, files, words) -> None:
    folder = write(tmp_path / "p", files)

    done = build(folder)

    refused(done, *words)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("option", "value"),
    [("--platform", "windows/amd64"), ("--platform", "linux"), ("--tag", "Bad:Na:me")],
)
def test_values_of_options_that_make_no_sense(tmp_path, option, value) -> None:
    folder = write(tmp_path / "p", {"requirements.txt": "", "main.py": ""})

    refused(build(folder, option, value), f"`{value}`")


def test_a_folder_that_is_not_there(tmp_path) -> None:
    refused(build(tmp_path / "nowhere"), "nowhere")


def test_requirements_that_exclude_each_other(tmp_path) -> None:
    links = tmp_path / "links"
    links.mkdir()
    wheel(links, "aa", "1.0", requires="cc<2")
    wheel(links, "bb", "1.0", requires="cc>=2")
    wheel(links, "cc", "1.0")
    wheel(links, "cc", "2.0")
    folder = write(tmp_path / "p", {"requirements.txt": "aa\nbb\n", "main.py": "import aa, bb\n"})

    refused(build(folder, links=links), "aa", "bb", "cc")


def test_a_distribution_without_a_wheel_for_the_target(tmp_path) -> None:
    links = tmp_path / "links"
    links.mkdir()
    wheel(links, "aa", "1.0", tag="cp38-cp38-win_amd64")
    folder = write(tmp_path / "p", {"requirements.txt": "aa==1.0\n", "main.py": "import aa\n"})

    refused(build(folder, links=links), "aa")


def test_a_wheel_that_is_not_the_hashed_one(tmp_path) -> None:
    links = tmp_path / "links"
    links.mkdir()
    wheel(links, "aa", "1.0")
    line = f"aa==1.0 --hash=sha256:{'0' * 64}\n"
    folder = write(tmp_path / "p", {"requirements.txt": line, "main.py": "import aa\n"})

    refused(build(folder, links=links), "aa")


@pytest.mark.network
@pytest.mark.parametrize("name", ["../evil.py", "/etc/evil", "a/../../evil", "C:evil", ".wh.main"])
def test_a_wheel_that_would_write_elsewhere(tmp_path, name) -> None:
    links = tmp_path / "links"
    links.mkdir()
    wheel(links, "aa", "1.0", extra={name: b"evil"})
    folder = write(tmp_path / "p", {"requirements.txt": "aa==1.0\n", "main.py": "import aa\n"})

    done = build(folder, links=links)

    refused(done, "aa-1.0-py3-none-any.whl", name)
    assert not (tmp_path / "out").exists()


@pytest.mark.network
def test_a_wheel_that_inflates_to_far_more_than_it_is(tmp_path) -> None:
    links = tmp_path / "links"
    links.mkdir()
    path = wheel(links, "aa", "1.0")
    content = io.BytesIO(path.read_bytes())
    with (
        zipfile.ZipFile(content, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("bomb", "w", force_zip64=True) as member,
    ):
        for _ in range(1500):
            member.write(bytes(1 << 20))
    path.write_bytes(content.getvalue())
    folder = write(tmp_path / "p", {"requirements.txt": "aa==1.0\n", "main.py": "import aa\n"})

    refused(build(folder, links=links), "aa-1.0-py3-none-any.whl")


@pytest.mark.network
def test_two_wheels_that_install_one_path_with_other_content(tmp_path) -> None:
    links = tmp_path / "links"
    links.mkdir()
    wheel(links, "aa", "1.0", extra={"shared.py": b"1"})
    wheel(links, "bb", "1.0", extra={"shared.py": b"2"})
    folder = write(tmp_path / "p", {"requirements.txt": "aa\nbb\n", "main.py": "import aa\n"})

    refused(build(folder, links=links), "aa", "bb", "shared.py")


@pytest.mark.network
def test_a_credential_among_the_application_files(tmp_path) -> None:
    material = base64.b64encode(hashlib.sha512(b"seed").digest() * 4).decode()
    lines = [material[at : at + 64] for at in range(0, len(material), 64)]
    kind = "PRIVATE KEY"
    key = "\n".join([f"-----BEGIN {kind}-----", *lines, f"-----END {kind}-----"])
    folder = write(
        tmp_path / "p",
        {"requirements.txt": "", "main.py": "", "settings.py": f'KEY = """{key}"""\n'},
    )

    done = build(folder)

    refused(done, "settings.py", "line 1")
    assert lines[0] not in done.stderr
    assert not (tmp_path / "out").exists()
