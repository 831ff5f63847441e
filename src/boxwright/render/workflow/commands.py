"""What a pipeline that has Boxwright runs: install, push, try, scan, sign, promote."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable

from boxwright.plan.model import Plan
from boxwright.render.model import Surroundings
from boxwright.render.workflow.images import BuiltImage

ADVISORIES = "boxwright advisories update"
"""Fetches what `boxwright scan` knows of vulnerabilities."""


def install(around: Surroundings) -> str:
    """Return the command that installs Boxwright, with what signing without a key needs."""
    return f"uv tool install --quiet {shlex.quote(with_extra(around.boxwright, 'keyless'))}"


def with_extra(requirement: str, extra: str) -> str:
    """
    Return *requirement* with *extra*; as it is where it does not begin with a name.

    >>> with_extra("boxwright[tui] @ git+https://git.example.com/boxwright@v1", "keyless")
    'boxwright[tui,keyless] @ git+https://git.example.com/boxwright@v1'
    """
    found = re.fullmatch(
        r"([A-Za-z0-9._-]+)(?:\[([^]]*)\])?(\s*(?:[@<>=!~;(].*)?)", requirement.strip()
    )
    if found is None:
        return requirement
    name, extras, rest = found.groups()
    return f"{name}[{f'{extras},' if extras else ''}{extra}]{rest}"


def push(image: BuiltImage) -> str:
    """Return the command that builds and pushes *image*, and prints it with its digest."""
    return f'boxwright push {_folder(image)}--to "$IMAGE{image.suffix}"'


def load(image: BuiltImage, name: str) -> str:
    """Return the command that builds *image* into the engine, as *name*."""
    return f'boxwright build {_folder(image)}--load --tag "{name}"'


def is_tried_alone(plan: Plan) -> bool:
    """Tell whether an image of *plan* can be tried with nothing beside it, and no credentials."""
    return plan.accelerator == "cuda" or not (plan.companions or plan.secrets)


def attempt(plan: Plan, reference: str) -> str:
    """Return the command that tries the image *reference* alone."""
    if plan.accelerator == "cuda":
        return (
            "# There is no GPU here: that the interpreter starts is all that can be tried.\n"
            f'boxwright run --cpu --entrypoint /opt/venv/bin/python "{reference}" -- --version\n'
        )
    return f'boxwright run --smoke "{reference}"'


def scan(reference: str, report: str = "") -> str:
    """Return the command that scans the image *reference*, into a *report* where there is one."""
    output = f"--format sarif --output {report} " if report else ""
    return f'boxwright scan --only-fixed {output}"{reference}"'


def sign(reference: str) -> str:
    """Return the command that signs the image *reference* as the pipeline that runs it."""
    return f'boxwright sign --keyless "{reference}"'


def promote(images: Iterable[BuiltImage], *, tag: str, commit: str) -> str:
    """Return the script that gives *images* of *commit* the version that *tag* names."""
    lines = [f"version={tag}", "version=${version#v}"]
    lines += [f'boxwright promote "$IMAGE{each.suffix}:git-{commit}" "$version"' for each in images]
    return "".join(f"{line}\n" for line in lines)


def _folder(image: BuiltImage) -> str:
    return "" if image.folder == "." else f"{shlex.quote(image.folder)} "
