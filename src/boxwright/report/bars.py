"""Bars and columns of text: of the width that a terminal gives them, whatever they show."""

from __future__ import annotations

from boxwright.report.findings_printable import cell

_EIGHTHS = " ▏▎▍▌▋▊▉"


def bar(part: float, whole: float, width: int) -> str:
    """
    Return a bar of at most *width* columns, as long as *part* is of *whole*.

    >>> bar(3, 8, 4), bar(0, 8, 4), bar(1, 10_000, 4)
    ('█▌', '', '▏')
    """
    if part <= 0 or whole <= 0:
        return ""
    eighths = max(1, round(8 * width * min(part / whole, 1)))
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def segments(parts: tuple[tuple[int, str], ...], whole: int, width: int) -> str:
    """
    Return one bar of several *parts*, each drawn with its character.

    A part that there is has one column at least.

    >>> segments(((5, "█"), (0, "▒"), (1, "░")), 8, 8)
    '█████░'
    """
    if whole <= 0:
        return ""
    return "".join(
        char * max(1, round(width * min(size / whole, 1))) for size, char in parts if size > 0
    )


def columns(text: str) -> int:
    """Return how many columns *text* takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(cell(char)[1] for char in text)


def fitted(text: str, width: int) -> str:
    """
    Return *text*, which is printable, in *width* columns at most.

    >>> fitted("site-packages", 8), fitted("torch", 8)
    ('site-pa…', 'torch')
    """
    if len(text) <= width and columns(text) <= width:
        return text
    shown, used = "", 0
    for char in text:
        used += cell(char)[1]
        if used > width - 1:
            break
        shown += char
    return f"{shown}…" if width > 0 else ""


def fitted_path(path: str, width: int) -> str:
    """
    Return *path*, which is printable, in *width* columns at most; its end is what matters.

    >>> fitted_path("/opt/venv/lib/torch/lib/libtorch.so", 24)
    '…/torch/lib/libtorch.so'
    """
    if columns(path) <= width:
        return path
    kept = path[-(width - 1) :] if width > 1 else ""
    while columns(kept) > width - 1:
        kept = kept[1:]
    _, slash, rest = kept.partition("/")
    return f"…{slash}{rest}" if slash and rest else f"…{kept}"


def padded(text: str, width: int) -> str:
    """Return *text* in exactly *width* columns."""
    text = fitted(text, width)
    return text + " " * (width - columns(text))


def share(part: float, whole: float) -> str:
    """
    Return what *part* is of *whole*.

    >>> share(15, 100), share(1, 1000), share(1, 100_000), share(0, 5)
    ('15 %', '0.1 %', '<0.1 %', '0 %')
    """
    if part <= 0 or whole <= 0:
        return "0 %"
    value = 100 * part / whole
    if value < 0.1:
        return "<0.1 %"
    return f"{value:.1f} %" if value < 9.95 else f"{value:.0f} %"
