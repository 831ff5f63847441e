from __future__ import annotations

import pytest
from tests.practices.image_examples import found

ACCOUNTS = "root:x:0:0::/root:/bin/sh\\nboss:x:0:0::/:/bin/sh\\napp:x:1000:1000::/app:/bin/sh\\n"


def with_user(user: str) -> str:
    return f"""
user: "{user}"
cmd: [python, -m, app]
layers:
  - step: COPY passwd /etc
    files:
      etc/passwd: "{ACCOUNTS}"
  - step: USER {user}
"""


@pytest.mark.parametrize("user", ["app", "1000", "1000:0", "app:root"])
def test_another_user_is_fine(user: str) -> None:
    assert found("root-user-in-image", with_user(user)) == []


@pytest.mark.parametrize("user", ["root", "0", "00", "0:1000", "boss"])
def test_root_is_found_whatever_it_is_called(user: str) -> None:
    assert found("root-user-in-image", with_user(user)) == [f"3: error: the user `{user}` is root"]


def test_a_user_that_is_not_there_is_told() -> None:
    assert found("root-user-in-image", with_user("nobody")) == [
        "3: error: the image has no user `nobody`, so it does not start"
    ]


def test_a_label_of_the_image_silences_it() -> None:
    text = with_user("root") + 'labels: {boxwright.ignore: "root-user-in-image because of ports"}\n'

    assert found("root-user-in-image", text) == []


@pytest.mark.parametrize("number", ["9" * 5000, "²", "٣"])
def test_what_is_no_number_of_ours_is_a_name(number: str) -> None:
    (message,) = found("root-user-in-image", with_user(number))

    assert message.startswith("3: error: the image has no user `")


def test_a_name_without_any_accounts_does_not_start() -> None:
    assert found("root-user-in-image", "user: app\ncmd: [serve]\nlayers: [{step: COPY a}]\n") == [
        "3: error: the image has no user `app`, so it does not start"
    ]


def test_where_a_layer_could_not_be_read_nothing_is_said_of_a_name() -> None:
    text = "user: app\ncmd: [serve]\nlayers: [{step: COPY a, problem: it is cut short}]\n"

    assert found("root-user-in-image", text) == []


@pytest.mark.parametrize("command", ["[]", "[bash]", "[/usr/bin/python3.13]", "[tini, --, sh]"])
def test_what_is_there_to_build_on_is_judged_if_settings_say_so(command: str) -> None:
    text = f'user: ""\ncmd: {command}\nlayers: [{{step: COPY a}}]\n'

    assert found("root-user-in-image", text) == []
    assert len(found("root-user-in-image", text, settings="bases = true")) == 1


def test_an_entry_point_that_may_give_root_up_is_information() -> None:
    text = """
user: ""
entrypoint: [docker-entrypoint.sh]
cmd: [redis-server]
layers: [{step: ADD a, files: {usr/local/bin/gosu: 2 MB}}]
"""

    assert found("root-user-in-image", text) == [
        "3: info: the image sets no user, unless the entry point changes that with `gosu`"
    ]
    assert found("root-user-in-image", text.replace("gosu", "other")) == [
        "3: error: the image sets no user, so it runs as root"
    ]


def test_a_command_that_gives_root_up_is_information() -> None:
    text = "user: root\nentrypoint: [tini, --, su-exec, app, serve]\nlayers: [{step: USER root}]\n"

    assert found("root-user-in-image", text) == [
        "2: info: the user `root` is root, unless the entry point changes that with `su-exec`"
    ]
