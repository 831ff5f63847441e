from __future__ import annotations

import pytest
from tests.practices.image_examples import found

RULE = "empty-password-in-image"


def having(path: str, *lines: str) -> str:
    text = "".join(f"{line}\\n" for line in lines)
    return f'layers: [{{step: RUN passwd -d, files: {{{path}: "{text}"}}}}]\n'


def test_a_shadow_without_a_password_is_found() -> None:
    assert found(RULE, having("etc/shadow", "root::20000:0:99999:7:::", "app:*:20000::::::")) == [
        "2: error: the account `root` has an empty password in `/etc/shadow`"
    ]


def test_an_account_that_asks_for_none_is_found() -> None:
    assert found(RULE, having("etc/passwd", "root:x:0:0::/:/bin/sh", "app::1:1::/:/bin/sh")) == [
        "2: error: the account `app` has an empty password in `/etc/passwd`"
    ]


@pytest.mark.parametrize("password", ["*", "!", "!!", "$6$salt$hash", "x"])
def test_what_no_password_fits_is_fine(password: str) -> None:
    assert found(RULE, having("etc/shadow", f"root:{password}:20000::::::")) == []


@pytest.mark.parametrize("line", ["", "root", "root:", ":", "# a comment::", "::0:0"])
def test_a_broken_line_is_no_account(line: str) -> None:
    assert found(RULE, having("etc/shadow", line)) == []


def test_a_file_that_a_later_layer_mends_is_fine() -> None:
    text = having("etc/shadow", "root::20000::::::").replace(
        "]\n", ', {step: RUN passwd -l, files: {etc/shadow: "root:!:20000::::::"}}]\n'
    )

    assert found(RULE, text) == []


def test_a_name_cannot_break_the_message() -> None:
    assert found(RULE, having("etc/shadow", "a`b\\e[0m::1:")) == [
        "2: error: the account `a�b�[0m` has an empty password in `/etc/shadow`"
    ]
