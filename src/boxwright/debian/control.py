"""Control data: paragraphs of `Field: value` lines (Debian Policy, section 5.1)."""

from __future__ import annotations

from collections.abc import Iterator


def parse_paragraphs(text: str) -> Iterator[dict[str, str]]:
    r"""
    Yield each paragraph of *text*, its field names in lower case.

    The lines of a value are joined by newlines, without their leading space. Lines that
    are neither a field nor a continuation, and comments, are passed over.

    >>> list(parse_paragraphs("Package: a\nDepends: b,\n c\n\nPackage: d\n"))
    [{'package': 'a', 'depends': 'b,\nc'}, {'package': 'd'}]
    """
    fields: dict[str, str] = {}
    name = ""
    for line in text.split("\n"):
        if not line.strip():
            if fields:
                yield fields
            fields, name = {}, ""
        elif line.startswith("#"):
            continue
        elif line[0] in " \t":
            if name:
                fields[name] += "\n" + line.strip()
        else:
            name, colon, value = line.partition(":")
            name = name.strip().lower() if colon else ""
            if name:
                fields[name] = value.strip()
    if fields:
        yield fields
