"""The whole life of a release: pushed, promoted, refused at each gate, rolled back."""

from __future__ import annotations

import json
import os
import re
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.cli.made_images import ADVISORIES
from tests.conftest import Run
from tests.integration.test_build import boxwright, write_project

from boxwright.oci.digest import Digest
from boxwright.oci.reference import parse_reference
from boxwright.store.engine import Engine
from boxwright.store.registry.push import WritableRepository
from boxwright.store.registry.shared import TAG
from boxwright.store.transport import Transport

pytestmark = [pytest.mark.network, pytest.mark.engine, pytest.mark.slow]

PASSWORD = "a word for tests"  # noqa: S105 (of keys that live as long as the test)
GATES = ("signature", "check", "scan", "smoke")
SETTINGS = """\
[project]
name = "oracle"
version = "1.0"
requires-python = ">=3.11"
dependencies = ["idna==3.10"]

[tool.boxwright]
entrypoint = ["python", "main.py"]
port = 8000
health = { path = "/health" }
platform = ["linux/amd64", "linux/arm64"]

[tool.boxwright.registry]
repository = "REPOSITORY"

[tool.boxwright.promote]
key = "release.pub"

[tool.boxwright.scan]
fail-on = "medium"

[tool.boxwright.smoke]
start-within = 8
requests = [{ path = "/", expect-json = { answer = 42 } }]
"""
SERVICE = """\
import json
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import idna


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        content = json.dumps({"answer": 42, "idna": idna.__version__}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
ThreadingHTTPServer(("0.0.0.0", 8000), Handler).serve_forever()
"""
COMPOSE = "services:\n  oracle:\n    image: NAME:production\n"
KUBERNETES = """\
apiVersion: v1
kind: Pod
metadata:
  name: oracle
spec:
  containers:
    - name: oracle
      image: NAME:1.0.0
"""
BREAKS = (
    # gate, key, file, changes, the gates that are asked, what is said
    (
        *("signature", "other.key", "main.py"),
        {"import idna  # second": "import idna  # by somebody else"},
        *(("signature", "check", "scan"), ["has no valid signature"]),
    ),
    (
        *("check", "release.key", "pyproject.toml"),
        {'health = { path = "/health" }': "health = false"},
        *(("signature", "check", "scan"), ["1 practice is broken", "image-without-healthcheck: "]),
    ),
    (
        *("scan", "release.key", "pyproject.toml"),
        {'"idna==3.10"': '"idna==3.10", "requests==2.28.1"'},
        *(("signature", "check", "scan"), ["1 thing counts", "CVE-2023-32681 in requests 2.28.1"]),
    ),
    (
        *("smoke", "release.key", "main.py"),
        {'"answer": 42': '"answer": 41', "lambda *_: sys.exit(0)": "signal.SIG_IGN"},
        GATES,
        [
            "2 checks have failed",
            "GET /: `answer` is `41`, where `42` is expected (untested-image-pushed)",
            "stop: it does not end by SIGTERM within ",
        ],
    ),
    (
        *("smoke", "release.key", "main.py"),
        {"send_response(200)": "send_response(503)"},
        *(("signature", "smoke"), ["1 check has failed", "start: "]),
    ),
)


