"""
What an image has that is to be the base: distribution, Python, libraries, packages.

Each layer is read once, front to back, and nothing of it is run. What was found is
remembered by the digest of the manifest.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import msgspec

from boxwright.errors import LockError
from boxwright.image.elf import MACHINES, MAGIC, Elf, read_elf
from boxwright.image.image import Image, Layer
from boxwright.oci.canonical import canonical_json
from boxwright.oci.config import ImageConfig
from boxwright.oci.digest import digest_of
from boxwright.oci.document import parse_document
from boxwright.scan.contents import Contents
from boxwright.scan.filesystem import real_folder
from boxwright.scan.inspected import Inspected, InspectedLayer
from boxwright.scan.layer_index import FILE, HARDLINK, SYMLINK, LayerIndex
from boxwright.scan.layer_pass import index_layer
from boxwright.scan.looker import Begun
from boxwright.scan.lookers import Lookers
from boxwright.scan.package_url import package_url

if TYPE_CHECKING:
    from boxwright.progress import Progress
    from boxwright.store.cache import Cache

_FORMAT = 1
"""Raised when the same image gives other facts."""

_KIND = "bases"
_MOST_BYTES = 64 << 20
"""Of an ELF file whose needs are read; larger ones are libraries for GPUs."""
_MOST_ELF = 50_000
_MOST_LINKS = 40
_PROGRAM = re.compile(r"python3\.[0-9]{1,2}t?")
_SITES = ("/site-packages/", "/dist-packages/")
_TRIPLETS = {"amd64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu"}
_FOLDERS = ("usr/local/lib", "lib64", "usr/lib64", "lib", "usr/lib")
_BUNDLES = (
    "etc/ssl/certs/ca-certificates.crt",
    "etc/pki/tls/certs/ca-bundle.crt",
    "etc/ssl/ca-bundle.pem",
)
"""Where distributions have their authorities in one file."""


class FoundLibrary(msgspec.Struct, frozen=True):
    """A shared library that the loader finds by *name*."""

    name: str
    path: str
    """Where it is, links followed."""
    needed: tuple[str, ...] = ()
    defines: tuple[str, ...] = ()
    """Versions of symbols: `GLIBC_2.36`."""


class FoundLayer(msgspec.Struct, frozen=True):
    """How many bytes the tar of a layer has; the rest its descriptor tells."""

    unpacked: int


class ImageFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What an image has, as far as standing on it goes; paths are relative to its root."""

    distribution: str = ""
    release: str = ""
    codename: str = ""
    title: str = ""
    """`Debian GNU/Linux 12 (bookworm)`."""
    libraries: tuple[FoundLibrary, ...] = ()
    layers: tuple[FoundLayer, ...] = ()
    program: str = ""
    """Of the Python that `python3` is, links followed; empty where there is none."""
    python_release: str = ""
    """`3.11.2`; empty where nothing tells."""
    loader: str = ""
    """What the program names as its ELF interpreter: `/lib64/ld-linux-x86-64.so.2`."""
    machine: int = 0
    """The program's ELF machine."""
    standard_library: str = ""
    shared: tuple[str, ...] = ()
    """The libraries that the program and its modules need, and their loader."""
    python_layers: tuple[int, ...] = ()
    certificates: str = ""
    debs: tuple[str, ...] = ()
    """Names of Debian packages."""
    distributions: tuple[tuple[str, str], ...] = ()
    """Names and versions of Python's, wherever they are."""
    packages: tuple[str, ...] = ()
    """Package URLs."""
    accounts: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    cuda: str = ""
    """The version of CUDA that its environment tells."""

    @property
    def python(self) -> str:
        """The minor version of its Python: `3.11`."""
        return posixpath.basename(self.program).removeprefix("python")

    @property
    def is_musl(self) -> bool:
        """Whether its C library is musl."""
        return "ld-musl" in self.loader or (not self.loader and self.distribution == "alpine")


