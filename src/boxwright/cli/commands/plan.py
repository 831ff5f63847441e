"""`boxwright plan`: show what would be built, and why."""

from __future__ import annotations

from pathlib import Path

import click

from boxwright.cli import options


@click.command("plan")
@options.directory
@options.platform
@options.variant
@options.output_format
@click.option(
    "--out",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write it there instead of to standard output.",
)
def command(
    directory: Path,
    platform: str | None,
    variant: str | None,
    output_format: str,
    out: Path | None,
) -> int:
    """
    Show what would be built of the project in DIR, and why.

    Nothing is fetched and nothing of the project is run.
    """
    from boxwright.plan.make import make_plan
    from boxwright.project.inspect import inspect, open_tree
    from boxwright.project.settings_file import read_settings

    settings = read_settings(directory)
    project = inspect(open_tree(directory, settings), settings)
    plan = make_plan(project, settings, platform=platform, variant=variant)
    if output_format == "json":
        import json

        from boxwright.plan.document import to_dict

        text = json.dumps(to_dict(plan), indent=2, ensure_ascii=False) + "\n"
    else:
        from boxwright.report.plan_text import plan_text

        text = plan_text(plan)
    if out is None:
        click.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")
    return 0
