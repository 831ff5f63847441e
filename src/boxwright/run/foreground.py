"""A container run before our eyes, or left to itself once it is well."""

from __future__ import annotations

from collections.abc import Callable

from boxwright.progress import Progress
from boxwright.run.client import Client
from boxwright.run.model import Container
from boxwright.run.session import (
    Waited,
    ended,
    followed,
    limit_of,
    started,
    stop,
    wait_for_end,
    wait_until_well,
)

_FOREVER = float("inf")


def run_followed(
    client: Client,
    container: Container,
    *,
    within: float | None,
    tell_well: Callable[[Waited], None],
) -> Waited | None:
    """
    Run *container* and show what it writes until it ends; return what went wrong, if anything.

    It is removed whatever happens; KeyboardInterrupt stops it as it wants to be stopped.
    """
    with started(client, container), followed(client, container.name):
        try:
            return _watched(client, container, within=within, tell_well=tell_well)
        except KeyboardInterrupt:
            # Here, so that what it writes while it stops is seen.
            stop(client, container)
            raise


def _watched(
    client: Client,
    container: Container,
    *,
    within: float | None,
    tell_well: Callable[[Waited], None],
) -> Waited | None:
    if container.kind != "job":
        waited = wait_until_well(client, container, within=within or limit_of(container))
        if not waited.is_well:
            return waited
        tell_well(waited)
    state = wait_for_end(client, container.name, within=_FOREVER)
    if state is None or state.exit_code == 0:
        return None
    return ended(client, container, state)


def run_detached(
    client: Client, container: Container, *, within: float | None, progress: Progress
) -> Waited:
    """Run *container* and leave it, once it is well; it is removed if it does not get there."""
    with started(client, container, progress=progress) as life:
        if container.kind == "job":
            life.is_kept = True
            return Waited(is_well=True, seconds=0, reason="started")
        waited = wait_until_well(
            client, container, within=within or limit_of(container), progress=progress
        )
        life.is_kept = waited.is_well
        return waited
