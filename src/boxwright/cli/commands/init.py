"""`boxwright init`: write the whole Docker setup of a project."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from boxwright.cli import options
from boxwright.cli.console import open_progress
from boxwright.render.model import KINDS

if TYPE_CHECKING:
    from boxwright.setup.files import Settled


def _kinds(
    _ctx: click.Context, _parameter: click.Parameter, values: tuple[str, ...]
) -> frozenset[str]:
    names = {name.strip() for value in values for name in value.split(",") if name.strip()}
    unknown = sorted(names - set(KINDS))
    if unknown:
        raise click.BadParameter(f"`{unknown[0]}` is none of {', '.join(KINDS)}")
    return frozenset(names)


@click.command("init")
@options.directory
@click.option(
    "--only",
    metavar="KIND,…",
    multiple=True,
    callback=_kinds,
    help=f"Only some of the files: {', '.join(KINDS)}.",
)
@click.option(
    "--ci",
    type=click.Choice(["github", "gitlab", "none"]),
    help="Where it is built (default: where the repository is).",
)
@options.variant
@options.platform
@click.option("--diff", is_flag=True, help="Show what would change, and change nothing.")
@click.option(
    "--check", is_flag=True, help="Change nothing; exit status 1 where something would change."
)
@click.option("--force", is_flag=True, help="Overwrite edits, and files that are not ours.")
@click.option(
    "--upgrade", is_flag=True, help="Look up digests of images and versions of packages anew."
)
@options.offline
@options.output_format
@options.quiet
def command(
    directory: Path,
    only: frozenset[str],
    ci: str | None,
    variant: str | None,
    platform: str | None,
    output_format: str,
    *,
    diff: bool,
    check: bool,
    force: bool,
    upgrade: bool,
    offline: bool,
    quiet: bool,
) -> int:
    """
    Write the Docker setup of the project in DIR.

    A Dockerfile and .dockerignore, compose.yaml with an override for development,
    Kubernetes objects and a CI workflow, all from the plan that `boxwright plan` shows.
    Where nothing is to be started at its top, but in folders that are projects of their
    own, each of those gets a Dockerfile, and all of them the rest together.
    Your edits are kept: the next `init` merges its own changes with them, and a file that
    is not Boxwright's stays as it is. Exit status 1 where both changed the same lines.
    """
    from boxwright.setup.files import write
    from boxwright.setup.generate import generate

    with open_progress(quiet=quiet) as progress:
        generated = generate(
            directory,
            overrides={"platform": platform, "variant": variant},
            ci=ci,
            upgrade=upgrade,
            offline=offline,
            writes=not (diff or check),
            environ=os.environ,
            cache=options.open_cache(),
            progress=progress,
        )
    only = only or generated.only
    if "dockerfile" in only:
        # It installs from the lock, and cannot be built without.
        only |= {"lock"}
    settled = generated.settle(only=only, force=force)
    if diff:
        _show_diff(settled)
    elif not check:
        write(directory, settled)
    needs_secrets = not only or only & {"compose", "kubernetes"}
    made = list(generated.make_secrets()) if needs_secrets and not (diff or check) else []
    if output_format == "json":
        from boxwright.report.init_json import init_json

        click.echo(init_json(settled.outcomes, made, generated.notices))
    elif not diff:
        from boxwright.report.init_text import init_text

        click.echo(init_text(settled.outcomes, made, is_check=check), nl=False)
    if not quiet and not check and not diff:
        from boxwright.report.init_text import advice_text

        advice = advice_text(
            generated.plan, settled.outcomes, generated.notices, kept_out=generated.kept_out
        )
        click.echo(advice, err=True, nl=False)
    if check:
        return int(any(outcome.is_change for outcome in settled.outcomes))
    return int(any(outcome.conflicts for outcome in settled.outcomes))


def _show_diff(settled: Settled) -> None:
    from boxwright.cli.checked_files import unified_diff

    for outcome in settled.outcomes:
        if outcome.is_change:
            text = unified_diff(outcome.path, outcome.before, outcome.after or "")
            click.echo(text, nl=False, color=True)
