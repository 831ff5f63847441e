"""`boxwright scan`: which known vulnerabilities and credentials an image has, and its SBOM."""

from __future__ import annotations

import importlib
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from boxwright.cli import options
from boxwright.report.findings_printable import printable

if TYPE_CHECKING:
    from boxwright.scan.contents import Contents
    from boxwright.scan.match import Matches
    from boxwright.scan.vulnerabilities import Judgement
    from boxwright.settings import Settings

_FAIL_ON = ("critical", "high", "medium", "low", "any", "none")


@click.command("scan")
@options.image
@click.option(
    "--fail-on",
    type=click.Choice(_FAIL_ON),
    help="The least severity that makes the exit status 1 (default: high); `none` never.",
)
@click.option("--only-fixed", is_flag=True, help="Count only what a newer version mends.")
@click.option(
    "--online",
    is_flag=True,
    help="Ask OSV's service, or the one at BOXWRIGHT_OSV_URL, instead of this machine's data.",
)
@click.option(
    "--allow-unchecked",
    is_flag=True,
    help="Do not fail where packages could not be looked up for want of advisories.",
)
@click.option(
    "--vex",
    metavar="FILE",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="A document (OpenVEX or CycloneDX) that says what does not apply.",
)
@click.option(
    "--ignore-file",
    metavar="FILE",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="What is not counted, as trivy (.trivyignore, .trivyignore.yaml) or grype have it.",
)
@click.option(
    "--write-vex",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write what is not counted, and why, as an OpenVEX document.",
)
@click.option(
    "--sbom",
    type=click.Choice(["cyclonedx", "spdx"]),
    help="Print the software bill of materials instead, and look for nothing.",
)
@click.option(
    "--report",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Take the vulnerabilities from a report of trivy, grype or docker scout.",
)
@click.option(
    "--project",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    default=".",
    help="Where settings and the lock are, for advice (default: the current folder).",
)
@options.platform_of_image
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json", "sarif"]),
    default="text",
    help="How the result is printed.",
)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the result there instead of to standard output.",
)
@options.quiet
def command(
    image: str,
    fail_on: str | None,
    only_fixed: bool,
    online: bool,
    allow_unchecked: bool,
    vex: tuple[Path, ...],
    ignore_file: tuple[Path, ...],
    write_vex: Path | None,
    sbom: str | None,
    report: Path | None,
    project: Path,
    platform: str | None,
    output_format: str,
    output: Path | None,
    quiet: bool,
) -> int:
    """
    Look for known vulnerabilities and credentials in IMAGE, or print its SBOM.

    Advisories are those that `boxwright advisories` keeps on this machine. Packages for
    which there are none, and layers that cannot be read, make the exit status 2: nothing
    found is not nothing there.
    """
    if online and report:
        raise click.UsageError("--online and --report exclude each other")
    if sbom is not None and (report or write_vex or online or output_format == "sarif"):
        raise click.UsageError("--sbom looks for nothing: give it without options of a scan")
    from boxwright.cli.look import look_into
    from boxwright.project.settings_search import SettingsSearch
    from boxwright.scan.configured import configured_judgement

    now = datetime.now(tz=UTC)
    found_settings = SettingsSearch().of(project.absolute())
    settings = found_settings.settings
    # Before the work, so that nobody waits to be told of a file that cannot be read.
    judgement, notices = configured_judgement(
        settings, found_settings.root or project, vex=vex, ignore_files=ignore_file
    )
    for notice in notices if not quiet else ():
        click.echo(f"note: {printable(notice)}", err=True)
    contents = look_into(image, platform=platform, quiet=quiet)
    if sbom is not None:
        _put(_bill(contents, sbom), output)
        return _incomplete(contents, None, allow_unchecked=allow_unchecked)
    matches = _matches(contents, settings, now=now, online=online, report=report)
    if matches.matches:
        from boxwright.scan.project_lock import project_lock
        from boxwright.settings import Settings

        judgement = replace(judgement, lock=project_lock(project, settings or Settings()))
    from boxwright.scan.vulnerabilities import counted, judge

    matches = judge(matches, contents, judgement, now=now)
    if write_vex:
        _write_vex(write_vex, matches, judgement, contents, now)
    configured = settings.scan if settings is not None else None
    level = fail_on or (configured.fail_on if configured else None) or "high"
    fixed_only = only_fixed or (configured is not None and configured.only_fixed)
    counting = counted(matches.matches, fail_on=level, only_fixed=fixed_only)
    from boxwright.practices.image_leaks import counted_leaks

    leaks = counted_leaks(contents)
    render = importlib.import_module(f"boxwright.report.scan_{output_format}").render
    _put(render(contents, matches, counting, level=level), output)
    for notice in matches.notices if not quiet else ():
        click.echo(f"note: {printable(notice)}", err=True)
    status = _incomplete(contents, matches, allow_unchecked=allow_unchecked)
    return status or (1 if counting or (leaks and level != "none") else 0)


