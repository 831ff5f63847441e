"""apk's database, `lib/apk/db/installed` (apk-tools, APKINDEX format)."""

from __future__ import annotations

import base64
import binascii
import io
import itertools
from collections.abc import Iterator

from boxwright.scan.packages.lookup import Documents
from boxwright.scan.packages.package import Package
from boxwright.scan.packages.words import (
    LONGEST_FIELD,
    MOST_PROVIDED,
    Unread,
    is_word,
    one_line,
    paragraphs,
    resolve,
)

_DIGESTS = {"Q1": ("sha1", 20), "Q2": ("sha256", 32)}


def read_apk(path: str, documents: Documents, unread: Unread) -> Iterator[Package]:
    """Yield the packages that the database at *path* tells of."""
    root = path.removesuffix("apk/db/installed").removesuffix("lib/").removesuffix("usr/")
    entries = list(paragraphs(path, documents[path], unread))
    heads = [_head(entry) for entry in entries]
    names = (
        (name, head["P"])
        for head in heads
        for word in head.get("p", "").split()
        if "P" in head and (name := _name(word))
    )
    provided = dict(itertools.islice(names, MOST_PROVIDED)) | {
        head["P"]: head["P"] for head in heads if "P" in head
    }
    for number, (head, entry) in enumerate(zip(heads, entries, strict=True), 1):
        name, version = head.get("P", ""), head.get("V", "")
        if not is_word(name):
            unread.append(f"`{path}`: entry {number} has no name")
            continue
        if not is_word(version):
            unread.append(f"`{path}`: `{name}` has no version")
            version = ""
        origin = head.get("o", "")
        yield Package(
            type="apk",
            name=name,
            version=version,
            path=path,
            architecture=one_line(head.get("A", "")),
            source=origin if is_word(origin) and origin != name else "",
            licences=(one_line(head["L"]),) if head.get("L") else (),
            supplier=one_line(head.get("m", "")),
            homepage=one_line(head.get("U", "")),
            requires=resolve(
                ([needed] for word in head.get("D", "").split() if (needed := _name(word))),
                provided,
            ),
            files=documents.owned(_files(entry, root)),
        )


def _head(entry: str) -> dict[str, str]:
    """Return the fields of an entry, without its files: F, R and what belongs to them."""
    fields: dict[str, str] = {}
    for line in entry.partition("\nF:")[0].split("\n"):
        if line[1:2] == ":":
            fields.setdefault(line[0], line[2:LONGEST_FIELD].strip())
    return fields


def _name(word: str) -> str:
    """
    Return what *word* of a list of needs names; nothing for what must not be there.

    >>> _name("so:libc.musl-x86_64.so.1"), _name("busybox>=1.36"), _name("!uclibc")
    ('so:libc.musl-x86_64.so.1', 'busybox', '')
    """
    if word.startswith("!"):
        return ""
    for operator in "<>=~":
        word = word.partition(operator)[0]
    return word


def _files(entry: str, root: str) -> Iterator[tuple[str, str]]:
    folder = file = digest = ""
    for ended in io.StringIO(entry):
        line = ended.removesuffix("\n")
        kind = line[:2]
        if kind in ("F:", "R:"):
            if file:
                yield file, digest
            file = digest = ""
            if kind == "F:":
                folder = f"{line[2:].strip('/')}/".lstrip("/")
            else:
                file = f"{root}{folder}{line[2:]}"
        elif kind == "Z:":
            digest = _digest(line[2:])
    if file:
        yield file, digest


def _digest(text: str) -> str:
    algorithm, length = _DIGESTS.get(text[:2], ("", 0))
    try:
        digest = base64.b64decode(text[2:])
    except (binascii.Error, ValueError):
        return ""
    return f"{algorithm}:{digest.hex()}" if algorithm and len(digest) == length else ""
