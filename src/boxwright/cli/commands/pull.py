"""`boxwright pull`: an image of a registry onto this machine."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from boxwright.cli import options
from boxwright.cli.console import open_progress


@click.command("pull")
@options.image
@click.option(
    "-o",
    "--output",
    metavar="PATH",
    required=True,
    type=click.Path(path_type=Path),
    help="An OCI layout folder, or one archive where PATH ends in .tar.",
)
@click.option(
    "--platform",
    metavar="OS/ARCH",
    help="Of an image for several platforms, this one alone (default: all).",
)
@options.output_format
@options.quiet
def command(
    image: str, output: Path, platform: str | None, output_format: str, *, quiet: bool
) -> int:
    """
    Bring IMAGE of a registry into a layout or an archive, for all of its platforms.

    A layout gets what the registry tells of it, too: bills of materials, provenance,
    signatures. Everything is checked against its digests on the way. Prints `NAME@sha256:…`.
    """
    from boxwright.errors import StoreError
    from boxwright.image.index import images_of
    from boxwright.oci.platform import parse_platform
    from boxwright.oci.reference import parse_reference
    from boxwright.ship.sources import Source
    from boxwright.store import archive, layout

    try:
        wanted = None if platform is None else parse_platform(platform)
    except ValueError as error:
        raise StoreError(str(error), hint="name one as `linux/amd64`") from None
    reference = parse_reference(image.removeprefix("docker://").removeprefix("registry:"))
    name = f"{reference.registry}/{reference.repository}"
    known = f"{name}:{reference.tag or 'pulled'}"
    cache = options.open_cache()
    with open_progress(quiet=quiet) as progress:
        source = Source(
            environ=os.environ,
            cache=cache,
            transport=options.open_transport(),
            platform=wanted,
            progress=progress,
        )
        with source.shipment(f"docker://{reference}") as shipment:
            if output.suffix == ".tar":
                archive.write(output, shipment.image, known, cache=cache, progress=progress)
            else:
                layout.write(output, shipment.image, known, progress=progress)
                layout.attach(output, shipment.image, shipment.attachments)
    if output_format == "json":
        click.echo(
            json.dumps(
                {
                    "name": name,
                    "digest": shipment.image.digest,
                    "platforms": [str(each.platform) for each in images_of(shipment.image)],
                    "size": shipment.image.size,
                    "attached": 0 if output.suffix == ".tar" else len(shipment.attachments),
                    "output": str(output),
                },
                indent=2,
            )
        )
    else:
        click.echo(f"{name}@{shipment.image.digest}")
    return 0
