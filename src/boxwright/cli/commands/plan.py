"""`boxwright plan`: show what would be built, and why."""

from __future__ import annotations

import os
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
    from boxwright.build.from_folder import plan_folder

    plan = plan_folder(
        directory,
        overrides={"platform": platform, "variant": variant},
        offline=True,
        environ=os.environ,
        whole=True,
    ).plan
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
        from boxwright.store.copy import write_file

        write_file(out, text.encode())
    return 0
