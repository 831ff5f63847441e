"""Containers that somebody watches, and those that are left to themselves."""

from __future__ import annotations

import pytest
from tests.run.conftest import server

from boxwright.progress import Silent
from boxwright.run.foreground import run_detached, run_followed
from boxwright.run.session import Waited

pytestmark = pytest.mark.engine


def test_what_a_job_writes_is_shown_and_its_end_is_told(client, of_code, capfd) -> None:
    good = of_code("print('done')", kind="job")
    bad = of_code("raise SystemExit(3)", kind="job")

    first = run_followed(client, good, within=None, tell_well=lambda _: None)
    second = run_followed(client, bad, within=None, tell_well=lambda _: None)

    assert first is None
    assert second is not None
    assert second.reason == "it ended with exit code 3"
    assert capfd.readouterr().out == "done\n"
    assert client.inspect(good.name) is None


def test_who_interrupts_sees_it_stop(client, of_server, capfd) -> None:
    container = of_server(server(handler="lambda *_: (print('bye', flush=True), sys.exit(0))"))

    def interrupt(waited: Waited) -> None:
        assert waited.is_well
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_followed(client, container, within=30, tell_well=interrupt)

    assert capfd.readouterr().out == "ready\nbye\n"
    assert client.inspect(container.name) is None


def test_one_that_is_well_is_left_and_another_is_not(client, of_server) -> None:
    well = of_server(server())
    ill = of_server("raise SystemExit('no')")

    kept = run_detached(client, well, within=30, progress=Silent())
    failed = run_detached(client, ill, within=30, progress=Silent())

    state = client.state(well.name)
    assert kept.is_well
    assert state is not None
    assert state.is_running
    assert (failed.is_well, failed.log) == (False, "no")
    assert client.inspect(ill.name) is None
