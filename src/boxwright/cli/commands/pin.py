"""`boxwright pin`: give the images that files name their digests."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

import click

from boxwright.cli import options
from boxwright.report.findings_printable import printable

if TYPE_CHECKING:
    from boxwright.cli.checked_files import CheckedFile, Collected
    from boxwright.errors import StoreError
    from boxwright.ship.pin import PinnedFile, Pins


@click.command("pin")
@click.argument("paths", metavar="[PATH]...", nargs=-1, default=(".",))
@click.option(
    "--image",
    "images",
    metavar="NAME=DIGEST",
    multiple=True,
    help="Set this image alone, everywhere: `NAME=sha256:…` or `NAME:TAG@sha256:…` as they are,"
    " `NAME:TAG` looked up, `NAME=REFERENCE` under another name.",
)
@click.option(
    "--update", is_flag=True, help="Look up the tags again beside which a digest stands already."
)
@click.option(
    "--check",
    is_flag=True,
    help="Change nothing; exit status 1 where an image has no digest (with --update: the tag's).",
)
@click.option("--diff", is_flag=True, help="Show what would change, and change nothing.")
@options.output_format
@options.quiet
def command(
    paths: tuple[str, ...],
    images: tuple[str, ...],
    output_format: str,
    *,
    update: bool,
    check: bool,
    diff: bool,
    quiet: bool,
) -> int:
    """
    Give the images that files name their digests: `api:1.4` becomes `api:1.4@sha256:…`.

    Looks into the files at each PATH, or in it, where it is a folder, as `check` finds
    them: Dockerfiles, compose files, Kubernetes objects and kustomizations. Tags are
    looked up in their registries; everything else in the files stays as it is. The path
    `-` is standard input, whose text goes to standard output. What is built here, and
    what depends on a variable, is left alone and told.
    """
    from boxwright.cli.checked_files import STDIN, collect
    from boxwright.practices.selection import Selection
    from boxwright.ship.pin import PinFile, parse_choice, pin

    choices = [parse_choice(image) for image in images]
    if choices and update:
        raise click.UsageError("--image goes not with --update: it looks up no other tags")
    collected = collect(paths, Selection, stdin_name="stdin", with_kustomizations=True)
    files = [file for project in collected.projects for file in project.files.values()]
    report = _Report(collected, files, quiet=quiet)
    # Whether there is a digest shows without asking a registry.
    resolve = None if check and not (update or diff or choices) else _resolve
    pins = pin(
        [
            PinFile(each.file.name, each.file.kind, each.file.text)
            for each in files
            if each.file.problem is None
        ],
        resolve,
        update=update,
        choices=choices,
    )
    writes = not (check or diff)
    if writes:
        report.write(pins)
    if diff and output_format == "text":
        _show_diff(pins.files)
    # What comes from standard input goes where a report would.
    report.show(pins, output_format, is_shown=not diff, err=writes and STDIN in paths)
    report.tell(pins, writes=writes)
    if report.has_errors:
        return 2
    return int(check and _has_changes(pins))


def _resolve(
    names: Collection[str],
) -> tuple[Mapping[str, str], Mapping[str, StoreError]]:
    from boxwright.store.tag import find_digests

    return find_digests(names, options.open_transport())


def _has_changes(pins: Pins) -> bool:
    from boxwright.ship.pin import Status

    return any(
        outcome.status in (Status.PINNED, Status.OPEN)
        for file in pins.files
        for outcome in file.outcomes
    )


def _show_diff(files: Collection[PinnedFile]) -> None:
    from boxwright.cli.checked_files import unified_diff

    for file in files:
        if file.before != file.after:
            click.echo(unified_diff(file.path, file.before, file.after), nl=False, color=True)


class _Report:
    """Writes files, and tells what is done and what is wrong."""

    def __init__(
        self, collected: Collected, files: Collection[CheckedFile], *, quiet: bool
    ) -> None:
        self.has_errors = False
        self._files = {each.file.name: each for each in files}
        self._quiet = quiet
        for path, reason in collected.notices:
            self._note(f"`{path}` {reason}")
        for path, reason in collected.errors:
            self._error(f"`{path}` {reason}")
        for image in collected.images:
            self._error(
                f"`{image.name}` is no file",
                "name the files that it stands in, and it with `--image`",
            )
        for each in files:
            if each.file.problem is not None:
                self._error(f"`{each.file.name}`: {each.file.problem.message}")

    def write(self, pins: Pins) -> None:
        """Write what changes, each file whole or not at all."""
        from boxwright.cli.checked_files import write_back

        for pinned in pins.files:
            file = self._files[pinned.path]
            if file.place is None:
                sys.stdout.buffer.write(pinned.after.encode())
                sys.stdout.buffer.flush()
            elif pinned.after != pinned.before:
                reason = write_back(file.place, file.content, pinned.after)
                if reason:
                    self._error(f"`{pinned.path}` is not written: {reason}")

    def show(self, pins: Pins, output_format: str, *, is_shown: bool, err: bool) -> None:
        """Print what became of the images."""
        if output_format == "json":
            from boxwright.report.pin_json import pin_json

            click.echo(pin_json(pins.files), err=err)
        elif is_shown:
            from boxwright.report.pin_text import pin_text

            click.echo(pin_text(pins.files), nl=False, err=err)

    def tell(self, pins: Pins, *, writes: bool) -> None:
        """Tell what was left, what failed, and how much there was."""
        from boxwright.report.pin_text import failures, notes, summary

        for text in notes(pins.files):
            self._note(text)
        for text, hint in failures(pins.files):
            self._error(text, hint)
        for name in pins.unused:
            self._error(
                f"`{name}` is set nowhere",
                "none of the files names that image in a place that can be set",
            )
        if not self._quiet:
            click.echo(summary(pins.files, writes=writes), err=True)

    def _note(self, text: str) -> None:
        if not self._quiet:
            click.echo(f"note: {printable(text)}", err=True)

    def _error(self, text: str, hint: str = "") -> None:
        self.has_errors = True
        click.echo(f"error: {printable(text)}", err=True)
        if hint:
            click.echo(f"hint: {printable(hint)}", err=True)
