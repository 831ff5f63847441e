"""By which words a text is known that may have suppressions: most have none, and pay nothing."""

from __future__ import annotations

WORDS = (
    "boxwright:", "hadolint", "skip", "trivy:ignore", "kics-scan", "dclint", "nosemgrep",
    "kube-linter.io/", "kube-score/ignore", "checkov",
)  # fmt: skip


def may_suppress(text: str) -> bool:
    """Tell whether *text* may have suppressions."""
    return any(word in text for word in WORDS)
