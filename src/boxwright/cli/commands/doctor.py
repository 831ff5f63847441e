"""`boxwright doctor`: will it build and run here, and what to do where not."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from boxwright.cli import options

if TYPE_CHECKING:
    from boxwright.build.from_folder import Planned
    from boxwright.doctor.result import Result


@click.command("doctor")
@click.argument("directory", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@click.option(
    "--registry",
    metavar="REFERENCE",
    help="The repository that is to be pushed to (default: the setting `registry.repository`).",
)
@click.option("--plain-http", is_flag=True, help="Speak to that registry without encryption.")
@options.platform
@click.option("--offline", is_flag=True, help="Look at this machine only: ask no server.")
@options.output_format
def command(
    directory: Path | None,
    registry: str | None,
    plain_http: bool,
    platform: str | None,
    offline: bool,
    output_format: str,
) -> int:
    """
    Tell whether images are built and run well on this machine, and what to do where not.

    Engine, builders, limits, room, GPUs with driver, container toolkit and CUDA, the sources
    of packages and the registry are looked at, and what the project in DIR (default: the
    current folder, if it is one) wants of them. Nothing is changed and nothing uploaded. The
    exit status is 1 where something will not work.
    """
    from boxwright.cli.console import has_colour, width
    from boxwright.doctor.examine import Subject, examine
    from boxwright.doctor.host import Host
    from boxwright.doctor.result import Verdict
    from boxwright.errors import ProjectError
    from boxwright.lock.sources import Sources
    from boxwright.oci.reference import parse_reference
    from boxwright.project.settings_file import read_settings
    from boxwright.report import doctor_text

    folder = directory or Path()
    if directory and not directory.is_dir():
        raise ProjectError(f"there is no folder `{directory}`", hint="name the folder of a project")
    settings = read_settings(folder)
    planned, problems = _plans(folder, platform, is_named=directory is not None)
    name = registry or settings.registry.repository
    reference = parse_reference(name) if name else None
    if plain_http and reference:
        hosts = (*settings.registry.plain_http, reference.registry)
        settings = replace(settings, registry=replace(settings.registry, plain_http=hosts))
    sources = Sources(settings=settings, folder=folder, environ=os.environ, offline=offline)
    subject = Subject(
        folder=folder,
        cache=options.open_cache().root,
        sources=sources,
        planned=planned,
        problems=problems,
        registry=reference,
        offline=offline,
    )
    report = examine(Host(environ=os.environ), subject)
    if output_format == "json":
        click.echo(doctor_text.render_json(report), nl=False)
    else:
        text = doctor_text.render(report, width=width(), colour=has_colour())
        click.echo(text, nl=False, color=True)
    return 1 if report.verdict is Verdict.FAILURE else 0


def _plans(
    folder: Path, platform: str | None, *, is_named: bool
) -> tuple[tuple[Planned, ...], tuple[Result, ...]]:
    """Return the plans of the project in *folder*, or why there are none."""
    from boxwright.build.from_folder import plan_group
    from boxwright.doctor.result import Area
    from boxwright.errors import PlanError, ProjectError

    try:
        group = plan_group(
            folder, overrides={"platform": platform}, offline=True, environ=os.environ
        )
    except (PlanError, ProjectError) as error:
        area = Area("plan")
        if is_named:
            return (), (area.failure("plan", error.message, error.hint),)
        return (), (area.unknown("plan", f"this folder is no project: {error.message}"),)
    return group.planned, ()
