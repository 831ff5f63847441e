"""
Distributions of Python's: `.dist-info` and `.egg-info`, folders, files and zipped eggs.

Core metadata specifications; recording installed projects; setuptools' egg formats.
"""

from __future__ import annotations

import csv
import io
import zlib
from binascii import a2b_base64
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import msgspec

from boxwright.scan.packages.lookup import Documents, normal
from boxwright.scan.packages.markers import applies
from boxwright.scan.packages.package import OwnedFile, Package
from boxwright.scan.packages.words import Unread, decoded, is_word, one_line
from boxwright.wheel.filename import canonical_name

_FIELDS = frozenset(
    {
        "author",
        "author-email",
        "classifier",
        "home-page",
        "license",
        "license-expression",
        "maintainer",
        "maintainer-email",
        "name",
        "project-url",
        "requires-dist",
        "version",
    }
)

_MOST_OF_PKG_INFO = 1 << 20
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_DIGEST_BYTES = {b"sha256": ("sha256", 32), b"md5": ("md5", 16), b"sha1": ("sha1", 20)}
_NO_LICENCE = frozenset(["", "unknown", "none", "n/a", "-"])
_LONGEST_LICENCE = 100
"""What is longer is the text of a licence, not its name."""

_Headers = dict[str, list[str]]


def read_dist_info(path: str, documents: Documents, unread: Unread) -> Iterator[Package]:
    """Yield the distribution whose METADATA is at *path*."""
    folder = path.rpartition("/")[0]
    site, _, name = folder.rpartition("/")
    headers = _headers(documents[path])
    stem, _, version = name[: -len(".dist-info")].partition("-")
    for field, said in (("name", stem), ("version", version)):
        if not _first(headers, field) and is_word(said):
            unread.append(f"`{path}` tells no {field}; that of its folder, `{said}`, is taken")
            headers[field] = [said]
    direct = _direct_url(f"{folder}/direct_url.json", documents, unread)
    installer = documents.find(f"{folder}/INSTALLER")
    record = _beside(folder, "RECORD", documents)
    yield from _package(
        path,
        headers,
        unread,
        installer=one_line(decoded(installer)) if installer else "",
        origin=direct[0],
        digest=direct[1],
        files=documents.owned(_recorded(*record, site, unread)) if record else (),
    )


def read_egg_info(path: str, documents: Documents, unread: Unread) -> Iterator[Package]:
    """Yield the distribution whose PKG-INFO, in an `.egg-info`, is at *path*."""
    folder = path.rpartition("/")[0]
    headers = _headers(documents[path])
    needs = documents.find(f"{folder}/requires.txt")
    if needs and "requires-dist" not in headers:
        headers["requires-dist"] = decoded(needs).partition("[")[0].split()
    installed = documents.find(f"{folder}/installed-files.txt")
    files: tuple[OwnedFile, ...] = ()
    if installed is not None:
        files = documents.owned(
            (normal(f"{folder}/{line.strip()}"), "")
            for line in installed.decode("utf-8", "surrogateescape").splitlines()
            if line.strip()
        )
    elif folder.endswith(".egg/EGG-INFO"):
        egg = folder.removesuffix("/EGG-INFO")
        files = documents.owned((file, "") for file in documents.files_below(egg))
    yield from _package(path, headers, unread, files=files)


def read_egg_info_file(path: str, documents: Documents, unread: Unread) -> Iterator[Package]:
    """Yield the distribution that the file *path*, an `.egg-info` of distutils, tells of."""
    headers = _headers(documents[path])
    if headers.get("name") != ["Python"]:  # the interpreter's own, which is no distribution
        yield from _package(path, headers, unread, files=(OwnedFile(path),))


def read_egg(path: str, documents: Documents, unread: Unread) -> Iterator[Package]:
    """Yield the distribution that the zipped egg at *path* is."""
    import zipfile

    try:
        with (
            zipfile.ZipFile(BytesIO(documents[path])) as egg,
            egg.open("EGG-INFO/PKG-INFO") as file,
        ):
            content = file.read(_MOST_OF_PKG_INFO)
    except (
        zipfile.BadZipFile, zlib.error, KeyError, EOFError, OSError, RuntimeError, ValueError,
        NotImplementedError,
    ):  # fmt: skip
        unread.append(f"`{path}` is no egg that can be read")
        return
    yield from _package(path, _headers(content), unread, files=(OwnedFile(path),))


