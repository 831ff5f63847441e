"""Models and data sets of an image, gathered by layer and by what became of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from boxwright.practices.image_subject import named
from boxwright.practices.layers import readable

if TYPE_CHECKING:
    from boxwright.practices.image_subject import ImageSubject
    from boxwright.scan.contents import FoundArtifact


def gathered(
    image: ImageSubject, role: str, *, least: object
) -> Iterator[tuple[FoundArtifact, ...]]:
    """
    Yield the artifacts of *role* that one layer has in one state, the largest first.

    Those that a package owns are left out, those that are only there again with another owner
    or mode, and groups that have less than *least* bytes together.
    """
    groups: dict[tuple[int, str], list[FoundArtifact]] = {}
    for found in image.contents.artifacts:
        if found.artifact.role != role or is_again(image, found):
            continue
        if found.state == "live" and image.contents.owner(found.artifact.path) is not None:
            continue
        groups.setdefault((found.layer, found.state), []).append(found)
    for _, group in sorted(groups.items()):
        if isinstance(least, int) and sum(each.artifact.size for each in group) >= least:
            yield tuple(sorted(group, key=lambda each: (-each.artifact.size, each.artifact.path)))


def is_again(image: ImageSubject, found: FoundArtifact) -> bool:
    """Tell whether a later layer has *found* again, and another rule tells of that."""
    return found.state == "replaced" and (found.layer, found.artifact.path) in image.rewritten


def told(group: Sequence[FoundArtifact], what: str) -> str:
    """Return a message of *group*, which is of *what*."""
    size = readable(sum(each.artifact.size for each in group))
    formats = ", ".join(sorted({each.artifact.format for each in group}))
    count = f" in {len(group)} files" if len(group) > 1 else ""
    state = group[0].state
    after = "" if state == "live" else f", {state} by a later layer but still there"
    return (
        f"{size} of {what}{count} ({formats}): {named([it.artifact.path for it in group])}{after}"
    )
