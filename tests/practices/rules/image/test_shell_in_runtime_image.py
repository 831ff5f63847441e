from __future__ import annotations

import pytest
from tests.practices.image_examples import found

RULE = "shell-in-runtime-image"


def having(*files: str, command: str = '[uvicorn, "main:app"]') -> str:
    return f"cmd: {command}\nlayers: [{{step: ADD a, files: {{{', '.join(files)}}}}}]\n"


DASH = 'usr/bin/dash: {size: 130 kB, mode: "755"}'


def test_a_shell_in_a_service_is_found() -> None:
    assert found(RULE, having(DASH, "usr/bin/sh: {link: dash}")) == [
        "2: info: a service with a shell: `/usr/bin/dash`"
    ]


def test_busybox_is_one_program_with_many_names() -> None:
    files = ("bin/busybox: 800 kB", "bin/sh: {hardlink: bin/busybox}", "bin/ash: {link: busybox}")

    assert found(RULE, having(*files)) == [
        "2: info: a service with shells: `/bin/busybox` and `/bin/sh`"
    ]


def test_what_only_serves_as_an_example_is_none() -> None:
    assert found(RULE, having("usr/share/doc/sh: 1 kB", "usr/lib/bash: 1 kB")) == []


@pytest.mark.parametrize("command", ["[python, train.py]", "[jupyter, lab]", "[bash]"])
def test_only_services_are_judged(command: str) -> None:
    assert found(RULE, having(DASH, command=command)) == []
