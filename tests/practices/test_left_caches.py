"""Tests of what caches a RUN leaves in its layer."""

from __future__ import annotations

import pytest
from tests.practices.builds import build

from boxwright.practices.left_caches import left_caches, put_behind
from boxwright.text.edit import apply_edits

NAMES = ("pip", "uv", "conda", "poetry", "apt lists", "npm")


def left(text: str, *, shipped_only: bool = True) -> list[tuple[str, str]]:
    found = left_caches(build(text), *NAMES, shipped_only=shipped_only)
    return [(item.name, item.command.program) for item in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("RUN pip install a", ["pip"]),
        ("FROM a\nRUN pip install a && conda install b && conda clean -afy", ["pip"]),
        ("FROM a\nRUN conda clean -afy && conda install b", ["conda"]),
        ("FROM a\nRUN uv sync && rm -rf /root/.cache/uv", []),
        ("FROM a\nRUN uv sync && rm -rf ~/.cache", []),
        ("FROM a\nRUN uv sync\nRUN rm -rf ~/.cache", ["uv"]),
        ("FROM a\nENV UV_NO_CACHE=1\nRUN uv sync", []),
        ("FROM a\nENV UV_CACHE_DIR=/c\nRUN --mount=type=cache,target=/c uv sync", []),
        ("FROM a\nRUN --mount=type=cache,target=/root/.cache/ uv sync", []),
        ("FROM a\nRUN --mount=type=cache,target=/home/app/.cache/uv uv sync", []),
        ("FROM a\nRUN --mount=type=cache,target=$CACHE uv sync", []),
        ("FROM a\nRUN --mount=type=tmpfs,target=/root/.cache uv sync", []),
        ("FROM a\nRUN --mount=type=cache,target=/var/cache/apt uv sync", ["uv"]),
        ("FROM a\nRUN pip config set global.no-cache-dir true\nRUN pip install a", []),
        ("FROM a AS x\nRUN pip config set global.no-cache-dir 1\nFROM x\nRUN pip install b", []),
        ("FROM a\nONBUILD RUN pip install a", ["pip"]),
    ],
)
def test_what_is_left(text: str, expected: list[str]) -> None:
    assert [name for name, _ in left(text)] == expected


def test_layers_that_do_not_ship_are_asked_for() -> None:
    text = "FROM a AS b\nRUN pip install x\nFROM a\nCOPY --from=b /x /x\n"

    assert left(text) == []
    assert left(text, shipped_only=False) == [("pip", "pip")]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("RUN conda install a", "RUN conda install a && clean"),
        ("RUN conda install a && b", "RUN conda install a && clean && b"),
        ("RUN x && \\\n  conda install a && \\\n  b", "RUN x && \\\n  conda install a && \\\n  clean && \\\n  b"),
        ("RUN x \\\r\n && conda install a", "RUN x \\\r\n && conda install a \\\r\n && clean"),
        ("RUN conda install \\\n    a", "RUN conda install \\\n    a \\\n    && clean"),
        ("RUN <<EOF\n  conda install a\n  b\nEOF", "RUN <<EOF\n  conda install a\n  clean\n  b\nEOF"),
        ("RUN sudo conda install a", "RUN sudo conda install a && sudo clean"),
        ('RUN ["conda", "install", "a"]', None),
        ("RUN conda install a | tee log", None),
        ("RUN sh -c 'conda install a'", None),
    ],
)  # fmt: skip
def test_a_command_is_put_behind_another_as_the_lines_are_laid_out(
    before: str, after: str | None
) -> None:
    text = f"FROM a\n{before}\n"
    found = next(left_caches(build(text), "conda"))

    edit = put_behind(found.command, found.run, "clean")

    assert (None if edit is None else apply_edits(text, [edit])) == (
        None if after is None else f"FROM a\n{after}\n"
    )
