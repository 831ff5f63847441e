"""Copies of credentials: who can read them, and how long they are there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from boxwright.errors import SettingsError
from boxwright.run.model import Container, SecretFile
from boxwright.run.secret_files import copied_secrets

HOLDS_ONE = """
import sys, time
from boxwright.run.model import Container, SecretFile
from boxwright.run.secret_files import copied_secrets
secret = SecretFile(name="token", value="s3cret")
with copied_secrets(Container(image="x", name="x", secrets=(secret,))) as ready:
    print(ready.secrets[0].path, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path


def use_one() -> None:
    secret = SecretFile(name="other", value="x")
    with copied_secrets(Container(image="x", name="x", secrets=(secret,))):
        pass


def grown_old(folder: Path) -> None:
    os.utime(folder, (time.time() - 60, time.time() - 60))


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


def test_what_a_killed_run_left_is_removed_by_the_next_and_what_another_has_is_not(
    place: Path,
) -> None:
    processes = [
        subprocess.Popen([sys.executable, "-c", HOLDS_ONE], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    killed, living = (Path(it.stdout.readline().strip()) for it in processes if it.stdout)
    try:
        processes[0].send_signal(signal.SIGKILL)
        processes[0].wait()
        assert killed.exists()
        grown_old(killed.parent)
        grown_old(living.parent)

        use_one()

        assert list(place.iterdir()) == [living.parent]
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def test_a_link_with_such_a_name_leads_nowhere(place: Path, tmp_path_factory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "file").touch()
    grown_old(elsewhere)
    (place / "boxwright-secrets-link").symlink_to(elsewhere)

    use_one()

    assert (elsewhere / "file").exists()
