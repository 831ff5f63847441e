"""`boxwright lock`: decide exactly which packages go into the image."""

from __future__ import annotations

import os
from pathlib import Path

import click

from boxwright.cli import options
from boxwright.cli.console import open_progress


@click.command("lock")
@options.directory
@options.platform
@options.variant
@options.base
@click.option("--upgrade", is_flag=True, help="Take the newest versions that the project allows.")
@options.offline
@options.quiet
def command(
    directory: Path,
    platform: str | None,
    variant: str | None,
    base: str | None,
    *,
    upgrade: bool,
    offline: bool,
    quiet: bool,
) -> int:
    """
    Decide exactly which packages go into the image of the project in DIR.

    Writes `boxwright.lock`: every wheel and every Debian package by its digest. It is
    used again as long as what it was made from is unchanged; commit it.
    """
    from boxwright.build.from_folder import lock_planned, plan_folder

    cache = options.open_cache()
    with open_progress(quiet=quiet) as progress:
        planned = plan_folder(
            directory,
            overrides={"platform": platform, "variant": variant, "base": base},
            offline=offline,
            environ=os.environ,
        )
        lock = lock_planned(planned, upgrade=upgrade, cache=cache, progress=progress)
    for platform in () if quiet else planned.platforms:
        part = lock.part(platform)
        several = f" for {platform}" if len(planned.platforms) > 1 else ""
        click.echo(
            f"{directory / 'boxwright.lock'}: Python {part.python} on"
            f" {part.image.name if part.image else f'Debian {part.suite}'}{several},"
            f" {len(part.wheels)} distributions, {len(part.debs)} Debian packages",
            err=True,
        )
    return 0
