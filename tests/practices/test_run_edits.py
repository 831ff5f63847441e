"""Tests of changes of the script of a RUN."""

from __future__ import annotations

import pytest
from tests.practices.builds import build

from boxwright.practices.run_edits import appended, without_command
from boxwright.text.edit import apply_edits


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("RUN a", "RUN a && x"),
        ("RUN a \\\n && b\nCMD c", "RUN a \\\n && b \\\n && x\nCMD c"),
        ("RUN a && \\\n\tb\n", "RUN a && \\\n\tb && \\\n\tx\n"),
        ("RUN <<EOF\na\n  b\nEOF\n", "RUN <<EOF\na\n  b\n  x\nEOF\n"),
    ],
)
def test_a_command_is_appended_as_the_others_are_written(before: str, after: str) -> None:
    [run] = build(before).runs
    edit = appended(run, "x")

    assert edit is not None
    assert apply_edits(before, [edit]) == after


@pytest.mark.parametrize("text", ["RUN a &", "RUN a;", 'RUN ["a"]', "RUN if", "RUN cat <<EOF\nEOF"])
def test_nothing_is_appended_where_it_may_not_run(text: str) -> None:
    [run] = build(text).runs

    assert appended(run, "x") is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("RUN a && x", "RUN a"),
        ("RUN x && a", "RUN a"),
        ("RUN a \\\n && x \\\n && b\n", "RUN a \\\n && b\n"),
        ("FROM y\nRUN x\nCMD z\n", "FROM y\nCMD z\n"),
        ("RUN <<EOF\na\nx\nEOF\n", "RUN <<EOF\na\nEOF\n"),
    ],
)
def test_a_command_is_taken_out(before: str, after: str) -> None:
    [run] = build(before).runs
    command = next(each for each in run.commands if each.program == "x")
    change = without_command(run, command)

    assert change is not None
    assert apply_edits(before, [change[0]]) == after
    assert change[1] == ("RUN" not in after)


@pytest.mark.parametrize(
    "text", ["RUN a || x", "RUN x || a", "RUN a | x", "RUN a \\\n# why\n && x"]
)
def test_a_command_that_others_depend_on_stays(text: str) -> None:
    [run] = build(text).runs
    command = next(each for each in run.commands if each.program == "x")

    assert without_command(run, command) is None
