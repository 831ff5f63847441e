"""How a container is confined: as its process sees it, and as the engine tells."""

from __future__ import annotations

import pytest

from boxwright.run.inside import Confinement, _told, confinement, find_python
from boxwright.run.session import started


@pytest.mark.engine
def test_its_process_is_looked_at(client, of_code) -> None:
    container = of_code("import time; time.sleep(60)")

    with started(client, container):
        python = find_python(client, container.name)
        seen = confinement(client, container.name, python)
        told = confinement(client, container.name, "")

    expected = Confinement(
        uid=65532,
        has_capabilities=False,
        may_gain_rights=False,
        has_read_only_root=True,
        is_seen=True,
    )
    assert python == "python3"
    assert seen == expected
    assert told == Confinement(
        uid=65532, has_capabilities=False, may_gain_rights=False, has_read_only_root=True
    )


def test_what_is_not_dropped_is_told() -> None:
    assert _told(
        {"HostConfig": {"CapDrop": ["NET_RAW"]}, "Config": {"User": "app"}}
    ) == Confinement(
        uid=None, has_capabilities=True, may_gain_rights=True, has_read_only_root=False
    )
    assert _told({}) == Confinement()
