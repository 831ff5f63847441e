"""Credentials that a Dockerfile leaves in an image, found in what a real engine built of it."""

from __future__ import annotations

import json
import os
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import StandIn
from tests.integration.generated import PYTHON
from tests.scan.planted import Maker, zipped

from boxwright.scan.contents import Contents
from boxwright.scan.look import look
from boxwright.store.engine import Engine

pytestmark = [pytest.mark.engine, pytest.mark.network, pytest.mark.slow]

MAKE = Maker(31)
BUILD_ARGUMENT = f"glpat-{MAKE.word(20)}"
KEY = MAKE.pem("PRIVATE" + " KEY")
INSTRUCTIONS = (
    f"FROM {PYTHON}",
    "ARG CI_TOKEN",
    f"ENV WANDB_API_KEY={MAKE.hex(40)} DB_PASSWORD=grey-otter-42",
    f'LABEL corp.pull="dckr_pat_{MAKE.word(27)}"',
    "COPY app /app",
    "RUN rm /app/.env",
    "COPY new /app",
    f"RUN echo machine pypi.corp login robot password {MAKE.word(16)} > /root/.netrc",
    f"RUN echo nvapi-{MAKE.word(64)} > /tmp/key && rm /tmp/key",
    "COPY backup.zip /srv/",
    "RUN python -m compileall -q -b /app/login.py && rm /app/login.py",
    "RUN chown -R 1000 /app",
    f'HEALTHCHECK CMD curl -H "Authorization: Bearer gsk_{MAKE.word(52)}" localhost',
    f'CMD ["serve", "--token", "hf_{MAKE.word(34)}"]',
)
FILES = {
    "app/.env": f"OPENAI_API_KEY=sk-proj-{MAKE.word(120)}\n",
    "app/settings.py": f"DB = 'postgres://app:{MAKE.word(16)}@db.corp/a'\n",
    "app/login.py": f"TOKEN = 'ghp_{MAKE.word(36)}'\n",
    "app/main.py": "import os\n\nTOKEN = os.environ['HF_TOKEN']\n",
    "new/settings.py": f"DB = 'postgres://app:{MAKE.word(16)}@db.corp/b'\n",
}


@pytest.fixture(params=["buildkit", "classic"])
def built(
    request: pytest.FixtureRequest, engine: Engine, stand_in: StandIn, tmp_path: Path
) -> Iterator[str]:
    """Return the tag of the image that was built."""
    if engine.name != "docker":
        pytest.skip("needs Docker")
    stand_in("python", PYTHON)
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    (tmp_path / "backup.zip").write_bytes(zipped("keys/id_rsa", KEY.encode()))
    (tmp_path / "Dockerfile").write_text("\n".join(INSTRUCTIONS) + "\n")
    tag = f"boxwright-test/planted:{uuid.uuid4().hex[:12]}"
    done = subprocess.run(
        [
            engine.program, "build", "--quiet", "--network", "host",
            "--build-arg", f"CI_TOKEN={BUILD_ARGUMENT}", "--tag", tag, tmp_path,
        ],
        env={**os.environ, "DOCKER_BUILDKIT": "1" if request.param == "buildkit" else "0"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    yield tag
    subprocess.run([engine.program, "image", "rm", "--force", tag], capture_output=True, check=True)


def test_all_are_found_with_who_brought_them_and_who_took_them_away(
    built: str,
) -> None:
    inspected = look(built, cache=None)
    base = len(inspected.history) - len(INSTRUCTIONS) + 1

    leaks = Contents(inspected).leaks

    def instruction(step: int | None) -> str:
        """Return the words of the Dockerfile that *step* is."""
        if step is None:
            return ""
        return "base" if step < base else INSTRUCTIONS[step - base + 1][:15]

    found = {
        (
            leak.place, leak.name, leak.kind, leak.state,
            instruction(leak.step), instruction(leak.removing_step),
        )
        for leak in leaks
    }  # fmt: skip
    environment, label, copy, remove = (
        "ENV WANDB_API_K",
        "LABEL corp.pull",
        "COPY app /app",
        "RUN rm /app/.en",
    )
    netrc, key = "RUN echo machin", "RUN echo nvapi-"
    # BuildKit of today tells of a build argument's value by ARG, all others by the first RUN.
    tells = any(step.created_by == f"ARG CI_TOKEN={BUILD_ARGUMENT}" for step in inspected.history)
    argument = "ARG CI_TOKEN" if tells else remove
    assert found == {
        ("file", "app/.env", "an OpenAI key", "deleted", copy, remove),
        ("file", "app/settings.py", "a password in a URL", "replaced", copy, "COPY new /app"),
        ("file", "app/settings.py", "a password in a URL", "live", "COPY new /app", ""),
        ("file", "app/login.py", "a GitHub token", "deleted", copy, "RUN python -m c"),
        ("file", "app/login.pyc", "a GitHub token", "live", "RUN python -m c", ""),
        ("file", "root/.netrc", "a password in a netrc file", "live", netrc, ""),
        ("file", "srv/backup.zip!keys/id_rsa", "a private key", "live", "COPY backup.zip", ""),
        ("environment", "WANDB_API_KEY", "a Weights & Biases key", "live", environment, ""),
        ("environment", "DB_PASSWORD", "a credential", "live", environment, ""),
        ("label", "corp.pull", "a Docker Hub token", "live", label, ""),
        ("command", "healthcheck", "a Groq key", "live", "HEALTHCHECK CMD", ""),
        ("command", "cmd", "a Hugging Face token", "live", 'CMD ["serve", "', ""),
        ("history", "CI_TOKEN", "a GitLab token", "live", argument, ""),
        ("history", "", "a password in a netrc file", "live", netrc, ""),
        ("history", "", "an NVIDIA key", "live", key, ""),
    }
    shown = json.dumps([leak.redacted for leak in leaks])
    assert BUILD_ARGUMENT[6:] not in shown
    assert KEY[40:80] not in shown
