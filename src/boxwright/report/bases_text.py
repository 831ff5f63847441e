"""The comparison of bases → text for a terminal, and one JSON document."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Sequence

from boxwright.report.size import human_size
from boxwright.scan.vulnerability import SEVERITIES
from boxwright.setup.bases import Base, Comparison

_WIDTH = 100


def render(comparison: Comparison) -> str:
    """Return *comparison* as a table of what fits, what does not, and the recommendation."""
    return "".join(f"{line}\n" for line in _lines(comparison))


def render_json(comparison: Comparison) -> str:
    """Return *comparison* as a document: sizes in bytes, days as in ISO 8601."""
    document = {
        "version": 1,
        "as_of": comparison.as_of.isoformat(),
        "wants": comparison.wants,
        "recommended": comparison.recommended.name if comparison.recommended else None,
        "reasons": comparison.reasons,
        "bases": [_document(base) for base in comparison.bases],
    }
    return json.dumps(document, indent=2) + "\n"


def _document(base: Base) -> dict[str, object]:
    measured = base.measured
    return {
        "name": base.name,
        "fits": base.fits,
        "obstacles": base.obstacles,
        "drawbacks": base.drawbacks,
        "merits": base.merits,
        "distribution": base.distribution or None,
        "libc": base.libc or None,
        "python": base.python or None,
        "user": base.user or None,
        "shell": base.has_shell,
        "size": base.size,
        "size_is_rough": base.is_rough,
        "unpacked": measured.unpacked if measured else None,
        "created": measured.created or None if measured else None,
        "packages": measured.packages if measured else None,
        "vulnerabilities": dict(base.vulnerabilities) if base.vulnerabilities is not None else None,
        "supported_until": base.supported_until.isoformat() if base.supported_until else None,
    }


def _lines(comparison: Comparison) -> Iterator[str]:
    for want in comparison.wants:
        yield f"wanted: {want}"
    fitting = [base for base in comparison.bases if base.fits]
    if fitting:
        yield ""
        yield from _table(fitting)
    unfit = [base for base in comparison.bases if not base.fits]
    if unfit:
        yield ""
        yield "does not fit:"
        for base in unfit:
            yield from _wrapped(f"{base.name}: {'; '.join(base.obstacles)}", "  ")
    yield ""
    if comparison.recommended is None:
        yield "none of these fits: name another in `images.python` or `images.runtime`"
    else:
        yield f"recommended: {comparison.recommended.name}"
        for reason in comparison.reasons:
            yield from _wrapped(reason, "  ")
    if any(base.is_rough for base in fitting):
        yield ""
        yield f"~ sizes are from a table of {comparison.as_of}; `--look` measures the images"


_HEAD = ("base", "to pull", "python", "libc", "user", "shell", "support")


def _table(bases: Sequence[Base]) -> Iterator[str]:
    rows = [_HEAD, *(_row(base) for base in bases)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(_HEAD))]
    for row, base in zip(rows, [None, *bases], strict=True):
        name, size, *rest = row
        cells = [name.ljust(widths[0]), size.rjust(widths[1])]
        cells += [cell.ljust(width) for cell, width in zip(rest, widths[2:], strict=True)]
        yield "  ".join(cells).rstrip()
        if base is None:
            continue
        if base.vulnerabilities is not None:
            yield from _wrapped(f"known vulnerabilities: {_vulnerable(base)}", "    ")
        for drawback in base.drawbacks:
            yield from _wrapped(f"- {drawback}", "    ")


def _row(base: Base) -> tuple[str, ...]:
    size = "?"
    if base.size is not None:
        size = f"~{_rough_size(base.size)}" if base.is_rough else human_size(base.size)
    return (
        base.name,
        size,
        base.python or "none",
        base.libc or "?",
        base.user or "?",
        {True: "yes", False: "no", None: "?"}[base.has_shell],
        base.supported_until.strftime("%Y-%m") if base.supported_until else "?",
    )


def _rough_size(size: int) -> str:
    """Return *size* with no more digits than a table knows."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"


def _vulnerable(base: Base) -> str:
    counts = base.vulnerabilities or {}
    return ", ".join(f"{counts[name]} {name}" for name in SEVERITIES if counts.get(name)) or "none"


def _wrapped(text: str, start: str) -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=start,
        subsequent_indent=f"{start}  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
