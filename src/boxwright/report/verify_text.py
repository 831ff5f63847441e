"""What was verified of an image, or why nothing could be → lines, and a document."""

from __future__ import annotations

import json

from boxwright.ship.verify import UnsignedError, Verified


def verify_text(name: str, verified: Verified, *, quiet: bool = False) -> str:
    """Return what of the image that was named *name* is valid, the digest first."""
    lines = [f"{verified.digest}"]
    if not quiet:
        lines[0] += f" is {_shown(name)}, and verified:"
        for proof in verified.proofs:
            what = "signed" if proof.is_signature else f"attested, {_shown(proof.predicate_type)},"
            of = "" if proof.digest == verified.digest else f" for {proof.digest}"
            lines.append(f"  {what}{of} by {_shown(proof.signer)} (in {proof.place})")
        lines += [f"  not counted: {_shown(each)}" for each in verified.rejected]
    return "\n".join(lines) + "\n"


def unsigned_text(name: str, error: UnsignedError, *, quiet: bool = False) -> str:
    """Return why the image that was named *name* is not verified."""
    lines = [f"{_shown(name)} is not verified: {_shown(error.what)}"]
    if not quiet:
        lines += [f"  not counted: {_shown(each)}" for each in error.rejected]
        lines.append(f"  {_shown(error.hint)}")
    return "\n".join(lines) + "\n"


def _shown(text: str) -> str:
    """Return *text*, which others may have made up, as one line that a terminal can show."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)


def verify_document(name: str, outcome: Verified | UnsignedError) -> str:
    """Return the outcome as one JSON document."""
    is_verified = isinstance(outcome, Verified)
    proofs = outcome.proofs if isinstance(outcome, Verified) else ()
    return json.dumps(
        {
            "image": name,
            "digest": outcome.digest,
            "verified": is_verified,
            "problem": None if isinstance(outcome, Verified) else outcome.what,
            "signatures": [
                {"digest": proof.digest, "signer": proof.signer, "place": proof.place}
                for proof in proofs
                if proof.is_signature
            ],
            "attestations": [
                {
                    "digest": proof.digest,
                    "signer": proof.signer,
                    "place": proof.place,
                    "predicateType": proof.predicate_type,
                }
                for proof in proofs
                if not proof.is_signature
            ],
            "rejected": list(outcome.rejected),
        },
        indent=2,
    )
