"""Tests of the rule `unpinned-python-packages`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("unpinned-python-packages")


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("pip install a", "`a` has no version"),
        ("pip install a b c d e", "`a`, `b`, `c` and 2 more have no version"),
        ("sudo /opt/venv/bin/pip install a==1 b", "`b` has no version"),
        ("pip install 'a[x]' -e .", "`a` has no version"),
        ("pip install git+ssh://git@example.org/a/b.git", "`b` has no version"),
        ("pip install $EXTRA", "`rich` has no version"),
        ("pip install --upgrade pip rich", "`rich` has no version"),
        ("pip install a && pip install b==1 && pip install c", "`a` and `c` have no version"),
        ("uv pip install --system a", "`a` has no version"),
        ("uv tool install ruff", "`ruff` has no version"),
        ("pipx install ruff", "`ruff` has no version"),
        ("conda install -y numpy python=3.12", "`numpy` has no version"),
    ],
)
def test_packages_without_a_version_are_found(command: str, message: str) -> None:
    assert JUDGE.messages(f"FROM a\nARG EXTRA='rich a==1'\nRUN {command}\n") == [message]


def test_a_trigger_is_judged_and_the_word_is_underlined() -> None:
    assert JUDGE.places("ONBUILD RUN pip install \\\n  a==1 \\\n  flask\n") == ["flask"]


@pytest.mark.parametrize(
    "command",
    [
        "pip install a==1 'b>=2' 'c~=1'",
        "pip install -r requirements.txt a",
        "pip install -c constraints.txt a",
        "pip install . ./dist/a-1-py3-none-any.whl https://example.org/a-1.tar.gz",
        "pip install git+https://example.org/a/b@v1",
        "pip install $PACKAGES",
        "pip install git+${REPOSITORY}",
        "pip install --upgrade pip setuptools wheel",
        "pip download a",
        "uv pip install -r requirements.txt",
        "conda install -y --file a.txt",
    ],
)
def test_what_may_be_pinned_is_not_found(command: str) -> None:
    assert JUDGE.messages(f"FROM a\nRUN {command}\n") == []
