"""Why a container failed, as far as its state and its log tell."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path

from boxwright.plan.model import Resources
from boxwright.render.compose.names import size
from boxwright.run.client import State

_CRASHES = ("Traceback (most recent call last)", "Fatal Python error:", "Segmentation fault",
            "core dumped", "panic: ")  # fmt: skip
_KILLED, _NOT_EXECUTABLE, _NOT_FOUND = 137, 126, 127


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """What went wrong."""

    practice: str = ""
    hint: str = ""


def cause_of(state: State | None, log: str, limits: Resources) -> Cause:
    """Return what *state* and the end of *log* tell of why a container failed."""
    if state is not None and state.was_killed_for_memory:
        return Cause(
            practice="unlimited-memory",
            hint=f"it needs more than {size(limits.memory)}: allow more with `--memory` and the"
            " setting `workloads.NAME.memory`, or have it load less",
        )
    for words, cause in _known():
        if any(word in log.lower() for word in words):
            return cause
    code = state.exit_code if state is not None and not state.is_running else 0
    if code in (_NOT_FOUND, _NOT_EXECUTABLE):
        return Cause(
            practice="invalid-exec-form",
            hint="its program is not in the image, or cannot be executed",
        )
    return Cause(hint="the log says more")


def crash_in(log: str) -> str:
    """
    Return the line of *log* that tells of a crash, with what follows it; empty without one.

    >>> crash_in("ready")
    ''
    """
    at = min((at for at in map(log.find, _CRASHES) if at >= 0), default=-1)
    return "" if at < 0 else log[at : at + 4000]


def causes() -> tuple[Cause, ...]:
    """Return all that may be told of."""
    return tuple(cause for _, cause in _known())


@functools.cache
def _known() -> tuple[tuple[tuple[str, ...], Cause], ...]:
    text = Path(__file__).with_name("causes.toml").read_text(encoding="utf-8")
    return tuple(
        (tuple(each["words"]), Cause(practice=each["practice"], hint=each["hint"]))
        for each in tomllib.loads(text)["cause"]
    )
