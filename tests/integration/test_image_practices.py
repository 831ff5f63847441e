"""Practices over real images: what Boxwright builds keeps them, and what breaks them is found."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import StandIn
from tests.integration.generated import PYTHON, ROOT, Docker, direct_build

pytestmark = [pytest.mark.network, pytest.mark.slow]

BAD = f"""\
FROM {PYTHON}
ARG INDEX_TOKEN
ENV DB_PASSWORD=grey-otter-42
RUN test -n "$INDEX_TOKEN" && mkdir -p /root/.cache/pip && head -c 3000000 /dev/urandom > /root/.cache/pip/http
COPY app /app
RUN head -c 5000000 /dev/urandom > /app/raw.bin
RUN rm /app/raw.bin /app/.env
RUN chmod 777 /app/main.py
RUN passwd -d root
EXPOSE 8000 22
LABEL org.opencontainers.image.source=https://git.example.com/a org.opencontainers.image.revision=1
WORKDIR /app
CMD uvicorn main:app --reload
"""
TOKEN = "ghp_" + "a8Fk2mQx7Tb4VnZr8WcL3pHdYs6JgE1uRoNi"
ARGUMENT = "kX9vQz3LmT7w" + "Rb2Ndh5"
PICKLE = bytes.fromhex("800463706f7369780a73797374656d0a8c0269649452942e")
FOUND = {
    "cache-in-image": "warning",
    "deleted-in-image": "warning",
    "development-server-in-image": "warning",
    "empty-password-in-image": "error",
    "image-without-healthcheck": "warning",
    "package-manager-in-image": "info",
    "root-user-in-image": "error",
    "secret-file-in-image": "warning",
    "secret-in-history": "warning",
    "secret-in-image-configuration": "warning",
    "secret-in-layer": "error",
    "setuid-program-in-image": "info",
    "shell-form-in-image": "warning",
    "shell-in-runtime-image": "info",
    "ssh-server-in-image": "warning",
    "unsafe-pickle-in-image": "error",
    "world-writable-in-image": "warning",
}


def findings(image: str | Path, cache: Path) -> list[dict[str, object]]:
    """Return what `boxwright check` finds in *image*."""
    done = subprocess.run(
        [sys.executable, "-m", "boxwright", "check", image, "--format", "json", "--exit-zero"],
        env={**os.environ, "BOXWRIGHT_CACHE_DIR": str(cache)},
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: list[dict[str, object]] = json.loads(done.stdout)["findings"]
    return found


@pytest.mark.parametrize(
    ("variant", "infos"),
    [
        ("distroless", {"missing-image-label", "tests-in-image"}),
        ("slim", {"missing-image-label", "shell-in-runtime-image", "tests-in-image"}),
    ],
)
def test_what_boxwright_builds_keeps_the_practices(
    tmp_path: Path, direct_cache: Path, variant: str, infos: set[str]
) -> None:
    project = tmp_path / "digits-api"
    shutil.copytree(ROOT / "examples" / "digits-api", project)
    layout = direct_build(project, variant, direct_cache, tmp_path / "image")

    found = findings(layout, direct_cache)

    assert {(each["rule"], each["severity"]) for each in found} == {
        (rule, "info") for rule in infos
    }


def test_what_breaks_them_is_found_where_it_was_broken(
    tmp_path: Path, direct_cache: Path, docker: Docker, stand_in: StandIn
) -> None:
    stand_in("python", PYTHON)
    app = tmp_path / "app"
    app.mkdir()
    (app / "main.py").write_text("app = None\n")
    (app / "model.pkl").write_bytes(PICKLE)
    (app / ".env").write_text(f"GITHUB_TOKEN={TOKEN}\n")
    (tmp_path / "Dockerfile").write_text(BAD)
    image = docker.build(tmp_path, "--build-arg", f"INDEX_TOKEN={ARGUMENT}")

    found = findings(image, direct_cache)

    assert {each["rule"]: each["severity"] for each in found} == FOUND
    for secret in ("grey-otter-42", TOKEN, ARGUMENT):
        assert secret not in json.dumps(found)
    (deleted,) = (each["message"] for each in found if each["rule"] == "deleted-in-image")
    assert str(deleted).startswith("5.0 MB of files that layer 4 deletes: `/app/raw.bin`; ")
