"""`boxwright diff`: what differs between two images."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from boxwright.cli import options

if TYPE_CHECKING:
    from collections.abc import Callable

    from boxwright.findings.finding import Finding
    from boxwright.practices.image_subject import ImageSubject


@click.command("diff")
@click.argument("first", metavar="IMAGE")
@click.argument("second", metavar="IMAGE")
@click.option("--files", is_flag=True, help="Name each file, rather than packages and folders.")
@click.option(
    "--same",
    is_flag=True,
    help="They should be the same, bit for bit: say why they are not.",
)
@options.platform_of_image
@options.output_format
@options.quiet
def command(
    first: str,
    second: str,
    files: bool,
    same: bool,
    platform: str | None,
    output_format: str,
    quiet: bool,
) -> int:
    """
    Compare two images by layer, configuration, package, file and finding.

    The exit status is 1 where a container could tell them apart; with --same, where their
    digests differ.
    """
    from boxwright.cli.look import judged, look_into
    from boxwright.scan.diff import diff, find_differences

    now = datetime.now(tz=UTC)
    one, other = (
        judged(look_into(name, platform=platform, quiet=quiet), now=now) for name in (first, second)
    )
    found = diff(one.contents, other.contents)
    new, gone = _changed(one.checked.findings, other.checked.findings)
    causes = find_differences(one.contents.inspected, other.contents.inspected) if same else ()
    shown = _shown(one.subject, other.subject)
    if output_format == "json":
        from boxwright.report import diff_json

        text = diff_json.render(found, shown=shown, new=new, gone=gone, causes=causes)
    else:
        from boxwright.report import diff_text

        text = diff_text.render(
            found,
            names=(first, second),
            shown=shown,
            new=new,
            gone=gone,
            causes=causes,
            with_files=files,
        )
    click.echo(text, nl=False)
    if same:
        digests = {each.contents.inspected.image.digest for each in (one, other)}
        return 1 if len(digests) > 1 else 0
    return 0 if found.is_empty else 1


def _changed(
    before: Sequence[Finding], after: Sequence[Finding]
) -> tuple[list[Finding], list[Finding]]:
    """Return the findings of the second image only, and those of the first only."""
    known = {(finding.rule, finding.message) for finding in before}
    now = {(finding.rule, finding.message) for finding in after}
    return (
        [finding for finding in after if (finding.rule, finding.message) not in known],
        [finding for finding in before if (finding.rule, finding.message) not in now],
    )


def _shown(one: ImageSubject, other: ImageSubject) -> Callable[[str, str], str]:
    """Return what hides the credentials that either image has in the value of a setting."""
    from boxwright.practices.redaction import Redaction

    config, theirs = one.config, other.config
    redaction = Redaction(
        (*one.contents.leaks, *other.contents.leaks),
        env=(*config.env, *theirs.env),
        labels=(*config.labels.items(), *theirs.labels.items()),
    )

    def shown(key: str, value: str) -> str:
        kind, _, name = key.partition(" ")
        place = {"env": "environment", "label": "label"}.get(kind)
        return redaction.value(place, name, value)[0] if place else redaction.text(value)

    return shown
