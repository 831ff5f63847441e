"""
Where this machine gets Python distributions from, as uv and pip are set up here.

uv reads its own configuration; what it does not read is handed over to it: `[index]` of
Boxwright's settings and what pip's configuration says. The nearer wins: Boxwright's
settings, then uv's, then pip's. No address is invented: where nobody names an index, uv
is told nothing and uses its own default.

Indexes are given to uv in its environment, not as arguments, which others on the machine
can read and which may hold passwords.
"""

from __future__ import annotations

import configparser
import itertools
import os
import re
import subprocess
import sys
import tomllib
import urllib.parse
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from boxwright.errors import SettingsError
from boxwright.settings import Settings
from boxwright.store.transport import Auth, Transport, is_remote, local_path, redact

_TRUE = frozenset({"1", "true", "yes", "on", "t", "y"})
_MINUTE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """One package index that uv uses here; *url* may hold credentials."""

    url: str = field(repr=False)
    name: str = ""
    default: bool = False
    explicit: bool = False
    """Only for packages that `tool.uv.sources` sends there."""
    flat: bool = False
    """A find-links page or folder."""
    auth: Auth | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexes:
    """All that decides where distributions come from."""

    indexes: tuple[Index, ...] = ()
    """Every index that somebody named; without a default one uv uses its own."""
    find_links: tuple[str, ...] = ()
    uv_environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What uv is given beside the user's environment."""
    no_index: bool = False
    """Whether only the find-links are to be looked at."""
    constraints: tuple[str, ...] = ()
    certificate: str = ""
    client_certificate: str = ""
    proxy: str = field(default="", repr=False)
    trusted_hosts: frozenset[str] = frozenset()
    keyring: bool = False
    """Whether the program `keyring` is asked for passwords."""
    timeout: float = 0

    def transport(self, transport: Transport) -> Transport:
        """Return *transport* with the certificates, proxy and timeout that apply here."""
        return transport.using(
            certificate=self.certificate,
            client_certificate=self.client_certificate,
            proxy=self.proxy,
            trusted_hosts=self.trusted_hosts,
            timeout=self.timeout,
        )

    def auth_for(self, url: str) -> Auth | None:
        """Return the credentials for *url*: those of an index on the same host, or keyring's."""
        same = [index for index in self.indexes if _origin(index.url) == _origin(url)]
        # Of several indexes on one host, that whose path has most in common with the URL's.
        same.sort(key=lambda index: _common_parts(index.url, url))
        user = ""
        for index in reversed(same):
            auth = index.auth or _userinfo(index.url)
            if auth and auth[1]:
                return auth
            user = user or (auth[0] if auth else "")
        if self.keyring and same:
            return _ask_keyring([same[-1].url, urllib.parse.urlsplit(url).hostname or ""], user)
        return (user, "") if user else None

    def without_local_extras(self) -> Indexes | None:
        """
        Return these without the extra indexes that are folders; None where there are none.

        To pip, all files of a version are candidates, wherever they are. To uv those of
        one index are: a folder that holds a few files of a version would hide the rest.
        """
        extra = self.uv_environ.get("UV_INDEX", "").split()
        remote = [url for url in extra if is_remote(_index_argument(url).url)]
        if remote == extra:
            return None
        environ = {**self.uv_environ, "UV_INDEX": " ".join(remote)}
        return replace(self, uv_environ=environ)

    def local_folders(self) -> Iterator[Path]:
        """Yield the folders among the find-links that are on this machine."""
        for place in self.find_links:
            if not is_remote(place) and (path := local_path(place).expanduser()).is_dir():
                yield path


