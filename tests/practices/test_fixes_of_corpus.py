"""
Fixes can be trusted: each one of every file of the corpus, alone and all together.

BOXWRIGHT_CORPUS names a folder with more Dockerfiles, Compose files and objects to try.
"""

from __future__ import annotations

import os
import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import pytest

from boxwright.findings.finding import Finding, Severity
from boxwright.practices.autofix import fix_file
from boxwright.practices.check import check_file
from boxwright.practices.discovery import Found, Kind, discover
from boxwright.practices.registry import find_rule
from boxwright.practices.selection import Selection
from boxwright.practices.workspace import File, Workspace
from boxwright.project.tree import FolderTree
from boxwright.text.edit import apply_edits

TODAY = date(2026, 12, 1)
CORPUS = Path(__file__).parent.parent / "corpus"
MAY_DIFFER = {
    "invalid-port": {"ports"},
    "redundant-platform": {"bases"},
    "repeated-command": {"start"},
    "source-before-dependencies": {"sources"},
    "stage-by-number": {"bases", "sources"},
    "wheels-copied-then-removed": {"sources"},
}
"""Safe fixes that are declared to change what is built from, copied, started or exposed."""
ROOTS = [
    *(CORPUS / name for name in ("dockerfile", "compose", "kubernetes", "broken")),
    *sorted(path for path in (CORPUS / "projects").iterdir() if path.is_dir()),
    *(Path(path) for path in os.environ.get("BOXWRIGHT_CORPUS", "").split(":") if path),
]


def all_found() -> Iterator[tuple[Path, Found]]:
    for root in ROOTS:
        for found in discover(FolderTree(root, enter_all=True)).found:
            yield root, found


def workspace_of(root: Path) -> Workspace:
    tree = FolderTree(root, enter_all=True)
    files = [
        File.of(found.path, found.path, found.kind, tree.read(found.path))
        for found in discover(tree).found
    ]
    return Workspace(tree, files, today=TODAY)


@pytest.mark.parametrize(
    ("root", "path"),
    [pytest.param(root, found.path, id=f"{root.name}/{found.path}") for root, found in all_found()],
)
def test_fixes_of_a_file_hold(root: Path, path: str) -> None:
    workspace = workspace_of(root)
    selection = Selection(select=["all"])
    before = check_file(workspace, path, selection)
    assert before.failures == ()

    for finding in before.findings:
        if finding.fix is not None:
            holds_alone(workspace, path, selection, finding)
    fixed = fix_file(workspace, path, selection, unsafe=True)
    created = {**fixed.created, path: fixed.text}
    again = fix_file(workspace.changed(created), path, selection, unsafe=True)

    assert (again.text, again.applied, dict(again.created)) == (fixed.text, (), {})


def holds_alone(workspace: Workspace, path: str, selection: Selection, finding: Finding) -> None:
    """Apply the fix of *finding* alone; nothing but what it declares may be another then."""
    fix = finding.fix
    assert fix is not None
    before = workspace.source(path).text
    after = apply_edits(before, fix.edits)
    created = {
        os.path.normpath(os.path.join(workspace.created_in(path), name)): content  # noqa: PTH118
        for name, content in fix.creates
    }
    changed = workspace.changed({**created, path: after})
    old = check_file(workspace, path, selection)
    new = check_file(changed, path, selection)
    note = f"{path}: {finding.rule}: {fix.title}\n{after}"

    assert new.failures == (), note
    assert sum_of(new.findings, finding.rule) < sum_of(old.findings, finding.rule), note
    assert worse(old.findings, new.findings, finding) == [], note
    if workspace.files[path].kind is Kind.DOCKERFILE:
        assert_only_declared(before, after, fix.changes, note)


def sum_of(findings: Sequence[Finding], rule: str) -> int:
    return sum(each.rule == rule for each in findings)


def worse(old: Sequence[Finding], new: Sequence[Finding], mended: Finding) -> list[str]:
    """
    Return the rules with more findings than before that are as bad as what was mended.

    Matters of taste, which are off unless they are asked for, do not count.
    """
    more = Counter(each.rule for each in new) - Counter(each.rule for each in old)
    worst: dict[str, Severity] = {}
    for each in new:
        worst[each.rule] = max(each.severity, worst.get(each.rule, each.severity))
    return [rule for rule in more if worst[rule] >= mended.severity and find_rule(rule).default]


def assert_only_declared(before: str, after: str, changes: Sequence[str], note: str) -> None:
    """Compare the instructions by another program's reading."""
    other = pytest.importorskip("dockerfile", reason="a second opinion on Dockerfiles")
    try:
        old = Counter(item.cmd.upper() for item in other.parse_string(before))
    except (other.GoParseError, UnicodeError):
        return
    new = Counter(item.cmd.upper() for item in other.parse_string(after))
    declared_more = Counter(change[1:] for change in changes if change.startswith("+"))
    declared_less = Counter(change[1:] for change in changes if change.startswith("-"))
    assert not new - old - declared_more, note
    assert not old - new - declared_less, note


@pytest.mark.parametrize(
    ("root", "path"),
    [
        pytest.param(root, found.path, id=f"{root.name}/{found.path}")
        for root, found in all_found()
        if found.kind is Kind.DOCKERFILE
    ],
)
def test_safe_fixes_keep_what_is_built_and_started(root: Path, path: str) -> None:
    workspace = workspace_of(root)

    fixed = fix_file(workspace, path, Selection(select=["all"]))
    before, after = seen_of(workspace.source(path).text), seen_of(fixed.text)

    allowed = set().union(*(MAY_DIFFER.get(each.rule, ()) for each in fixed.applied))
    different = {key for key in before if before[key] != after[key]}
    assert different <= allowed, fixed.text


def seen_of(text: str) -> dict[str, list[object]]:
    """Return what a Dockerfile is made from, takes, starts and exposes, by another's reading."""
    other = pytest.importorskip("dockerfile", reason="a second opinion on Dockerfiles")
    seen: dict[str, list[object]] = {"bases": [], "sources": [], "start": [], "ports": []}
    try:
        items = other.parse_string(text)
    except (other.GoParseError, UnicodeError):
        return seen
    for item in items:
        keyword = (item.sub_cmd or item.cmd or "").upper()
        if keyword == "FROM":
            seen["bases"].append((item.flags, item.value[0], *map(str.lower, item.value[2:])))
        elif keyword in {"COPY", "ADD"}:
            come_from = [flag.lower() for flag in item.flags if flag.startswith("--from")]
            seen["sources"].append((come_from, item.value[:-1]))
        elif keyword in {"CMD", "ENTRYPOINT"}:
            seen["start"].append((keyword, words_of(item.value, is_exec=item.json)))
        elif keyword == "EXPOSE":
            seen["ports"].append(item.value)
    return seen


def words_of(values: Sequence[str], *, is_exec: bool) -> list[str]:
    """Return what is run in the end: `a b` in shell form is `["a", "b"]`."""
    if is_exec or not values:
        return list(values)
    script = values[0].removeprefix("exec ")
    if set("$;&|<>`*?()") & set(script):
        return ["/bin/sh", "-c", script]
    try:
        return shlex.split(script)
    except ValueError:
        return [script]
