from __future__ import annotations

import stat
from pathlib import Path

import pytest

from boxwright.errors import SettingsError
from boxwright.lock.indexes import Indexes, find_indexes
from boxwright.settings import IndexSettings, Settings
from boxwright.store.transport import Transport


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """Nobody's configuration."""
    return {"HOME": str(tmp_path / "home"), "XDG_CONFIG_DIRS": str(tmp_path / "nothing")}


def pip_conf(environ: dict[str, str], tmp_path: Path, text: str) -> None:
    path = tmp_path / "pip.conf"
    path.write_text(text)
    environ["PIP_CONFIG_FILE"] = str(path)


def find(environ: dict[str, str], tmp_path: Path, settings: Settings | None = None) -> Indexes:
    project = tmp_path / "project"
    project.mkdir(exist_ok=True)
    return find_indexes(settings or Settings(), project, environ)


def test_where_nobody_names_an_index_uv_is_told_of_none(
    environ: dict[str, str], tmp_path: Path
) -> None:
    pip_conf(environ, tmp_path, "")
    found = find(environ, tmp_path)
    assert not [name for name in found.uv_environ if "INDEX" in name]
    assert found.indexes == ()


def test_pips_indexes_are_handed_to_uv_as_equals(environ: dict[str, str], tmp_path: Path) -> None:
    pip_conf(
        environ,
        tmp_path,
        "[global]\nindex-url = https://a.invalid/simple\n"
        "extra-index-url =\n    https://b.invalid/simple\n    https://c.invalid/simple\n"
        "trusted-host = b.invalid\nproxy = http://proxy.invalid:3128\ntimeout = 7\n"
        "[install]\nfind-links = /srv/wheels\n",
    )
    found = find(environ, tmp_path)
    assert found.uv_environ["UV_DEFAULT_INDEX"] == "https://a.invalid/simple"
    assert found.uv_environ["UV_INDEX"] == "https://b.invalid/simple https://c.invalid/simple"
    assert found.uv_environ["UV_INDEX_STRATEGY"] == "unsafe-best-match"
    assert found.uv_environ["UV_FIND_LINKS"] == "/srv/wheels"
    assert found.uv_environ["HTTPS_PROXY"] == "http://proxy.invalid:3128"
    assert found.trusted_hosts == {"b.invalid"}
    transport = found.transport(Transport(environ=environ))
    assert (transport.proxy, transport.timeout) == ("http://proxy.invalid:3128", 7)


def test_pips_environment_comes_before_its_files(environ: dict[str, str], tmp_path: Path) -> None:
    pip_conf(environ, tmp_path, "[global]\nindex-url = https://a.invalid/simple\n")
    environ["PIP_INDEX_URL"] = "https://b.invalid/simple"
    found = find(environ, tmp_path)
    assert found.uv_environ["UV_DEFAULT_INDEX"] == "https://b.invalid/simple"


def test_pips_no_index_is_kept(environ: dict[str, str], tmp_path: Path) -> None:
    environ["PIP_NO_INDEX"] = "true"
    assert find(environ, tmp_path).no_index


def test_a_default_index_of_uv_comes_before_pips(environ: dict[str, str], tmp_path: Path) -> None:
    pip_conf(environ, tmp_path, "[global]\nindex-url = https://pip.invalid/simple\n")
    project = tmp_path / "project"
    project.mkdir()
    (project / "pyproject.toml").write_text(
        '[[tool.uv.index]]\nname = "mine"\nurl = "https://uv.invalid/simple"\ndefault = true\n'
    )
    found = find(environ, tmp_path)
    assert "UV_DEFAULT_INDEX" not in found.uv_environ
    assert [index.url for index in found.indexes] == ["https://uv.invalid/simple"]


def test_boxwrights_settings_come_before_all(environ: dict[str, str], tmp_path: Path) -> None:
    environ["UV_DEFAULT_INDEX"] = "https://uv.invalid/simple"
    settings = Settings(
        index=IndexSettings(index_url="https://own.invalid/simple", find_links=("wheels",))
    )
    found = find(environ, tmp_path, settings)
    assert found.uv_environ["UV_DEFAULT_INDEX"] == "https://own.invalid/simple"
    assert found.find_links == (str(tmp_path / "project" / "wheels"),)


def test_find_links_of_uv_are_known_wherever_they_stand(
    environ: dict[str, str], tmp_path: Path
) -> None:
    for name in ("one", "two", "three"):
        (tmp_path / name).mkdir()
    environ["UV_FIND_LINKS"] = f"{tmp_path / 'one'},https://host.invalid/links"
    project = tmp_path / "project"
    project.mkdir()
    (project / "uv.toml").write_text('find-links = ["../two"]\n')
    user = tmp_path / "home" / ".config" / "uv"
    user.mkdir(parents=True)
    (user / "uv.toml").write_text(
        f'[[index]]\nname = "flat"\nformat = "flat"\nurl = "{tmp_path / "three"}"\n'
    )
    found = find(environ, tmp_path)
    assert [path.name for path in found.local_folders()] == ["one", "two", "three"]


def test_credentials_go_to_the_index_they_belong_to(
    environ: dict[str, str], tmp_path: Path
) -> None:
    environ |= {
        "UV_INDEX": "mine=https://host.invalid/mine/simple https://a:b@host.invalid/other/simple",
        "UV_INDEX_MINE_USERNAME": "me",
        "UV_INDEX_MINE_PASSWORD": "secret",
    }
    found = find(environ, tmp_path)
    assert found.auth_for("https://host.invalid/mine/files/a.whl") == ("me", "secret")
    assert found.auth_for("https://host.invalid/other/files/a.whl") == ("a", "b")
    for elsewhere in ("https://elsewhere.invalid/a", "http://host.invalid/mine/simple/a"):
        assert found.auth_for(elsewhere) is None
    assert "secret" not in repr(found)


@pytest.mark.parametrize("setting", ["UV_KEYRING_PROVIDER", "PIP_KEYRING_PROVIDER"])
def test_keyring_is_asked_where_it_is_switched_on(
    environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    program = tmp_path / "bin" / "keyring"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\n[ "$1 $3" = "get me" ] && echo "secret for $2"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    environ["UV_DEFAULT_INDEX"] = "https://me@host.invalid/simple"
    environ[setting] = "subprocess"
    found = find(environ, tmp_path)
    assert found.auth_for("https://host.invalid/files/a.whl") == (
        "me",
        "secret for https://host.invalid/simple",
    )


def test_a_damaged_configuration_is_named(environ: dict[str, str], tmp_path: Path) -> None:
    pip_conf(environ, tmp_path, "index-url = nowhere\n")
    with pytest.raises(SettingsError, match=r"pip\.conf"):
        find(environ, tmp_path)
    del environ["PIP_CONFIG_FILE"]
    (tmp_path / "project" / "uv.toml").write_text("no toml")
    with pytest.raises(SettingsError, match=r"uv\.toml"):
        find(environ, tmp_path)
