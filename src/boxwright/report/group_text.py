"""The plans of several projects in one folder, as text."""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.build.from_folder import Group, Planned
from boxwright.project.facts import Member
from boxwright.report.plan_text import plan_text


def group_text(group: Group) -> str:
    """Return each plan of *group*; where they are several, first whose they are and why."""
    if not group.members:
        return _plan_text(group.planned[0])
    return "".join(_lines(group))


def why_of(member: Member) -> str:
    """Return why *member* is planned for itself."""
    if member.is_workspace:
        return f"a member of the workspace, with something to start ({member.evidence})"
    return f"a project of its own, with something to start ({member.evidence})"


def _lines(group: Group) -> Iterator[str]:
    count = len(group.members)
    what = "one project" if count == 1 else f"{count} projects"
    yield f"{group.name} has nothing to start at its top, but {what} in folders:\n\n"
    width = max(len(member.path) for member in group.members)
    for member in group.members:
        yield f"  {member.path:<{width}}  {why_of(member)}\n"
    for notice in group.notices:
        yield f"\nnote: {notice.text}" + (f"; {notice.hint}" if notice.hint else "") + "\n"
    for member, planned in zip(group.members, group.planned, strict=True):
        yield f"\n\n{member.path}\n{'-' * len(member.path)}\n{_plan_text(planned)}"


def _plan_text(planned: Planned) -> str:
    return plan_text(planned.plan, planned.platforms[1:])
