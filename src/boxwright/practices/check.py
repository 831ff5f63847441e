"""The selected rules over files → findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from boxwright.errors import ProjectError
from boxwright.findings.finding import Finding, Severity
from boxwright.practices.discovery import Kind
from boxwright.practices.rule import Problem
from boxwright.practices.selection import Selection
from boxwright.practices.suppression_words import may_suppress
from boxwright.practices.workspace import File, Workspace
from boxwright.text.record import NamedTuple
from boxwright.text.source import Source, Span

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from boxwright.practices.image_subject import ImageSubject
    from boxwright.practices.suppression import Suppression
    from boxwright.project.tree import Tree

INVALID_SYNTAX = "invalid-syntax"
"""The rule that what is no text is reported by, whatever it was meant to be."""

_AREAS = {
    Kind.DOCKERFILE: ("dockerfile",),
    Kind.DOCKERIGNORE: ("dockerignore",),
    Kind.COMPOSE: ("compose", "deployment"),
    Kind.KUBERNETES: ("kubernetes", "deployment"),
    Kind.GITHUB: ("workflow", "deployment"),
    Kind.GITLAB: ("workflow", "deployment"),
    Kind.IMAGE: ("image",),
}


class RuleFailure(NamedTuple):
    """A bug of ours: a rule, or what it looks at, raised something."""

    rule: str
    """Empty where no rule had begun."""
    path: str
    error: BaseException


class Checked(NamedTuple):
    """What the rules found in a file."""

    source: Source
    findings: tuple[Finding, ...]
    """By place, then by rule."""
    suppressed: int = 0
    """How many findings comments in the file silence."""
    failures: tuple[RuleFailure, ...] = ()


def check_source(
    source: Source,
    kind: Kind = Kind.DOCKERFILE,
    *,
    today: date,
    path: str | None = None,
    tree: Tree | None = None,
    selection: Selection | None = None,
) -> Checked:
    """
    Return what the selected rules find in *source*.

    *path* is where it is in *tree*, which is all that is known around it; its name tells
    where it is not given.
    """
    here = source.name if path is None else path
    file = File(source.name, here, kind, source.text)
    return check_file(Workspace(tree, [file], today=today), here, selection or Selection())


def check_tree(
    tree: Tree, *, today: date, selection: Selection | None = None
) -> dict[str, Checked]:
    """Return what the selected rules find in the files of *tree*, by path."""
    from boxwright.practices.discovery import discover

    selection = selection or Selection()
    files = []
    for path, kind in discover(tree, leaves_out=selection.excludes).found:
        try:
            files.append(File.of(path, path, kind, tree.read(path)))
        except ProjectError:
            continue
    workspace = Workspace(tree, files, today=today)
    return {file.path: check_file(workspace, file.path, selection) for file in files}


def check_file(
    workspace: Workspace, path: str, selection: Selection, *, settings_path: str | None = None
) -> Checked:
    """
    Return what the selected rules find in the file *path* of *workspace*.

    *settings_path* is what patterns in settings know it by, where that is not *path*. A
    rule that raises does not hide what others find.
    """
    file = workspace.files[path]
    run = _Run(workspace, file, selection, path if settings_path is None else settings_path)
    try:
        run.check()
    except Exception as error:  # noqa: BLE001 (whatever it is, it is our bug and not the end)
        run.failures.append(RuleFailure("", file.name, error))
    found = sorted(run.findings, key=lambda finding: (finding.span, finding.rule, finding.message))
    return Checked(run.source, tuple(found), run.suppressed, tuple(run.failures))


def check_image(
    subject: ImageSubject,
    selection: Selection | None = None,
    *,
    settings_path: str | None = None,
) -> Checked:
    """
    Return what the selected rules find in an image, by their places in its recovered Dockerfile.

    *settings_path* is what patterns in settings know it by, where that is not its name.

    The image's own label `boxwright.ignore` can silence rules, as a comment does in a file.
    """
    name = subject.source.name
    file = File(name, name, Kind.IMAGE, subject.source.text)
    workspace = Workspace(None, [file], today=subject.today, subjects={name: subject})
    return check_file(workspace, name, selection or Selection(), settings_path=settings_path)


class _Run:
    """The check of one file."""

    def __init__(
        self, workspace: Workspace, file: File, selection: Selection, settings_path: str
    ) -> None:
        self.source = workspace.source(file.path)
        self.findings: list[Finding] = []
        self.failures: list[RuleFailure] = []
        self.suppressed = 0
        self._workspace = workspace
        self._file = file
        self._selection = selection
        self._settings_path = settings_path

    def check(self) -> None:
        file = self._file
        if file.problem is not None:
            at = file.problem.offset
            span = Span(at, min(at + 1, len(file.text)))
            self._add(INVALID_SYNTAX, Severity.ERROR, Problem(file.problem.message, span))
            if file.problem.is_binary:
                return
        try:
            subject = self._workspace.subject(file.path)
        except ProjectError as error:
            self._add(INVALID_SYNTAX, Severity.ERROR, self._unreadable(error))
            return
        ran = self._run(_AREAS[file.kind], subject)
        self._suppress(ran)

    def _run(self, areas: tuple[str, ...], subject: Any) -> list[str]:  # noqa: ANN401 (of a rule)
        """Run the rules of *areas* that look at such a *subject*, and return their names."""
        ran = []
        for rule, severity, options in self._selection.chosen(areas, self._settings_path):
            if not isinstance(subject, rule.subjects):
                continue
            subject.options = options
            ran.append(rule.name)
            try:
                # All of them before any is taken: half of what a broken rule says is no help.
                problems = list(rule.problems(subject))
            except Exception as error:  # noqa: BLE001
                self.failures.append(RuleFailure(rule.name, self._file.name, error))
                continue
            for problem in dict.fromkeys(problems):
                self._add(rule.name, severity or problem.severity or rule.severity, problem)
        return ran

    def _suppress(self, ran: list[str]) -> None:
        found = self._suppressions()
        if not found:
            return
        from boxwright.practices.suppression import Suppressions

        suppressions = Suppressions(
            self._file.name,
            self.source,
            found,
            rules=self._selection.candidates(_AREAS[self._file.kind]),
            known=self._selection.names(),
        )
        before = len(self.findings)
        self.findings = suppressions.less(self.findings, ran=ran)
        self.suppressed = before - len(self.findings)
        kept, self.findings = self.findings, []
        # They look at what the suppressions did, so they come last.
        self._run(("suppression",), suppressions)
        self.findings = kept + suppressions.less(self.findings, ran=())

    def _suppressions(self) -> Sequence[Suppression]:
        file = self._file
        if file.kind is Kind.IMAGE:
            return self._suppressions_of_image()
        if not may_suppress(self.source.text):
            return ()
        from boxwright.practices.suppression import find_suppressions

        dockerfile = None
        if file.kind is Kind.DOCKERFILE:
            dockerfile = self._workspace.dockerfile(file.path)
        return find_suppressions(
            self.source, file.kind, today=self._workspace.today, dockerfile=dockerfile
        )

    def _suppressions_of_image(self) -> Sequence[Suppression]:
        from boxwright.practices.image_subject import IGNORE_LABEL, ImageSubject

        subject = self._workspace.subject(self._file.path)
        assert isinstance(subject, ImageSubject)  # noqa: S101 (see check_image)
        value = subject.config.labels.get(IGNORE_LABEL)
        if value is None:
            return ()
        from boxwright.practices.suppression import suppressions_of_label

        place = subject.setting_span(f"LABEL {IGNORE_LABEL}")
        return suppressions_of_label(value, place, len(self.source.starts))

    def _add(self, rule: str, severity: Severity, problem: Problem) -> None:
        length = len(self.source.text)
        start = min(max(problem.span.start, 0), length)
        end = min(max(problem.span.end, start), length)
        self.findings.append(
            Finding(
                rule=rule,
                severity=severity,
                message=problem.message,
                path=self._file.name,
                span=Span(start, end),
                start=self.source.position(start),
                end=self.source.position(end),
                # Writing the file would write the stand-ins of the bytes that are no text.
                fix=problem.fix if self._file.problem is None else None,
            )
        )

    def _unreadable(self, error: ProjectError) -> Problem:
        """Return the problem of an ignore file that has a pattern which is none."""
        place, _, message = error.message.partition(": ")
        number = place.rpartition(":")[2]
        if not number.isdecimal():
            return Problem(error.message, Span(0, 0))
        return Problem(message, self.source.line_span(int(number)))
