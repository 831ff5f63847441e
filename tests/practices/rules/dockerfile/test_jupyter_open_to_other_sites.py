"""Tests of the rule `jupyter-open-to-other-sites`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("jupyter-open-to-other-sites")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("jupyter lab --NotebookApp.allow_origin='*' --ip=a", "jupyter lab --ip=a"),
        ('["jupyter", "lab", "--ServerApp.disable_check_xsrf=True"]', '["jupyter", "lab"]'),
        ("jupyter lab --ServerApp.allow_origin_pat='.*'", "jupyter lab"),
    ],
)
def test_the_option_is_taken_off(before: str, after: str) -> None:
    assert JUDGE.fixed(f"FROM debian\nCMD {before}\n") == f"FROM debian\nCMD {after}\n"


def test_lines_of_files_are_found() -> None:
    text = (
        "FROM debian\nRUN cat <<EOF > /etc/jupyter/a.py\nc.ServerApp.disable_check_xsrf = True\nEOF"
    )

    assert JUDGE.messages(text) == [
        "any web site may use this Jupyter: `c.ServerApp.disable_check_xsrf` turns the check off"
    ]


@pytest.mark.parametrize(
    "options", ["", "--ServerApp.allow_origin=https://a", "--ServerApp.disable_check_xsrf=False"]
)
def test_the_rest_is_fine(options: str) -> None:
    assert JUDGE.messages(f"FROM debian\nCMD jupyter lab {options}") == []
