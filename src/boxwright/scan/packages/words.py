"""Text of documents that anybody may have written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

_LONGEST = 300
_LONGEST_CLAUSE = 600
_MOST_CLAUSES = 200
LONGEST_FIELD = 1 << 17
"""Letters of a field of a database that are read; few lists of needs have more than a thousand."""
MOST_PROVIDED = 200_000
"""Names that all packages of a database stand for."""
_MOST_PARAGRAPHS = 25_000
"""A third of all packages that Debian has."""


class Unread:
    """What could not be read, in clauses; of very many, how many more there are."""

    def __init__(self) -> None:
        self._clauses: list[str] = []
        self._more = 0

    def append(self, clause: str) -> None:
        """Add *clause*, which names the file."""
        if len(self._clauses) < _MOST_CLAUSES:
            self._clauses.append(clause[:_LONGEST_CLAUSE])
        else:
            self._more += 1

    def clauses(self) -> tuple[str, ...]:
        """Return all clauses that were added, in their order."""
        more = f"{self._more} more entries could not be read"
        return (*self._clauses, *([more] if self._more else ()))


def paragraphs(path: str, content: bytes, unread: Unread) -> Iterator[str]:
    """Yield the parts of *content* that empty lines separate; a bounded number of them."""
    text = decoded(content).replace("\r\n", "\n")
    at = count = 0
    while at < len(text):
        end = text.find("\n\n", at)
        end = len(text) if end < 0 else end
        if not (end == at or text[at:end].isspace()):
            count += 1
            if count > _MOST_PARAGRAPHS:
                unread.append(f"`{path}` is not read after {_MOST_PARAGRAPHS:,} entries")
                return
            yield text[at:end]
        at = end + 1


def decoded(content: bytes) -> str:
    """Return *content* as text; what is no UTF-8 becomes replacement characters."""
    return content.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")


def is_word(text: str) -> bool:
    """
    Tell whether *text* can be a name or a version: short, printable and without spaces.

    >>> is_word("2.36-9+deb12u14"), is_word("a b"), is_word("")
    (True, False, False)
    """
    return 0 < len(text) <= _LONGEST and text.isprintable() and " " not in text and "�" not in text


def one_line(text: object) -> str:
    """Return *text* in one line of bounded length; nothing where it is no text."""
    if not isinstance(text, str):
        return ""
    return " ".join("".join(c if c.isprintable() else " " for c in text[:_LONGEST]).split())


def resolve(
    needs: Iterable[Sequence[str]], provided: Mapping[str, str], *, keep: bool = False
) -> tuple[str, ...]:
    """
    Return which packages *needs* are, each a list of alternatives, by what is *provided* by whom.

    What nobody provides is left out, unless it is to *keep* its first name.

    >>> resolve([["mta", "postfix"], ["libc6"]], {"postfix": "postfix"})
    ('postfix',)
    """
    found: set[str] = set()
    for alternatives in needs:
        for name in alternatives:
            package = provided.get(name)
            if package is not None:
                found.add(package)
                break
        else:
            if keep and alternatives:
                found.add(alternatives[0])
    return tuple(sorted(found))
