from __future__ import annotations

import pytest
from tests.practices.image_examples import found

RULE = "setuid-program-in-image"


def having(*files: str, command: str = "[gunicorn, app]") -> str:
    return f"cmd: {command}\nlayers:\n  - {{step: ADD a, files: {{{', '.join(files)}}}}}\n"


SU = 'usr/bin/su: {size: 60 kB, mode: "4755"}'


def test_programs_are_found() -> None:
    assert found(RULE, having(SU, 'usr/bin/chage: {size: 60 kB, mode: "2755"}')) == [
        (
            "2: info: 2 programs run as another user than the one who starts them: `/usr/bin/chage` "
            "and `/usr/bin/su`"
        )
    ]


def test_a_program_that_loses_the_bit_is_fine() -> None:
    text = (
        having(SU) + '  - {step: RUN chmod a-s, files: {usr/bin/su: {size: 60 kB, mode: "755"}}}\n'
    )

    assert found(RULE, text) == []


@pytest.mark.parametrize("mode", ["4644", "1755"])
def test_what_cannot_be_started_so_is_fine(mode: str) -> None:
    assert found(RULE, having(f'srv/a: {{size: 1 kB, mode: "{mode}"}}')) == []


def test_a_folder_is_no_program() -> None:
    assert found(RULE, having('var/mail: {folder: true, mode: "2775"}')) == []


def test_settings_can_name_those_that_may_be_so() -> None:
    assert found(RULE, having(SU), settings='allow = ["/usr/bin/su"]') == []


def test_what_is_there_to_build_on_is_judged_if_settings_say_so() -> None:
    text = having(SU, command="[bash]")

    assert found(RULE, text) == []
    assert len(found(RULE, text, settings="bases = true")) == 1
