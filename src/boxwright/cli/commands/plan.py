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
@options.base
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
    base: str | None,
    output_format: str,
    out: Path | None,
) -> int:
    """
    Show what would be built of the project in DIR, and why.

    Where nothing is to be started at its top, but in folders that are projects of their
    own, each of those is planned for itself. Nothing is fetched and nothing of the project
    is run.
    """
    from boxwright.build.from_folder import plan_group

    group = plan_group(
        directory,
        overrides={"platform": platform, "variant": variant, "base": base},
        offline=True,
        environ=os.environ,
    )
    if output_format == "json":
        import json

        from boxwright.plan.document import to_dict

        plans = [to_dict(planned.plan) for planned in group.planned]
        paths = [member.path for member in group.members]
        document = {"members": dict(zip(paths, plans, strict=True))} if paths else plans[0]
        text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    else:
        from boxwright.report.group_text import group_text

        text = group_text(group)
    if out is None:
        click.echo(text, nl=False)
    else:
        from boxwright.store.copy import write_file

        write_file(out, text.encode())
    return 0
