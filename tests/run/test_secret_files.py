"""Copies of credentials: who can read them, and how long they are there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from boxwright.errors import SettingsError
from boxwright.run.model import Container, SecretFile
from boxwright.run.secret_files import copied_secrets


def with_secrets(*secrets: SecretFile) -> Container:
    return Container(image="x", name="x", secrets=secrets)


def test_copies_are_in_a_folder_that_nobody_else_can_pass(tmp_path) -> None:
    (tmp_path / "a").write_text("1\n")
    container = with_secrets(
        SecretFile(name="a", path=tmp_path / "a"), SecretFile(name="b", value="2")
    )

    with copied_secrets(container) as ready:
        paths = [it.path for it in ready.secrets]
        found = {
            it.name: (it.path.read_bytes(), it.path.stat().st_mode & 0o777)
            for it in ready.secrets
            if it.path
        }
        folder = paths[0].parent if paths[0] else tmp_path
        mode = folder.stat().st_mode & 0o777

    assert found == {"a": (b"1\n", 0o444), "b": (b"2", 0o444)}
    assert mode == 0o700
    assert not folder.exists()
    assert all(it.value is None for it in ready.secrets)


def test_they_are_gone_whatever_happens() -> None:
    folders: list[Path] = []

    def interrupted() -> None:
        with copied_secrets(with_secrets(SecretFile(name="b", value="2"))) as ready:
            folders.extend(it.path.parent for it in ready.secrets if it.path)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()

    assert not folders[0].exists()


def test_a_pipe_is_read_as_a_shell_gives_it() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"piped")
    os.close(writing)
    secret = SecretFile(name="b", path=Path(f"/dev/fd/{reading}"))

    with copied_secrets(with_secrets(secret)) as ready:
        content = ready.secrets[0].path.read_bytes() if ready.secrets[0].path else b""

    os.close(reading)
    assert content == b"piped"


def test_what_cannot_be_read_is_told_without_its_content(tmp_path) -> None:
    large = tmp_path / "large"
    large.write_bytes(b"x" * ((1 << 20) + 1))

    for path, words in (
        (tmp_path / "none", "No such file or directory"),
        (tmp_path, "Is a directory"),
        (large, "has more than a megabyte"),
    ):
        with (
            pytest.raises(SettingsError, match=words),
            copied_secrets(with_secrets(SecretFile(name="b", path=path))),
        ):
            pass