def read_egg_link(path: str, documents: Documents, unread: Unread) -> Iterator[Package]:
    """
    Yield nothing: the metadata that the link at *path* leads to is a document of its own.

    Where it is not there, the link is unread.
    """
    target = normal(decoded(documents[path]).partition("\n")[0].strip())
    stem = path.rpartition("/")[2].removesuffix(".egg-link")
    names = (stem, stem.replace("-", "_"))
    if not any(documents.find(f"{target}/{name}.egg-info/PKG-INFO") for name in names):
        unread.append(f"`{path}` leads to `{one_line(target)}`, which has no metadata")
    yield from ()


def _package(
    path: str,
    headers: _Headers,
    unread: Unread,
    *,
    installer: str = "",
    origin: str = "",
    digest: str = "",
    files: tuple[OwnedFile, ...] = (),
) -> Iterator[Package]:
    name = one_line(_first(headers, "name"))
    version = _first(headers, "version")
    if not name or "�" in name:
        unread.append(f"`{path}` names no distribution")
        return
    if not is_word(version):
        unread.append(f"`{path}`: `{name}` has no version")
        version = ""
    maker = next(
        (
            one_line(maker)
            for field in ("author", "maintainer", "author-email", "maintainer-email")
            if (maker := _first(headers, field)) and maker.lower() not in _NO_LICENCE
        ),
        "",
    )
    yield Package(
        type="pypi",
        name=name,
        version=version,
        path=path,
        licences=_licences(headers),
        supplier=maker,
        homepage=_homepage(headers),
        requires=_requires(headers, path),
        installer=installer,
        origin=origin,
        digest=digest,
        files=files,
    )


def _headers(content: bytes) -> _Headers:
    """Return the fields before the first empty line, names in lower case; no long values."""
    found: _Headers = {}
    content = content.lstrip(b"\xef\xbb\xbf\r\n")
    ends = [end for end in (content.find(b"\n\n"), content.find(b"\n\r\n")) if end >= 0]
    for line in decoded(content[: min(ends)] if ends else content).split("\n"):
        name, colon, value = line.partition(":")
        if colon and (name := name.strip().lower()) in _FIELDS and not line[0].isspace():
            found.setdefault(name, []).append(value.strip())
    return found


def _first(headers: _Headers, name: str) -> str:
    return headers.get(name, [""])[0]


def _licences(headers: _Headers) -> tuple[str, ...]:
    """Return the expression (PEP 639), else the short name, else what classifiers say."""
    expression = one_line(_first(headers, "license-expression"))
    if expression:
        return (expression,)
    name = _first(headers, "license")
    if name.lower() not in _NO_LICENCE and len(name) <= _LONGEST_LICENCE:
        return (one_line(name),)
    return tuple(
        sorted(
            {
                one_line(classifier.rpartition(" :: ")[2])
                for classifier in headers.get("classifier", ())
                if classifier.startswith("License :: ") and classifier != "License :: OSI Approved"
            }
        )
    )


def _homepage(headers: _Headers) -> str:
    page = one_line(_first(headers, "home-page"))
    if page and page.lower() not in _NO_LICENCE:
        return page
    for entry in headers.get("project-url", ()):
        label, comma, address = entry.partition(",")
        if comma and label.strip().lower().replace(" ", "") == "homepage":
            return one_line(address)
    return ""


def _requires(headers: _Headers, path: str) -> tuple[str, ...]:
    found: set[str] = set()
    python = _python_of(path)
    for entry in headers.get("requires-dist", ()):
        needed, _, marker = entry.partition(";")
        end = next((at for at, c in enumerate(needed) if c in " <>=!~([;,@"), len(needed))
        name = needed[:end]
        if is_word(name) and (not marker or applies(marker.strip(), python)):
            found.add(canonical_name(name))
    return tuple(sorted(found))


