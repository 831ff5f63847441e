"""Programs that give credentials: given time, and told of without their words."""

from __future__ import annotations

from pathlib import Path

from tests.store.registry.fakes import program

from boxwright.store.registry.programs import Credentials, ask_helper, ask_program


def test_a_program_that_says_nothing_in_time_is_ended(tmp_path: Path) -> None:
    program(tmp_path, "slow", "exec /bin/sleep 60")
    problems: list[str] = []

    said = ask_program(["slow"], {"PATH": str(tmp_path)}, problems, patience=0.2)

    assert (said, problems) == (None, ["`slow` does not answer"])


def test_a_program_that_cannot_be_started_is_told(tmp_path: Path) -> None:
    program(tmp_path, "broken", "").write_bytes(b"\x7fELF no program")
    problems: list[str] = []

    assert ask_program(["broken"], {"PATH": str(tmp_path)}, problems) is None
    assert problems == ["`broken` does not answer"]


def test_the_registry_is_on_a_helpers_standard_input_and_nowhere_else(tmp_path: Path) -> None:
    script = """read server; echo "{\\"Username\\": \\"$server\\", \\"Secret\\": \\"$#\\"}" """
    program(tmp_path, "docker-credential-x", script)

    found = ask_helper("x", "registry.example", {"PATH": str(tmp_path)}, [])

    assert found == Credentials(user="registry.example", password="1")  # noqa: S106 (how many arguments)
