"""`boxwright promote`: an image's way from commit to version to environment."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from boxwright.cli import options
from boxwright.cli.console import open_progress

if TYPE_CHECKING:
    from boxwright.oci.reference import Reference
    from boxwright.settings import Settings
    from boxwright.store.registry.push import WritableRepository
    from boxwright.store.transport import Transport

_GATES = ("smoke", "check", "scan", "signature")


@click.command("promote")
@click.argument("names", metavar="[SOURCE] TARGET", nargs=-1, required=True)
@click.option(
    "--rollback", is_flag=True, help="Give TARGET, an environment, the release that it had before."
)
@click.option("--history", is_flag=True, help="Show what TARGET, an environment, had.")
@click.option(
    "--repository",
    metavar="REPOSITORY",
    help="Where the image is, if SOURCE does not say so (default: the setting).",
)
@click.option(
    "--skip",
    multiple=True,
    type=click.Choice(_GATES),
    help="Do not ask this gate; the history keeps that, and the reason.",
)
@click.option("--reason", metavar="TEXT", default="", help="Why, for the history.")
@click.option(
    "--project",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    default=".",
    help="Where the settings are (default: the current folder).",
)
@options.output_format
@options.quiet
def command(
    names: tuple[str, ...],
    repository: str | None,
    skip: tuple[str, ...],
    reason: str,
    project: Path,
    output_format: str,
    *,
    rollback: bool,
    history: bool,
    quiet: bool,
) -> int:
    """
    Give the image SOURCE the name TARGET: a version, or an environment.

    SOURCE is a tag, a digest or a whole reference; without it the image of the commit that
    the project is at. The gates are asked first, of that very digest: the smoke test, the
    practices, the scan, the signature. Nothing is built or sent again. Exit status 1 where a
    gate stays shut.
    """
    if rollback and history:
        raise click.UsageError("--rollback and --history exclude each other")
    if len(names) > 2 or ((rollback or history) and len(names) > 1):
        raise click.UsageError("too many names: give SOURCE and TARGET, or an environment alone")
    if skip and (rollback or history):
        raise click.UsageError("--skip is for promotions: nothing else asks the gates")
    if skip and not reason:
        raise click.UsageError("--skip needs a --reason: the history keeps it")
    from boxwright.project.settings_search import SettingsSearch
    from boxwright.settings import Settings

    found = SettingsSearch().of(project.absolute())
    settings = found.settings or Settings()
    *sources, target = names
    with open_progress(quiet=quiet) as progress:
        transport = options.open_transport(project)
        where, source = _place(
            sources, repository, settings, project, transport, needed=not (rollback or history)
        )
        place = f"{where.reference.registry}/{where.reference.repository}"
        if history:
            from boxwright.ship.promote import check_target

            check_target(target, settings.promote)
            _show_history(where, target, output_format)
            return 0
        from boxwright.ship.gates import Surroundings, gates_for
        from boxwright.ship.promote import Order, promote, roll_back

        now = datetime.now(tz=UTC)
        if rollback:
            promoted = roll_back(
                where, target, settings=settings.promote, by=_somebody(), reason=reason, now=now
            )
        else:
            surroundings = Surroundings(
                settings=settings,
                root=found.root or project,
                cache=options.open_cache(),
                environ=os.environ,
                transport=transport,
                now=now,
                progress=progress,
            )
            order = Order(source=source, target=target, by=_somebody(), skipped=skip, reason=reason)
            promoted = promote(
                where,
                order,
                settings=settings.promote,
                gates=gates_for(surroundings),
                now=now,
                progress=progress,
            )
    from boxwright.report.promote_text import promoted_document, promoted_text

    if output_format == "json":
        click.echo(json.dumps(promoted_document(promoted, place), indent=2))
    else:
        if promoted.is_refused or not quiet:
            click.echo(promoted_text(promoted, place), nl=False, err=True)
        if not promoted.is_refused:
            click.echo(f"{place}@{promoted.image.digest}")
    return 1 if promoted.is_refused else 0


def _place(
    sources: list[str],
    named: str | None,
    settings: Settings,
    project: Path,
    transport: Transport,
    *,
    needed: bool,
) -> tuple[WritableRepository, str]:
    """Return the repository, and the tag or digest in it that the image has."""
    from boxwright.errors import SettingsError
    from boxwright.oci.reference import parse_reference
    from boxwright.store.registry.push import WritableRepository

    named = named or settings.registry.repository
    reference: Reference
    if sources and ("/" in sources[0] or ("@" in sources[0])):
        reference = parse_reference(sources[0])
        source = str(reference.digest or reference.tag)
    elif named is None:
        raise SettingsError(
            "nobody says which repository the image is in",
            hint="set `registry.repository`, give `--repository`, or name it with its repository",
        )
    else:
        reference = parse_reference(named)
        source = sources[0] if sources else (_commit(project) if needed else "")
    return WritableRepository(reference, transport), source


def _commit(project: Path) -> str:
    """Return the tag of the commit that *project* is at."""
    from boxwright.errors import ShipError
    from boxwright.project.revision import read_revision
    from boxwright.ship.tags import commit_tag

    revision = read_revision(project)
    if revision is None:
        raise ShipError(
            f"`{project}` is in no Git repository, so there is no commit whose image it could be",
            hint="name the image: `boxwright promote git-… 1.4.0`",
        )
    return commit_tag(revision.name)


def _show_history(where: WritableRepository, environment: str, output_format: str) -> None:
    from boxwright.report.promote_text import history_document, history_text
    from boxwright.ship.history import read_history

    history = read_history(where, environment)
    current = where.find_tag(environment)
    digest = str(current.digest) if current else ""
    if output_format == "json":
        click.echo(json.dumps(history_document(history, environment, digest), indent=2))
    else:
        click.echo(history_text(history, environment, digest), nl=False)


def _somebody() -> str:
    """Return who we are: the CI's user, or this machine's."""
    import getpass

    for name in ("GITHUB_ACTOR", "GITLAB_USER_LOGIN", "BUILDKITE_BUILD_CREATOR"):
        if os.environ.get(name):
            return os.environ[name]
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""
