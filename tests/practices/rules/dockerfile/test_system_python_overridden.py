"""Tests of the rule `system-python-overridden`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("system-python-overridden")


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("RUN pip3 install --break-system-packages a", "--break-system-packages"),
        ("RUN uv pip install --system --break-system-packages a", "--break-system-packages"),
        ("ENV PIP_BREAK_SYSTEM_PACKAGES=1", "PIP_BREAK_SYSTEM_PACKAGES"),
        (
            "RUN rm /usr/lib/python3.*/EXTERNALLY-MANAGED && pip install a",
            "/usr/lib/python3.*/EXTERNALLY-MANAGED",
        ),
        ("RUN PIP_BREAK_SYSTEM_PACKAGES=1 pip install a", "PIP_BREAK_SYSTEM_PACKAGES=1"),
    ],
)
def test_what_silences_pip_is_found(line: str, place: str) -> None:
    assert JUDGE.places(f"FROM debian:13\n{line}\n") == [place]


def test_the_message_says_what_it_does() -> None:
    assert JUDGE.messages("RUN pip install --break-system-packages a\n") == [
        "with `--break-system-packages` pip writes into the Python of the distribution"
    ]


def test_a_stage_is_reported_once() -> None:
    one = "RUN pip install --break-system-packages a && pip install --break-system-packages b\n"
    text = f"FROM debian:13 AS a\n{one}{one}FROM debian:13\n{one}"

    assert [finding.start.line for finding in JUDGE.findings(text)] == [2, 5]


def test_in_an_image_of_python_the_option_goes() -> None:
    text = "FROM python:3.12\nRUN pip install \\\n  --break-system-packages \\\n  a\n"

    assert JUDGE.messages(text) == [
        "`--break-system-packages` does nothing in an image of Python itself"
    ]
    assert JUDGE.fixed("FROM python:3.12\nRUN pip install --break-system-packages a\n") == (
        "FROM python:3.12\nRUN pip install a\n"
    )


@pytest.mark.parametrize(
    "line", ["RUN pip install a", "ENV PIP_BREAK_SYSTEM_PACKAGES=0", "RUN echo EXTERNALLY-MANAGED"]
)
def test_other_lines_are_not_found(line: str) -> None:
    assert JUDGE.messages(f"FROM debian:13\n{line}\n") == []
