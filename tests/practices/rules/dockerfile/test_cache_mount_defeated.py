"""Tests of the rule `cache-mount-defeated`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("cache-mount-defeated")
USER = "RUN useradd -m -u 1001 app\nUSER app\n"
APT = "--mount=type=cache,target=/var/lib/apt"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "RUN --mount=type=cache,target=/root/.cache/pip pip install --no-cache-dir a",
            "RUN --mount=type=cache,target=/root/.cache/pip pip install a",
        ),
        (
            f"RUN {APT} apt-get update \\\n  && rm -rf /var/lib/apt/lists/* \\\n  && x",
            f"RUN {APT} apt-get update \\\n  && x",
        ),
        (
            "RUN --mount=type=cache,target=/root/.cache/pip pip install a && pip cache purge",
            "RUN --mount=type=cache,target=/root/.cache/pip pip install a",
        ),
        (
            "RUN --mount=type=cache,target=/home/app/.cache/pip pip install a",
            "RUN --mount=type=cache,target=/root/.cache/pip pip install a",
        ),
        (
            f"{USER}RUN --mount=type=cache,target=/root/.cache/pip pip install a",
            f"{USER}RUN --mount=type=cache,target=/home/app/.cache/pip,uid=1001 pip install a",
        ),
        (
            "RUN --mount=type=cache,target=/root/.cache/uv uv sync --no-cache",
            "RUN --mount=type=cache,target=/root/.cache/uv uv sync --link-mode=copy",
        ),
        (
            "RUN --mount=type=cache,target=/root/.cache/uv uv sync --frozen",
            "RUN --mount=type=cache,target=/root/.cache/uv uv sync --link-mode=copy --frozen",
        ),
    ],
)
def test_what_defeats_it_is_taken_away(before: str, after: str) -> None:
    fixed = JUDGE.fixed(f"FROM python:3.12-slim\n{before}\n", unsafe=False)

    assert fixed == f"FROM python:3.12-slim\n{after}\n"


def test_the_hook_of_apt_is_removed_in_a_run_before() -> None:
    text = "FROM debian:13\n# tools\nRUN --mount=type=cache,target=/var/cache/apt apt-get install -y a\n"

    assert JUDGE.messages(text) == [
        "the hook `docker-clean` of the base image empties `/var/cache/apt` after each install"
    ]
    assert JUDGE.fixed(text) == text.replace(
        "# tools", "RUN rm -f /etc/apt/apt.conf.d/docker-clean\n# tools"
    )


@pytest.mark.parametrize(
    "text",
    [
        "RUN --mount=type=cache,target=/root/.cache pip install --no-cache-dir a && hf download b",
        "RUN --mount=type=cache,target=/root/.cache/pip pip install --no-cache-dir a && pip install b",
        "ENV UV_LINK_MODE=copy\nRUN --mount=type=cache,target=/root/.cache/uv uv sync",
        f"RUN {APT} apt-get update && rm -rf /tmp/*",
        "USER 1000\nRUN --mount=type=cache,target=/home/app/.cache/pip,uid=1000 pip install a",
        "ENV PIP_CACHE_DIR=/c\nRUN --mount=type=cache,target=/c pip install a",
        "RUN --mount=type=bind,target=/root/.cache/pip pip install --no-cache-dir a",
        "RUN --mount=type=cache,target=$CACHE pip install --no-cache-dir a",
    ],
)
def test_what_is_used_is_not_found(text: str) -> None:
    assert JUDGE.messages(f"FROM python:3.12-slim\n{text}\n") == []
    assert JUDGE.messages(f"FROM some/image\n{text}\n") == []


def test_the_home_is_that_of_the_moment() -> None:
    mount = "RUN --mount=type=cache,target=/root/.cache/pip pip install a\n"
    text = f"FROM python:3.12-slim\nUSER 1000\n{mount}ENV HOME=/tmp\n"

    assert JUDGE.messages(text) == []
    assert JUDGE.messages(f"{text}{mount}") != []
