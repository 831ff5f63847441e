"""What verifying prints: whatever a registry made up, it stays on its line."""

from __future__ import annotations

import json

from boxwright.oci.digest import digest_of
from boxwright.report.verify_text import unsigned_text, verify_document, verify_text
from boxwright.ship.verify import Proof, UnsignedError, Verified

DIGEST, PART = digest_of(b"image"), digest_of(b"part")


def test_what_others_made_up_moves_no_cursor() -> None:
    proof = Proof(
        digest=PART, predicate_type="https://a\x1b[2J\nsigned", place="x.att", signer="a key"
    )

    text = verify_text("api:1", Verified(digest=DIGEST, proofs=(proof,), rejected=("a\rb",)))

    assert text == (
        f"{DIGEST} is api:1, and verified:\n"
        f"  attested, https://a\ufffd[2J\ufffdsigned, for {PART} by a key (in x.att)\n"
        "  not counted: a\ufffdb\n"
    )


def test_many_reasons_are_cut_in_the_message_and_whole_in_the_text() -> None:
    reasons = tuple(f"reason {number}" for number in range(5))

    error = UnsignedError("it is not signed", hint="sign it", digest=DIGEST, rejected=reasons)

    assert error.message == (
        "it is not signed; what is there does not count: reason 0; reason 1; reason 2; and 2 more"
    )
    assert unsigned_text("api:1", error) == (
        "api:1 is not verified: it is not signed\n"
        + "".join(f"  not counted: {reason}\n" for reason in reasons)
        + "  sign it\n"
    )
    assert unsigned_text("api:1", error, quiet=True) == (
        "api:1 is not verified: it is not signed\n"
    )
    assert json.loads(verify_document("api:1", error))["rejected"] == list(reasons)
