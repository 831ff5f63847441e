"""
What a fix makes is built, and compared with what was built before it.

The sample has a case for each kind of fix that changes what is built. Files are compared by
kind, mode, owner and content, and the configuration by what a container would see of it.
"""

from __future__ import annotations

import fnmatch
import hashlib
import json
import os
import shutil
import subprocess
import tarfile
import uuid
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from boxwright.practices.autofix import fix_file
from boxwright.practices.discovery import discover
from boxwright.practices.selection import Selection
from boxwright.practices.workspace import File, Workspace
from boxwright.project.tree import FolderTree
from boxwright.store.engine import Engine

pytestmark = [pytest.mark.engine, pytest.mark.network, pytest.mark.slow]

BASE = "python:3.11-slim-bookworm"
TODAY = date(2026, 12, 1)

# Another each time that they are written: logs, caches of the linker, byte code with times.
ALWAYS = (
    "var/log/*", "var/cache/ldconfig/*", "var/cache/apt/*", "*.pyc", "var/cache/debconf/*",
    "etc/.pwd.lock", "etc/*-", "var/lib/apt/extended_states", "var/lib/dpkg/*-old",
    "var/lib/systemd/*", "*/__pycache__", "var/lib/apt/lists/*lock", "var/lib/apt/lists/*Release",
)  # fmt: skip


class Case(NamedTuple):
    """A Dockerfile, the rules whose fixes it gets, and what may differ then."""

    name: str
    text: str
    rules: tuple[str, ...]
    files: tuple[str, ...] = ()
    """Patterns of files that may come, go or change."""
    config: tuple[str, ...] = ()
    """Keys of the configuration that may."""


