"""Tests of the rule `pip-cache-in-layer`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

from boxwright.findings.finding import Severity

JUDGE = Judge("pip-cache-in-layer")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("RUN pip install a", "RUN pip install --no-cache-dir a"),
        ("RUN pip install a && b", "RUN pip install --no-cache-dir a && b"),
        (
            "RUN python3 -m pip install \\\r\n    a",
            "RUN python3 -m pip install --no-cache-dir \\\r\n    a",
        ),
        ("RUN <<EOF\npip install a\nEOF", "RUN <<EOF\npip install --no-cache-dir a\nEOF"),
        ("RUN uv pip install a && pip wheel b", "RUN uv pip install a && pip wheel --no-cache-dir b"),
        ("ONBUILD RUN pip install a", "ONBUILD RUN pip install --no-cache-dir a"),
    ],
)  # fmt: skip
def test_the_cache_is_turned_off(before: str, after: str) -> None:
    assert JUDGE.fixed(f"FROM python:3.12\n{before}\n", unsafe=False) == (
        f"FROM python:3.12\n{after}\n"
    )


def test_a_file_without_from_is_judged() -> None:
    assert JUDGE.messages("RUN /opt/venv/bin/pip install a\n") == [
        "`pip install` keeps what it downloads in this layer, in `~/.cache/pip`"
    ]


def test_a_run_is_reported_once() -> None:
    text = "FROM a\nRUN pip install x && pip3 install y\nRUN pip install z\n"

    assert JUDGE.places(text) == ["pip install", "pip install"]
    assert JUDGE.fixed(text, unsafe=False) == (
        "FROM a\nRUN pip install --no-cache-dir x && pip3 install --no-cache-dir y\n"
        "RUN pip install --no-cache-dir z\n"
    )


def test_layers_that_do_not_ship_matter_less() -> None:
    text = "FROM a AS b\nRUN pip install x\nFROM a\nRUN pip install y\nCOPY --from=b /x /x\n"

    assert [finding.severity for finding in JUDGE.findings(text)] == [
        Severity.INFO,
        Severity.WARNING,
    ]


@pytest.mark.parametrize(
    "text",
    [
        "ENV PIP_NO_CACHE_DIR=off\nRUN pip install a",
        "RUN PIP_NO_CACHE_DIR=1 pip install a",
        "RUN export PIP_NO_CACHE_DIR=1 && pip install a",
        "RUN --mount=type=cache,target=/root/.cache pip install a",
        "RUN pip install a && pip cache purge",
        "RUN pip install a; rm -rf ~/.cache/pip",
        "RUN pip uninstall -y a",
        "RUN pipx install a",
        "RUN echo 'pip install a'",
    ],
)
def test_what_leaves_nothing_is_not_found(text: str) -> None:
    assert JUDGE.messages(f"FROM python:3.12\n{text}\n") == []
