"""What commands are to conda."""

from __future__ import annotations

from typing import Any

import pytest
from tests.practices.programs.said import said
from tests.practices.programs.scripts import command

from boxwright.practices.programs.conda import conda_command


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (
            (
                "conda install -y -c conda-forge -c nvidia --override-channels 'numpy>=1.2,<2'"
                " pytorch=2.1=py3.10_cuda python==3.11 scipy=1.* defaults::x 'y 1.2' $P"
            ),
            {
                "program": "conda",
                "action": "install",
                "packages": [
                    {"name": "numpy", "version": ">=1.2,<2"},
                    {"name": "pytorch", "version": "2.1", "build": "py3.10_cuda"},
                    {"name": "python", "version": "3.11"},
                    {"name": "scipy", "version": "1.*"},
                    {"name": "x", "channel": "defaults"},
                    {"name": "y", "version": "1.2"},
                ],
                "unknown": ["$P"],
                "channels": ["conda-forge", "nvidia"],
                "override_channels": True,
                "yes": True,
            },
        ),
        (
            "conda env create -f environment.yml -n e",
            {
                "program": "conda",
                "action": "env create",
                "files": ["environment.yml"],
                "name": "e",
            },
        ),
        (
            "micromamba create -y -p /opt/e -f env.yaml",
            {
                "program": "micromamba",
                "action": "create",
                "files": ["env.yaml"],
                "name": "/opt/e",
                "yes": True,
            },
        ),
        (
            "conda clean -afy",
            {
                "program": "conda",
                "action": "clean",
                "yes": True,
                "cleans": ["index", "packages", "tarballs"],
            },
        ),
        (
            "mamba clean --tarballs --index-cache",
            {"program": "mamba", "action": "clean", "cleans": ["index", "tarballs"]},
        ),
        ("conda config --add channels x", {"program": "conda", "action": "config"}),
    ],
)
def test_what_it_says(script: str, expected: dict[str, Any]) -> None:
    assert said(conda_command(command(script))) == expected


def test_other_commands_are_none() -> None:
    assert [conda_command(command(script)) for script in ("conda", "conda run x", "pip x")] == [
        None,
        None,
        None,
    ]


def test_options_go_behind_the_last_word_of_the_subcommand() -> None:
    conda = conda_command(command("conda env create -f x"))

    assert conda is not None
    assert (conda.insert_at, conda.installs) == (len("conda env create"), True)
