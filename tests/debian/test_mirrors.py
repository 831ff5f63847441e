"""Where mirrors come from: settings, environment, the host's apt, the official defaults."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from boxwright.errors import SettingsError
from boxwright.lock.mirrors import DEFAULT, DEFAULT_SECURITY, Mirrors, find_mirrors
from boxwright.settings import Settings

KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg"


def roots(apt: Path, environ: dict[str, str] | None = None) -> tuple[str, str]:
    found = find_mirrors(Settings(), {"PATH": "/usr/bin:/bin", **(environ or {})}, apt=apt)
    return found.debian, found.security


def test_host_without_apt_has_official_defaults(tmp_path: Path) -> None:
    assert roots(tmp_path / "missing") == (DEFAULT, DEFAULT_SECURITY)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param(
            "sources.list",
            "# deb http://old.example/debian bookworm main\n"
            "deb-src http://src.example/debian bookworm main\n"
            f"deb [arch=amd64 signed-by={KEYS}] http://one.example/pub/debian bookworm main contrib\n"
            "deb http://two.example/debian-security bookworm-security main # fixes\n",
            id="one line each",
        ),
        pytest.param(
            "sources.list.d/debian.sources",
            "Types: deb deb-src\nURIs: http://one.example/pub/debian\n"
            f"Suites: bookworm bookworm-updates\nComponents: main\nSigned-By: {KEYS}\n\n"
            "Enabled: no\nTypes: deb\nURIs: http://off.example/debian\n"
            "Suites: bookworm-security\nComponents: main\n\n"
            "Types: deb\nURIs: http://two.example/debian-security\n"
            "Suites: bookworm-security\nComponents: main\n",
            id="deb822",
        ),
    ],
)
def test_apt_of_the_host_is_asked(name: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)

    assert roots(tmp_path) == (
        "http://one.example/pub/debian",
        "http://two.example/debian-security",
    )


@pytest.mark.parametrize(
    "line",
    [
        "deb http://archive.example/ubuntu jammy main",
        "deb https://vendor.example/linux/chrome/deb/ stable main",
        "deb [signed-by=/etc/apt/keyrings/vendor.asc] https://vendor.example/debian trixie main",
        "deb http://one.example/debian trixie contrib",
        "deb cdrom:[Debian]/debian trixie main",
    ],
)
def test_sources_of_others_are_passed_over(line: str, tmp_path: Path) -> None:
    (tmp_path / "sources.list").write_text(f"{line}\n")

    assert roots(tmp_path) == (DEFAULT, DEFAULT_SECURITY)


def test_lists_of_mirrors_are_followed(tmp_path: Path) -> None:
    (tmp_path / "main.list").write_text("https://one.example/debian\nhttps://two.example/debian\n")
    (tmp_path / "sources.list").write_text(f"deb mirror+file:{tmp_path}/main.list trixie main\n")

    assert roots(tmp_path) == ("https://one.example/debian", DEFAULT_SECURITY)


def test_environment_comes_before_apt(tmp_path: Path) -> None:
    (tmp_path / "sources.list").write_text("deb http://one.example/debian trixie main\n")

    assert roots(tmp_path, {"BOXWRIGHT_DEBIAN_MIRROR": "http://env.example/debian"}) == (
        "http://env.example/debian",
        DEFAULT_SECURITY,
    )


def test_settings_come_first_and_are_relative_to_the_project(
    tmp_path: Path, debian_settings: Callable[..., Settings]
) -> None:
    (tmp_path / "keys.gpg").write_bytes(b"keys")
    settings = debian_settings(
        mirror="mirror/debian", security_mirror="https://two.example", keyring="keys.gpg"
    )

    found = find_mirrors(
        settings, {"BOXWRIGHT_DEBIAN_MIRROR": "http://env.example"}, folder=tmp_path, apt=tmp_path
    )

    assert found.debian == str(tmp_path / "mirror/debian")
    assert found.security == "https://two.example"
    assert found.keyring == b"keys"


def test_missing_keyring(tmp_path: Path, debian_settings: Callable[..., Settings]) -> None:
    with pytest.raises(SettingsError) as caught:
        find_mirrors(debian_settings(keyring="keys.gpg"), {}, folder=tmp_path, apt=tmp_path)

    assert (
        caught.value.message
        == "debian.keyring: `keys.gpg` cannot be read: No such file or directory"
    )


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("http://other.example/debian", "http://proxy.example:3128"),
        ("https://other.example/debian", "http://proxy.example:3128"),
        ("http://near.example:80/debian", ""),
        ("file:///srv/debian", "http://proxy.example:3128"),
    ],
)
def test_proxies_of_apt(url: str, proxy: str) -> None:
    mirrors = Mirrors(
        debian="",
        security="",
        proxies=(("http", "http://proxy.example:3128"), ("http::near.example", "DIRECT")),
    )

    assert mirrors.proxy_for(url) == proxy


def test_without_proxies_apt_has_no_opinion() -> None:
    assert Mirrors(debian="", security="").proxy_for("http://other.example") is None
