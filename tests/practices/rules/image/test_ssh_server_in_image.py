from __future__ import annotations

import pytest
from tests.practices.image_examples import found

RULE = "ssh-server-in-image"


def image(command: str, port: str, files: str = "") -> str:
    return (
        f"cmd: {command}\nports: ['{port}']\nlayers:\n  - {{step: ADD a, files: {{{files}}}}}\n"
        "  - step: EXPOSE it\n  - step: CMD it\n"
    )


@pytest.mark.parametrize(
    "command", ["[/usr/sbin/sshd, -D]", "[sh, -c, 'service x start && exec /usr/sbin/sshd -D']"]
)
def test_a_server_that_is_started_is_found(command: str) -> None:
    assert found(RULE, image(command, "22/tcp")) == ["4: warning: the image starts an SSH server"]


@pytest.mark.parametrize("port", ["22/tcp", "22"])
def test_the_port_is_found(port: str) -> None:
    assert found(RULE, image("[serve]", port)) == ["3: warning: port 22 (SSH) is exposed"]


def test_a_server_that_only_lies_in_a_service_is_information() -> None:
    assert found(RULE, image("[serve]", "80/tcp", "usr/sbin/sshd: 1 MB")) == [
        "2: info: a service with an SSH server: `/usr/sbin/sshd`"
    ]


def test_what_is_no_service_may_have_it() -> None:
    assert found(RULE, image("[python, train.py]", "53/udp", "usr/sbin/sshd: 1 MB")) == []


@pytest.mark.parametrize("port", ["2222/tcp", "22/udp"])
def test_other_ports_are_fine(port: str) -> None:
    assert found(RULE, image("[serve]", port)) == []
