"""Where packages come from: uv, the package index and the Debian mirror, as they are set up here."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from boxwright.doctor.host import Host
from boxwright.doctor.result import Area, Result
from boxwright.doctor.version import version_in
from boxwright.errors import BoxwrightError

if TYPE_CHECKING:
    from boxwright.lock.sources import Sources

_SOURCES = Area("sources")
_ASKED_FOR = "packaging"
"""A distribution that every index with the usual ones has."""
_LARGEST = 1 << 24


def check_sources(host: Host, sources: Sources, *, suites: Iterable[str]) -> Iterator[Result]:
    """Yield whether *sources* give packages: distributions, and Debian's of *suites*."""
    from boxwright.lock.uv import Uv, UvNetworkError

    try:
        uv = Uv(folder=Path.cwd(), indexes=sources.indexes, environ=sources.environ)
        version = version_in(uv.run(["--version"]))
    except BoxwrightError as error:
        yield _SOURCES.failure("uv", error.message, error.hint)
        return
    yield _SOURCES.ok("uv", version or "it answers")
    named = [index.name or _host(index.url) for index in sources.indexes.indexes]
    shown = f"`{'`, `'.join(dict.fromkeys(named))}`" if named else "uv's own default"
    arguments = ["pip", "compile", "-", "--no-deps", "--no-header", "--refresh", "--quiet"]
    try:
        uv.run([*arguments, "--python", sys.executable], content=f"{_ASKED_FOR}\n")
    except UvNetworkError as error:
        yield _SOURCES.failure("package index", f"{shown}: {_first(error.text)}", error.hint)
    except BoxwrightError as error:
        yield _SOURCES.warning("package index", f"{shown}: {_first(error.message)}", error.hint)
    else:
        yield _SOURCES.ok("package index", f"{shown}: it has `{_ASKED_FOR}`")
    for suite in suites:
        yield _mirror(host, sources, suite)


def _mirror(host: Host, sources: Sources, suite: str) -> Result:
    from boxwright.debian.keyring import archive_keyring
    from boxwright.debian.release import read_release

    what = f"Debian mirror ({suite})"
    try:
        mirrors = sources.mirrors
        root = mirrors.root("debian")
        url = f"{root}/dists/{suite}/InRelease"
        content = sources.transport.read(
            url,
            limit=_LARGEST,
            what=f"the InRelease file of `{suite}`",
            proxy=mirrors.proxy_for(url),
        )
        release = read_release(
            content,
            mirrors.keyring or archive_keyring(),
            suite=suite,
            now=host.now,
            check_valid_until=sources.settings.debian.check_valid_until,
        )
    except BoxwrightError as error:
        hint = error.hint or "set `debian.mirror` to a mirror that this machine reaches"
        return _SOURCES.failure(what, error.message, hint)
    return _SOURCES.ok(what, f"`{_host(root)}`: signed, with {len(release.files)} indexes")


def _host(url: str) -> str:
    """Return what of *url* may be shown: the host, or a folder's path."""
    from boxwright.store.transport import redact

    shown = redact(url)
    return shown.partition("://")[2].partition("/")[0] or shown


def _first(text: str) -> str:
    return text.partition("\n")[0]