@dataclass
class Release:
    """A project in a Git repository, and where its images go."""

    folder: Path
    cache: Path
    repository: WritableRepository

    @property
    def name(self) -> str:
        reference = self.repository.reference
        return f"{reference.registry}/{reference.repository}"

    def git(self, *arguments: str) -> str:
        who = ("-c", "user.name=test", "-c", "user.email=test@example.com")
        done = subprocess.run(
            ["git", *who, *arguments],
            cwd=self.folder, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return done.stdout.strip()

    def change(self, file: str, changes: Mapping[str, str]) -> str:
        """Commit all there is, *file* with *changes*; return the tag of that commit."""
        path = self.folder / file
        text = path.read_text()
        for old, new in changes.items():
            assert old in text
            text = text.replace(old, new)
        path.write_text(text)
        if "requests" in text:
            self.ask("lock", "-q")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "a change")
        return f"git-{self.git('rev-parse', 'HEAD')}"

    def ask(
        self, *arguments: str, status: int = 0, **environ: str
    ) -> subprocess.CompletedProcess[str]:
        done = boxwright(
            *arguments,
            cache=self.cache,
            cwd=self.folder,
            environ={"BOXWRIGHT_KEY_PASSWORD": PASSWORD, **environ},
        )
        assert done.returncode == status, done.stdout + done.stderr
        assert PASSWORD not in done.stdout + done.stderr
        return done

    def push(self, *arguments: str) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(
            self.ask("push", "--format", "json", *arguments).stdout
        )
        return document

    def promote(self, *arguments: str, status: int = 0, **environ: str) -> dict[str, Any]:
        done = self.ask("promote", "--format", "json", *arguments, status=status, **environ)
        document: dict[str, Any] = json.loads(done.stdout)
        return document

    def shut(self, *arguments: str, **environ: str) -> dict[str, list[str]]:
        """Return the gates that refuse this promotion, and all that each of them says."""
        document = self.promote(*arguments, status=1, **environ)
        assert (document["refused"], document["moved"]) == (True, False)
        return {
            gate["gate"]: [gate["summary"], *gate["details"]]
            for gate in document["gates"]
            if not gate["passed"]
        }

    def digest(self, tag: str) -> Digest | None:
        found = self.repository.find_tag(tag)
        return found.digest if found else None

    def history(self, environment: str) -> list[tuple[str, bool, list[str], str]]:
        done = self.ask("promote", environment, "--history", "--format", "json")
        return [
            (entry["source"], entry["rollback"], entry["skipped"], entry["reason"])
            for entry in json.loads(done.stdout)["entries"]
        ]


