from __future__ import annotations

import pytest
from tests.practices.image_examples import found

RULE = "writable-code-in-image"


def owned(attributes: str, user: str = "1000", path: str = "app/main.py") -> str:
    return f"""
user: "{user}"
cmd: [gunicorn, app]
layers:
  - step: COPY . /app
    files: {{{path}: {{size: 3 kB, {attributes}}}}}
"""


def test_code_of_the_user_is_found() -> None:
    assert found(RULE, owned("uid: 1000")) == [
        (
            "2: info: the user `1000`, who runs the container, may change 1 file of code: "
            "`/app/main.py`"
        )
    ]


def test_code_of_the_users_group_is_found() -> None:
    assert len(found(RULE, owned('gid: 0, mode: "664"', user="1000:0"))) == 1
    assert found(RULE, owned('gid: 5, mode: "664"', user="1000:0")) == []


@pytest.mark.parametrize(
    ("attributes", "user"),
    [
        ("uid: 0", "1000"),
        ("uid: 1001", "1000"),
        ('uid: 1000, mode: "444"', "1000"),
        ("uid: 0", "0"),
        ("uid: 1000", "nobody"),
    ],
)
def test_what_the_user_cannot_write_is_fine(attributes: str, user: str) -> None:
    assert found(RULE, owned(attributes, user=user)) == []


def test_data_is_no_code() -> None:
    assert found(RULE, owned("uid: 1000", path="app/uploads/a.png")) == []


def test_the_group_of_the_account_counts() -> None:
    text = owned('gid: 500, mode: "664"', user="app").replace(
        "files: {", 'files: {etc/passwd: "app:x:1000:500::/:/bin/sh", '
    )

    assert len(found(RULE, text)) == 1
