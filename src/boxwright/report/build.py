"""A finished build → the closing table, or JSON."""

from __future__ import annotations

import json

from boxwright.build.from_folder import Built
from boxwright.report.size import human_size


def build_table(built: Built, *, seconds: float) -> str:
    """Return what was built: a row for each layer, the totals, and the next command."""
    rows = [
        ("layer", "stored", "unpacked", ""),
        *(
            (
                _shortened(layer.created_by, 60),
                human_size(layer.blob.descriptor.size),
                human_size(layer.uncompressed_size),
                "reused" if layer.reused else "new",
            )
            for layer in built.image.layers
        ),
    ]
    unpacked = sum(layer.uncompressed_size for layer in built.image.layers)
    rows.append(
        (
            f"{built.reference} for {built.image.platform}",
            human_size(built.image.size),
            human_size(unpacked),
            f"{seconds:.1f} s",
        )
    )
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [
        f"{name:<{widths[0]}}  {stored:>{widths[1]}}  {unpacked:>{widths[2]}}  {state}".rstrip()
        for name, stored, unpacked, state in rows
    ]
    rule = "-" * (sum(widths) + 4)
    return "\n".join(
        ["", lines[0], rule, *lines[1:-1], rule, lines[-1], "", f"next: {_next(built)}"]
    )


def build_document(built: Built, *, seconds: float) -> str:
    """Return what was built as one JSON document."""
    image = built.image
    return json.dumps(
        {
            "reference": built.reference,
            "name": built.name,
            "digest": image.digest,
            "config": image.config.descriptor.digest,
            "platform": str(image.platform),
            "size": image.size,
            "output": str(built.output) if built.output else None,
            "engine": built.engine,
            "seconds": round(seconds, 3),
            "layers": [
                {
                    "created_by": layer.created_by,
                    "digest": layer.blob.descriptor.digest,
                    "diff_id": layer.diff_id,
                    "size": layer.blob.descriptor.size,
                    "uncompressed_size": layer.uncompressed_size,
                    "reused": layer.reused,
                }
                for layer in image.layers
            ],
        },
        indent=2,
    )


def _next(built: Built) -> str:
    """Return a command to go on with: running the image as hard as it can be run."""
    image = built.reference
    port = built.plan.process.port
    run = " ".join(
        (
            "run --rm --read-only --tmpfs /tmp --cap-drop ALL",
            "--security-opt no-new-privileges",
            *([f"-p 127.0.0.1:{port}:{port}"] if port else []),
            image,
        )
    )
    if built.engine:
        return f"{built.engine} {run}"
    if built.output is not None and built.output.suffix == ".tar":
        return f"docker load -i {built.output} && docker {run}"
    layout = f"{built.output}:{built.reference.rpartition(':')[2]}"
    return f"skopeo copy oci:{layout} docker://REGISTRY/{image}, or build with --load"


def _shortened(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"
