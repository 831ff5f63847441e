from __future__ import annotations

import pytest
from tests.practices.image_examples import found

RULE = "named-user-in-image"


def run_by(user: str, command: str = "[gunicorn, app]") -> str:
    return f"""
user: "{user}"
cmd: {command}
layers:
  - step: RUN useradd
    files: {{etc/passwd: "root:x:0:0::/:/bin/sh\\napp:x:10001:10001::/:/bin/sh\\n"}}
  - step: USER {user}
"""


@pytest.mark.parametrize("user", ["app", "app:app", "app:0"])
def test_a_name_is_found_with_its_number(user: str) -> None:
    assert found(RULE, run_by(user)) == [
        "3: info: Kubernetes cannot tell that the user `app` is not root; its number is 10001"
    ]


@pytest.mark.parametrize("user", ["10001", "10001:app", "", "root", "nobody"])
def test_numbers_root_and_users_that_are_not_there_are_not_its_business(user: str) -> None:
    assert found(RULE, run_by(user)) == []


def test_what_is_there_to_build_on_is_not_judged() -> None:
    assert found(RULE, run_by("app", "[bash]")) == []


def test_a_number_that_is_none_does_no_harm() -> None:
    text = run_by("app").replace("app:x:10001", f"app:x:{'9' * 5000}")

    assert found(RULE, text) == []
