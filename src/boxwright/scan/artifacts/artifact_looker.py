"""
Models, data sets, programs and libraries among the files of a layer, known by their content.

What is found in the files of packages is told of, too: test data, mostly. Whoever asks knows
whose a file is.
"""

from __future__ import annotations

import struct

from boxwright.scan.artifacts.arrays import MAGIC as NUMPY
from boxwright.scan.artifacts.arrays import Array
from boxwright.scan.artifacts.dataset_formats import (
    LEAST_TEXT,
    dataset_parser,
    is_table,
    text_table,
)
from boxwright.scan.artifacts.elf_facts import MAGIC as ELF
from boxwright.scan.artifacts.elf_facts import ElfFacts, is_loaded
from boxwright.scan.artifacts.found import ArtifactParser, Found
from boxwright.scan.artifacts.model_formats import model_parser
from boxwright.scan.artifacts.pickle_files import PickleFile
from boxwright.scan.artifacts.tar_members import Tar, may_be_tar
from boxwright.scan.artifacts.unpack import CUT, Unpacker, packing_of
from boxwright.scan.artifacts.zip_members import Zip
from boxwright.scan.layer_index import Artifact, Binary
from boxwright.scan.looker import Begun, Watch

_LEAST = 12
"""Bytes that an artifact has at least; the shortest harmful pickle has 13."""
_LEAST_BINARY = 1 << 16
_MOST_BINARIES = 5_000
_MOST_ARTIFACTS = 20_000
_MOST_DANGEROUS = 40_000
_SNIFFED = 1 << 10
"""Bytes that are unpacked to see whether it is worth to go on."""
_LEAST_SIZES = {"numpy": 1 << 20, "npz": 1 << 20, "csv": 1 << 20, "matlab": 1 << 16}
"""Bytes that data of a format has at least to be told of."""
_NEVER = frozenset(
    {
        "py", "pyc", "pyi", "h", "hpp", "c", "cc", "cpp", "cu", "cuh", "js", "ts", "css", "html",
        "md", "rst", "mo", "po", "pem", "crt", "svg", "png", "jpg", "gif", "ttf", "woff", "woff2",
        "map", "cmake", "pxd", "pyx", "tcl", "sh",
    }
)  # fmt: skip
"""Suffixes of files that nobody loads a model from, unless they begin as pickles do."""
_PICKLED = 0x80
_GPU_NAMES = ("cuda", "cublas", "cudnn", "nccl", "nvrtc", "hip", "rocm", "nvinfer", ".co", ".cubin")
_DAMAGE = (
    ValueError, ArithmeticError, LookupError, MemoryError, RecursionError, struct.error,
)  # fmt: skip


class ArtifactLooker:
    """A `Looker` for models, data sets and programs."""

    def __init__(self) -> None:
        self.artifacts: list[Artifact] = []
        """What was found of models and data sets."""
        self.binaries: list[Binary] = []
        """What was found of programs and libraries."""

    def begin(self, file: Begun) -> Watch | None:
        """Return what looks at *file*; None where nothing needs to."""
        if file.size < _LEAST:
            return None
        start = file.start
        if start[:4] == ELF:
            return self._binary(file)
        if file.path[file.path.rfind(".") + 1 :] in _NEVER and start[0] != _PICKLED:
            return None
        parser = parser_for(file.path, file.size, start)
        return None if parser is None else _ArtifactWatch(self, file, parser)

    def add(self, artifact: Artifact) -> None:
        """Keep *artifact*, unless there are more than anybody reads about."""
        most = _MOST_DANGEROUS if artifact.dangerous else _MOST_ARTIFACTS
        if len(self.artifacts) < most:
            self.artifacts.append(artifact)

    def _binary(self, file: Begun) -> Watch | None:
        base = file.path.rpartition("/")[2]
        matters = file.size > _LEAST_BINARY or any(name in base for name in _GPU_NAMES)
        if not matters or not is_loaded(file.start) or len(self.binaries) >= _MOST_BINARIES:
            return None
        return _BinaryWatch(self, ElfFacts(file.path, file.size, file.start))


def parser_for(name: str, size: int, start: bytes) -> ArtifactParser | None:
    """Return what reads the file *name* of *size* bytes, which begins with *start*, if anything."""
    parser = _binary_parser(name, size, start)
    if parser is not None:
        return parser
    # No pickle begins as packed files do, but for LZMA's first byte.
    if packing := packing_of(start):
        return _packed_parser(name, size, packing, start)
    return PickleFile(name) if PickleFile.may_be(name, start) else None


