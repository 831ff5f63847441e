"""Whether the images that are compared are the same service: both run, hardened, and answer."""

from __future__ import annotations

import json
import subprocess
import time
from dataclasses import dataclass
from typing import Any

from cases import Case
from measure import BenchError, run

HARDENED = (
    *("--network=none", "--read-only", "--tmpfs=/tmp", "--cap-drop=ALL", "--user=65532:65532"),
    *("--security-opt=no-new-privileges", "--memory=1g", "--pids-limit=128"),
)

# Run inside the container: so it works with every way of networking that engines have.
ASK = """
import json, sys, urllib.request
from importlib.metadata import distributions
url, question = sys.argv[1:]
def ask(path, data=None):
    request = urllib.request.Request(url + path, data, {"Content-Type": "application/json"})
    return json.load(urllib.request.urlopen(request, timeout=30))
ready = ask("/health/ready")
answer = ask("/predict", question.encode())
names = {(d.metadata["Name"].lower().replace("_", "-"), d.version) for d in distributions()}
print(json.dumps({"answer": answer, "packages": sorted(names - {n for n in names if n[0] == "pip"})}))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What a running image said."""

    answer: dict[str, object]
    packages: tuple[tuple[str, str], ...]
    ready_after: float
    """Seconds from `docker run` to the first answer."""


def ask_service(case: Case, docker: list[str], image: str) -> Service:
    """Run *image* hardened, wait until it is ready, and ask *case*'s question."""
    container = run([*docker, "run", "--detach", "--pull=never", *HARDENED, image]).output.strip()
    started = time.perf_counter()
    try:
        said = _ask(case, docker, container, image)
        seconds = time.perf_counter() - started
    finally:
        run([*docker, "rm", "--force", "--volumes", container])
    return Service(
        answer=said["answer"],
        packages=tuple((name, version) for name, version in said["packages"]),
        ready_after=seconds,
    )


def same_service(case: Case, ours: Service, theirs: Service) -> None:
    """Raise BenchError unless both images hold the same distributions and answer alike."""
    if ours.packages != theirs.packages:
        difference = sorted(set(ours.packages) ^ set(theirs.packages))
        raise BenchError(f"{case.name}: the images hold different distributions: {difference}")
    if _rounded(ours.answer) != _rounded(theirs.answer):
        raise BenchError(f"{case.name}: {ours.answer} and {theirs.answer} are different answers")


def _ask(case: Case, docker: list[str], container: str, image: str) -> dict[str, Any]:
    words = ["exec", container, "python", "-c", ASK, "http://127.0.0.1:8000"]
    words.append(json.dumps(case.question))
    last = ""
    for _ in range(120):
        asked = subprocess.run([*docker, *words], capture_output=True, text=True, check=False)
        if asked.returncode == 0:
            said: dict[str, Any] = json.loads(asked.stdout)
            return said
        last = asked.stderr.strip()
        time.sleep(0.5)
    logs = subprocess.run([*docker, "logs", container], capture_output=True, text=True, check=False)
    raise BenchError(f"{image} does not answer: {last[-500:]}\n{logs.stderr[-2000:]}")


def _rounded(value: object) -> object:
    """Forget the last bits of numbers, which depend on the processor's vector units."""
    match value:
        case float():
            return round(value, 6)
        case list():
            return [_rounded(item) for item in value]
        case dict():
            return {key: _rounded(item) for key, item in value.items()}
        case _:
            return value
