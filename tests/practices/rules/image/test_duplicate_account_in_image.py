from __future__ import annotations

import pytest
from tests.practices.image_examples import found

RULE = "duplicate-account-in-image"


def having(path: str, *lines: str) -> str:
    text = "".join(f"{line}\\n" for line in lines)
    return f'layers: [{{step: RUN useradd, files: {{{path}: "{text}"}}}}]\n'


def test_a_second_root_is_found() -> None:
    assert found(RULE, having("etc/passwd", "root:x:0:0::/:/bin/sh", "toor:x:00:0::/:/bin/sh")) == [
        "2: warning: the accounts `root` and `toor` have the number 0"
    ]


def test_one_name_twice_is_found() -> None:
    assert found(RULE, having("etc/passwd", "app:x:1:1::/:/bin/sh", "app:x:2:2::/:/bin/sh")) == [
        "2: warning: there are several accounts with the name `app`"
    ]


def test_groups_are_looked_at() -> None:
    assert found(RULE, having("etc/group", "a:x:5:", "b:x:5:", "c:x:6:")) == [
        "2: warning: the groups `a` and `b` have the number 5"
    ]


def test_an_account_and_a_group_may_have_one_number() -> None:
    text = having("etc/passwd", "app:x:5:5::/:/bin/sh") + having("etc/group", "app:x:5:").replace(
        "layers: [", ""
    )

    assert found(RULE, text.replace("]\n{", ", {")) == []


@pytest.mark.parametrize("lines", [(), ("",), ("a", "a"), ("a:x", "a:x"), ("a:x:?", "b:x:?")])
def test_broken_lines_are_no_accounts(lines: tuple[str, ...]) -> None:
    assert found(RULE, having("etc/passwd", *lines)) == []


def test_a_flood_is_cut() -> None:
    lines = [f"{letter}{number}:x:{number}:0::/:/" for number in range(100) for letter in "ab"]

    assert len(found(RULE, having("etc/passwd", *lines))) == 10
