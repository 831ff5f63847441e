"""What is generated is merged with what the user made of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from boxwright.errors import ProjectError
from boxwright.project.detectors.ours import STATE
from boxwright.render.model import GeneratedFile
from boxwright.setup.files import Settled, State, read_state, settle, write
from boxwright.text.merge import Conflict

FIRST = "FROM python:3.13\nRUN one\nRUN two\nCMD x\n"


def dockerfile(text: str = FIRST) -> GeneratedFile:
    return GeneratedFile(path="Dockerfile", text=text, kind="dockerfile")


def run(
    folder: Path, *files: GeneratedFile, force: bool = False, only: frozenset[str] = frozenset()
) -> dict[str, str]:
    """Settle and write, as the command does; return the status of each file."""
    settled = settled_of(folder, *files, force=force, only=only)
    write(folder, settled)
    return {outcome.path: outcome.status for outcome in settled.outcomes}


def settled_of(
    folder: Path, *files: GeneratedFile, force: bool = False, only: frozenset[str] = frozenset()
) -> Settled:
    return settle(folder, files, read_state(folder), version="1", images={}, only=only, force=force)


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    assert run(tmp_path, dockerfile()) == {"Dockerfile": "new"}
    before = (tmp_path / STATE).read_bytes()
    assert run(tmp_path, dockerfile()) == {"Dockerfile": "unchanged"}
    assert (tmp_path / STATE).read_bytes() == before
    assert (tmp_path / "Dockerfile").read_text() == FIRST


def test_edits_of_the_user_survive_what_is_generated_differently(tmp_path: Path) -> None:
    run(tmp_path, dockerfile())
    path = tmp_path / "Dockerfile"
    path.write_text(FIRST.replace("RUN one", "RUN one && mine"))
    assert run(tmp_path, dockerfile(FIRST.replace("CMD x", "CMD y"))) == {"Dockerfile": "merged"}
    assert path.read_text() == "FROM python:3.13\nRUN one && mine\nRUN two\nCMD y\n"
    assert run(tmp_path, dockerfile(FIRST.replace("CMD x", "CMD y"))) == {"Dockerfile": "unchanged"}


def test_a_conflict_keeps_the_users_lines_and_is_told_once(tmp_path: Path) -> None:
    run(tmp_path, dockerfile())
    path = tmp_path / "Dockerfile"
    path.write_text(FIRST.replace("RUN two", "RUN mine"))
    changed = dockerfile(FIRST.replace("RUN two", "RUN theirs"))
    settled = settled_of(tmp_path, changed)
    assert settled.outcomes[0].conflicts == (Conflict(3, ("RUN mine\n",), ("RUN theirs\n",)),)
    assert run(tmp_path, changed) == {"Dockerfile": "conflict"}
    assert "RUN mine" in path.read_text()
    assert run(tmp_path, changed) == {"Dockerfile": "unchanged"}


def test_a_file_that_we_did_not_write_is_left_alone_until_forced(tmp_path: Path) -> None:
    path = tmp_path / "Dockerfile"
    path.write_text("FROM scratch\n")
    assert run(tmp_path, dockerfile()) == {"Dockerfile": "yours"}
    assert run(tmp_path, dockerfile()) == {"Dockerfile": "yours"}
    assert path.read_text() == "FROM scratch\n"
    assert run(tmp_path, dockerfile(), force=True) == {"Dockerfile": "updated"}
    assert path.read_text() == FIRST
    assert run(tmp_path, dockerfile()) == {"Dockerfile": "unchanged"}


def test_a_file_that_the_user_deleted_stays_away_until_forced(tmp_path: Path) -> None:
    run(tmp_path, dockerfile())
    (tmp_path / "Dockerfile").unlink()
    assert run(tmp_path, dockerfile()) == {"Dockerfile": "deleted"}
    assert run(tmp_path, dockerfile()) == {"Dockerfile": "deleted"}
    assert run(tmp_path, dockerfile(), force=True) == {"Dockerfile": "new"}


def test_what_is_no_longer_needed_goes_unless_it_was_edited(tmp_path: Path) -> None:
    worker = GeneratedFile(path="kubernetes/base/worker.yaml", text="a: 1\n", kind="kubernetes")
    beat = GeneratedFile(path="kubernetes/base/beat.yaml", text="a: 1\n", kind="kubernetes")
    run(tmp_path, dockerfile(), worker, beat)
    (tmp_path / beat.path).write_text("a: 2\n")
    assert run(tmp_path, dockerfile()) == {
        "Dockerfile": "unchanged",
        worker.path: "removed",
        beat.path: "left",
    }
    assert not (tmp_path / worker.path).exists()
    assert (tmp_path / beat.path).read_text() == "a: 2\n"
    assert run(tmp_path, dockerfile()) == {"Dockerfile": "unchanged"}


def test_other_kinds_are_left_and_remembered(tmp_path: Path) -> None:
    compose = GeneratedFile(path="compose.yaml", text="services: {}\n", kind="compose")
    run(tmp_path, dockerfile(), compose)
    changed = GeneratedFile(path="compose.yaml", text="services: {a: {}}\n", kind="compose")
    only = frozenset({"dockerfile"})
    assert run(tmp_path, dockerfile("FROM b\n"), changed, only=only) == {"Dockerfile": "updated"}
    assert read_state(tmp_path).files == {"Dockerfile": "FROM b\n", "compose.yaml": compose.text}


def test_permissions_and_line_ends_of_the_user_stay(tmp_path: Path) -> None:
    run(tmp_path, dockerfile())
    path = tmp_path / "Dockerfile"
    path.write_bytes(FIRST.replace("\n", "\r\n").encode())
    path.chmod(0o640)
    run(tmp_path, dockerfile())
    assert path.read_bytes() == FIRST.replace("\n", "\r\n").encode()
    path.write_text(FIRST)
    run(tmp_path, dockerfile(FIRST + "USER 1\n"))
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"files": {"a": 1}}', b"\xff", b'{"other": 1}'])
def test_a_damaged_state_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / ".boxwright").mkdir()
    (tmp_path / STATE).write_bytes(content)
    with pytest.raises(ProjectError, match=r"`\.boxwright/generated\.json` cannot be used"):
        read_state(tmp_path)


@pytest.mark.parametrize("path", ["../outside", "/etc/outside", "link/outside"])
def test_nothing_is_written_outside_the_project(tmp_path: Path, path: str) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path)
    file = GeneratedFile(path=path, text="x", kind="compose")
    with pytest.raises(ProjectError, match="leads out of the project"):
        run(folder, file)
    with pytest.raises(ProjectError, match="leads out of the project"):
        settle(folder, (), State(files={path: "x"}), version="1", images={})
    assert not (tmp_path / "outside").exists()


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_bytes(b"\xff\xfe")
    with pytest.raises(ProjectError, match="`Dockerfile` is no text in UTF-8"):
        run(tmp_path, dockerfile())
