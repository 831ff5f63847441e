"""`boxwright advisories`: the vulnerability advisories that are kept on this machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from boxwright.cli import options
from boxwright.cli.console import open_progress

if TYPE_CHECKING:
    from datetime import datetime

    from boxwright.scan.advisories.database import Kept

_STALE_DAYS = 7


@click.group("advisories", invoke_without_command=True)
@options.output_format
@click.pass_context
def command(context: click.Context, output_format: str) -> int:
    """
    List the vulnerability advisories on this machine, or bring them here.

    `boxwright scan` looks packages up in them. They are OSV's: `update` fetches its exports,
    `import` takes those that are there already, for machines without a network.
    """
    if context.invoked_subcommand is not None:
        return 0
    from datetime import UTC, datetime

    from boxwright.scan.advisories.database import Database

    with Database(options.open_cache()) as database:
        kept = database.kept()
    now = datetime.now(UTC)
    if output_format == "json":
        import json

        click.echo(json.dumps({"advisories": [_document(each, now) for each in kept]}, indent=2))
    elif kept:
        click.echo(_table(kept, now), nl=False)
    else:
        click.echo("no advisories are on this machine")
        click.echo("\nhint: fetch them with `boxwright advisories update`", err=True)
    return 0


@command.command("import")
@click.argument(
    "paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option(
    "--ecosystem", "ecosystems", metavar="NAME", multiple=True, help="Take only these ecosystems."
)
@options.quiet
def import_(paths: tuple[Path, ...], *, ecosystems: tuple[str, ...], quiet: bool) -> int:
    """
    Take the advisories from OSV's exports at PATH.

    A PATH is a zip (`PyPI/all.zip`, or `all.zip` of everything), a record in JSON, or a folder
    of such. Each ecosystem that they hold replaces what was here of it before.
    """
    from boxwright.scan.advisories.compile import import_exports

    with open_progress(quiet=quiet) as progress:
        compiled = import_exports(
            paths,
            cache=options.open_cache(),
            progress=progress,
            only=frozenset(_known(ecosystems)),
        )
    for kept in compiled.kept:
        click.echo(_line(kept))
    for ecosystem in compiled.unchanged:
        click.echo(f"{ecosystem}: as it was")
    _tell_problems(compiled.problems, compiled.unread)
    if compiled.others:
        count = sum(entries for _, entries in compiled.others)
        names = ", ".join(f"`{name}`" for name, _ in compiled.others[:5])
        more = ", …" if len(compiled.others) > 5 else ""
        click.echo(
            f"note: {count} entries are of ecosystems that no image has: {names}{more}", err=True
        )
    return 0


@command.command("update")
@click.option(
    "--ecosystem",
    "ecosystems",
    metavar="NAME",
    multiple=True,
    help="Of these ecosystems (default: PyPI, Debian, Ubuntu, Alpine, Bitnami, and those here).",
)
@click.option(
    "--from",
    "url",
    metavar="URL",
    envvar="BOXWRIGHT_ADVISORIES_URL",
    help="Where the exports are: OSV's, a mirror, or a folder (BOXWRIGHT_ADVISORIES_URL).",
)
@options.quiet
def update_(ecosystems: tuple[str, ...], url: str | None, *, quiet: bool) -> int:
    """Fetch the advisories of OSV that are newer than those here."""
    from datetime import UTC, datetime

    from boxwright.scan.advisories.database import Database
    from boxwright.scan.advisories.ecosystem import DEFAULT
    from boxwright.scan.advisories.update import DEFAULT_URL, update
    from boxwright.store.transport import Transport

    cache = options.open_cache()
    wanted = _known(ecosystems)
    if not wanted:
        with Database(cache) as database:
            here = tuple(kept.ecosystem for kept in database.kept())
        wanted = tuple(dict.fromkeys((*DEFAULT, *here)))
    with open_progress(quiet=quiet) as progress:
        updated = update(
            wanted,
            url=url or DEFAULT_URL,
            transport=Transport(environ=os.environ),
            cache=cache,
            progress=progress,
            now=datetime.now(UTC),
        )
    for kept in updated.kept:
        click.echo(_line(kept))
    for ecosystem in updated.unchanged:
        click.echo(f"{ecosystem}: nothing newer")
    _tell_problems(updated.problems, len(updated.problems))
    for ecosystem, error in updated.failed:
        click.echo(f"error: {ecosystem}: {error.message}", err=True)
    if updated.failed:
        hints = dict.fromkeys(error.hint for _, error in updated.failed if error.hint)
        for hint in hints:
            click.echo(f"\nhint: {hint}", err=True)
        return 2
    return 0


def _known(ecosystems: tuple[str, ...]) -> tuple[str, ...]:
    """Return *ecosystems* as OSV spells them."""
    from boxwright.scan.advisories.ecosystem import MATCHED

    spelled = {name.lower(): name for name in MATCHED}
    for name in ecosystems:
        if name.lower() not in spelled:
            known = ", ".join(f"`{each}`" for each in MATCHED)
            raise click.UsageError(f"unknown ecosystem `{name}`: these are {known}")
    return tuple(spelled[name.lower()] for name in ecosystems)


def _line(kept: Kept) -> str:
    unread = f", {kept.unread} that could not be read" if kept.unread else ""
    return f"{kept.ecosystem}: {kept.records} records{unread}, the newest of {kept.newest[:10]}"


def _tell_problems(problems: tuple[str, ...], count: int) -> None:
    for problem in problems[:5]:
        click.echo(f"note: {problem}", err=True)
    if count > 5:
        click.echo(f"note: {count} records altogether could not be read", err=True)


def _table(kept: tuple[Kept, ...], now: datetime) -> str:
    from boxwright.report.size import human_size

    width = max(len(each.ecosystem) for each in kept)
    lines = [
        f"{each.ecosystem:{width}}  {each.records:>7} records  {each.newest[:10]:10}"
        f"  {_age(each.age(now)):>14}  {human_size(each.size):>8}  {each.path}"
        for each in kept
    ]
    if any(each.age(now) > _STALE_DAYS for each in kept):
        lines += ["", "* older than a week: run `boxwright advisories update`"]
    return "".join(f"{line}\n" for line in lines)


def _age(days: float) -> str:
    if days == float("inf"):
        return "no date *"
    count = max(0, round(days))
    mark = " *" if days > _STALE_DAYS else ""
    return f"{count} day{'' if count == 1 else 's'} old{mark}"


def _document(kept: Kept, now: datetime) -> dict[str, object]:
    age = kept.age(now)
    return {
        "ecosystem": kept.ecosystem,
        "records": kept.records,
        "withdrawn": kept.withdrawn,
        "unread": kept.unread,
        "newest": kept.newest,
        "confirmed": kept.confirmed or None,
        "age_days": None if age == float("inf") else round(age, 1),
        "stale": age > _STALE_DAYS,
        "source": kept.source,
        "sha256": kept.digest or None,
        "bytes": kept.size,
        "path": str(kept.path),
    }
