"""dpkg's databases: `status`, and the `status.d` of images without a package manager."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from boxwright.scan.packages.lookup import Documents
from boxwright.scan.packages.package import Package
from boxwright.scan.packages.words import (
    LONGEST_FIELD,
    MOST_PROVIDED,
    Unread,
    decoded,
    is_word,
    one_line,
    paragraphs,
    resolve,
)

_FIELDS = frozenset(
    {
        "architecture",
        "depends",
        "homepage",
        "license",
        "maintainer",
        "package",
        "pre-depends",
        "provides",
        "source",
        "status",
        "version",
    }
)

_ABSENT = frozenset(["not-installed", "config-files", "half-installed"])
"""States of a package (dpkg(1)) in which its programs and libraries are not all there."""


def read_dpkg(path: str, documents: Documents, unread: Unread) -> Iterator[Package]:
    """
    Yield the packages that the `status` file, or the file of `status.d`, at *path* tells of.

    A package is there whatever was selected for it: one that is held, or that waits for its
    removal, has its files in place.
    """
    root = path.rpartition("var/lib/dpkg/")[0]
    found = [
        fields
        for number, fields in enumerate(map(_fields, paragraphs(path, documents[path], unread)), 1)
        if _is_package(path, number, fields, unread)
    ]
    names = (
        (name, fields["package"])
        for fields in found
        for names in _relation(fields.get("provides", ""))
        for name in names
    )
    provided = dict(itertools.islice(names, MOST_PROVIDED)) | {
        fields["package"]: fields["package"] for fields in found
    }
    for fields in found:
        name, version = fields["package"], fields["version"]
        source, source_version = _source(fields.get("source", ""))
        architecture = fields.get("architecture", "")
        needs = _relation(fields.get("depends", "")) + _relation(fields.get("pre-depends", ""))
        yield Package(
            type="deb",
            name=name,
            version=version,
            path=path,
            architecture=architecture,
            source=source if source != name else "",
            source_version=source_version if source_version != version else "",
            licences=_licences(name, root, fields.get("license", ""), documents),
            supplier=one_line(fields.get("maintainer", "")),
            homepage=one_line(fields.get("homepage", "")),
            requires=resolve(needs, provided, keep=True),
            files=documents.owned(_files(path, name, architecture, root, documents)),
        )


def _fields(paragraph: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for line in paragraph.split("\n"):
        name, colon, value = line.partition(":")
        if colon and (name := name.lower()) in _FIELDS:
            fields.setdefault(name, value[:LONGEST_FIELD].strip())
    return fields


def _is_package(path: str, number: int, fields: dict[str, str], unread: Unread) -> bool:
    """Tell whether *fields* are of an installed package; what is broken is *unread*."""
    state = fields.get("status", "").split()
    if state and state[-1] in _ABSENT:
        return False
    if not is_word(fields.get("package", "")):
        unread.append(f"`{path}`: entry {number} has no name")
        return False
    if not is_word(fields.get("version", "")):
        unread.append(f"`{path}`: `{fields['package']}` has no version")
        fields["version"] = ""
    return True


def _source(text: str) -> tuple[str, str]:
    name, _, version = text.partition("(")
    name, version = name.strip(), version.strip().removesuffix(")")
    return (name if is_word(name) else "", version if is_word(version) else "")


def _relation(text: str) -> list[list[str]]:
    """Return the names in a list of packages (Debian Policy, 7.1), with their alternatives."""
    return [
        [
            name
            for choice in clause.split("|")
            if is_word(name := choice.partition("(")[0].partition("[")[0].partition(":")[0].strip())
        ]
        for clause in text.split(",")
        if clause.strip()
    ]


def _files(
    path: str, name: str, architecture: str, root: str, documents: Documents
) -> Iterator[tuple[str, str]]:
    folder = path.rpartition("/")[0]
    stem = path if folder.endswith("status.d") else f"{folder}/info/{name}"
    stems = (stem, f"{stem}:{architecture}")
    digests: dict[str, str] = {}
    for line in _lines(stems, ".md5sums", documents):
        digest, _, file = line.partition("  ")
        if len(digest) == 32 and file:
            digests[file.removeprefix("./").lstrip("/")] = f"md5:{digest}"
    listed = [line.strip("/") for line in _lines(stems, ".list", documents)]
    folders = {file.rpartition("/")[0] for file in listed}
    for file in dict.fromkeys([*digests, *listed]):
        if file and file != "." and file not in folders:
            yield root + file, digests.get(file, "")


def _lines(stems: tuple[str, ...], suffix: str, documents: Documents) -> list[str]:
    for stem in stems:
        content = documents.get(stem + suffix)
        if content is not None:
            return content.decode("utf-8", "surrogateescape").split("\n")
    return []


def _licences(name: str, root: str, declared: str, documents: Documents) -> tuple[str, ...]:
    """Return what the package's `copyright` names, machine-readable (DEP 5) or by common texts."""
    if declared:
        return (one_line(declared),)
    content = documents.find(f"{root}usr/share/doc/{name}/copyright")
    if content is None:
        return ()
    found: set[str] = set()
    if content.lstrip().startswith(b"Format"):
        for part in content.split(b"\nLicense:")[1:]:
            found.add(one_line(decoded(part.partition(b"\n")[0])))
    if not found:
        for part in content.split(b"/usr/share/common-licenses/")[1:]:
            word = part[:40].split(maxsplit=1)[0] if part[:40].strip() else b""
            found.add(one_line(decoded(word.strip(b"`'\",;:.()"))))
    return tuple(sorted(licence for licence in found if licence and "�" not in licence))