CASES = [
    Case("ADD becomes COPY", "ADD app.py /app/\n", ("add-instead-of-copy",)),
    Case(
        "pairs with a blank",
        "ENV GREETING hello world\nENV ANSWER 42\nLABEL version 1.0\n",
        ("legacy-key-value",),
    ),
    Case("a maintainer", "MAINTAINER Ada\n", ("maintainer-instruction",), (), ("Labels", "Author")),
    Case(
        "an empty line in a RUN",
        "RUN echo one > /one && \\\n\n    echo two > /two\n",
        ("empty-continuation",),
    ),
    Case(
        "commands that do nothing",
        "CMD first\nHEALTHCHECK CMD a\nCMD second\nHEALTHCHECK CMD b\n",
        ("repeated-command",),
    ),
    Case(
        "apt's lists",
        "RUN apt-get update && apt-get install -y --no-install-recommends libgomp1\n",
        ("apt-lists-in-layer",),
        ("var/lib/apt/lists/*",),
    ),
    Case(
        "apt in a script, in two layers",
        "RUN apt update\nRUN apt install -y --no-install-recommends libgomp1\n",
        ("apt-in-script", "apt-update-alone"),
        ("var/lib/apt/lists/*",),
    ),
    Case(
        "pip's cache",
        "COPY hello-1.0-py3-none-any.whl /tmp/\n"
        "RUN pip install --break-system-packages --no-index /tmp/hello-1.0-py3-none-any.whl\n",
        ("pip-cache-in-layer",),
        ("root/.cache", "root/.cache/*"),
    ),
    Case(
        "dependencies before the source",
        "COPY wheels /wheels\nWORKDIR /app\nCOPY . .\n"
        "RUN pip install --break-system-packages --no-index --find-links=/wheels"
        " -r requirements.txt\n",
        ("source-before-dependencies",),
    ),
    Case(
        "an owner given afterwards",
        "WORKDIR /app\nCOPY model.bin ./\nRUN chown -R 1000:1000 /app\n",
        ("chown-duplicates-layer",),
    ),
    Case("shell form", "CMD python3 -m http.server\n", ("shell-form-command",), (), ("Cmd",)),
    Case(
        "single quotes",
        "CMD ['python3', '-m', 'http.server']\n",
        ("invalid-exec-form",),
        (),
        ("Cmd",),
    ),
    Case(
        "a variable for the build only",
        "ENV DEBIAN_FRONTEND=noninteractive\nRUN echo $DEBIAN_FRONTEND > /seen\n",
        ("persistent-debian-frontend",),
        (),
        ("Env",),
    ),
    Case(
        "nobody is root",
        "WORKDIR /app\nCOPY app.py .\nCMD [\"python3\", \"app.py\"]\n",
        ("missing-user",),
        ("etc/passwd", "etc/group", "etc/shadow", "etc/gshadow", "etc/subuid", "etc/subgid",
         "home/*", "app", "app/*"),
        ("User",),
    ),
    Case(
        "files of the user",
        "RUN useradd --uid 1000 app\nUSER app\nCOPY app.py /app/\n",
        ("copy-after-user-without-chown",),
        ("app", "app/*"),
    ),
    Case("a relative WORKDIR", "WORKDIR srv\nCOPY app.py .\n", ("relative-workdir",)),
    Case(
        "output that is held back",
        "WORKDIR /app\nCOPY app.py .\nCMD [\"python3\", \"app.py\"]\n",
        ("buffered-python-output",),
        (),
        ("Env",),
    ),
    Case(
        "two RUN for one thing",
        "RUN mkdir -p /data/kept\n\n# What is there already.\nRUN cp /etc/os-release /data/kept/\n",
        ("consecutive-runs",),
    ),
    Case(
        "a cache for the user",
        "ENV HF_HOME=/models\nRUN useradd --create-home --uid 1000 app\nUSER app\n",
        ("cache-dir-not-writable",),
        ("models",),
    ),
    Case(
        "nobody is root, and has a cache",
        "ENV HF_HOME=/models\nWORKDIR /app\nCMD [\"python3\", \"app.py\"] \\\n",
        ("missing-user",),
        ("etc/passwd", "etc/group", "etc/shadow", "etc/gshadow", "etc/subuid", "etc/subgid",
         "home/*", "app", "models"),
        ("User",),
    ),
    Case(
        "a home for the user",
        "RUN useradd --uid 1000 app\nUSER app\n",
        ("missing-home",),
        ("home/app", "home/app/*"),
    ),
    Case(
        "a sparse log",
        "RUN useradd --uid 12345678 app\n",
        ("sparse-user-database",),
        ("var/log/lastlog", "var/log/faillog"),
    ),
    Case(
        "keywords in small letters",
        "copy app.py /app/\nRUN true\nENV A=1\n",
        ("instruction-casing",),
    ),
    Case(
        "wheels that are copied and removed",
        f"COPY wheels /wheels\nFROM {BASE}\nCOPY --from=0 /wheels /wheels\n"
        "RUN pip install --break-system-packages --no-cache-dir --no-index /wheels/*.whl\n"
        "RUN rm -rf /wheels\n",
        ("stage-by-number", "wheels-copied-then-removed", "deleted-in-later-layer"),
        ("wheels",),
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def docker(engine: Engine) -> Iterator[Docker]:
    client = Docker()
    yield client
    client.remove()


@pytest.fixture(scope="module")
def base(stand_in) -> str:
    """Return the base image: Debian's own Python, under the name that everybody builds on."""
    stand_in("python", BASE)
    return BASE


class Docker:
    """The engine's own client."""

    def __init__(self) -> None:
        self._program = program_with_buildkit()
        self._environment = {**os.environ, "DOCKER_BUILDKIT": "1"}
        self.made: list[str] = []

    def __call__(self, *arguments: str) -> str:
        done = subprocess.run(
            [self._program, *arguments],
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def build(self, context: Path) -> Built:
        tag = f"boxwright-test/fixed:{uuid.uuid4().hex[:12]}"
        self("build", "--quiet", "--network", "host", "--tag", tag, str(context))
        self.made.append(tag)
        container = self("create", tag)
        export = context.parent / f"{tag.rpartition(':')[2]}.tar"
        self("export", "--output", str(export), container)
        self("rm", container)
        config = json.loads(self("image", "inspect", tag))[0]
        files = {entry.name: entry for entry in listing(export)}
        export.unlink()
        return Built(files, {**config["Config"], "Author": config["Author"]})

    def remove(self) -> None:
        self("image", "rm", "--force", *self.made)


def program_with_buildkit() -> str:
    """Return the first `docker` on the PATH that builds with BuildKit: from 23 on, by a plugin."""
    for folder in os.environ["PATH"].split(os.pathsep):
        program = shutil.which("docker", path=folder)
        if program is None:
            continue
        asked = [program, "version", "--format", "{{.Client.Version}}"]
        version = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
        has_plugin = subprocess.run(
            [program, "buildx", "version"], capture_output=True, check=False
        )
        if int(version.partition(".")[0] or 0) in range(18, 23) or has_plugin.returncode == 0:
            return program
    pytest.fail("no `docker` on the PATH can build with BuildKit")


class Entry(NamedTuple):
    """A file of an image."""

    name: str
    kind: bytes
    mode: int
    owner: tuple[int, int]
    content: str


class Built(NamedTuple):
    """An image."""

    files: dict[str, Entry]
    config: dict[str, Any]


def listing(export: Path) -> Iterator[Entry]:
    with tarfile.open(export) as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isfile() else None
            content = hashlib.sha256(file.read()).hexdigest() if file else member.linkname
            yield Entry(member.name, member.type, member.mode, (member.uid, member.gid), content)


def context_of(case: Case, folder: Path) -> Path:
    folder.mkdir()
    (folder / "wheels").mkdir()
    (folder / "app.py").write_text("print('hello')\n")
    (folder / "model.bin").write_bytes(bytes(2_000_000))
    (folder / "requirements.txt").write_text("hello==1.0\n")
    for place in (folder, folder / "wheels"):
        with zipfile.ZipFile(place / "hello-1.0-py3-none-any.whl", "w") as wheel:
            wheel.writestr("hello.py", "WORLD = 1\n")
            info = "hello-1.0.dist-info"
            wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: hello\nVersion: 1.0\n")
            wheel.writestr(
                f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
            )
            wheel.writestr(f"{info}/RECORD", "")
    (folder / "Dockerfile").write_text(f"FROM {BASE}\n{case.text}")
    return folder


def fixed(case: Case, folder: Path) -> str:
    tree = FolderTree(folder)
    files = [
        File.of(found.path, found.path, found.kind, tree.read(found.path))
        for found in discover(tree).found
    ]
    workspace = Workspace(tree, files, today=TODAY)
    result = fix_file(workspace, "Dockerfile", Selection(select=case.rules), unsafe=True)
    assert result.applied
    assert result.refused == ()
    return result.text


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_fixed_file_builds_the_same_but_for_what_it_says(
    case: Case, base: str, docker: Docker, tmp_path: Path
) -> None:
    folder = context_of(case, tmp_path / "context")
    text = fixed(case, folder)

    before = docker.build(folder)
    (folder / "Dockerfile").write_text(text)
    after = docker.build(folder)

    allowed = (*ALWAYS, *case.files, "app/Dockerfile")
    names = before.files.keys() | after.files.keys()
    different = [
        name
        for name in sorted(names)
        if before.files.get(name) != after.files.get(name)
        and not any(fnmatch.fnmatch(name, pattern) for pattern in allowed)
    ]
    keys = ("Cmd", "Entrypoint", "Env", "ExposedPorts", "Healthcheck", "Labels", "User",
            "Volumes", "WorkingDir", "StopSignal", "Author")  # fmt: skip
    configured = [key for key in keys if before.config.get(key) != after.config.get(key)]

    assert different == [], text
    assert [key for key in configured if key not in case.config] == [], text
