"""The image that the Docker build stands on: python:slim, or a stand-in for it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from cases import STATE, Case
from measure import BenchError, program, run
from wheels import fetch_pip


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseImage:
    """An image in the engine, and what to say of it."""

    reference: str
    is_stand_in: bool


def provide_base(case: Case, docker: list[str]) -> BaseImage:
    """Return the base for *case*; it is pulled or made if the engine has neither of the two."""
    official = f"python:{case.python}-slim-{case.suite}"
    stand_in = f"boxwright-bench/python:{case.python}-slim"
    if _has(docker, official):
        return BaseImage(reference=official, is_stand_in=False)
    if not _has(docker, stand_in):
        pull = subprocess.run(
            [*docker, "pull", "--quiet", official], capture_output=True, check=False
        )
        if pull.returncode == 0:
            return BaseImage(reference=official, is_stand_in=False)
        print(f"{official} cannot be pulled: making a stand-in", file=sys.stderr)
        _import(case, docker, stand_in)
    return BaseImage(reference=stand_in, is_stand_in=True)


def _has(docker: list[str], reference: str) -> bool:
    found = subprocess.run(
        [*docker, "image", "inspect", reference], capture_output=True, check=False
    )
    return found.returncode == 0


def _import(case: Case, docker: list[str], reference: str) -> None:
    tarball = STATE / "bases" / f"python-{case.python}-{case.suite}.tar"
    if not tarball.exists():
        tarball.parent.mkdir(parents=True, exist_ok=True)
        _bootstrap(case, tarball)
    changes = (
        "ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin",
        "ENV LANG=C.UTF-8",
        'CMD ["python3"]',
    )
    options = [word for change in changes for word in ("--change", change)]
    run([*docker, "import", *options, tarball, reference])


def _bootstrap(case: Case, tarball: Path) -> None:
    """
    Make what python:slim holds: a minimal Debian, Python, pip, no documentation.

    The difference: Python is Debian's own in /usr, not built from source in /usr/local.
    """
    mmdebstrap = program("mmdebstrap", "it makes the stand-in for Docker's base image")
    library = f"usr/local/lib/python{case.python}/dist-packages"
    python = f"/usr/bin/python{case.python}"
    pip = f"#!{python}\\nimport sys\\nfrom pip._internal.cli.main import main\\nsys.exit(main())\\n"
    hooks = (
        f'mkdir -p "$1/{library}"',
        f'{sys.executable} -m zipfile -e "{fetch_pip(case)}" "$1/{library}"',
        f'ln -s {python} "$1/usr/local/bin/python"',
        f'ln -sf {python} "$1/usr/local/bin/python3"',
        f"printf '{pip}' > \"$1/usr/local/bin/pip\"",
        'chmod 755 "$1/usr/local/bin/pip"',
        f'rm -f "$1/usr/lib/python{case.python}/EXTERNALLY-MANAGED"',
    )
    left_out = ("doc", "man", "info", "locale", "lintian")
    partial = tarball.with_name(f"partial-{tarball.name}")
    run(
        [
            mmdebstrap,
            "--quiet",
            "--variant=minbase",
            f"--include=python{case.python},ca-certificates,netbase,tzdata",
            *(f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in left_out),
            "--dpkgopt=path-include=/usr/share/doc/*/copyright",
            *(f"--customize-hook={hook}" for hook in hooks),
            case.suite,
            partial,
            *_sources(case.suite),
        ]
    )
    partial.rename(tarball)


def _sources(suite: str) -> list[str]:
    """Return sources.list lines for *suite* at the mirrors that this machine's apt uses."""
    listed = run(
        [
            program("apt-get", "without apt, pull python:slim into the engine yourself"),
            "indextargets",
            "--format",
            "$(ORIGIN)|$(LABEL)|$(REPO_URI)",
            "Created-By: Packages",
        ]
    ).output
    roots: dict[str, str] = {}
    for line in listed.splitlines():
        origin, label, root = line.split("|", 2)
        if origin == "Debian":
            roots.setdefault(label, root)
    if "Debian" not in roots:
        raise BenchError("this machine's apt has no Debian mirror; pull python:slim yourself")
    lines = [f"deb {roots['Debian']} {name} main" for name in (suite, f"{suite}-updates")]
    if "Debian-Security" in roots:
        lines.append(f"deb {roots['Debian-Security']} {suite}-security main")
    return lines