def _binary_parser(name: str, size: int, start: bytes) -> ArtifactParser | None:
    if start.startswith(b"PK\x03\x04"):
        return Zip()
    if start.startswith(NUMPY):
        return Array()
    if may_be_tar(start):
        return Tar(parser_for)
    return model_parser(name, size, start) or dataset_parser(name, size, start)


def _packed_parser(name: str, size: int, packing: str, start: bytes) -> ArtifactParser | None:
    try:
        unpacked = next(Unpacker(packing, _SNIFFED).unpack(start), b"")
    except _DAMAGE:
        return None
    if unpacked:
        return _Packed.begin(name, size, packing, unpacked)
    # A block of bzip2's can be larger than the start that is there.
    return _Packed(name, size, packing) if packing == "bzip2" else None


def _unpacked_parser(name: str, size: int, unpacked: bytes) -> ArtifactParser | None:
    """Return what reads what a file of *size* bytes holds, which begins with *unpacked*."""
    inner_name = name.rpartition(".")[0]
    if (kind := is_table(inner_name)) and size >= LEAST_TEXT:
        return text_table(kind, unpacked)
    if unpacked.startswith(NUMPY):
        return Array()
    if may_be_tar(unpacked):
        return Tar(parser_for)
    for one in (name, inner_name):
        if PickleFile.may_be(one, unpacked):
            return PickleFile(one)
    return None


class _Packed:
    """An `ArtifactParser` for what is packed as a whole."""

    def __init__(self, name: str, size: int, packing: str) -> None:
        self._name = name
        self._size = size
        self._packing = packing
        self._unpacker = Unpacker(packing)
        self._inner: ArtifactParser | None = None
        self._is_known = False

    @classmethod
    def begin(cls, name: str, size: int, packing: str, unpacked: bytes) -> ArtifactParser | None:
        """Return what reads a file that holds *unpacked* first; None where nobody needs to."""
        packed = cls(name, size, packing)
        packed._choose(unpacked)
        return packed if packed._inner is not None else None

    @property
    def is_over(self) -> bool:
        if self._is_known and (self._inner is None or self._inner.is_over):
            return True
        return self._unpacker.is_over

    def feed(self, piece: bytes) -> None:
        for content in self._unpacker.unpack(piece):
            if not self._is_known:
                self._choose(content)
            if self._inner is None or self._inner.is_over:
                return
            self._inner.feed(content)

    def finish(self) -> Found | None:
        found = None if self._inner is None else self._inner.finish()
        if found is None:
            return None
        found.tell("compression", self._packing)
        if self._unpacker.is_cut:
            found.tell("unread", CUT)
            found.add(Found(role="", format="", unknown=(CUT,)))
        return found

    def _choose(self, unpacked: bytes) -> None:
        self._is_known = True
        self._inner = _unpacked_parser(self._name, self._size, unpacked)


class _ArtifactWatch:
    """Gives a file to what reads it."""

    def __init__(self, looker: ArtifactLooker, file: Begun, parser: ArtifactParser) -> None:
        self._looker = looker
        self._path = file.path
        self._size = file.size
        self._parser = parser
        self._problem = ""

    def feed(self, piece: bytes) -> None:
        if self._problem or self._parser.is_over:
            return
        try:
            self._parser.feed(piece)
        except _DAMAGE as error:
            self._problem = _clause(error)

    def close(self) -> None:
        try:
            found = self._parser.finish()
        except _DAMAGE as error:
            self._problem = self._problem or _clause(error)
            found = None
        if found is None or not found.format or _is_small(found, self._size):
            return
        if self._problem:
            found.tell("damaged", self._problem)
        self._looker.add(
            Artifact(
                path=self._path,
                role=found.role,
                format=found.format,
                size=self._size,
                details=found.details,
                dangerous=found.dangerous,
                unknown=found.unknown,
            )
        )


def _is_small(found: Found, size: int) -> bool:
    """Tell whether *found* is an array or a table that is no more than an example."""
    if found.dangerous or found.unknown or found.details.get("dtype") == "object":
        return False
    return size < _LEAST_SIZES.get(found.format, 0)


class _BinaryWatch:
    """Gives a program or a library to what reads it."""

    def __init__(self, looker: ArtifactLooker, facts: ElfFacts) -> None:
        self._looker = looker
        self._facts = facts
        self.feed = facts.feed

    def close(self) -> None:
        self._looker.binaries.append(self._facts.close())


def _clause(error: BaseException) -> str:
    return str(error) if type(error) is ValueError and str(error) else "it is damaged"
