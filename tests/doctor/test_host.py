"""A machine's files and programs, read with bounds."""

from __future__ import annotations

from pathlib import Path

import pytest

from boxwright.doctor.host import Answer


def test_a_program_that_does_not_answer_is_ended_with_its_children(machine) -> None:
    machine.patience = 0.3
    machine.program("slow", "/bin/sleep 60 & wait")

    assert machine.host().run("slow") == Answer(
        status=-1, out="", err="it did not answer within 0 seconds"
    )


def test_a_program_that_is_not_there_says_nothing(machine) -> None:
    assert machine.host().run("gone") is None


def test_a_program_that_cannot_be_started_is_told(machine) -> None:
    machine.program("broken", "")
    (machine.folder / "bin" / "broken").write_bytes(b"\x7fELF")

    assert machine.host().run("broken") == Answer(status=-1, out="", err="Exec format error")


def test_of_what_a_program_prints_only_the_beginning_is_read(machine) -> None:
    machine.program("chatty", "/bin/head -c 5000000 /dev/zero")

    answer = machine.host().run("chatty")

    assert answer is not None
    assert len(answer.out) == 1 << 20


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(status=1, out="a\n", err=" b\x1b[31m `c`.\n"), "b[31m 'c'"),
        (Answer(status=1, out="a\nb", err=""), "a b"),
        (Answer(status=3, out="", err=""), "status 3"),
        (Answer(status=1, out="", err="x" * 1000), "x" * 300 + "…"),
    ],
)
def test_what_a_program_says_of_a_failure_is_one_line(answer: Answer, words: str) -> None:
    assert answer.words == words


@pytest.mark.parametrize("out", ["", "[" * 100_000, "[]", "{", "1"])
def test_what_is_no_object_is_an_empty_document(out: str) -> None:
    assert Answer(status=0, out=out, err="").document == {}


def test_files_that_cannot_be_read_say_nothing(machine) -> None:
    host = machine.host()

    assert (host.read("proc/meminfo"), host.names("etc"), host.has("etc")) == (None, (), False)


def test_a_folder_that_is_not_there_yet_has_the_room_of_the_one_above(tmp_path, machine) -> None:
    host = machine.host()

    deep = host.room(tmp_path / "a" / "b")

    assert deep is not None
    assert deep.device == Path(tmp_path).stat().st_dev
