"""A finished build → the closing table, or JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence

from boxwright.build.from_folder import Built
from boxwright.image.image import Image
from boxwright.report.size import human_size


def build_table(built: Built, *, seconds: float) -> str:
    """Return what was built: a row for each layer of each image, the totals, the next command."""
    tables = [
        _rows(built.reference, image, "" if built.index else f"{seconds:.1f} s")
        for image in built.images
    ]
    widths = [max(len(row[column]) for rows in tables for row in rows) for column in range(3)]
    lines = [line for rows in tables for line in ("", *_drawn(rows, widths))]
    if built.index:
        count = len(built.images)
        size = human_size(built.index.size)
        lines += ["", f"{built.reference} for {count} platforms: {size} in all, {seconds:.1f} s"]
    return "\n".join([*lines, "", f"next: {_next(built)}"])


def _rows(reference: str, image: Image, end: str) -> list[tuple[str, str, str, str]]:
    unpacked = sum(layer.uncompressed_size for layer in image.layers)
    return [
        ("layer", "stored", "unpacked", ""),
        *(
            (
                _shortened(layer.created_by, 60),
                human_size(layer.blob.descriptor.size),
                human_size(layer.uncompressed_size),
                "reused" if layer.reused else "new",
            )
            for layer in image.layers
        ),
        (f"{reference} for {image.platform}", human_size(image.size), human_size(unpacked), end),
    ]


def _drawn(rows: Sequence[tuple[str, str, str, str]], widths: Sequence[int]) -> list[str]:
    lines = [
        f"{name:<{widths[0]}}  {stored:>{widths[1]}}  {unpacked:>{widths[2]}}  {state}".rstrip()
        for name, stored, unpacked, state in rows
    ]
    rule = "-" * (sum(widths) + 4)
    return [lines[0], rule, *lines[1:-1], rule, lines[-1]]


def build_document(built: Built, *, seconds: float) -> str:
    """Return what was built as one JSON document; of an index, each of its images is in it."""
    where = {
        "output": str(built.output) if built.output else None,
        "engine": built.engine,
        "seconds": round(seconds, 3),
    }
    named = {"reference": built.reference, "name": built.name, "digest": built.digest}
    if built.index is None:
        image = _image(built.images[0])
        layers = image.pop("layers")
        document = named | image | where | {"layers": layers}
    else:
        images = [{"digest": image.digest} | _image(image) for image in built.images]
        document = named | {"size": built.index.size, "images": images} | where
    return json.dumps(document, indent=2)


def _image(image: Image) -> dict[str, object]:
    return {
        "config": image.config.descriptor.digest,
        "platform": str(image.platform),
        "size": image.size,
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
    }


def _next(built: Built) -> str:
    """Return commands to go on with."""
    if built.engine:
        return f"boxwright run {built.reference}"
    if built.output is not None and built.output.suffix == ".tar":
        return f"boxwright run {built.output}, or docker load -i {built.output}"
    return f"boxwright run {built.output}, or boxwright push {built.output} --to REGISTRY/NAME"


def _shortened(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"
