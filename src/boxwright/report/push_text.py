"""What pushing took, as text and as a document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from boxwright.report.size import human_size
from boxwright.ship.tags import DIRTY

if TYPE_CHECKING:
    from boxwright.ship.push import Shipped


def pushed_text(shipped: Shipped, repository: str) -> str:
    """Return where the image is now, how it came there, and the next command."""
    pushed = shipped.pushed
    ways = [
        f"{count} {way}"
        for count, way in (
            (pushed.uploaded, f"sent ({human_size(pushed.sent)})"),
            (pushed.mounted, "mounted from other repositories"),
            (pushed.present, "there before"),
        )
        if count
    ]
    lines = ["", *(f"{repository}:{tag}" for tag in shipped.tags)]
    lines.append(f"blobs: {', '.join(ways) or 'none'}; attached documents: {len(shipped.attached)}")
    name = f"{repository}:{shipped.tags[0]}" if shipped.tags else f"{repository}@{pushed.digest}"
    if not name.endswith(DIRTY):
        lines += ["", f"next: boxwright promote {name} VERSION"]
    return "\n".join(lines)


def pushed_document(shipped: Shipped, repository: str) -> dict[str, Any]:
    """Return the same for programs."""
    pushed = shipped.pushed
    return {
        "repository": repository,
        "digest": pushed.digest,
        "tags": list(shipped.tags),
        "sent": pushed.sent,
        "uploaded": pushed.uploaded,
        "mounted": pushed.mounted,
        "present": pushed.present,
        "attached": [descriptor.digest for descriptor in shipped.attached],
    }