def _python_of(path: str) -> str:
    """
    Return the version of Python that a path in `lib/python3.11` is for, `3.11`.

    >>> _python_of("opt/venv/lib/python3.11/site-packages/a.dist-info/METADATA"), _python_of("a")
    ('3.11', '')
    """
    version = path.rpartition("/python")[2].partition("/")[0]
    major, dot, minor = version.partition(".")
    return version if dot and major.isdigit() and minor.isdigit() and version.isascii() else ""


def _beside(folder: str, name: str, documents: Documents) -> tuple[str, bytes] | None:
    path = f"{folder}/{name}"
    content = documents.find(path)
    return None if content is None else (path, content)


def _recorded(path: str, content: bytes, site: str, unread: Unread) -> Iterator[tuple[str, str]]:
    """Yield the files that the RECORD at *path* lists; broken lines are *unread*."""
    prefix = f"{site}/" if site else ""
    broken = 0
    for line in io.BytesIO(content):
        line = line.rstrip(b"\r\n")
        row = _quoted(line) if b'"' in line else line.rsplit(b",", 2)
        if len(row) != 3 or not row[0]:
            broken += bool(line.strip())
            continue
        name, hashed, _ = row
        algorithm, _, encoded = hashed.partition(b"=")
        digest = ""
        if encoded:
            digest = _digest(algorithm, encoded)
            broken += not digest and (algorithm in _DIGEST_BYTES or not algorithm.isalnum())
        file = name.decode("utf-8", "surrogateescape")
        if file[0] in "./":
            file = normal(file if file[0] == "/" else prefix + file)
        else:
            file = prefix + file
        yield file, digest
    if broken:
        unread.append(f"`{path}` has {broken} lines that list no file")


def _digest(algorithm: bytes, encoded: bytes) -> str:
    label, length = _DIGEST_BYTES.get(algorithm, ("", 0))
    try:
        # flit once wrote hexadecimal digits, and so do Debian's packages until today.
        is_hexadecimal = len(encoded) == 2 * length
        raw = (
            bytes.fromhex(encoded.decode())
            if is_hexadecimal
            else a2b_base64(encoded.translate(_URL_SAFE) + b"==")
        )
    except ValueError:
        return ""
    return f"{label}:{raw.hex()}" if length and len(raw) == length else ""


def _quoted(line: bytes) -> list[bytes]:
    """Return the fields of a line with quotes, as csv has them; none where they do not close."""
    try:
        rows = list(csv.reader([line.decode("utf-8", "surrogateescape")], strict=True))
    except csv.Error:
        return []
    return [field.encode("utf-8", "surrogateescape") for field in rows[0]] if rows else []


def _direct_url(path: str, documents: Documents, unread: Unread) -> tuple[str, str]:
    """Return where a distribution is from, without credentials, and the digest of its archive."""
    content = documents.find(path)
    if content is None:
        return "", ""
    try:
        document: Any = msgspec.json.decode(content)
        url = without_credentials(one_line(document["url"]))
        archive, version_control = document.get("archive_info"), document.get("vcs_info")
    except (msgspec.DecodeError, RecursionError, TypeError, KeyError, AttributeError, ValueError):
        unread.append(f"`{path}` does not say where its distribution is from")
        return "", ""
    if isinstance(version_control, dict):
        system = one_line(version_control.get("vcs"))
        commit = one_line(version_control.get("commit_id"))
        return f"{system}+{url}@{commit}", ""
    digest = ""
    if isinstance(archive, dict):
        hashes = archive.get("hashes")
        digest = one_line(hashes.get("sha256")) if isinstance(hashes, dict) else ""
        digest = digest or one_line(archive.get("hash")).removeprefix("sha256=")
    is_digest = len(digest) == 64 and all(c in "0123456789abcdef" for c in digest)
    return url, f"sha256:{digest}" if is_digest else ""


def without_credentials(url: str) -> str:
    """
    Return *url* without user, password and query.

    >>> without_credentials("https://me:secret@example.com/a.whl?token=b#sha256=c")
    'https://example.com/a.whl'
    """
    try:
        scheme, netloc, path, _, _ = urlsplit(url)
    except ValueError:
        return ""
    return urlunsplit((scheme, netloc.rpartition("@")[2], path, "", ""))
