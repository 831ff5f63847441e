"""`boxwright base`: what a project could stand on, side by side."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from boxwright.cli import options
from boxwright.report.findings_printable import printable

if TYPE_CHECKING:
    from boxwright.plan.model import Plan
    from boxwright.setup.bases import Measured


@click.command("base")
@options.directory
@click.option(
    "--look",
    is_flag=True,
    help="Look into the public images (of the engine, else of their registries) and measure them.",
)
@options.output_format
@options.quiet
def command(directory: Path, look: bool, output_format: str, quiet: bool) -> int:
    """
    Compare what the project in DIR could stand on, and recommend one.

    Boxwright's own bases and public images, by size, age, end of support, C library and
    known vulnerabilities. Without --look nothing is fetched: sizes come from a table, and
    vulnerabilities are known of the base in boxwright.lock where `boxwright advisories`
    keeps some. The exit status is 1 where none fits.
    """
    from boxwright.report import bases_text
    from boxwright.setup.bases import candidates, compare

    now = datetime.now(tz=UTC)
    plan = _plan(directory, quiet=quiet)
    vulnerabilities = _of_lock(directory, now=now, quiet=quiet)
    measured: dict[str, Measured] = {}
    if look:
        measured, counts = _measured(candidates(plan), now=now, quiet=quiet)
        vulnerabilities |= counts
    comparison = compare(plan, today=now.date(), measured=measured, vulnerabilities=vulnerabilities)
    if output_format == "json":
        click.echo(bases_text.render_json(comparison), nl=False)
    else:
        click.echo(bases_text.render(comparison), nl=False)
    return 0 if comparison.recommended is not None else 1


def _plan(directory: Path, *, quiet: bool) -> Plan | None:
    """Return the plan of the project in *directory*; None where there is no project."""
    from boxwright.build.from_folder import plan_group
    from boxwright.errors import PlanError, ProjectError

    if not directory.is_dir():
        raise ProjectError(f"there is no folder `{directory}`", hint="name the folder of a project")
    if not any(directory.iterdir()):
        return None
    try:
        group = plan_group(directory, overrides={}, offline=True, environ=os.environ)
    except (PlanError, ProjectError) as error:
        click.echo(f"note: compared for any project, as {printable(error.message)}", err=True)
        return None
    if len(group.planned) > 1 and not quiet:
        click.echo(
            f"note: compared for `{group.planned[0].plan.name}`, the first of several", err=True
        )
    return group.planned[0].plan


def _of_lock(directory: Path, *, now: datetime, quiet: bool) -> dict[str, Mapping[str, int]]:
    """Return the vulnerabilities of the bases that the lock in *directory* names, by their names."""
    from boxwright.errors import BoxwrightError

    place = directory / "boxwright.lock"
    cache = options.open_cache()
    if not place.is_file() or not (cache.root / "advisories").is_dir():
        return {}
    from boxwright.lock.document import read_lock
    from boxwright.scan.advisories.database import Database
    from boxwright.setup.locked_bases import base_vulnerabilities

    try:
        lock = read_lock(place)
        if lock is None:
            return {}
        with Database(cache) as database:
            return base_vulnerabilities(lock, database, now=now)
    except BoxwrightError as error:
        if not quiet:
            click.echo(
                f"note: what `{place}` names is not looked up: {printable(error.message)}", err=True
            )
        return {}


def _measured(
    names: tuple[str, ...], *, now: datetime, quiet: bool
) -> tuple[dict[str, Measured], dict[str, Mapping[str, int]]]:
    """
    Return what looking into those of *names* found that can be had, and their vulnerabilities.

    The others are told.
    """
    from boxwright.cli.look import known_matches, look_into
    from boxwright.errors import BoxwrightError
    from boxwright.setup.bases import Measured
    from boxwright.setup.locked_bases import count_by_severity

    found: dict[str, Measured] = {}
    counts: dict[str, Mapping[str, int]] = {}
    for name in names:
        try:
            contents = look_into(name, quiet=quiet)
        except BoxwrightError as error:
            click.echo(f"note: `{name}` is not measured: {printable(error.message)}", err=True)
            continue
        found[name] = Measured(
            size=contents.inspected.image.size,
            unpacked=contents.size,
            created=contents.inspected.config.created,
            packages=len(contents.inventory.packages),
        )
        matches = known_matches(contents, now=now)
        if matches is not None and matches.is_complete:
            counts[name] = count_by_severity(matches.matches)
    return found, counts
