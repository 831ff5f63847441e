from __future__ import annotations

import pytest
from tests.practices.image_examples import found

RULE = "nameless-user-in-image"


def run_by(user: str, env: str = "", command: str = "[serve]") -> str:
    return f"""
user: "{user}"
env: {{{env}}}
cmd: {command}
layers:
  - step: ADD rootfs.tar /
    files: {{etc/passwd: "root:x:0:0::/root:/bin/sh\\napp:x:10001:10001::/home/app:/bin/sh\\n"}}
  - step: USER {user}
"""


def test_a_number_without_a_line_is_found() -> None:
    assert found(RULE, run_by("5000:5000")) == ["3: info: the user `5000` has no name and no home"]


def test_variables_can_say_what_is_not_there() -> None:
    assert found(RULE, run_by("5000", "HOME: /tmp, USER: app")) == []
    assert found(RULE, run_by("5000", "HOME: /tmp")) == ["3: info: the user `5000` has no name"]
    assert found(RULE, run_by("5000", "LOGNAME: app")) == ["3: info: the user `5000` has no home"]


@pytest.mark.parametrize("user", ["10001", "app", "0", "", "nobody"])
def test_users_with_a_line_and_root_are_fine(user: str) -> None:
    assert found(RULE, run_by(user)) == []


def test_what_is_there_to_build_on_is_not_judged() -> None:
    assert found(RULE, run_by("5000", command="[bash]")) == []


def test_where_a_layer_could_not_be_read_nothing_is_said() -> None:
    text = "user: '5000'\ncmd: [serve]\nlayers: [{step: ADD a, problem: it is cut short}]\n"

    assert found(RULE, text) == []
