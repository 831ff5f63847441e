"""Tests of the rule `unpinned-requirements`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

from boxwright.findings.finding import Severity

DOCKERFILE = "FROM a\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\n"


def judge(**files: str) -> Judge:
    named = {name.replace("_", "."): text for name, text in files.items()}
    return Judge("unpinned-requirements", files=named)


def test_open_versions_in_a_file_and_in_what_it_includes_are_found() -> None:
    found = judge(requirements_txt="a>=1\nb==2\n-r base.txt\n", base_txt="c\n")

    assert found.messages(DOCKERFILE) == [
        "`base.txt` leaves the version of `c` open",
        "`requirements.txt` leaves the version of `a` open",
    ]
    assert found.places(DOCKERFILE) == ["requirements.txt", "requirements.txt"]


def test_upper_bounds_are_half_as_bad() -> None:
    found = judge(requirements_txt="a~=1.2\nb>=1,<2\n").findings(DOCKERFILE)

    assert [finding.severity for finding in found] == [Severity.INFO]


def test_environment_files_are_read() -> None:
    found = judge(environment_yml="dependencies:\n  - python\n  - numpy\n  - scipy=1.14.0\n")
    text = "FROM a\nCOPY environment.yml .\nRUN conda env create -f environment.yml\n"

    assert found.messages(text) == ["`environment.yml` leaves the version of `numpy` open"]


@pytest.mark.parametrize(
    ("content", "command"),
    [
        ("a==1\nb @ https://example.org/b-2.tar.gz\n", "pip install -r requirements.txt"),
        ("a\n", "pip install -r requirements.txt -c constraints.txt"),
        ("a\n", "pip install -r other.txt"),
        ("a\n", "pip install ."),
    ],
)
def test_what_is_pinned_or_not_read_is_not_found(content: str, command: str) -> None:
    text = f"FROM a\nCOPY . .\nRUN {command}\n"

    assert judge(requirements_txt=content).messages(text) == []


def test_a_stage_that_nothing_needs_is_not_judged() -> None:
    text = DOCKERFILE.replace("FROM a", "FROM a AS test") + "FROM a\n"

    assert judge(requirements_txt="a\n").messages(text) == []


def test_a_file_that_is_installed_twice_is_reported_once() -> None:
    text = f"{DOCKERFILE.replace('FROM a', 'FROM a AS b').replace('install', 'wheel')}{DOCKERFILE}"
    text += "COPY --from=b /app /app\n"

    assert [each.start.line for each in judge(requirements_txt="a\n").findings(text)] == [4]