def find_facts(image: Image, name: str, *, cache: Cache, progress: Progress) -> ImageFacts:
    """
    Return what *image*, which is called *name*, has; LockError where a layer cannot be read.

    Only what was not read before is read.
    """
    from boxwright import __version__

    key = digest_of(canonical_json([_FORMAT, __version__, image.digest]))
    record = cache.recall(_KIND, key)
    if record is not None:
        try:
            return msgspec.convert(record, ImageFacts)
        except msgspec.ValidationError:
            pass
    facts = _look(image, name, progress)
    cache.remember(_KIND, key, msgspec.to_builtins(facts))
    return facts


def _look(image: Image, name: str, progress: Progress) -> ImageFacts:
    config = ImageConfig.from_dict(parse_document(image.config.content, "the configuration"))
    with ThreadPoolExecutor(2, thread_name_prefix="base") as pool:
        numbers = range(len(image.layers))
        read = list(pool.map(lambda n: _read(image.layers[n], n, name, progress), numbers))
    contents = Contents(
        Inspected(
            name=name,
            image=image,
            config=config,
            history=(),
            layers=tuple(
                InspectedLayer(
                    at=at,
                    digest=layer.blob.descriptor.digest,
                    media_type=layer.blob.descriptor.media_type,
                    size=layer.blob.descriptor.size,
                    diff_id=layer.diff_id,
                    index=index,
                )
                for at, (layer, (index, _)) in enumerate(zip(image.layers, read, strict=True))
            ),
        )
    )
    elves: dict[str, Elf] = {}
    for at, (_, found) in enumerate(read):
        for path, elf in found.items():
            place = contents.filesystem.place(at, path)
            if place is not None:
                elves[place] = elf
    return _Finder(contents, config, elves).facts([index.size for index, _ in read])


def _read(
    layer: Layer, at: int, name: str, progress: Progress
) -> tuple[LayerIndex, dict[str, Elf]]:
    task = f"look at the base, layer {at + 1}"
    size = layer.blob.descriptor.size
    progress.start(task, size)
    looker = _ElfLooker()
    with layer.blob.open() as stream:
        done = index_layer(
            stream,
            Lookers(secrets=_Nothing(), artifacts=looker),
            advance=lambda amount: progress.advance(task, amount),
        )
    progress.finish(task)
    problem = done.problem
    if not problem and done.index.diff_id != layer.diff_id:
        problem = f"it unpacks to {done.index.diff_id}, not {layer.diff_id}"
    if problem:
        raise LockError(
            f"layer {at + 1} of the base `{name}` cannot be read: {problem}",
            hint="fetch the image again, or take another one",
        )
    return done.index, looker.found


class _Nothing:
    """Looks for no credentials: the layers are somebody else's and public."""

    hits = ()
    problems = ()

    def begin(self, _: Begun, /) -> None:
        """Look at nothing."""


class _ElfLooker:
    """Reads what shared libraries and Pythons ask of the loader."""

    artifacts = ()
    binaries = ()

    def __init__(self) -> None:
        self.found: dict[str, Elf] = {}

    def begin(self, file: Begun) -> _ElfWatch | None:
        folder, _, name = file.path.rpartition("/")
        if not file.start.startswith(MAGIC) or not len(MAGIC) < file.size <= _MOST_BYTES:
            return None
        if any(site in f"/{folder}/" for site in _SITES) or len(self.found) >= _MOST_ELF:
            return None
        is_wanted = ".so" in name or _PROGRAM.fullmatch(name) is not None
        return _ElfWatch(file.path, self.found) if is_wanted else None


class _ElfWatch:
    def __init__(self, path: str, found: dict[str, Elf]) -> None:
        self._path = path
        self._found = found
        self._content = bytearray()

    def feed(self, piece: bytes) -> None:
        self._content += piece

    def close(self) -> None:
        try:
            elf = read_elf(bytes(self._content))
        except ValueError:
            elf = None
        if elf is not None:
            self._found[self._path] = elf


