"""`boxwright inspect`: what is in an image, what it wastes, and what it gives away."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from boxwright.cli import options

if TYPE_CHECKING:
    from boxwright.cli.look import Looked
    from boxwright.scan.contents import Contents


@click.command("inspect")
@options.image
@click.option(
    "--compare",
    metavar="IMAGE",
    help="With --html: how it differs from this one, too (see `boxwright diff` for text).",
)
@click.option(
    "--html",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a page to look at to this file: whole in itself, it needs no network.",
)
@click.option(
    "--tree",
    metavar="PATH",
    is_flag=False,
    flag_value="/",
    help="Show the folders of the final filesystem, below PATH where it is given.",
)
@click.option(
    "--depth",
    metavar="N",
    type=click.IntRange(1, 64),
    default=2,
    show_default=True,
    help="With --tree: how many levels of folders.",
)
@click.option(
    "--dockerfile",
    is_flag=True,
    help="Show only the Dockerfile that its history tells of, into which findings point.",
)
@click.option("--tui", is_flag=True, help="Look around in it in the terminal.")
@click.option("--verify", is_flag=True, help="Read every layer again, whatever the cache knows.")
@options.platform_of_image
@options.output_format
@options.quiet
def command(
    image: str,
    compare: str | None,
    html: Path | None,
    tree: str | None,
    depth: int,
    dockerfile: bool,
    tui: bool,
    verify: bool,
    platform: str | None,
    output_format: str,
    quiet: bool,
) -> int:
    """
    Look into IMAGE: its layers, packages, waste, models, secrets and risks.

    IMAGE is an OCI layout, an archive of `docker save` or in OCI's form, `-` for one on
    standard input, or a reference: of the engine if it has it, else of its registry. The
    exit status is 1 where the image is damaged; `boxwright check` judges the rest.
    """
    if compare and not html:
        raise click.UsageError("--compare goes with --html; `boxwright diff` compares in text")
    if tui and (html or dockerfile or tree is not None or output_format != "text"):
        raise click.UsageError("--tui shows everything: it goes with no other form")
    if dockerfile and (tree is not None or output_format != "text"):
        raise click.UsageError("--dockerfile goes with no other form")
    from boxwright.cli.console import has_colour, width
    from boxwright.cli.look import judged, look_around

    if tui:
        # Before the work, so that nobody waits for a browser that is not there.
        from boxwright.cli.browser import check_terminal

        check_terminal()

    def looked(name: str) -> Looked:
        contents, referrers = look_around(name, platform=platform, quiet=quiet, fresh=verify)
        return judged(contents, now=datetime.now(tz=UTC), referrers=referrers)

    found = looked(image)
    contents = found.contents
    status = 1 if contents.inspected.problems or _damaged(contents) else 0
    if dockerfile:
        click.echo(found.subject.source.text, nl=False)
        return status
    if tui:
        from boxwright.cli.browser import browse

        browse(found.subject)
        return status
    other = looked(compare) if compare else None
    if html:
        from boxwright.report.inspect_html import page
        from boxwright.store.copy import write_file

        text = page(found.document(), other.document() if other else None)
        write_file(html, text.encode("utf-8", "backslashreplace"))
        if not quiet:
            click.echo(f"the page is `{html}`", err=True)
        if output_format == "text":
            return status
    if tree is not None and output_format == "text":
        from boxwright.report.inspect_folders import folders_text

        click.echo(folders_text(contents.files, tree, depth=depth, width=width()), nl=False)
    elif output_format == "json":
        import json

        click.echo(json.dumps(found.document(), indent=2))
    else:
        from boxwright.report.attached import attached_lines
        from boxwright.report.inspect_text import inspect_text

        text = inspect_text(found.document(with_tree=False), width=width(), colour=has_colour())
        click.echo(text, nl=False, color=True)
        lines = list(attached_lines(found.referrers))
        if lines:
            click.echo("\nAttached")
            for line in lines:
                click.echo(f"  {line}")
    return status


def _damaged(contents: Contents) -> bool:
    return any(layer.problem for layer in contents.inspected.layers)
