"""What `boxwright pin` did, or would do, as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from boxwright.report.findings_printable import printable
from boxwright.ship.mentions import Name
from boxwright.ship.pin import Outcome, PinnedFile, Status

_SHORT = len("sha256:") + 12


def pin_text(files: Iterable[PinnedFile]) -> str:
    """Return a line for each place that changes, or would have to."""
    lines = []
    for file in files:
        for outcome in file.outcomes:
            if outcome.status is Status.PINNED:
                lines.append(f"{_place(file, outcome)}: {_change(outcome)}")
            elif outcome.status is Status.OPEN:
                lines.append(f"{_place(file, outcome)}: `{outcome.before}` has no digest")
    return "".join(f"{printable(line)}\n" for line in lines)


def notes(files: Iterable[PinnedFile]) -> Iterator[str]:
    """Yield a sentence for each place that stays as it is on purpose."""
    for file in files:
        for outcome in file.outcomes:
            if outcome.status is Status.LEFT:
                yield f"{_place(file, outcome)}: `{outcome.before}` {outcome.reason}"


def failures(files: Iterable[PinnedFile]) -> Iterator[tuple[str, str]]:
    """Yield a sentence with all its places, and a hint, for each reason of a failure."""
    places: dict[tuple[str, str], list[str]] = {}
    for file in files:
        for outcome in file.outcomes:
            if outcome.status is Status.FAILED:
                found = places.setdefault((outcome.reason, outcome.hint), [])
                found.append(_place(file, outcome))
    for (reason, hint), found in places.items():
        yield f"{', '.join(found)}: {reason}", hint


def summary(files: Iterable[PinnedFile], *, writes: bool) -> str:
    """Return in one line how many places there are of what."""
    count = dict.fromkeys(Status, 0)
    changed = 0
    for file in files:
        changed += any(outcome.status is Status.PINNED for outcome in file.outcomes)
        for outcome in file.outcomes:
            count[outcome.status] += 1
    parts = []
    if count[Status.PINNED]:
        would = "" if writes else "would be "
        in_files = "1 file" if changed == 1 else f"{changed} files"
        parts.append(f"{count[Status.PINNED]} {would}pinned in {in_files}")
    if count[Status.OPEN]:
        parts.append(f"{count[Status.OPEN]} without a digest")
    if count[Status.KEPT]:
        parts.append(f"{count[Status.KEPT]} pinned already")
    if count[Status.LEFT]:
        parts.append(f"{count[Status.LEFT]} left alone")
    if count[Status.FAILED]:
        parts.append(f"{count[Status.FAILED]} not pinned for an error")
    return "images: " + (", ".join(parts) or "none")


def _place(file: PinnedFile, outcome: Outcome) -> str:
    return f"{file.path}:{outcome.position.line}"


def _change(outcome: Outcome) -> str:
    """Return what becomes of the image: the digest alone, where the rest stays."""
    before, after = Name.of(outcome.before), Name.of(outcome.after)
    digest = f"{after.digest[:_SHORT]}…"
    if before.repository != after.repository or (before.tag and before.tag != after.tag):
        return f"`{before._replace(digest='')}` becomes `{after._replace(digest='')}` {digest}"
    if before.digest:
        return f"`{after._replace(digest='')}` moves from {before.digest[:_SHORT]}… to {digest}"
    return f"`{after._replace(digest='')}` is {digest}"
