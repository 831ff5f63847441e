"""OSV's exports → the files that a database looks packages up in."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from boxwright.errors import StoreError
from boxwright.progress import Progress
from boxwright.scan.advisories.database import FORMAT, INDEXES, TABLES, Database, Kept, packed
from boxwright.scan.advisories.ecosystem import MATCHED, base_of, normal_name, release_of
from boxwright.scan.advisories.evaluate import normalised
from boxwright.scan.advisories.export import Export, find_exports, read_export
from boxwright.scan.advisories.record import Affected, Record, head_of, parse_record
from boxwright.store.cache import Cache

_MOST_PROBLEMS = 20
_KNOWN = frozenset(
    (
        "Android", "BellSoft Hardened Containers", "Bioconductor", "CRAN", "CleanStart",
        "ConanCenter", "Docker Hardened Images", "FreeBSD", "GHC", "GIT", "GitHub Actions", "Go",
        "Hackage", "Hex", "Julia", "Kubernetes", "Linux", "Maven", "NuGet", "OSS-Fuzz",
        "Packagist", "Pub", "Root", "RubyGems", "SwiftURL", "TuxCare", "VSCode", "crates.io",
        "opam",
    )
)  # fmt: skip
"""What OSV has besides the ecosystems that are matched (schema 1.7.5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """What became of exports."""

    kept: tuple[Kept, ...]
    """The ecosystems that are new or replaced."""
    unchanged: tuple[str, ...] = ()
    """Ecosystems whose advisories were made of the same zip before."""
    problems: tuple[str, ...] = ()
    """Records that could not be read, in clauses; the first of them."""
    unread: int = 0
    """How many there are of them."""
    others: tuple[tuple[str, int], ...] = ()
    """Ecosystems that no package of an image is looked up in, with their entries."""


def import_exports(
    paths: Iterable[Path], *, cache: Cache, progress: Progress, only: frozenset[str] = frozenset()
) -> Compiled:
    """
    Replace the advisories in *cache* by those of the exports at *paths*, all of them together.

    *only* names the ecosystems that are wanted; all where it is empty. The parts of other
    ecosystems that an export of one holds are left out: they are not all there is of them.
    Raises StoreError where an export cannot be read, or has nothing that is wanted; what was
    there before then stays.
    """
    paths = tuple(paths)
    exports = [
        export
        for path in paths
        for export in find_exports(path, frozenset(MATCHED) | _KNOWN)
        if _is_wanted(export, only)
    ]
    if not exports:
        raise StoreError(
            "there is no zip and no JSON file of a wanted ecosystem at the named places",
            hint="name an export of OSV: `PyPI/all.zip`, or a folder of such",
        )
    source = ", ".join(map(str, paths))
    return compile_exports(exports, source=source, cache=cache, progress=progress, only=only)


def compile_exports(
    exports: list[Export],
    *,
    source: str,
    cache: Cache,
    progress: Progress,
    only: frozenset[str] = frozenset(),
) -> Compiled:
    """Do what `import_exports` does; *source* is where they are from, as it is shown."""
    digest = ""
    if len(exports) == 1 and exports[0].is_zip:
        digest = _sha256(exports[0].path)
        with Database(cache) as database:
            same = [kept.ecosystem for kept in database.kept() if kept.digest == digest]
        if same and (not exports[0].ecosystem or same == [exports[0].ecosystem]) and not only:
            return Compiled(kept=(), unchanged=tuple(same))
    with contextlib.ExitStack() as stack:
        compiler = _Compiler(cache, stack)
        for part in _together(exports):
            compiler.read(part, only, progress)
        return compiler.finish(source=source, digest=digest, progress=progress)


def _is_wanted(export: Export, only: frozenset[str]) -> bool:
    if not export.ecosystem:
        return True
    return export.ecosystem in MATCHED and (not only or export.ecosystem in only)


def _together(exports: list[Export]) -> list[list[Export]]:
    """Return each zip by itself, and the single files of each ecosystem together."""
    zips = [[export] for export in exports if export.is_zip]
    files: dict[str, list[Export]] = {}
    for export in exports:
        if not export.is_zip:
            files.setdefault(export.ecosystem, []).append(export)
    return zips + list(files.values())


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise StoreError(
            f"`{path}` cannot be read: {error.strerror or error}",
            hint="check the file and its permissions",
        ) from error


@dataclass(slots=True)
class _Writer:
    """A file of an ecosystem that is being written."""

    path: Path
    connection: sqlite3.Connection
    records: int = 0
    withdrawn: int = 0
    unread: int = 0
    newest: str = ""


class _Compiler:
    def __init__(self, cache: Cache, stack: contextlib.ExitStack) -> None:
        self._cache = cache
        self._stack = stack
        self._writers: dict[str, _Writer] = {}
        self._wanted: set[str] = set()
        self._problems: list[str] = []
        self._unread = 0
        self._others: Counter[str] = Counter()

    def read(self, exports: list[Export], only: frozenset[str], progress: Progress) -> None:
        """Take the records of *exports*, which are about the same ecosystem, or about any."""
        ecosystem = exports[0].ecosystem
        seen: Counter[str] = Counter()
        total = unread = 0
        for record in self._records(exports, progress):
            if record is None:
                unread += 1
                continue
            total += 1
            entries: dict[str, list[Affected]] = {}
            for affected in record.affected or ():
                base = base_of(affected.package.ecosystem) if affected.package else ""
                if ecosystem and base != ecosystem:
                    continue
                entries.setdefault(base, []).append(affected)
            for base, of_base in entries.items():
                seen[base] += 1
                if base not in MATCHED:
                    self._others[base or "none"] += 1
                elif not only or base in only:
                    self._write(base, record, of_base)
        self._unread += unread
        about = {ecosystem} if ecosystem else self._about(seen, total)
        self._wanted |= about
        for base in about & self._writers.keys():
            self._writers[base].unread += unread

    @staticmethod
    def _about(seen: Counter[str], total: int) -> set[str]:
        """
        Return which ecosystems an export without a name is of.

        An export of one has only records that affect it: what else they affect is a part of
        the other ecosystem. One of everything has no ecosystem that all its records affect.
        """
        complete = {base for base, count in seen.items() if count == total}
        return complete or set(seen)

    def _records(self, exports: list[Export], progress: Progress) -> Iterator[Record | None]:
        for export in exports:
            for name, content, problem in read_export(export, progress):
                if not problem:
                    try:
                        yield parse_record(content)
                        continue
                    except ValueError as error:
                        problem = str(error)
                if len(self._problems) < _MOST_PROBLEMS:
                    self._problems.append(f"`{name[:200]}` in `{export.path}`: {problem[:300]}")
                yield None

    def _write(self, base: str, record: Record, entries: list[Affected]) -> None:
        writer = self._writers.get(base) or self._new_writer(base)
        execute = writer.connection.execute
        try:
            if record.withdrawn:
                entries = []
            cursor = execute(
                "INSERT OR IGNORE INTO record (id, modified, head) VALUES (?, ?, ?)",
                (record.id, record.modified, packed(head_of(record))),
            )
            number = cursor.lastrowid
            if not cursor.rowcount:
                query = "SELECT number, modified FROM record WHERE id = ?"
                [(old, modified)] = execute(query, (record.id,))
                if modified >= record.modified:
                    return
                execute("UPDATE record SET id = NULL WHERE number = ?", (old,))
                cursor = execute(
                    "INSERT INTO record (id, modified, head) VALUES (?, ?, ?)",
                    (record.id, record.modified, packed(head_of(record))),
                )
                number = cursor.lastrowid
            writer.newest = max(writer.newest, record.modified)
            writer.connection.executemany(
                "INSERT INTO affected VALUES (?, ?, ?, ?)",
                [
                    (
                        normal_name(base, affected.package.name),
                        release_of(affected.package.ecosystem),
                        number,
                        packed(normalised(affected, base)),
                    )
                    for affected in entries
                    if affected.package
                ],
            )
        except sqlite3.Error as error:
            raise self._failed(error) from error

    def _new_writer(self, base: str) -> _Writer:
        path = self._stack.enter_context(self._cache.temporary())
        connection = sqlite3.connect(path)
        self._stack.callback(connection.close)
        # It gets its name when it is finished: what is cut off before is thrown away.
        connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + TABLES)
        connection.execute("BEGIN")
        writer = self._writers[base] = _Writer(path, connection)
        return writer

    def finish(self, *, source: str, digest: str, progress: Progress) -> Compiled:
        """Put the files in the place of those before."""
        made = sorted(self._wanted & self._writers.keys())
        if not made:
            raise StoreError(
                "the export has no record of an ecosystem that packages are looked up in",
                hint=f"these are {', '.join(f'`{name}`' for name in MATCHED)}",
            )
        database = Database(self._cache)
        for base in made:
            task = f"{base} advisories"
            progress.start(task)
            self._finish(base, database.path_of(base), source=source, digest=digest)
            progress.finish(task, f"{self._writers[base].records} records")
        kept = [database.find(base) for base in made]
        database.close()
        return Compiled(
            kept=tuple(each for each in kept if each),
            problems=tuple(self._problems),
            unread=self._unread,
            others=tuple(sorted(self._others.items())),
        )

    def _finish(self, base: str, path: Path, *, source: str, digest: str) -> None:
        writer = self._writers[base]
        execute = writer.connection.execute
        try:
            execute("CREATE TEMP TABLE gone AS SELECT number FROM record WHERE id IS NULL")
            execute("DELETE FROM affected WHERE record IN (SELECT number FROM gone)")
            execute("DELETE FROM record WHERE id IS NULL")
            [(total,)] = execute("SELECT count(*) FROM record")
            query = "SELECT count(DISTINCT record) FROM affected"
            [(writer.records,)] = execute(query)
            writer.withdrawn = total - writer.records
            meta = {
                "format": str(FORMAT),
                "ecosystem": base,
                "source": source,
                "sha256": digest,
                "records": str(writer.records),
                "withdrawn": str(writer.withdrawn),
                "unread": str(writer.unread),
                "newest": writer.newest,
            }
            writer.connection.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
            writer.connection.commit()
            writer.connection.executescript(INDEXES)
            writer.connection.commit()
            writer.connection.close()
            path.parent.mkdir(parents=True, exist_ok=True)
            writer.path.rename(path)
        except OSError as error:
            raise self._cache.writing_failed(error) from error
        except sqlite3.Error as error:
            raise self._failed(error) from error

    def _failed(self, error: sqlite3.Error) -> StoreError:
        return StoreError(
            f"the advisories cannot be kept in `{self._cache.root}`: {error}",
            hint="make room or set BOXWRIGHT_CACHE_DIR to a folder that can be written",
        )
