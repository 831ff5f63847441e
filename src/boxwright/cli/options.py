"""Options that several commands share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from boxwright.store.cache import Cache
    from boxwright.store.transport import Transport

    Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

directory: Decorator = click.argument(
    "directory",
    metavar="[DIR]",
    default=".",
    type=click.Path(path_type=Path),
)
platform: Decorator = click.option(
    "--platform",
    metavar="OS/ARCH,…",
    help="What the image runs on: linux/amd64, linux/arm64 or both (default: as this machine).",
)
image: Decorator = click.argument("image", metavar="IMAGE")
platform_of_image: Decorator = click.option(
    "--platform",
    metavar="OS/ARCH",
    help="Of an image for several platforms, which one (default: as this machine, or the only one).",
)
base: Decorator = click.option(
    "--base",
    metavar="IMAGE",
    help="What to stand on instead of a base of Boxwright: a reference, a layout, an archive.",
)

variant: Decorator = click.option(
    "--variant",
    type=click.Choice(["distroless", "slim"]),
    help="Without a shell (the default), or with one for debugging.",
)
offline: Decorator = click.option(
    "--offline", is_flag=True, help="Use only what the cache and this machine's disk hold."
)
bytecode: Decorator = click.option(
    "--bytecode",
    type=click.Choice(["all", "imported", "none"]),
    help="Which modules are compiled ahead: a read-only container never can later.",
)
output_format: Decorator = click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json"]),
    default="text",
    help="How the result is printed on standard output.",
)
quiet: Decorator = click.option("-q", "--quiet", is_flag=True, help="No progress, no table.")


def plain_http(folder: Path | None = None) -> frozenset[str]:
    """Return the registries that the settings of *folder*, or of where we are, speak plainly to."""
    from boxwright.project.settings_search import SettingsSearch

    settings = SettingsSearch().of((folder or Path()).absolute()).settings
    return frozenset(settings.registry.plain_http) if settings else frozenset()


def open_transport(folder: Path | None = None) -> Transport:
    """Return the way to registries, as the settings of *folder*, or of where we are, want it."""
    from boxwright.store.transport import Transport

    return Transport(environ=os.environ).using(plain_http=plain_http(folder))


def open_cache() -> Cache:
    """Return the cache of this user: BOXWRIGHT_CACHE_DIR, or the system's usual place."""
    from boxwright.store.cache import Cache

    named = os.environ.get("BOXWRIGHT_CACHE_DIR")
    if named:
        return Cache(Path(named).expanduser().absolute())
    import platformdirs

    return Cache(platformdirs.user_cache_path("boxwright"))
