"""Archives that are unpacked, and those that stay."""

from __future__ import annotations

import pytest
from tests.practices.programs.scripts import command, commands

from boxwright.practices.programs.archives import extraction, kept_archives

URL = "https://example.org/a.tar.gz"


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("tar xzf a.tgz", ("a.tgz", "", False)),
        ("tar -xzf a.tgz -C /opt --strip-components=1", ("a.tgz", "/opt", False)),
        ("tar xzCf /opt a.tgz", ("a.tgz", "/opt", False)),
        ("tar -C /opt -xz", (None, "/opt", False)),
        ("tar --extract --file=a.tar --directory /opt", ("a.tar", "/opt", False)),
        ("tar xz -f - -C /opt", (None, "/opt", False)),
        ("unzip -q a.zip -d /opt", ("a.zip", "/opt", False)),
        ("7z x a.7z -o/opt", ("a.7z", "/opt", False)),
        ("gunzip /data/a.gz", ("/data/a.gz", "/data", True)),
        ("gunzip -k a.gz", ("a.gz", "", False)),
        ("gzip -d a.gz", ("a.gz", "", True)),
        ("zstd -d --rm a.zst", ("a.zst", "", True)),
        ("zstd -d a.zst", ("a.zst", "", False)),
    ],
)
def test_extraction(script: str, expected: tuple[str | None, str, bool]) -> None:
    found = extraction(command(script))

    assert found is not None
    archive = found.archive.value if found.archive else None
    assert (archive, found.destination, found.removes_archive) == expected


@pytest.mark.parametrize("script", ["tar czf a.tgz .", "unzip -l a.zip", "gzip a", "7z a x", "tar"])
def test_no_extraction(script: str) -> None:
    assert extraction(command(script)) is None


@pytest.mark.parametrize(
    ("script", "kept"),
    [
        (f"curl -O {URL} && tar xzf a.tar.gz", [("/src/a.tar.gz", "tar")]),
        (f"curl -O {URL} && tar xzf a.tar.gz && rm a.tar.gz", []),
        (f"cd /tmp && wget {URL} && tar xzf a.tar.gz && rm -rf /tmp/*", []),
        (f"wget -P /tmp {URL} && rm -rf /var/tmp", [("/tmp/a.tar.gz", None)]),
        (f"curl -o x.run {URL} && sh x.run && rm -f x.run", []),
        ("wget https://x.org/a.gz && gunzip a.gz", []),
        (f"curl {URL} | tar xz", []),
        (f"curl -o $X {URL}", []),
        ("wget https://x.org/model.safetensors", []),
        (f"wget {URL} && mv a.tar.gz /opt", []),
    ],
)
def test_kept_archives(script: str, kept: list[tuple[str, str | None]]) -> None:
    found = kept_archives(commands(script), "/src")

    assert [(item.path, item.used_by.program if item.used_by else None) for item in found] == kept
