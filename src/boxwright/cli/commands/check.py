"""`boxwright check`: what in the files of a project could be better, and mend it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from boxwright.cli import options

if TYPE_CHECKING:
    from boxwright.cli.checked_files import CheckedFile, Collected, Project
    from boxwright.findings.finding import Finding, Severity
    from boxwright.practices.autofix import FixedFile
    from boxwright.practices.baseline import Baseline
    from boxwright.practices.check import Checked, RuleFailure
    from boxwright.practices.selection import Selection
    from boxwright.settings import Settings
    from boxwright.text.source import Source

_FORMATS = ("text", "json", "sarif", "github", "gitlab", "junit")
_NEED_FINGERPRINTS = ("json", "sarif", "gitlab")
_SEVERITIES = ("error", "warning", "info")


def _names(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names in *values*, each of which may hold several behind commas."""
    return tuple(name.strip() for value in values for name in value.split(",") if name.strip())


@click.command("check")
@click.argument("paths", metavar="[PATH]...", nargs=-1, default=(".",))
@click.option(
    "--select",
    metavar="RULES",
    multiple=True,
    callback=_names,
    help="Look for these only: names of rules or areas, codes of other tools, or `all`.",
)
@click.option(
    "--extend-select",
    metavar="RULES",
    multiple=True,
    callback=_names,
    help="Look for these too.",
)
@click.option(
    "--ignore",
    metavar="RULES",
    multiple=True,
    callback=_names,
    help="Do not look for these.",
)
@click.option("--fix", is_flag=True, help="Mend what can be mended safely.")
@click.option(
    "--unsafe-fixes",
    is_flag=True,
    default=None,
    help="With --fix or --diff: mend what somebody should look at afterwards, too.",
)
@click.option("--diff", is_flag=True, help="Show what --fix would change, and change nothing.")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(_FORMATS),
    default="text",
    help="How findings are printed.",
)
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the findings there instead of to standard output.",
)
@click.option(
    "--fail-on",
    type=click.Choice(_SEVERITIES),
    help="The least severity that makes the exit status 1 (default: warning).",
)
@click.option("--exit-zero", is_flag=True, help="Exit with 0 although there are findings.")
@click.option(
    "--baseline",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Hide the findings that this file knows.",
)
@click.option(
    "--write-baseline",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write all findings to this file, as known from now on.",
)
@click.option(
    "--stdin-filename",
    metavar="NAME",
    default="Dockerfile",
    help="What standard input, the path `-`, would be called as a file.",
)
@click.option(
    "--color/--no-color",
    "colour",
    default=None,
    help="With or without colours (default: with them on a terminal).",
)
@options.quiet
def command(
    paths: tuple[str, ...],
    select: tuple[str, ...],
    extend_select: tuple[str, ...],
    ignore: tuple[str, ...],
    fix: bool,
    unsafe_fixes: bool | None,
    diff: bool,
    output_format: str,
    output: Path | None,
    fail_on: str | None,
    exit_zero: bool,
    baseline: Path | None,
    write_baseline: Path | None,
    stdin_filename: str,
    colour: bool | None,
    quiet: bool,
) -> int:
    """
    Check the files at each PATH, or in it, where it is a folder; or the image that it is.

    Dockerfiles with their build context, ignore files, compose files, Kubernetes objects
    and workflows are found by their names and contents. An image is an OCI layout, an
    archive, or a reference with its tag or digest (of the engine, else of its registry).
    """  # fmt: skip
    import gc

    from boxwright.cli.checked_files import STDIN, collect
    from boxwright.cli.console import has_colour
    from boxwright.practices.selection import Selection

    # Nearly all that is made is kept to the end; looking for what could go takes a third of the
    # time otherwise.
    gc.set_threshold(100_000, 50, 50)

    if write_baseline and (fix or diff):
        raise click.UsageError("--write-baseline goes neither with --fix nor with --diff")

    def make_selection(settings: Settings | None) -> Selection:
        return Selection(settings, select=select, extend_select=extend_select, ignore=ignore)

    collected = collect(paths, make_selection, stdin_name=stdin_filename)
    run = _Run(collected, unsafe=unsafe_fixes, quiet=quiet)
    if diff:
        run.fix()
        click.echo(run.diff(), nl=False, color=True)
        return run.status() or (1 if run.changes and not exit_zero else 0)
    if fix:
        run.fix()
        run.write()
    else:
        run.check()
    if write_baseline:
        run.write_baseline(write_baseline)
        return run.status()
    run.hide_known(baseline, with_fingerprints=output_format in _NEED_FINGERPRINTS)
    text = run.render(
        output_format, colour=has_colour(False if output is not None and colour is None else colour)
    )
    if output is not None:
        from boxwright.store.copy import write_file

        write_file(output, text.encode())
    else:
        # The fixed text of standard input takes the place of what would be printed.
        click.echo(text, nl=False, err=fix and STDIN in paths, color=True)
    if not quiet and (output is not None or output_format != "text"):
        run.summarise()
    found = run.fails(fail_on) and not exit_zero
    return run.status() or (1 if found else 0)


