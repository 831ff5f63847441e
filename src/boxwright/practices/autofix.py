"""
Fixes, applied until nothing changes; each is verified and taken back where it does harm.

What is verified: the file still parses, its structure differs only as the fix declares,
the finding is gone, and nothing as bad or worse is new.
"""

from __future__ import annotations

import posixpath
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from boxwright.findings.finding import Applicability, Finding, Fix
from boxwright.practices.check import Checked, check_file
from boxwright.practices.discovery import Kind
from boxwright.text.edit import Edit, apply_edits
from boxwright.text.record import NamedTuple
from boxwright.text.source import Source

if TYPE_CHECKING:
    from boxwright.practices.selection import Selection
    from boxwright.practices.workspace import Workspace

_ROUNDS = 20
_ATTEMPTS = 200
_CHARACTERS = 20_000_000
"""How often fixes are tried for one file, and on how much text in all."""


class Refused(NamedTuple):
    """A finding whose fix was not applied, and why."""

    finding: Finding
    reason: str


class FixedFile(NamedTuple):
    """A file after its fixes."""

    text: str
    applied: tuple[Finding, ...]
    """What was mended; places are those at the time."""
    refused: tuple[Refused, ...]
    """Places are those in *text*."""
    created: Mapping[str, str]
    """New files, by their path in the tree."""
    checked: Checked
    """What is left to find in *text*."""


def fix_file(
    workspace: Workspace,
    path: str,
    selection: Selection,
    *,
    unsafe: bool = False,
    settings_path: str | None = None,
) -> FixedFile:
    """Return the file *path* of *workspace* with all fixes that hold; nothing is written."""
    fixer = _Fixer(workspace, path, selection, unsafe=unsafe, settings_path=settings_path)
    for _ in range(_ROUNDS):
        if not fixer.round():
            break
    return fixer.result()


class _State(NamedTuple):
    """A file, and what there is to find in it."""

    workspace: Workspace
    checked: Checked
    created: Mapping[str, str]


