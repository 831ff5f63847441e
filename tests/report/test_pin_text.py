"""What pinning did, as text and as JSON, is read without colour."""

from __future__ import annotations

from boxwright.report.pin_text import failures, notes, pin_text, summary
from boxwright.ship.pin import Outcome, PinnedFile, Status
from boxwright.text.source import Position

ONE, TWO = (f"sha256:{digit * 64}" for digit in "12")


def outcome(
    status: Status, before: str, after: str = "", *, line: int = 1, why: str = ""
) -> Outcome:
    return Outcome(
        status=status,
        position=Position(line, 1),
        before=before,
        after=after,
        reason=why,
        hint="look again" if status is Status.FAILED else "",
    )


def files(*outcomes: Outcome) -> list[PinnedFile]:
    return [PinnedFile(path="a/Dockerfile", before="", after="", outcomes=outcomes)]


def test_each_change_says_what_is_new() -> None:
    text = pin_text(
        files(
            outcome(Status.PINNED, "a:1", f"a:1@{ONE}"),
            outcome(Status.PINNED, "a", f"a:latest@{ONE}", line=2),
            outcome(Status.PINNED, f"a:1@{ONE}", f"a:1@{TWO}", line=3),
            outcome(Status.PINNED, f"a:1@{ONE}", f"a:2@{TWO}", line=4),
            outcome(Status.PINNED, "a:1", f"g.io/a@{TWO}", line=5),
            outcome(Status.OPEN, "a:1", line=6),
            outcome(Status.KEPT, f"a:1@{ONE}", line=7),
        )
    )

    assert text == (
        "a/Dockerfile:1: `a:1` is sha256:111111111111…\n"
        "a/Dockerfile:2: `a:latest` is sha256:111111111111…\n"
        "a/Dockerfile:3: `a:1` moves from sha256:111111111111… to sha256:222222222222…\n"
        "a/Dockerfile:4: `a:1` becomes `a:2` sha256:222222222222…\n"
        "a/Dockerfile:5: `a:1` becomes `g.io/a` sha256:222222222222…\n"
        "a/Dockerfile:6: `a:1` has no digest\n"
    )


def test_what_stays_is_told_place_by_place_and_what_failed_by_its_reason() -> None:
    found = files(
        outcome(Status.LEFT, "a:$B", why="depends on `B`"),
        outcome(Status.FAILED, "a:1", line=2, why="`a:1` is not there"),
        outcome(Status.FAILED, "a:1", line=3, why="`a:1` is not there"),
    )

    assert list(notes(found)) == ["a/Dockerfile:1: `a:$B` depends on `B`"]
    assert list(failures(found)) == [
        ("a/Dockerfile:2, a/Dockerfile:3: `a:1` is not there", "look again")
    ]


def test_the_summary_counts() -> None:
    found = files(*(outcome(status, "a:1", f"a:1@{ONE}") for status in Status))

    assert summary(found, writes=True) == (
        "images: 1 pinned in 1 file, 1 without a digest, 1 pinned already, 1 left alone,"
        " 1 not pinned for an error"
    )
    assert summary(found, writes=False).startswith("images: 1 would be pinned in 1 file,")
    assert summary([], writes=True) == "images: none"
