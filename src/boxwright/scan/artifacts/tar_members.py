"""Models in tar archives, of which PyTorch's oldest format and NeMo's are some."""

from __future__ import annotations

from collections.abc import Callable

from boxwright.scan.artifacts.found import ArtifactParser, Found
from boxwright.scan.incremental import Incremental, Steps

_BLOCK = 512
_SNIFFED = 1 << 10
_PIECE = 1 << 18
_MOST_MEMBERS = 100_000
_KINDS = frozenset(b"0\x007")
_DEEPEST = 2

_Choose = Callable[[str, int, bytes], ArtifactParser | None]


def may_be_tar(start: bytes) -> bool:
    """Tell whether *start* is of a tar archive."""
    return start[257:262] == b"ustar"


class Tar:
    """An `ArtifactParser` for tar archives; None comes of one without a model."""

    def __init__(self, choose: _Choose, depth: int = 0) -> None:
        """*choose* gives what reads a member, by its name, its size and its first bytes."""
        self._choose = choose
        self._depth = depth
        self._looked: list[Found] = []
        self._names: set[str] = set()
        self._steps = Incremental(self._members())

    @property
    def is_over(self) -> bool:
        """Whether the end of the archive was there."""
        return self._steps.is_over

    def feed(self, piece: bytes) -> None:
        """Look at the members in *piece*."""
        self._steps.feed(piece)

    def finish(self) -> Found | None:
        """Return what the archive holds."""
        models = [found for found in self._looked if found.role == "model"]
        if not models:
            return None
        is_torch = {"sys_info", "pickle", "storages"} <= self._names
        found = Found(role="model", format="pytorch" if is_torch else "tar")
        for model in models:
            found.add(model)
        found.tell("models", len(models))
        return found

    def _members(self) -> Steps:
        for _ in range(_MOST_MEMBERS):
            header = yield _BLOCK
            if not header.strip(b"\0"):
                return
            size = _size(header[124:136])
            name = header[:100].partition(b"\0")[0].decode("utf-8", "replace")
            if header[156] not in _KINDS or size < 16:
                yield -(size + -size % _BLOCK)
                continue
            if len(self._names) < 1000:
                self._names.add(name.rpartition("/")[2])
            start = yield min(size, _SNIFFED)
            parser = self._choose(name, size, start)
            if isinstance(parser, Tar):
                parser = Tar(self._choose, self._depth + 1) if self._depth < _DEEPEST else None
            left = size - len(start)
            if parser is not None:
                yield from self._member(parser, start, left)
            else:
                yield -left
            yield -(-size % _BLOCK)

    def _member(self, parser: ArtifactParser, start: bytes, left: int) -> Steps:
        problem = ""
        piece = start
        while True:
            try:
                parser.feed(piece)
            except ValueError as error:
                problem = str(error)
            if problem or parser.is_over or not left:
                break
            piece = yield min(left, _PIECE)
            left -= len(piece)
        yield -left
        found = parser.finish()
        if found is not None and len(self._looked) < 1000:
            if problem:
                found.details.setdefault("damaged", problem)
            self._looked.append(found)


def _size(field: bytes) -> int:
    if field[0] & 0x80:
        return int.from_bytes(field[1:], "big")
    text = field.strip(b"\0 ")
    if not all(byte in b"01234567" for byte in text):
        msg = "a member of the archive has no size"
        raise ValueError(msg)
    return int(text or b"0", 8)
