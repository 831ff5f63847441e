"""
The first thing that a newcomer runs: build examples/digits-api into an image.

Without a container engine it says what was built and what to do next. With one that answers
(Docker or Podman) it runs the image, hardened, asks it for a prediction and stops it.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

from boxwright.store.engine import find_engine

CHECKOUT = Path(__file__).resolve().parent.parent
PROJECT = Path("examples/digits-api")
TAG = "digits-api:demo"
LAYOUT = PROJECT / "dist" / "image"
HARDENED = (
    "--read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges "
    "--user 65532 --memory 512m --pids-limit 128"
)
HEALTHY_WITHIN = 60
"""Seconds."""

# A handwritten 3 of the data that come with scikit-learn: 8 rows of 8 pixels, 16 is white.
DIGIT = """
 0  2  9 15 14  9  3  0
 0  4 13  8  9 16  8  0
 0  0  0  6 14 15  3  0
 0  0  0 11 14  2  0  0
 0  0  0  2 15 11  0  0
 0  0  0  0  2 15  4  0
 0  1  5  6 13 16  6  0
 0  2 12 12 13 11  0  0
"""

# Runs in the container, whose network the host may not reach.
ASK = """
import json, sys, urllib.request
request = urllib.request.Request(
    "http://127.0.0.1:8000/predict",
    sys.argv[1].encode(),
    {"Content-Type": "application/json"},
)
print(urllib.request.urlopen(request, timeout=10).read().decode())
"""

READY = 'import urllib.request as r; r.urlopen("http://127.0.0.1:8000/health/ready", timeout=5)'


def main() -> int:
    """Build, say what was built, and run it where that is possible."""
    os.chdir(CHECKOUT)
    if not build("--output", str(LAYOUT)):
        return 1
    manifest, size = describe(LAYOUT)
    say(f"\nThe image is in {LAYOUT}, an OCI layout: {manifest}")
    say(f"{size}, no shell, no package manager, user 65532.")
    answers = find_engine(os.environ)
    if answers is None:
        say("\nNo container engine answers here, so the image is not run. What you can do with it:")
        say(f"  .venv/bin/boxwright build {PROJECT} -t {TAG} -o digits-api.tar")
        say("  then, where there is Docker: docker load -i digits-api.tar")
        return 0
    engine = answers.name if shutil.which(answers.name) else answers.program
    say(f"\n{engine} answers, so the image is loaded and run, hardened:\n")
    return run(engine) if build("--load", "--quiet") else 1


def build(*options: str) -> bool:
    """Run `boxwright build`, showing the command as a user would type it."""
    program = Path(sys.executable).with_name("boxwright")
    arguments = ["build", str(PROJECT), "-t", TAG, *options]
    say(f"$ boxwright {shlex.join(arguments)}")
    return subprocess.run([program, *arguments], check=False).returncode == 0


def describe(layout: Path) -> tuple[str, str]:
    """Return the digest of the image in *layout*, and its size in words."""
    digest = json.loads((layout / "index.json").read_bytes())["manifests"][0]["digest"]
    manifest = json.loads((layout / "blobs" / digest.replace(":", "/")).read_bytes())
    layers = manifest["layers"]
    size = sum(layer["size"] for layer in layers) / 1e6
    return digest, f"{len(layers)} layers, {size:.1f} MB as it is stored and sent"


def run(engine: str) -> int:
    """Run the image, wait until it is healthy, ask it for a prediction, and stop it."""
    # Asked every second and not every thirty: somebody is waiting.
    arguments = ["run", "--detach", *shlex.split(HARDENED), "--health-interval", "1s", TAG]
    say(f"\n$ {engine} {shlex.join(arguments)}")
    try:
        container = output(engine, *arguments)
    except subprocess.CalledProcessError as error:
        say(f"\n{engine} answers but starts no container here ({error.returncode}, see above).")
        say("The image is built all the same.")
        return 1 if os.environ.get("BOXWRIGHT_REQUIRE_ENGINE") else 0
    try:
        started = time.monotonic()
        await_health(engine, container)
        say(f"healthy after {time.monotonic() - started:.1f} s")
        question = json.dumps({"pixels": [int(number) for number in DIGIT.split()]})
        answer = json.loads(
            output(engine, "exec", container, "/opt/venv/bin/python", "-c", ASK, question)
        )
        likely = max(answer["probabilities"])
        say("\nPOST /predict with this digit:\n")
        say("\n".join(f"    {line}" for line in drawn(DIGIT)))
        say(f"\nanswer: {answer['digit']} (probability {likely:.3f})")
    except (RuntimeError, subprocess.CalledProcessError) as error:
        say(f"\nthe demo failed: {error}; the container says:\n")
        subprocess.run([engine, "logs", container], check=False)
        return 1
    finally:
        subprocess.run([engine, "rm", "--force", container], stdout=subprocess.DEVNULL, check=False)
    say("\nThe container is stopped and removed. To run it yourself:")
    say(f"  {engine} run --rm -p 127.0.0.1:8000:8000 {TAG}")
    return 0


def await_health(engine: str, container: str) -> None:
    """Wait until the engine's own health check calls *container* healthy."""
    deadline = time.monotonic() + HEALTHY_WITHIN
    state = ""
    while time.monotonic() < deadline:
        state = output(
            engine,
            "inspect",
            "--format",
            "{{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{end}}",
            container,
        )
        if not state.startswith("running"):
            break
        # Podman keeps no health check of an image in the OCI format: ask as it would.
        if state == "running healthy" or (state == "running" and is_ready(engine, container)):
            return
        time.sleep(0.2)
    msg = f"the container is not healthy but {state!r} after {HEALTHY_WITHIN} s at most"
    raise RuntimeError(msg)


def is_ready(engine: str, container: str) -> bool:
    """Return whether the service in *container* says that it is ready."""
    asking = subprocess.run(
        [engine, "exec", container, "/opt/venv/bin/python", "-c", READY],
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return asking.returncode == 0


def drawn(digit: str) -> list[str]:
    """Return the lines of *digit*, brighter pixels as denser characters."""
    return [
        "".join(" .:-=+*#%@"[int(pixel) * 9 // 16] * 2 for pixel in line.split())
        for line in digit.strip().splitlines()
    ]


def output(*command: str) -> str:
    """Run *command* and return what it prints."""
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.strip()


def say(text: str) -> None:
    """Print *text* at once, so that it keeps its place among what other programs print."""
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