def find_indexes(settings: Settings, folder: Path, environ: Mapping[str, str]) -> Indexes:
    """Return where distributions for the project in *folder* come from."""
    own = settings.index
    uv = _read_uv(folder, environ)
    pip = _read_pip(environ)

    default = own.index_url or ("" if uv.has_default else pip.one("index-url"))
    extra = [*own.extra_index_urls]
    pip_extra = pip.many("extra-index-url")
    extra += pip_extra
    find_links = [_absolute(place, folder) for place in own.find_links]
    pip_links = [_absolute(place, Path.cwd()) for place in pip.many("find-links")]
    no_index = not own.index_url and (
        _true(environ.get("UV_NO_INDEX")) or (not uv.has_default and pip.flag("no-index"))
    )

    handed: dict[str, str] = {}
    if default:
        handed["UV_DEFAULT_INDEX"] = default
    if extra:
        handed["UV_INDEX"] = " ".join([*environ.get("UV_INDEX", "").split(), *extra])
    if find_links or pip_links:
        links = [*_split_commas(environ.get("UV_FIND_LINKS", "")), *find_links, *pip_links]
        # uv divides at commas; in a URL they can be written otherwise.
        handed["UV_FIND_LINKS"] = ",".join(link.replace(",", "%2C") for link in links)
    if extra and not environ.get("UV_INDEX_STRATEGY") and not uv.has_strategy:
        # With pip all indexes are equal and the best version wins; uv would stop at the
        # first index that has the name, which is not what these settings were written for.
        handed["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    certificate = pip.one("cert")
    if certificate and not environ.get("SSL_CERT_FILE"):
        handed["SSL_CERT_FILE"] = str(Path(certificate).expanduser())
    if pip.one("client-cert") and not environ.get("SSL_CLIENT_CERT"):
        handed["SSL_CLIENT_CERT"] = str(Path(pip.one("client-cert")).expanduser())
    proxy = pip.one("proxy")
    if proxy:
        handed |= {"HTTP_PROXY": proxy, "HTTPS_PROXY": proxy, "ALL_PROXY": proxy}
    trusted = [*pip.many("trusted-host"), *uv.trusted_hosts]
    if trusted:
        handed["UV_INSECURE_HOST"] = " ".join(dict.fromkeys(trusted))
    keyring = uv.keyring or pip.one("keyring-provider") == "subprocess"
    if keyring:
        handed["UV_KEYRING_PROVIDER"] = "subprocess"
    timeout = environ.get("UV_HTTP_TIMEOUT") or pip.one("timeout") or pip.one("default-timeout")
    if timeout and not environ.get("UV_HTTP_TIMEOUT") and timeout.isdigit():
        handed["UV_HTTP_TIMEOUT"] = timeout

    named = [Index(url=url) for url in extra]
    if default:
        named.append(Index(url=default, default=True))
    named += uv.indexes
    return Indexes(
        indexes=tuple(_with_environment(index, environ) for index in named),
        find_links=tuple(dict.fromkeys([*find_links, *uv.find_links, *pip_links])),
        uv_environ=handed,
        no_index=no_index,
        constraints=tuple(pip.many("constraint")),
        certificate=certificate,
        client_certificate=environ.get("SSL_CLIENT_CERT", "") or pip.one("client-cert"),
        proxy=proxy,
        trusted_hosts=frozenset(trusted),
        keyring=keyring,
        timeout=float(timeout) if timeout.isdigit() else 0,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Uv:
    """What uv's own configuration says of indexes."""

    indexes: tuple[Index, ...]
    find_links: tuple[str, ...]
    has_default: bool
    has_strategy: bool
    trusted_hosts: tuple[str, ...]
    keyring: bool


def _read_uv(folder: Path, environ: Mapping[str, str]) -> _Uv:
    indexes: list[Index] = []
    find_links: list[str] = []
    trusted: list[str] = environ.get("UV_INSECURE_HOST", "").split()
    keyring = environ.get("UV_KEYRING_PROVIDER", "")
    strategy = False
    for name in ("UV_INDEX", "UV_EXTRA_INDEX_URL"):
        indexes += map(_index_argument, environ.get(name, "").split())
    if default := environ.get("UV_DEFAULT_INDEX") or environ.get("UV_INDEX_URL"):
        url = _index_argument(default)
        indexes.append(Index(url=url.url, name=url.name, default=True))
    find_links += [
        _absolute(place, folder) for place in _split_commas(environ.get("UV_FIND_LINKS", ""))
    ]
    for path, table in _uv_tables(folder, environ):
        near = path.parent
        for group in (table, table.get("pip")):
            if not isinstance(group, dict):
                continue
            indexes += _indexes_of(group, near)
            find_links += [_absolute(place, near) for place in _texts(group.get("find-links"))]
            keyring = keyring or str(group.get("keyring-provider", ""))
            strategy = strategy or "index-strategy" in group
        trusted += _texts(table.get("allow-insecure-host"))
    find_links += [index.url for index in indexes if index.flat]
    return _Uv(
        indexes=tuple(indexes),
        find_links=tuple(find_links),
        has_default=any(index.default for index in indexes),
        has_strategy=strategy,
        trusted_hosts=tuple(trusted),
        keyring=keyring == "subprocess",
    )


def _indexes_of(table: Mapping[str, Any], near: Path) -> Iterator[Index]:
    entries = table.get("index")
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, dict) and isinstance(entry.get("url"), str):
            yield Index(
                url=_absolute(entry["url"], near),
                name=str(entry.get("name", "")),
                default=entry.get("default") is True,
                explicit=entry.get("explicit") is True,
                flat=entry.get("format") == "flat",
            )
    for url in _texts(table.get("extra-index-url")):
        yield Index(url=_absolute(url, near))
    for url in _texts(table.get("index-url")):
        yield Index(url=_absolute(url, near), default=True)


def _uv_tables(folder: Path, environ: Mapping[str, str]) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield the tables that uv reads, nearest first, each with its file."""
    if chosen := environ.get("UV_CONFIG_FILE"):
        yield Path(chosen), _toml(Path(chosen))
        return
    if _true(environ.get("UV_NO_CONFIG")):
        return
    for parent in (folder.resolve(), *folder.resolve().parents):
        if (path := parent / "uv.toml").is_file():
            yield path, _toml(path)
            break
        table = _toml(parent / "pyproject.toml").get("tool", {})
        if isinstance(table, dict) and isinstance(table.get("uv"), dict):
            yield parent / "pyproject.toml", table["uv"]
            break
    home = Path(environ.get("HOME") or "~").expanduser()
    user = Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "uv" / "uv.toml"
    system = [
        Path(entry) / "uv" / "uv.toml"
        for entry in (environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(os.pathsep)
        if entry
    ]
    for path in (user, *system, Path("/etc/uv/uv.toml")):
        if path.is_file():
            yield path, _toml(path)


def _toml(path: Path) -> dict[str, Any]:
    """Return the tables of *path*; empty where it is missing. uv itself reports what is wrong."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"`{path}` cannot be read: {error}", hint="correct the file; uv reads it too"
        ) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pip:
    """What pip's configuration says; the environment before the files."""

    values: Mapping[str, str] = field(repr=False)

    def one(self, key: str) -> str:
        return self.values.get(key, "").strip()

    def many(self, key: str) -> list[str]:
        return self.values.get(key, "").split()

    def flag(self, key: str) -> bool:
        return _true(self.values.get(key))


