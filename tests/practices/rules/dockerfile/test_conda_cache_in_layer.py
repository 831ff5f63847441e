"""Tests of the rule `conda-cache-in-layer`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

JUDGE = Judge("conda-cache-in-layer")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("conda install -y a", "conda install -y a && conda clean -afy"),
        (
            "mamba install a && \\\n  mamba install b && \\\n  x",
            "mamba install a && \\\n  mamba install b && \\\n  mamba clean -afy && \\\n  x",
        ),
        (
            "<<EOF\n/opt/conda/bin/conda env create -f e.yml\nEOF",
            "<<EOF\n/opt/conda/bin/conda env create -f e.yml\n/opt/conda/bin/conda clean -afy\nEOF",
        ),
    ],
)
def test_a_run_cleans_up_behind_its_last_install(before: str, after: str) -> None:
    fixed = JUDGE.fixed(f"FROM a\nRUN {before}\n", unsafe=False)

    assert fixed == f"FROM a\nRUN {after}\n"


@pytest.mark.parametrize(
    "text",
    [
        "FROM a\nRUN conda install a && conda clean --all -y",
        "FROM a\nRUN conda install a && conda clean -tipy",
        "FROM a\nRUN conda install a && rm -rf /opt/conda/pkgs",
        "FROM a\nRUN --mount=type=cache,target=/opt/conda/pkgs conda install a",
        "FROM a AS b\nRUN conda install a\nFROM a\nCOPY --from=b /e /e",
        "FROM a\nRUN conda config --set x y",
    ],
)
def test_what_leaves_nothing_is_not_found(text: str) -> None:
    assert JUDGE.messages(text) == []


def test_a_script_in_quotes_is_found_without_a_fix() -> None:
    findings = JUDGE.findings("FROM a\nRUN bash -lc 'conda install a'\n")

    assert [(finding.message, finding.fix) for finding in findings] == [
        ("`conda install` leaves archives and index in this layer, in `/opt/conda/pkgs`", None)
    ]
