"""Tests of what a COPY may be moved past."""

from __future__ import annotations

import pytest
from tests.practices.builds import build

from boxwright.practices.reordering import may_move_past, reads


def _may(rest: str, copy: str = "COPY . /app") -> bool:
    stage = build(f"FROM debian:12\nWORKDIR /app\n{copy}\n{rest}\n").stages[0]
    first, *others = stage.instructions[1:]
    return may_move_past(stage, first, others)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "rest",
    [
        "RUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*",
        "RUN pip install torch\nENV A=b\nUSER app\nLABEL a=b",
        "RUN useradd app && mkdir -p /data",
        "COPY --from=x /a /opt/a",
        "WORKDIR /srv",
        "RUN curl -o /tmp/a https://example.com/a",
    ],
)
def test_what_is_apart_can_be_passed(rest: str) -> None:
    assert _may(rest)


@pytest.mark.parametrize(
    "rest",
    [
        "RUN make",
        "RUN pip install .",
        "RUN npm run build",
        "RUN chmod +x run.sh",
        "RUN mkdir logs",
        "RUN rm -rf /app/tests",
        "RUN python setup.py install",
        "RUN git clone https://example.com/a.git",
        'RUN ["make"]',
        "COPY other /app/other",
        "VOLUME /app",
        "RUN apt-get install -y ./a.deb",
        "RUN curl -O https://example.com/a",
    ],
)
def test_what_may_read_the_files_cannot(rest: str) -> None:
    assert not _may(rest)


def test_a_relative_destination_depends_on_the_working_directory() -> None:
    assert not _may("WORKDIR /srv", copy="COPY . .")
    assert not _may("ENV A=b", copy="COPY $A /app")


def test_reads_tells_of_one_folder_only() -> None:
    stage = build("FROM debian:12\nRUN mkdir -p /data && curl -o /data/a https://example.com/a")
    [run] = stage.stages[0].runs

    assert reads(stage.stages[0], run, "/data")
    assert not reads(stage.stages[0], run, "/app")