@pytest.fixture
def release(registry: str, engine: Engine, tmp_path: Path) -> Iterator[Release]:
    name = f"{registry}/boxwright-test/{uuid.uuid4().hex}"
    files = {
        "pyproject.toml": SETTINGS.replace("REPOSITORY", name),
        "main.py": SERVICE,
        ".gitignore": "*.key\n",
        "deploy/compose.yaml": COMPOSE.replace("NAME", name),
        "deploy/pod.yaml": KUBERNETES.replace("NAME", name),
        ".dockerignore": "deploy\n*.pub\n*.key\n",
    }
    # A warm cache saves the fetching of wheels and packages.
    cache = Path(os.environ.get("BOXWRIGHT_TEST_CACHE", tmp_path / "cache"))
    made = Release(
        write_project(tmp_path / "oracle", files),
        cache,
        WritableRepository(parse_reference(name), Transport(environ=os.environ)),
    )
    made.git("init", "--quiet")
    for key in ("release", "other"):
        made.ask("sign", "--new-key", key)
    made.ask("lock", "-q")
    yield made
    listed = subprocess.run(
        [engine.program, "image", "ls", "--digests", "--format", "{{.ID}}", name],
        capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    for image in set(listed):
        subprocess.run(
            [engine.program, "image", "rm", "-f", image], capture_output=True, check=False
        )


def test_the_whole_life_of_a_release(release: Release, engine: Engine, run: Run, tmp_path) -> None:
    first = release.change("main.py", {})

    # Pushed, with all that tells of it, under the name of its commit.
    pushed = release.push("--key", "release.key")
    digest = pushed["digest"]
    assert pushed["tags"] == [first]
    assert len(pushed["attached"]) == 4
    assert release.digest(first) == digest
    assert release.digest(TAG) not in (None, digest)
    images = json.loads(release.repository.manifest(first).content)["manifests"]
    assert [image["platform"]["architecture"] for image in images] == ["amd64", "arm64"]
    for image in images:
        kinds = [each.artifact_type for each in release.repository.read_referrers(image["digest"])]
        assert {"application/vnd.cyclonedx+json", "application/vnd.in-toto+json"} <= set(kinds)

    # Nothing is sent twice, and a tree that differs from its commit has no name.
    again = release.push()
    assert (again["sent"], again["uploaded"], again["digest"]) == (0, 0, digest)
    (release.folder / "main.py").write_text(SERVICE + "# changed\n")
    refused = release.ask("push", status=2)
    assert "differ from the commit" in refused.stderr
    dirty = release.push("--allow-dirty", "--no-sbom", "--no-provenance")
    assert (dirty["tags"], dirty["attached"]) == ([f"{first}-dirty"], [])
    release.git("checkout", "--quiet", "main.py")
    assert release.digest(first) == digest

    # Who knows no advisory, has no engine and no signature finds three gates shut.
    unsigned = release.change("main.py", {"import idna": "import idna  # unsigned"})
    release.push()
    cold = {"BOXWRIGHT_CACHE_DIR": str(tmp_path / "empty"), "BOXWRIGHT_ENGINE": "none"}
    told = release.shut("1.0.0", **cold)
    assert sorted(told) == ["scan", "signature", "smoke"]
    assert re.fullmatch(
        r"sha256:\w{64} has no valid signature: nothing is signed there", told["signature"][0]
    )
    assert "packages of `PyPI` could not be looked up" in told["scan"]
    assert told["smoke"] == [
        "cannot be asked: no container engine answers: BOXWRIGHT_ENGINE is `none`"
    ]
    assert release.digest("1.0.0") is None

    # The image of the first commit goes its way, by digest.
    release.ask("advisories", "import", "-q", str(ADVISORIES))
    document = release.promote(first, "1.0.0")
    assert [(gate["gate"], gate["passed"]) for gate in document["gates"]] == [
        (gate, True) for gate in GATES
    ]
    release.ask("verify", f"{release.name}:1.0.0", "--key", "release.pub")
    release.ask("promote", unsigned, "production", status=2)
    release.promote("1.0.0", "staging", "--skip", "smoke", "--reason", "it ran a minute ago")
    release.promote("staging", "production", "--skip", "smoke", "--reason", "it ran a minute ago")
    assert {release.digest(tag) for tag in ("1.0.0", "staging", "production")} == {digest}
    moved = release.ask("promote", unsigned, "1.0.0", status=2)
    assert "versions never move" in moved.stderr

    # What is deployed names that digest, and everybody gets it.
    release.ask("pin", "-q", "deploy")
    for file, tag in (("compose.yaml", "production"), ("pod.yaml", "1.0.0")):
        text = (release.folder / "deploy" / file).read_text()
        assert f"image: {release.name}:{tag}@{digest}\n" in text
    release.change("main.py", {})
    production = f"{release.name}:production"
    run(
        "skopeo",
        "copy",
        "-q",
        "--all",
        "--src-tls-verify=false",
        f"docker://{production}",
        f"oci:{tmp_path / 'copy'}:1",
    )
    (copied,) = json.loads((tmp_path / "copy" / "index.json").read_bytes())["manifests"]
    assert copied["digest"] == digest
    assert digest in run(engine.program, "pull", production)

    # A second release, after which each change breaks one thing.
    second = release.change("main.py", {"import idna  # unsigned": "import idna  # second"})
    release.push("--key", "release.key")
    assert release.promote("1.1.0")["source"] == second
    release.promote("1.1.0", "staging", "--skip", "smoke", "--reason", "it ran a minute ago")
    release.promote("1.1.0", "production", "--skip", "smoke", "--reason", "it ran a minute ago")
    newer = release.digest("1.1.0")
    assert newer not in (None, digest)

    for at, (gate, key, file, changes, asked, said) in enumerate(BREAKS):
        release.change(file, changes)
        release.push("--key", key, "--platform", "linux/amd64")
        version = f"2.{at}.0"
        skipped = [word for each in GATES if each not in asked for word in ("--skip", each)]
        refusal = release.shut(version, *skipped, "--reason", "asked before")
        assert list(refusal) == [gate], refusal
        assert [line for line in said if line not in "\n".join(refusal[gate])] == []
        assert release.digest(version) is None
        release.git("reset", "--quiet", "--hard", "HEAD~1")
    assert {release.digest("staging"), release.digest("production")} == {newer}

    # Back to what there was before, and the history has all of it.
    back = release.promote("--rollback", "production", "--reason", "customers wait")
    assert (back["digest"], back["source"], back["earlier"]) == (digest, "1.0.0", newer)
    assert (release.digest("production"), release.digest("staging")) == (digest, newer)
    assert release.history("production") == [
        ("1.0.0", False, ["smoke"], "it ran a minute ago"),
        ("1.1.0", False, ["smoke"], "it ran a minute ago"),
        ("1.0.0", True, [], "customers wait"),
    ]
