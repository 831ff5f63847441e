"""Which files' contents are kept of an image: those that its packages are told of in."""

from __future__ import annotations

MOST_BYTES = 32 << 20
"""A longer document is not kept, and so is reported as unread."""
MOST_BYTES_OF_DATABASE = 64 << 20
"""The same of rpm's database, which also holds descriptions and change logs."""
MOST_BYTES_OF_SMALL = 1 << 20
"""The same of documents that are short by their nature: accounts, sources, licences."""
MOST_BYTES_OF_EGG = 8 << 20
"""The same of zipped eggs, which are documents and code in one file."""
MOST_BYTES_OF_LAYER = 128 << 20
"""So much of all documents of one layer together, for whoever keeps them."""

_NAMES = {
    # Databases of distributions, at any root: some images hold another one's files.
    "status": MOST_BYTES,
    "installed": MOST_BYTES,
    "rpmdb.sqlite": MOST_BYTES_OF_DATABASE,
    "container-manifest-2": MOST_BYTES,
    "copyright": MOST_BYTES_OF_SMALL,
    # Distributions of Python's, `.dist-info` and `.egg-info`.
    "metadata": MOST_BYTES,
    "pkg-info": MOST_BYTES,
    "record": MOST_BYTES,
    "installer": MOST_BYTES_OF_SMALL,
    "direct_url.json": MOST_BYTES_OF_SMALL,
    "requires.txt": MOST_BYTES_OF_SMALL,
    "installed-files.txt": MOST_BYTES,
    "package.json": MOST_BYTES_OF_SMALL,
    "pyvenv.cfg": MOST_BYTES_OF_SMALL,
    "patchlevel.h": MOST_BYTES_OF_SMALL,
    "version.json": MOST_BYTES_OF_SMALL,
    "history": MOST_BYTES,
}
"""Names in lower case, of which `_is_in_place` judges the folder."""

_PATHS = frozenset(
    {
        "etc/alpine-release",
        "etc/apt/sources.list",
        "etc/debian_version",
        "etc/group",
        "etc/lsb-release",
        "etc/os-release",
        "etc/passwd",
        "etc/redhat-release",
        "etc/shadow",
        "usr/lib/os-release",
    }
)

_SUFFIXES = (".json", ".list", ".md5sums", ".egg-info", ".egg", ".egg-link")

_INFO = (".dist-info", ".egg-info", "egg-info")


def wanted(path: str, size: int) -> bool:
    """
    Tell whether the content of the file *path*, *size* bytes long, is to be kept.

    Of rpm's older databases the name is enough: they are reported as unread.

    >>> wanted("var/lib/dpkg/status", 80_000), wanted("usr/bin/status", 80_000)
    (True, False)
    """
    folder, _, name = path.rpartition("/")
    limit = _NAMES.get(name) or _NAMES.get(name.lower())
    if limit is not None:
        if size <= limit and _is_in_place(folder, name.lower()):
            return True
    elif folder.endswith("lib/dpkg/status.d"):
        return size <= MOST_BYTES_OF_SMALL
    if path in _PATHS or folder in ("etc/apt/sources.list.d", "etc/apt/apt.conf.d"):
        return size <= MOST_BYTES_OF_SMALL
    return name.endswith(_SUFFIXES) and _is_by_suffix(folder, name, size)


def _is_in_place(folder: str, name: str) -> bool:
    match name:
        case "status":
            return folder.endswith(("lib/dpkg", "lib/opkg", "lib/dpkg/status.d"))
        case "installed":
            return folder.endswith("lib/apk/db")
        case "rpmdb.sqlite":
            return folder.endswith("/rpm")
        case "container-manifest-2":
            return folder.endswith("lib/rpmmanifest")
        case "copyright":
            return "share/doc/" in folder
        case "package.json" | "pyvenv.cfg":
            return True
        case "patchlevel.h":
            return "include/" in folder
        case "version.json":
            return folder.startswith("usr/local/cuda")
        case "history":
            return folder.endswith("conda-meta")
        case _:
            return folder.lower().endswith(_INFO)


def _is_by_suffix(folder: str, name: str, size: int) -> bool:
    if name.endswith(".json"):
        return folder.endswith("conda-meta") and size <= MOST_BYTES
    if name.endswith((".list", ".md5sums")):
        return folder.endswith(("lib/dpkg/info", "lib/dpkg/status.d")) and size <= MOST_BYTES
    if name.endswith(".egg"):
        return size <= MOST_BYTES_OF_EGG
    return size <= MOST_BYTES_OF_SMALL
