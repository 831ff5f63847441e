"""What texts of others look like on a terminal: nothing in them may act on it."""

from __future__ import annotations

TAB = "    "


def printable(text: str) -> str:
    r"""
    Return *text* with everything that is not visible written as an escape.

    That holds for escape sequences, line ends and characters that turn the direction of
    writing, and for bytes of a file that are no text.

    >>> printable("COPY \x1b[2Ja\u202eb\n")
    'COPY \\x1b[2Ja\\u202eb\\n'
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else escaped(char) for char in text)


def printable_lines(text: str) -> str:
    r"""
    Return *text* as `printable` does, but with its lines and tabs as they are.

    >>> printable_lines("one\n\ttwo\x1b]0;three\x07\r")
    'one\n\ttwo\\x1b]0;three\\x07\\r'
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char in "\n\t" else escaped(char) for char in text)


def escaped(char: str) -> str:
    """Return *char* as an escape of ASCII characters."""
    return char.encode("unicode_escape").decode("ascii")


def cell(char: str) -> tuple[str, int]:
    r"""
    Return what is shown for *char* in a line of source, and how many columns that takes.

    >>> cell("a"), cell("\t"), cell("模"), cell("\u0301")[1], cell("\x07")
    (('a', 1), ('    ', 4), ('模', 2), 0, ('\\x07', 4))
    """
    if char.isascii():
        if char.isprintable():
            return char, 1
        shown = TAB if char == "\t" else escaped(char)
        return shown, len(shown)
    if not char.isprintable():
        shown = escaped(char)
        return shown, len(shown)
    import unicodedata  # not for files in ASCII, which are nearly all

    if unicodedata.east_asian_width(char) in "WF":
        return char, 2
    return char, 0 if unicodedata.combining(char) or unicodedata.category(char) == "Mn" else 1