class _Outcome(NamedTuple):
    """What is known of a file in the end."""

    project: Project
    path: str
    name: str
    source: Source
    findings: tuple[Finding, ...]


class _Change(NamedTuple):
    """A file that fixes change."""

    file: CheckedFile
    fixed: FixedFile


class _Run:
    """One run of the command."""

    def __init__(self, collected: Collected, *, unsafe: bool | None, quiet: bool) -> None:
        self.changes: list[_Change] = []
        self._created: dict[Path, str] = {}
        self._collected = collected
        self._unsafe = unsafe
        self._quiet = quiet
        self._outcomes: list[_Outcome] = []
        self._failures: list[RuleFailure] = []
        self._has_errors = bool(collected.errors)
        self._hidden = 0
        self._images = 0
        self._now = datetime.now(tz=UTC)
        self._today = self._now.date()
        for path, reason in collected.notices:
            self._note(f"`{path}` {reason}")
        for path, reason in collected.errors:
            click.echo(f"error: `{path}` {reason}", err=True)
        there = collected.images or any(project.files for project in collected.projects)
        if not (collected.errors or there):
            self._note("there is nothing to check")

    def check(self) -> None:
        """Check all files."""
        from boxwright.practices.check import check_file
        from boxwright.practices.workspace import Workspace

        for project in self._collected.projects:
            files = [checked.file for checked in project.files.values()]
            workspace = Workspace(project.tree, files, today=self._today)
            for path in project.files:
                self._add(project, path, check_file(workspace, path, project.selection))
        self._check_images()

    def fix(self) -> None:
        """Find out what all files are with their fixes, and what is left to find then."""
        from boxwright.practices.autofix import fix_file
        from boxwright.practices.check import check_file
        from boxwright.practices.workspace import Workspace

        for project in self._collected.projects:
            files = [checked.file for checked in project.files.values()]
            workspace = Workspace(project.tree, files, today=self._today)
            settings = project.selection.settings
            configured = settings is not None and settings.unsafe_fixes
            unsafe = configured if self._unsafe is None else self._unsafe
            results = {}
            for path in sorted(project.files):
                fixed = results[path] = fix_file(workspace, path, project.selection, unsafe=unsafe)
                if fixed.applied:
                    self.changes.append(_Change(project.files[path], fixed))
                    workspace = workspace.changed({**fixed.created, path: fixed.text})
                    self._created |= {
                        project.root / name: text for name, text in fixed.created.items()
                    }
                for finding, reason in fixed.refused:
                    self._note(
                        f"{finding.path}:{finding.start.line}: `{finding.rule}` is not mended, "
                        f"because {reason}"
                    )
            for path in project.files:
                # A mended file can change what is to be found in others.
                checked = (
                    check_file(workspace, path, project.selection)
                    if self.changes
                    else results[path].checked
                )
                self._add(project, path, checked)

        self._check_images()

    def _check_images(self) -> None:
        """Check the images; what is wrong with them is mended where they are built."""
        if not self._collected.images:
            return
        from boxwright.cli.checked_files import place_of
        from boxwright.cli.look import checked_image
        from boxwright.errors import BoxwrightError

        for image in self._collected.images:
            project = image.project
            try:
                checked = checked_image(
                    image.name, image.path, project.selection, now=self._now, quiet=self._quiet
                )
            except BoxwrightError as error:
                where = "" if place_of(image.name) else f"there is no file `{image.name}`, and "
                self._error(f"{where}{error.message}", error.hint)
                continue
            self._outcomes.append(
                _Outcome(project, image.path, image.name, checked.source, checked.findings)
            )
            self._images += 1
            self._failures += checked.failures

    def write(self) -> None:
        """Write what fixes change."""
        from boxwright.cli.checked_files import create, write_back

        mended = 0
        texts = {id(file): fixed.text for file, fixed in self.changes}
        for project in self._collected.projects:
            for file in project.files.values():
                if file.place is None:
                    text = texts.get(id(file))
                    sys.stdout.buffer.write(file.content if text is None else text.encode())
                    sys.stdout.buffer.flush()
        for file, fixed in self.changes:
            reason = ""
            if file.place is not None and fixed.text != file.file.text:
                reason = write_back(file.place, file.content, fixed.text)
            if reason:
                self._error(f"`{file.file.name}` is not mended: {reason}")
            else:
                mended += len(fixed.applied)
        for place, text in self._created.items():
            reason = create(place, text)
            if reason:
                self._error(f"`{place}` is not made: {reason}")
        if mended and not self._quiet:
            click.echo(f"{mended} finding{'' if mended == 1 else 's'} mended", err=True)

    def diff(self) -> str:
        """Return what fixes change, as `patch` reads it."""
        from boxwright.cli.checked_files import unified_diff

        parts = [
            unified_diff(file.file.name, file.file.text, fixed.text)
            for file, fixed in self.changes
            if fixed.text != file.file.text
        ]
        parts += [unified_diff(_shown(place), None, text) for place, text in self._created.items()]
        return "".join(parts)

    def write_baseline(self, place: Path) -> None:
        """Make all findings known in the file *place*."""
        from boxwright.practices.baseline import Baseline
        from boxwright.store.copy import write_file

        self._add_fingerprints()
        found = {outcome.path: outcome.findings for outcome in self._outcomes}
        write_file(place, Baseline.of(found).print().encode())
        if not self._quiet:
            count = sum(map(len, found.values()))
            click.echo(f"{count} finding{'' if count == 1 else 's'} in `{place}`", err=True)

    def hide_known(self, named: Path | None, *, with_fingerprints: bool) -> None:
        """Drop the findings that the baseline knows: the one *named*, or that of the settings."""
        baselines = {
            project.root: self._baseline(named, project) for project in self._collected.projects
        }
        if with_fingerprints or any(baselines.values()):
            self._add_fingerprints()
        stale = 0
        outcomes = []
        for outcome in self._outcomes:
            baseline = baselines[outcome.project.root]
            if baseline is not None:
                known = baseline.less(outcome.path, outcome.findings)
                outcome = outcome._replace(findings=known.left)
                self._hidden += known.hidden
                stale += known.stale
            outcomes.append(outcome)
        self._outcomes = outcomes
        if self._hidden:
            self._note(f"{self._hidden} more that the baseline knows")
        if stale:
            gone = (
                f"{stale} finding{' of the baseline is' if stale == 1 else 's of the baseline are'}"
            )
            self._note(f"{gone} gone: write it anew")

    def render(self, output_format: str, *, colour: bool) -> str:
        """Return the findings in *output_format*."""
        import importlib

        from boxwright.practices.registry import find_rule, rule_names

        known = rule_names()
        findings = self._findings()
        keywords: dict[str, object] = {}
        if output_format == "text":
            keywords = {
                "colour": colour,
                "with_summary": not self._quiet,
                "images": self._images,
            }
        render = importlib.import_module(f"boxwright.report.findings_{output_format}").render
        text = render(
            findings,
            sources={
                outcome.name: outcome.source
                for outcome in sorted(self._outcomes, key=lambda outcome: outcome.name)
            },
            rules={
                name: find_rule(name) for name in {each.rule for each in findings} if name in known
            },
            **keywords,
        )
        assert isinstance(text, str)  # noqa: S101 (a broken module of ours)
        return text

    def summarise(self) -> None:
        """Tell how much was found."""
        from boxwright.report.findings_text import summary

        files = len(self._outcomes) - self._images
        click.echo(summary(self._findings(), files=files, images=self._images), err=True)

    def fails(self, fail_on: str | None) -> bool:
        """Tell whether there is a finding as bad as *fail_on*, or as the settings of its file say."""
        return any(
            finding.severity >= _least(fail_on, outcome.project)
            for outcome in self._outcomes
            for finding in outcome.findings
        )

    def status(self) -> int:
        """Report our own bugs, and return the exit status as far as findings do not matter."""
        if self._failures:
            from boxwright.cli.main import report_bugs

            return report_bugs(
                [(f"{_failed(failure)}: ", failure.error) for failure in self._failures]
            )
        return 2 if self._has_errors else 0

    def _add(self, project: Project, path: str, checked: Checked) -> None:
        name = project.files[path].file.name
        self._outcomes.append(_Outcome(project, path, name, checked.source, checked.findings))
        self._failures += checked.failures

    def _add_fingerprints(self) -> None:
        from boxwright.practices.baseline import with_fingerprints

        images = {image.name for image in self._collected.images}
        self._outcomes = [
            outcome._replace(
                findings=with_fingerprints(
                    outcome.findings,
                    _lasting(outcome.source) if outcome.name in images else outcome.source,
                    outcome.path,
                )
            )
            for outcome in self._outcomes
        ]

    def _findings(self) -> Sequence[Finding]:
        return [
            finding
            for outcome in sorted(self._outcomes, key=lambda outcome: outcome.name)
            for finding in outcome.findings
        ]

    def _baseline(self, named: Path | None, project: Project) -> Baseline | None:
        from boxwright.errors import SettingsError

        settings = project.selection.settings
        place = named
        if place is None and settings is not None and settings.baseline:
            place = project.root / settings.baseline
        if place is None:
            return None
        from boxwright.practices.baseline import Baseline

        try:
            text = place.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            raise SettingsError(
                f"the baseline `{place}` cannot be read: {reason}",
                hint=f"write it with `boxwright check --write-baseline {place}`",
            ) from None
        return Baseline.parse(text, str(place))

    def _note(self, text: str) -> None:
        if not self._quiet:
            click.echo(f"note: {text}", err=True)

    def _error(self, text: str, hint: str = "") -> None:
        self._has_errors = True
        click.echo(f"error: {text}", err=True)
        if hint:
            click.echo(f"hint: {hint}", err=True)


def _lasting(source: Source) -> Source:
    """Return the recovered Dockerfile *source* without what every build of the image changes."""
    import re

    from boxwright.text.source import Source

    first, newline, rest = source.text.partition("\n")
    text = f"#{' ' * (len(first) - 1)}{newline}{re.sub('[0-9a-f]{64}', ' ' * 64, rest)}"
    return Source(source.name, text)


def _least(fail_on: str | None, project: Project) -> Severity:
    from boxwright.findings.finding import Severity

    settings = project.selection.settings
    name = fail_on or (settings.fail_on if settings is not None else None) or "warning"
    return Severity[name.upper()]


def _failed(failure: RuleFailure) -> str:
    return f"`{failure.rule}` on `{failure.path}`" if failure.rule else f"`{failure.path}`"


def _shown(place: Path) -> str:
    """Return *place* as it is called from here."""
    here = Path.cwd()
    return place.relative_to(here).as_posix() if place.is_relative_to(here) else str(place)
