"""What a log tells of why a container failed, and that the practices named are there."""

from __future__ import annotations

import pytest

from boxwright.plan.model import Resources
from boxwright.practices.registry import AREAS, rules
from boxwright.run import smoke
from boxwright.run.causes import Cause, cause_of, causes, crash_in
from boxwright.run.client import State

LIMITS = Resources(memory=64 << 20)


@pytest.mark.parametrize(
    ("log", "practice"),
    [
        ("OSError: [Errno 30] Read-only file system: 'cache'", "cache-dir-not-writable"),
        ("RuntimeError: DataLoader worker (pid 7) is killed by signal: Bus error", "small-shared-memory"),
        ("gaierror: [Errno -3] Temporary failure in name resolution", "model-downloaded-at-start"),
        ("RuntimeError: can't start new thread", "unlimited-processes"),
        ("AssertionError: Torch not compiled with CUDA enabled", "gpu-image-without-gpu"),
        ("exec /app/run: exec format error", "foreign-architecture-in-image"),
        ("PermissionError: [Errno 13] Permission denied: '/app/x'", "cache-dir-not-writable"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_log_tells_which_practice_is_not_kept(log: str, practice: str) -> None:
    state = State(status="exited", exit_code=1)

    assert cause_of(state, log, LIMITS).practice == practice


def test_want_of_memory_comes_before_what_the_log_says() -> None:
    state = State(status="exited", exit_code=137, was_killed_for_memory=True)

    assert cause_of(state, "Permission denied", LIMITS) == Cause(
        practice="unlimited-memory",
        hint="it needs more than 64m: allow more with `--memory` and the setting"
        " `workloads.NAME.memory`, or have it load less",
    )


def test_every_practice_that_is_named_is_a_rule() -> None:
    known = {rule.name for area in AREAS for rule in rules(area)}
    named = {cause.practice for cause in causes()} | set(smoke.PRACTICES)
    named |= {cause_of(State(status="exited", exit_code=127), "", LIMITS).practice}
    named |= {
        cause_of(State(status="exited", was_killed_for_memory=True), "", LIMITS).practice,
    }

    assert sorted(named - known) == []


def test_a_traceback_is_a_crash_and_a_warning_is_none() -> None:
    log = "ready\nTraceback (most recent call last):\n  File x\nValueError: no\n"

    assert crash_in(log) == log[6:]
    assert crash_in("WARNING: 3 retries") == ""