class _Finder:
    """Finds out what matters of the merged layers."""

    def __init__(self, contents: Contents, config: ImageConfig, elves: Mapping[str, Elf]) -> None:
        self._contents = contents
        self._files = contents.files
        self._config = config
        self._env = dict(config.env)
        self._elves = elves

    def facts(self, sizes: Iterable[int]) -> ImageFacts:
        inventory = self._contents.inventory
        distribution = inventory.distribution
        program = self._program()
        elf = self._elves.get(program, Elf(machine=0))
        prefix = posixpath.dirname(posixpath.dirname(program))
        standard = self._standard_library(prefix, posixpath.basename(program))
        libraries = self._libraries(self._folders())
        shared = self._shared(program, elf, prefix, standard, libraries)
        at = {
            live.layer
            for path, live in self._files.items()
            if path in shared or path == program or (standard and path.startswith(f"{standard}/"))
        }
        packages = [package for package in inventory.packages if not package.vendored_in]
        return ImageFacts(
            distribution=distribution.id if distribution else "",
            release=distribution.version_id if distribution else "",
            codename=distribution.codename if distribution else "",
            title=distribution.name if distribution else "",
            libraries=tuple(sorted(libraries.values(), key=lambda one: one.name)),
            layers=tuple(FoundLayer(size) for size in sizes),
            program=program,
            python_release=self._release(posixpath.basename(program), prefix),
            loader=elf.interpreter,
            machine=elf.machine,
            standard_library=standard,
            shared=tuple(sorted(shared)),
            python_layers=tuple(sorted(at)),
            certificates=next(
                (f"/{path}" for path in _BUNDLES if self._real(path) is not None), ""
            ),
            debs=tuple(sorted({it.name for it in packages if it.type == "deb"})),
            distributions=tuple(
                sorted({(it.name, it.version) for it in packages if it.type == "pypi"})
            ),
            packages=tuple(sorted({package_url(it, distribution) for it in packages})),
            accounts=self._lines("etc/passwd"),
            groups=self._lines("etc/group"),
            cuda=self._env.get("CUDA_VERSION", ""),
        )

    def _program(self) -> str:
        """Return where the Python is that `python3` on the image's PATH is."""
        folders = [
            folder.strip("/")
            for folder in self._env.get("PATH", "/usr/local/bin:/usr/bin:/bin").split(":")
            if folder.startswith("/")
        ]
        for name in ("python3", "python"):
            for folder in folders:
                real = self._real(f"{folder}/{name}")
                if real is not None and real in self._elves:
                    return real
        # Distroless images have a Python under its full name only.
        numbered = [
            path
            for folder in dict.fromkeys((*folders, "usr/local/bin", "usr/bin"))
            for path in sorted(self._elves)
            if posixpath.dirname(path) == folder and _PROGRAM.fullmatch(posixpath.basename(path))
        ]
        return numbered[0] if numbered else ""

    def _real(self, path: str) -> str | None:
        """Return the file that *path* is, links followed; None where there is none."""
        for _ in range(_MOST_LINKS):
            folder, _, name = path.rpartition("/")
            real = real_folder(self._files, folder)
            if real is None:
                return None
            path = f"{real}/{name}" if real else name
            live = self._files.get(path)
            if live is None:
                return None
            if live.member.kind == FILE:
                return path
            link = live.member.link
            if live.member.kind == HARDLINK:
                return self._contents.filesystem.place(live.layer, link)
            if live.member.kind != SYMLINK:
                return None
            path = link.lstrip("/") if link.startswith("/") else f"{real}/{link}"
        return None

    def _standard_library(self, prefix: str, name: str) -> str:
        for folder in ("lib", "lib64"):
            real = real_folder(self._files, f"{prefix}/{folder}/{name}")
            if name and real and f"{real}/os.py" in self._files:
                return real
        return ""

    def _folders(self) -> list[str]:
        """Return the folders that the loader looks into, links followed, first ones first."""
        triplet = _TRIPLETS.get(self._config.platform.architecture, "")
        told = self._env.get("LD_LIBRARY_PATH", "").split(":")
        folders = [
            *(folder.strip("/") for folder in told if folder.startswith("/")),
            *(f"{folder}/{triplet}" for folder in ("usr/local/lib", "lib", "usr/lib")),
            *_FOLDERS,
        ]
        real = (real_folder(self._files, folder) for folder in folders)
        return list(dict.fromkeys(folder for folder in real if folder))

    def _libraries(self, folders: Iterable[str]) -> dict[str, FoundLibrary]:
        """Return the libraries right in *folders*, by the name that they are asked for by."""
        below: dict[str, list[str]] = {}
        for path in self._files:
            folder, _, name = path.rpartition("/")
            if ".so" in name:
                below.setdefault(folder, []).append(name)
        found: dict[str, FoundLibrary] = {}
        for folder in folders:
            for name in sorted(below.get(folder, ())):
                real = self._real(f"{folder}/{name}")
                if real is None or name in found:
                    continue
                elf = self._elves.get(real)
                if elf is None and self._files[real].member.size <= _MOST_BYTES:
                    # A script of the linker's has the name of a library, and is none.
                    continue
                found[name] = FoundLibrary(
                    name=name,
                    path=real,
                    needed=elf.needed if elf else (),
                    defines=elf.versions_defined if elf else (),
                )
        return found

    def _shared(
        self,
        program: str,
        elf: Elf,
        prefix: str,
        standard: str,
        libraries: Mapping[str, FoundLibrary],
    ) -> set[str]:
        """Return the libraries that the Python needs, with those of its own prefix first."""
        beside = self._libraries([f"{prefix}/lib"]) if program else {}
        loader = self._real(elf.interpreter.strip("/")) if elf.interpreter else None
        found = {loader} if loader else set()
        waiting = list(elf.needed)
        for path, other in self._elves.items():
            if standard and path.startswith(f"{standard}/"):
                waiting += other.needed
        seen = set(waiting)
        while waiting:
            name = waiting.pop()
            library = beside.get(name) or libraries.get(name)
            if library is None:
                continue
            found.add(library.path)
            fresh = [more for more in library.needed if more not in seen]
            seen.update(fresh)
            waiting += fresh
        return found

    def _release(self, name: str, prefix: str) -> str:
        """Return the release of the Python *name*, as far as something tells it."""
        minor = name.removeprefix("python")
        told = [self._env.get("PYTHON_VERSION", "")]
        for package in self._contents.inventory.packages:
            if package.type == "generic":
                is_it = package.path.startswith(f"{prefix}/")
            else:
                is_it = prefix == "usr" and package.name == f"{name}-minimal"
            if is_it:
                told.append(package.version)
        for text in told:
            match = re.match(r"[0-9]{1,2}\.[0-9]{1,3}\.[0-9]{1,3}", text)
            if match is not None and match[0].startswith(f"{minor}."):
                return match[0]
        return ""

    def _lines(self, path: str) -> tuple[str, ...]:
        content = self._contents.documents.get(path, b"")
        return tuple(content[: 1 << 16].decode(errors="replace").splitlines())


def is_for(facts: ImageFacts, architecture: str) -> bool:
    """Return whether the Python of *facts* runs on *architecture*."""
    return facts.machine == MACHINES.get(architecture)


def glibc_of(facts: ImageFacts) -> tuple[int, int] | None:
    """Return the version of the C library of *facts*; None where it has none of GNU's."""
    found = [_version(text) for text in _defined(facts.libraries, "libc.so.6", "GLIBC")]
    newest = max((version for version in found if version), default=None)
    return None if newest is None else (newest[0], newest[1])


def _defined(libraries: Iterable[FoundLibrary], name: str, family: str) -> Iterator[str]:
    for library in libraries:
        if library.name == name:
            for version in library.defines:
                head, _, number = version.partition("_")
                if head == family:
                    yield number


def _version(text: str) -> tuple[int, ...] | None:
    match = re.fullmatch(r"([0-9]{1,3})\.([0-9]{1,3})(?:\.[0-9]{1,3})?", text)
    return None if match is None else (int(match[1]), int(match[2]))
