from __future__ import annotations

from tests.practices.rules.trial import Trial, messages

NAME = "insecure-run"


def test_what_a_run_is_given() -> None:
    trial = Trial(NAME, "RUN --security=insecure --network=host x\nONBUILD RUN --network=host y\n")

    assert list(zip(trial.severities, trial.messages, trial.places, strict=True)) == [
        ("warning", "this `RUN` has all rights of root on the builder", "--security=insecure"),
        ("info", "this `RUN` is in the network of the builder", "--network=host"),
        ("info", "this `RUN` is in the network of the builder", "--network=host"),
    ]


def test_what_is_the_default_or_less() -> None:
    text = "FROM a\nRUN --security=sandbox --network=none x\nRUN docker --network=host y\n"

    assert messages(NAME, text) == []