def _put(text: str, output: Path | None) -> None:
    """Write *text* to *output*, or to standard output where that is None."""
    if output is None:
        click.echo(text, nl=False)
        return
    from boxwright.store.copy import write_file

    write_file(output, text.encode("utf-8", "backslashreplace"))


def _incomplete(contents: Contents, matches: Matches | None, *, allow_unchecked: bool) -> int:
    """Tell what was not looked at although it could have been, and return the exit status for it."""
    if allow_unchecked:
        return 0
    status = 0
    unread = [f"layer {layer.at}" for layer in contents.inspected.layers if layer.problem]
    if unread:
        status = 2
        click.echo(f"error: {', '.join(unread)} could not be read as it should be", err=True)
        hint = "`boxwright inspect` tells why; take the image anew, or say `--allow-unchecked`"
        click.echo(f"\nhint: {hint}", err=True)
    if matches is not None and not matches.is_complete:
        status = 2
        missing = ", ".join(f"`{each.what}`" for each in matches.unchecked if each.mendable)
        click.echo(f"error: packages of {missing} could not be looked up", err=True)
        hint = "run `boxwright advisories update`, or say `--allow-unchecked`"
        click.echo(f"\nhint: {hint}", err=True)
    return status


def _bill(contents: Contents, form: str) -> str:
    import json

    from boxwright.scan.sbom.bill import bill_of

    bill = bill_of(contents)
    if form == "cyclonedx":
        from boxwright.scan.sbom.cyclonedx import cyclonedx

        document = cyclonedx(bill)
    else:
        from boxwright.scan.sbom.spdx import spdx

        document = spdx(bill)
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _matches(
    contents: Contents,
    settings: Settings | None,
    *,
    now: datetime,
    online: bool,
    report: Path | None,
) -> Matches:
    """Return what the service, a report or this machine's advisories tell."""
    from datetime import timedelta

    from boxwright.scan.configured import content_of
    from boxwright.scan.match import STALE_AFTER, Matches
    from boxwright.scan.vulnerabilities import look_up

    if report is not None:
        from boxwright.scan.foreign_reports import read_report

        read = read_report(
            str(report),
            content_of(report),
            inventory=contents.inventory,
            diff_ids=[layer.diff_id for layer in contents.inspected.layers],
            layer_of=contents.layer_of,
        )
        notices = (f"the vulnerabilities are those that {read.tool} tells of", *read.problems)
        return Matches(
            matches=read.matches, checked=len(contents.inventory.packages), notices=notices
        )
    days = settings.scan.max_age if settings is not None else None
    stale_after = timedelta(days=days) if days is not None else STALE_AFTER
    if online:
        from boxwright.scan.advisories.online import DEFAULT_URL, Online
        from boxwright.store.transport import Transport

        service = Online(
            transport=Transport(environ=os.environ),
            cache=options.open_cache(),
            url=os.environ.get("BOXWRIGHT_OSV_URL") or DEFAULT_URL,
        )
        return look_up(contents, service, now=now, stale_after=stale_after)
    from boxwright.scan.advisories.database import Database

    with Database(options.open_cache()) as database:
        return look_up(contents, database, now=now, stale_after=stale_after)


def _write_vex(
    place: Path, matches: Matches, judgement: Judgement, contents: Contents, now: datetime
) -> None:
    from boxwright.scan.vex import Subject, openvex_document
    from boxwright.store.copy import write_file

    inspected = contents.inspected
    content = openvex_document(
        matches.matches,
        # What has expired says nothing any more.
        [each for each in judgement.ignores if each.expires is None or each.expires >= now.date()],
        Subject(name=inspected.name, digests=(inspected.image.digest,)),
        distribution=contents.inventory.distribution,
        author="boxwright",
        timestamp=now.strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
    write_file(place, content)
