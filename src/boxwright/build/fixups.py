"""What maintainer scripts would have made, had they been run."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from boxwright.debian.deb import MERGED
from boxwright.image.entry import Entry, directory, file, symlink

USER = 65532
"""The user and the group that images run as: `nonroot`, as in distroless images."""

CERTIFICATES = "usr/share/ca-certificates/"
"""Where the single certificates are, which come into the image as one bundle only."""

_BUNDLE = "etc/ssl/certs/ca-certificates.crt"

_PASSWD = f"""\
root:x:0:0:root:/root:/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
nonroot:x:{USER}:{USER}:nonroot:/home/nonroot:/sbin/nologin
"""
_GROUP = f"""\
root:x:0:
tty:x:5:
staff:x:50:
nobody:x:65534:
nonroot:x:{USER}:
"""
_NSSWITCH = """\
passwd:    files
group:     files
shadow:    files
hosts:     files dns
networks:  files
protocols: files
services:  files
ethers:    files
rpc:       files
"""


def base_fixups(
    present: Collection[str], certificates: bytes, python: str
) -> Iterator[tuple[Entry, bytes]]:
    """
    Yield what a base needs beside the files of its packages, which are *present*.

    *certificates* is the bundle of authorities, *python* the minor version.
    """
    # Merged /usr (bookworm's packages still have files in /lib): the ELF interpreter is
    # named by a path in /lib64.
    for name in MERGED:
        yield symlink(name, f"usr/{name}"), b""
        yield directory(f"usr/{name}"), b""
    for path in ("dev", "etc", "home", "proc", "run", "sys", "usr", "var"):
        yield directory(path), b""
    yield directory("root", 0o700), b""
    # tempfile finds no place without them.
    yield directory("run/lock", 0o1777), b""
    yield directory("tmp", 0o1777), b""
    yield directory("var/tmp", 0o1777), b""
    yield symlink("var/run", "/run"), b""
    yield symlink("var/lock", "/run/lock"), b""
    # getpass.getuser() and `~` need an entry for the user.
    yield from _text("etc/passwd", _PASSWD)
    yield from _text("etc/group", _GROUP)
    yield directory("home/nonroot", 0o700, uid=USER, gid=USER), b""
    yield from _text("etc/nsswitch.conf", _NSSWITCH)
    yield symlink("etc/localtime", "/usr/share/zoneinfo/Etc/UTC"), b""
    yield file(_BUNDLE, len(certificates)), certificates
    # OpenSSL looks here; the package `openssl` has the links and is left out.
    yield symlink("usr/lib/ssl/cert.pem", f"/{_BUNDLE}"), b""
    yield symlink("usr/lib/ssl/certs", "/etc/ssl/certs"), b""
    yield symlink("usr/bin/python3", f"python{python}"), b""
    yield symlink("usr/bin/python", "python3"), b""
    if "usr/bin/dash" in present:
        yield symlink("usr/bin/sh", "dash"), b""


_ALTERNATIVES = {
    "libblas.so.3": "blas/libblas.so.3",
    "liblapack.so.3": "lapack/liblapack.so.3",
}


def system_fixups(present: Collection[str], triplet: str) -> Iterator[tuple[Entry, bytes]]:
    """Yield what the added packages, whose files are *present*, need beside them."""
    # The links that update-alternatives would have made.
    folder = f"usr/lib/{triplet}"
    for name, target in _ALTERNATIVES.items():
        if f"{folder}/{target}" in present:
            yield symlink(f"{folder}/{name}", target), b""


def _text(path: str, text: str) -> Iterator[tuple[Entry, bytes]]:
    content = text.encode()
    yield file(path, len(content)), content
