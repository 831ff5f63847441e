"""What `boxwright init` did, and what comes next, as text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from boxwright.plan.model import Notice, Plan
from boxwright.report.size import human_size
from boxwright.setup.files import Outcome
from boxwright.setup.made_secrets import Made

_WIDTH = 100
_MEANS = {
    "new": "written",
    "updated": "written anew",
    "merged": "written anew, your edits kept",
    "conflict": "your lines kept where both of us changed them",
    "unchanged": "as it was",
    "yours": "not written by Boxwright, left as it is: `--force` replaces it",
    "deleted": "you deleted it, so it is not made again: `--force` does",
    "removed": "no longer needed, removed",
    "left": "no longer needed, but you changed it: remove it yourself",
}
_WOULD = {
    "new": "would be written",
    "updated": "would be written anew",
    "merged": "would be written anew, your edits kept",
    "conflict": "would keep your lines where both of us changed them",
    "removed": "no longer needed, would be removed",
}


def init_text(outcomes: Sequence[Outcome], made: Sequence[Made], *, is_check: bool) -> str:
    """Return a line for each file, and both versions of each conflict."""
    lines = list(_table(outcomes, made, is_check=is_check))
    for outcome in outcomes:
        for conflict in outcome.conflicts:
            lines += [
                "",
                f"{outcome.path}:{conflict.line}: you have",
                *(f"  {line.rstrip()}" for line in conflict.mine or ("(nothing)",)),
                "and Boxwright would write",
                *(f"  {line.rstrip()}" for line in conflict.theirs or ("(nothing)",)),
            ]
    return "".join(f"{line}\n" for line in lines)


def _table(outcomes: Sequence[Outcome], made: Sequence[Made], *, is_check: bool) -> Iterator[str]:
    rows = [
        (outcome.path, (_WOULD if is_check else {}).get(outcome.status, _MEANS[outcome.status]))
        for outcome in outcomes
    ]
    rows += [(item.path, item.text) for item in made]
    same = [row for row in rows if row[1] == _MEANS["unchanged"]]
    shown = [row for row in rows if row not in same]
    width = max((len(name) for name, _ in shown), default=0)
    for name, text in shown:
        yield f"{name:<{width}}  {text}"
    if same:
        files = "1 file is" if len(same) == 1 else f"{len(same)} files are"
        yield f"{files} as they were" if len(same) > 1 else f"{files} as it was"


def advice_text(
    plan: Plan, outcomes: Sequence[Outcome], notices: Iterable[Notice], *, kept_out: int
) -> str:
    """
    Return what the user should know, and the commands that come next.

    *kept_out* are the bytes that `.dockerignore` keeps from the builder.
    """
    lines: list[str] = []
    written = {outcome.path for outcome in outcomes if outcome.after is not None}
    if kept_out and ".dockerignore" in written:
        lines.append(f"{human_size(kept_out)} stay out of the build context by .dockerignore")
    for notice in notices:
        text = f"note: {notice.text}" + (f"; {notice.hint}" if notice.hint else "")
        lines += textwrap.wrap(
            text, _WIDTH, subsequent_indent="  ", break_on_hyphens=False, break_long_words=False
        )
    following = []
    if "compose.yaml" in written:
        on_demand = [each for each in plan.workloads if each.kind in {"job", "notebook"}]
        if len(on_demand) < len(plan.workloads):
            following.append("docker compose up --build --wait")
        for each in on_demand:
            start = (
                "run --build --rm" if each.kind == "job" else f"--profile {each.name} up --build"
            )
            following.append(f"docker compose {start} {each.name}")
    elif "Dockerfile" in written:
        following.append(f"docker build --tag {plan.name} .")
    if any(path.startswith("kubernetes/") for path in written):
        following.append("kubectl apply --kustomize kubernetes/overlays/dev")
    if following:
        lines += ["", "next:", *(f"  {command}" for command in following)]
    return "".join(f"{line}\n" for line in lines)
