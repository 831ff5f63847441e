from __future__ import annotations

from tests.practices.image_examples import found

RULE = "file-capability-in-image"
TEXT = """
layers:
  - step: RUN setcap
    files:
      usr/bin/python3.13: {size: 6 MB, mode: "755", capability: true}
      usr/bin/ping: {size: 60 kB, mode: "755", capability: true}
"""


def test_programs_with_capabilities_are_found() -> None:
    assert found(RULE, TEXT) == [
        "2: warning: `/usr/bin/ping` and `/usr/bin/python3.13` have capabilities of their own"
    ]


def test_those_that_settings_name_may_have_them() -> None:
    assert found(RULE, TEXT, settings='allow = ["/usr/bin/ping"]') == [
        "2: warning: `/usr/bin/python3.13` has capabilities of its own"
    ]


def test_a_program_that_a_later_layer_copies_without_them_has_none() -> None:
    text = f"{TEXT}  - {{step: RUN setcap -r, files: {{usr/bin/python3.13: 6 MB, usr/bin/ping: 1 kB}}}}\n"

    assert found(RULE, text) == []
