"""What came of a promotion, and what an environment had, as text."""

from __future__ import annotations

from datetime import UTC, datetime

from boxwright.oci import media_type
from boxwright.oci.descriptor import Descriptor
from boxwright.oci.digest import digest_of
from boxwright.report.promote_text import history_text, promoted_text
from boxwright.ship.gates import GateResult
from boxwright.ship.history import Entry, History
from boxwright.ship.promote import Promoted

IMAGE = Descriptor(media_type=media_type.MANIFEST, digest=digest_of(b"a"), size=1)
STEERING = "\x1b[2J\x1b]0;owned\x07\u202e\r\nstaging  1.0.0"


def test_whoever_may_push_writes_a_history_but_does_not_steer_a_terminal() -> None:
    entry = Entry(
        image=IMAGE,
        time=datetime(2026, 11, 22, 9, 30, tzinfo=UTC),
        source=STEERING,
        by="mo\x9b31m",
        skipped=("scan\x1b[1A",),
        reason="x" * 5000,
    )

    text = history_text(History(entries=(entry,)), "staging", IMAGE.digest)

    shown = "\\x1b[2J\\x1b]0;owned\\x07\\u202e\\r\\nstaging  1.0.0"
    assert text.splitlines() == [
        f"when{' ' * 14}what{' ' * (len(shown) - 2)}image{' ' * 9}by",
        f"2026-11-22 09:30  {shown}  {IMAGE.digest[7:19]}  mo\\x9b31m  now; without scan\\x1b[1A; {'x' * 200}…",
    ]


def test_what_a_gate_quotes_of_an_image_is_shown_as_it_is() -> None:
    result = GateResult(gate="smoke", passed=False, summary="it said \x1b[8m", details=("\x07\n",))
    refused = Promoted(image=IMAGE, target="1.0.0", source="git-1", results=(result,))

    assert promoted_text(refused, "r.example/api").splitlines() == [
        "  REFUSED  smoke: it said \\x1b[8m",
        "             \\x07\\n",
        "",
        "r.example/api:1.0.0 stays as it was: git-1 did not pass.",
    ]
