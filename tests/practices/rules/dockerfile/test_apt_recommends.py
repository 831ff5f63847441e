"""Tests of the rule `apt-recommends`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("apt-recommends")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("apt-get install -y x", "apt-get install --no-install-recommends -y x"),
        ("apt-get -y install x y", "apt-get -y install --no-install-recommends x y"),
    ],
)
def test_the_option_is_added(before: str, after: str) -> None:
    assert JUDGE.fixed(f"FROM debian\nRUN a && \\\n  {before}\n") == (
        f"FROM debian\nRUN a && \\\n  {after}\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        "RUN apt-get install -y --no-install-recommends x",
        "RUN apt-get -o APT::Install-Recommends=false install -y x",
        "RUN apt-get update",
        "RUN echo 'APT::Install-Recommends \"0\";' > /etc/apt/apt.conf.d/1\nRUN apt-get install x",
    ],
)
def test_without_recommended_packages_nothing_is_found(text: str) -> None:
    assert JUDGE.messages(text) == []


def test_a_run_is_reported_once() -> None:
    text = "FROM debian\nRUN apt-get install -y a && apt-get install -y b c d\n"

    assert JUDGE.messages(text) == ["what `a`, `b`, `c` and 1 more recommend is installed too"]
    assert JUDGE.fixed(text).count("--no-install-recommends") == 2


def test_what_one_package_recommends() -> None:
    text = "FROM debian AS a\nRUN apt-get install -y git\nFROM debian\n"
    found = JUDGE.findings(text)

    assert [(each.message, str(each.severity)) for each in found] == [
        ("what `git` recommends is installed too", "info")
    ]
