"""
Where Debian packages are fetched from, which never enters a lock.

The settings come first, then the environment, then what the host's own apt uses where
the host is a Debian; else the project's official mirrors.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from boxwright.debian.control import parse_paragraphs
from boxwright.errors import SettingsError
from boxwright.settings import Settings

DEFAULT = "http://ftp.debian.org/debian"
DEFAULT_SECURITY = "http://security.debian.org/debian-security"

_APT = Path("/etc/apt")
_CODENAMES = r"(?:bullseye|bookworm|trixie|forky|duke|sid|(?:old)*stable|testing|unstable)"
_MAIN_SUITE = re.compile(rf"{_CODENAMES}(?:-updates)?/?")
_SECURITY_SUITE = re.compile(rf"{_CODENAMES}(?:-security|/updates)/?")
_ONE_LINE = re.compile(
    r"deb\s+(?:\[(?P<options>[^]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s+(?P<rest>.*)"
)
_PROXY_LINE = re.compile(r'Acquire::(https?)::Proxy(?:::(\S+))? "([^"]*)";')


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirrors:
    """The two roots of Debian's archive: `http:`, `https:` or `file:` URLs, or folders."""

    debian: str
    security: str
    keyring: bytes | None = None
    """The certificates that sign a private archive; None for Debian's own."""
    proxies: tuple[tuple[str, str], ...] = ()
    """apt's proxies by scheme or by host; an empty one is a direct connection."""

    def root(self, archive: str) -> str:
        """Return the root of *archive*, `debian` or `debian-security`."""
        return (self.security if archive == "debian-security" else self.debian).rstrip("/")

    def proxy_for(self, url: str) -> str | None:
        """Return the proxy that apt would use for *url*, None where it has no opinion."""
        proxies = dict(self.proxies)
        scheme, _, rest = url.partition("://")
        host = rest.partition("/")[0].rpartition("@")[2].partition(":")[0]
        # As apt does, HTTP's proxy serves HTTPS too where that has none of its own.
        for key in (f"{scheme}::{host}", f"http::{host}", scheme, "http"):
            if key in proxies:
                return "" if proxies[key].upper() == "DIRECT" else proxies[key]
        return None


def find_mirrors(
    settings: Settings, environ: Mapping[str, str], *, folder: Path | None = None, apt: Path = _APT
) -> Mirrors:
    """
    Return the mirrors that *settings*, *environ* and the apt of this host name.

    *folder* is what paths in the settings are relative to.
    """
    chosen = settings.debian
    main = chosen.mirror or environ.get("BOXWRIGHT_DEBIAN_MIRROR")
    security = chosen.security_mirror or environ.get("BOXWRIGHT_DEBIAN_SECURITY_MIRROR")
    if not (main and security):
        apt_main, apt_security = _apt_mirrors(apt)
        main = main or apt_main or DEFAULT
        security = security or apt_security or DEFAULT_SECURITY
    return Mirrors(
        debian=_rooted(main, folder),
        security=_rooted(security, folder),
        keyring=_keyring(settings, folder),
        proxies=_apt_proxies(environ),
    )


def _rooted(mirror: str, folder: Path | None) -> str:
    if folder is None or "://" in mirror or mirror.startswith("file:"):
        return mirror
    return str(folder / mirror)


def _keyring(settings: Settings, folder: Path | None) -> bytes | None:
    name = settings.debian.keyring
    if name is None:
        return None
    path = (folder or Path()) / name
    try:
        return path.read_bytes()
    except OSError as error:
        raise SettingsError(
            f"{settings.key('debian.keyring')}: `{name}` cannot be read: {error.strerror or error}",
            hint="name a file of OpenPGP certificates, relative to the project",
        ) from error


def _apt_mirrors(apt: Path) -> tuple[str, str]:
    """Return what the host's apt uses for a main and for a security suite, empty for none."""
    main = security = ""
    for uri, suite in _apt_entries(apt):
        if _MAIN_SUITE.fullmatch(suite):
            main = main or uri
        elif _SECURITY_SUITE.fullmatch(suite):
            security = security or uri
    return main, security


def _apt_entries(apt: Path) -> Iterator[tuple[str, str]]:
    """Yield (URI, suite) of each source of Debian's own packages."""
    parts = apt / "sources.list.d"
    for path in [apt / "sources.list", *_listed(parts, ".list"), *_listed(parts, ".sources")]:
        entries = _deb822 if path.suffix == ".sources" else _one_line
        for uri, suite, components, signed_by in entries(_text(path)):
            if "main" in components and _is_debian(uri, signed_by):
                plain = _plain(uri)
                if plain:
                    yield plain, suite


def _listed(folder: Path, suffix: str) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == suffix)
    except OSError:
        return []


def _text(path: Path) -> str:
    # They are the host's files, not ours: what cannot be read says nothing.
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""


def _deb822(text: str) -> Iterator[tuple[str, str, list[str], str]]:
    for fields in parse_paragraphs(text):
        if fields.get("enabled", "yes").lower() in {"no", "false", "0"}:
            continue
        if "deb" in fields.get("types", "").split():
            components = fields.get("components", "").split()
            for uri in fields.get("uris", "").split():
                for suite in fields.get("suites", "").split():
                    yield uri, suite, components, fields.get("signed-by", "")


def _one_line(text: str) -> Iterator[tuple[str, str, list[str], str]]:
    for line in text.split("\n"):
        match = _ONE_LINE.fullmatch(line.partition("#")[0].strip())
        if match:
            signed_by = re.search(r"signed-by=(\S+)", match["options"] or "")
            yield (
                match["uri"],
                match["suite"],
                match["rest"].split(),
                signed_by[1] if signed_by else "",
            )


def _is_debian(uri: str, signed_by: str) -> bool:
    """
    Tell whether Debian's own packages are at *uri*.

    Other vendors use Debian's suites and a component `main` too, but keys of their own.
    """
    if signed_by:
        return "debian-archive" in signed_by
    return uri.startswith("mirror+") or "debian" in uri.rstrip("/").rpartition("/")[2]


def _plain(uri: str) -> str:
    """Return *uri* as a root that we can use, empty where we cannot."""
    if uri.startswith("mirror+file:"):
        for line in _text(Path(uri.removeprefix("mirror+file:"))).split():
            if line.startswith(("http://", "https://")):
                return line
        return ""
    return uri if uri.startswith(("http://", "https://", "file:")) else ""


def _apt_proxies(environ: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    program = shutil.which("apt-config")
    if program is None:
        return ()
    try:
        answer = subprocess.run(
            [program, "dump"],
            env={**environ, "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            errors="replace",
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return ()
    proxies = {}
    for scheme, host, proxy in _PROXY_LINE.findall(answer.stdout):
        if proxy:
            proxies[f"{scheme}::{host}" if host else scheme] = proxy
    return tuple(sorted(proxies.items()))
