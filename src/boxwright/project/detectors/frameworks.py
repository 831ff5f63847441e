"""What is known of web frameworks: the rows of `frameworks.toml`."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from pathlib import Path

from boxwright.text.record import NamedTuple


class Framework(NamedTuple):
    """A row of `frameworks.toml`."""

    name: str
    title: str
    interface: str
    port: int
    health: str = ""
    metrics: str = ""
    requires: str = ""
    """The distribution that starts it; empty where a server of one's choice does."""
    makers: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    """What makes it listen on all addresses and on `{port}`."""


@functools.cache
def frameworks() -> Mapping[str, Framework]:
    """Return all frameworks by their names."""
    text = Path(__file__).with_name("frameworks.toml").read_text("utf-8")
    return {
        name: Framework(
            name=name,
            title=row["title"],
            interface=row["interface"],
            port=row["port"],
            health=row.get("health", ""),
            metrics=row.get("metrics", ""),
            requires=row.get("requires", ""),
            makers=tuple(row["makers"]),
            starts=tuple(row.get("starts", ())),
            marks=tuple(row.get("marks", ())),
            env=tuple(row.get("env", {}).items()),
        )
        for name, row in tomllib.loads(text).items()
    }


def framework_named(name: str) -> Framework:
    """Return what is known of the framework *name*."""
    return frameworks()[name]


@functools.cache
def by_maker() -> Mapping[str, Framework]:
    """Return the frameworks whose objects are imported, by the calls that make those."""
    return {
        maker: framework
        for framework in frameworks().values()
        if framework.interface in ("asgi", "wsgi", "sanic", "aiohttp")
        for maker in framework.makers
    }