class _Fixer:
    """Applies the fixes of one file."""

    def __init__(
        self,
        workspace: Workspace,
        path: str,
        selection: Selection,
        *,
        unsafe: bool,
        settings_path: str | None,
    ) -> None:
        self._path = path
        self._selection = selection
        self._unsafe = unsafe
        self._settings_path = settings_path
        self._state = _State(workspace, self._check(workspace), {})
        self._applied: list[Finding] = []
        self._refused: dict[tuple[str, ...], str] = {}
        self._attempts = 0

    def round(self) -> bool:
        """Apply the fixes of each rule once, and tell whether anything changed."""
        before = self._state
        for rule in sorted({finding.rule for finding in self._open()}):
            self._apply(rule)
        return self._state is not before

    def result(self) -> FixedFile:
        checked = self._state.checked
        refused = [
            Refused(finding, self._refused[key])
            for finding in checked.findings
            if (key := _key(finding, checked.source)) in self._refused
        ]
        return FixedFile(
            checked.source.text,
            tuple(self._applied),
            tuple(refused),
            self._state.created,
            checked,
        )

    def _open(self) -> list[Finding]:
        """Return the findings whose fix may be applied and was not refused yet."""
        checked = self._state.checked
        return [
            finding
            for finding in checked.findings
            if finding.fix is not None
            and (self._unsafe or finding.fix.applicability is Applicability.SAFE)
            and _key(finding, checked.source) not in self._refused
        ]

    def _apply(self, rule: str) -> None:
        """Apply the fixes of *rule*, all at once, and fewer at a time where that does harm."""
        size = 0
        while True:
            batch = _without_overlaps(finding for finding in self._open() if finding.rule == rule)
            if not batch:
                return
            if size:
                batch = batch[:size]
            source = self._state.checked.source
            self._attempts += 1
            reason = self._try(batch)
            if not reason:
                if not size:
                    return  # What overlapped comes in the next round.
                size *= 2
            elif self._attempts >= min(_ATTEMPTS, max(_CHARACTERS // (len(source.text) + 1), 20)):
                reason = "too many fixes of this file would do harm"
                self._refused |= {
                    _key(each, source): reason for each in self._open() if each.rule == rule
                }
            elif len(batch) > 1:
                size = len(batch) // 2
            else:
                self._refused[_key(batch[0], source)] = reason

    def _try(self, findings: Sequence[Finding]) -> str:
        """Apply the fixes of *findings*, all of one rule; else return why that does harm."""
        state = self._state
        fixes = [finding.fix for finding in findings if finding.fix is not None]
        if any(_has_overlap(fix.edits) for fix in fixes):
            return "its edits overlap"
        text = apply_edits(state.checked.source.text, (edit for fix in fixes for edit in fix.edits))
        created = self._created(fixes)
        if isinstance(created, str):
            return created
        if text == state.checked.source.text and not created:
            return "it changes nothing"
        changed = {**created, self._path: text}
        workspace = state.workspace.changed(changed)
        reason = self._structure(workspace, fixes)
        if reason:
            return reason
        checked = self._check(workspace)
        reason = _worse(state.checked, checked, findings)
        if reason:
            return reason
        self._applied += findings
        self._state = _State(workspace, checked, {**state.created, **created})
        return ""

    def _created(self, fixes: Iterable[Fix]) -> dict[str, str] | str:
        """Return what *fixes* create, by path in the tree, or why that may not be."""
        workspace = self._state.workspace
        folder = workspace.created_in(self._path)
        created: dict[str, str] = {}
        for fix in fixes:
            for name, content in fix.creates:
                path = posixpath.normpath(posixpath.join(folder, name))
                if path.startswith(("../", "/")):
                    return f"`{name}` would lie outside of the project"
                if workspace.has(path) or created.get(path, content) != content:
                    return f"`{name}` is there already"
                created[path] = content
        return created

    def _structure(self, workspace: Workspace, fixes: Sequence[Fix]) -> str:
        """Return what in the file is other than *fixes* declare; empty where nothing is."""
        kind = workspace.files[self._path].kind
        if kind is Kind.DOCKERIGNORE:
            return ""
        declared = [change for fix in fixes for change in fix.changes]
        if kind is Kind.DOCKERFILE:
            old = self._state.workspace.dockerfile(self._path)
            new = workspace.dockerfile(self._path)
            if old is None or new is None:
                return "the file cannot be read"
            if len(new.problems) > len(old.problems):
                return f"the file would not parse: {new.problems[-1].message}"
            return other_instructions(
                [instruction.keyword for instruction in old.instructions],
                [instruction.keyword for instruction in new.instructions],
                declared,
            )
        from boxwright.practices.yaml_difference import differing_path
        from boxwright.syntax.yaml.tree import parse_yaml

        before = parse_yaml(self._state.checked.source)
        after = parse_yaml(workspace.source(self._path))
        if len(after.problems) > len(before.problems):
            return f"the file would not parse: {after.problems[-1].message}"
        path = differing_path(before, after, declared)
        return f"it would change `{path}`" if path is not None else ""

    def _check(self, workspace: Workspace) -> Checked:
        return check_file(workspace, self._path, self._selection, settings_path=self._settings_path)


def other_instructions(before: Sequence[str], after: Sequence[str], declared: Sequence[str]) -> str:
    """
    Return what *after* has other than *before* beyond what is *declared*; empty if nothing.

    >>> other_instructions(["FROM", "CMD"], ["FROM", "USER", "CMD"], ["+USER"])
    ''
    """
    added, removed = Counter(after) - Counter(before), Counter(before) - Counter(after)
    more = added - Counter(change[1:] for change in declared if change.startswith("+"))
    less = removed - Counter(change[1:] for change in declared if change.startswith("-"))
    for keyword in more:
        return f"it would add a {keyword} instruction"
    for keyword in less:
        return f"it would remove a {keyword} instruction"
    if "order" in declared or _keeps_order(before, after, added, removed):
        return ""
    return "it would change the order of the instructions"


def _keeps_order(
    before: Sequence[str], after: Sequence[str], added: Counter[str], removed: Counter[str]
) -> bool:
    """Tell whether *after* is *before* with some *added* and some *removed*, none moved."""
    # Only what lies between the first and the last difference has to be looked at.
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    end = 0
    while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
        end += 1
    old, new = before[start : len(before) - end], after[start : len(after) - end]
    if len(old) * len(new) > 4_000_000:
        return False
    # The longest common subsequence holds all that was neither added nor removed.
    lengths = [0] * (len(new) + 1)
    for keyword in old:
        diagonal = 0
        for at, other in enumerate(new, start=1):
            above = lengths[at]
            lengths[at] = diagonal + 1 if keyword == other else max(above, lengths[at - 1])
            diagonal = above
    kept = lengths[-1] + start + end
    return kept == len(before) - removed.total() == len(after) - added.total()


def _worse(before: Checked, after: Checked, mended: Sequence[Finding]) -> str:
    """Return why *after* is no better than *before*, in which *mended* were found."""
    if after.failures:
        return "a rule fails on what comes out"
    rule = mended[0].rule
    least = min(finding.severity for finding in mended)
    old = Counter(finding.rule for finding in before.findings)
    new = Counter(finding.rule for finding in after.findings)
    if new[rule] > old[rule] - len(mended):
        return "the finding would still be there"
    for finding in after.findings:
        if (
            finding.rule != rule
            and finding.severity >= least
            and new[finding.rule] > old[finding.rule]
        ):
            return f"it would bring a finding of `{finding.rule}`"
    return ""


def _without_overlaps(findings: Iterable[Finding]) -> list[Finding]:
    """Return the *findings* that can be mended at once, the first of those that cannot."""
    taken: list[Edit] = []
    created: set[str] = set()
    result = []
    for finding in findings:
        assert finding.fix is not None  # noqa: S101 (those without are no candidates)
        names = {name for name, _ in finding.fix.creates}
        if names & created or any(_touches(edit, taken) for edit in finding.fix.edits):
            continue
        for edit in finding.fix.edits:
            insort(taken, edit)
        created |= names
        result.append(finding)
    return result


def _touches(edit: Edit, taken: Sequence[Edit]) -> bool:
    """Tell whether *edit* changes a place that one of the sorted edits *taken* changes."""
    at = bisect_left(taken, (edit.start,))
    if at and taken[at - 1].end > edit.start:
        return True
    return at < len(taken) and (taken[at].start < edit.end or taken[at].start == edit.start)


def _has_overlap(edits: Sequence[Edit]) -> bool:
    """Tell whether some of *edits*, those of one fix, would be left out by applying them."""
    ordered = sorted(edits, key=lambda edit: (edit.start, edit.end))
    return any(later.start < earlier.end for earlier, later in pairwise(ordered))


def _key(finding: Finding, source: Source) -> tuple[str, ...]:
    """Return what *finding* is known by while the lines around it move."""
    line = source.line(finding.start.line)
    return (finding.rule, finding.message, line, finding.fix.title if finding.fix else "")