def _read_pip(environ: Mapping[str, str]) -> _Pip:
    values: dict[str, str] = {}
    for path in _pip_files(environ):
        parser = configparser.RawConfigParser()
        try:
            parser.read(path, encoding="utf-8")
        except (OSError, UnicodeDecodeError, configparser.Error) as error:
            raise SettingsError(
                f"pip's configuration `{path}` cannot be read: {type(error).__name__}",
                hint="`pip config debug` shows which files pip reads; correct it",
            ) from error
        for section in ("global", "install"):
            if parser.has_section(section):
                values |= {_pip_key(key): value for key, value in parser.items(section)}
    for name, value in environ.items():
        if name.startswith("PIP_") and value:
            values[_pip_key(name.removeprefix("PIP_"))] = value
    return _Pip(values=values)


def _pip_files(environ: Mapping[str, str]) -> Iterator[Path]:
    """Yield pip's configuration files, the strongest last."""
    chosen = environ.get("PIP_CONFIG_FILE", "")
    if chosen == os.devnull:
        return
    home = Path(environ.get("HOME") or "~").expanduser()
    isolated = _true(environ.get("PIP_ISOLATED"))
    if sys.platform == "darwin":
        yield Path("/Library/Application Support/pip/pip.conf")
    for entry in reversed((environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(os.pathsep)):
        if entry:
            yield Path(entry) / "pip" / "pip.conf"
    yield Path("/etc/pip.conf")
    if not isolated:
        yield home / ".pip" / "pip.conf"
        if sys.platform == "darwin":
            yield home / "Library" / "Application Support" / "pip" / "pip.conf"
        yield Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "pip" / "pip.conf"
    yield Path(environ.get("VIRTUAL_ENV") or sys.prefix) / "pip.conf"
    if chosen:
        yield Path(chosen)


def _pip_key(name: str) -> str:
    return name.lower().replace("_", "-").removeprefix("--")


def _with_environment(index: Index, environ: Mapping[str, str]) -> Index:
    """Add what UV_INDEX_<NAME>_USERNAME and UV_INDEX_<NAME>_PASSWORD say."""
    if not index.name:
        return index
    name = re.sub(r"[^A-Z0-9]", "_", index.name.upper())
    user = environ.get(f"UV_INDEX_{name}_USERNAME")
    password = environ.get(f"UV_INDEX_{name}_PASSWORD")
    if user is None and password is None:
        return index
    return Index(
        url=index.url,
        name=index.name,
        default=index.default,
        explicit=index.explicit,
        flat=index.flat,
        auth=(user or "", password or ""),
    )


def _index_argument(text: str) -> Index:
    """
    Return the index that *text* names, as in UV_INDEX: `url` or `name=url`.

    >>> _index_argument("cpu=https://host.example/whl").name
    'cpu'
    """
    name, separator, url = text.partition("=")
    if separator and re.fullmatch(r"[A-Za-z0-9._-]+", name):
        return Index(url=url, name=name)
    return Index(url=text)


def _absolute(place: str, near: Path) -> str:
    """Return *place* with a relative path made absolute."""
    if "://" in place:
        return place
    return str((near / Path(place).expanduser()).resolve())


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _split_commas(text: str) -> Iterable[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _true(value: str | None) -> bool:
    return (value or "").strip().lower() in _TRUE


def _userinfo(url: str) -> Auth | None:
    parts = urllib.parse.urlsplit(url)
    if parts.username is None:
        return None
    return urllib.parse.unquote(parts.username), urllib.parse.unquote(parts.password or "")


def _origin(url: str) -> tuple[str, str, int | None]:
    try:
        parts = urllib.parse.urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return ("", url, None)
    return parts.scheme, parts.hostname or "", port


def _common_parts(one: str, other: str) -> int:
    """Return how many leading parts of their paths two URLs have in common."""
    pairs = zip(*(urllib.parse.urlsplit(url).path.split("/") for url in (one, other)), strict=False)
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))


def _ask_keyring(services: list[str], user: str) -> Auth | None:
    """Ask the program `keyring`, as pip and uv do: for the index's URL, then for the host."""
    for service in services:
        clean = redact(service)
        arguments = ["get", clean, user] if user else ["--mode", "creds", "get", clean, ""]
        try:
            answer = subprocess.run(
                ["keyring", *arguments],  # noqa: S607 (found by PATH, as pip and uv do)
                capture_output=True,
                text=True,
                check=False,
                stdin=subprocess.DEVNULL,
                timeout=_MINUTE,
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        lines = answer.stdout.splitlines()
        if answer.returncode == 0 and lines:
            if user:
                return user, lines[0]
            if len(lines) > 1:
                return lines[0], lines[1]
    return None
