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
@options.platform_of_image
@options.output_format
@options.quiet
def command(
    image: str, output: Path, platform: str | None, output_format: str, *, quiet: bool
) -> int:
    """
    Bring IMAGE, of a registry or wherever it is, into a layout or an archive.

    Everything is checked against its digests on the way. Prints `NAME@sha256:…`.
    """
    from boxwright.errors import StoreError
    from boxwright.image.image import Image
    from boxwright.oci.platform import parse_platform
    from boxwright.oci.reference import parse_reference
    from boxwright.store import archive, layout
    from boxwright.store.open import Opener

    wanted = None
    if platform is not None:
        try:
            wanted = parse_platform(platform)
        except ValueError as error:
            raise StoreError(str(error), hint="name one as `linux/amd64`") from None
    reference = parse_reference(image.removeprefix("docker://").removeprefix("registry:"))
    name = f"{reference.registry}/{reference.repository}"
    with open_progress(quiet=quiet) as progress:
        opener = Opener(environ=os.environ, platform=wanted, progress=progress)
        opened = opener.open(f"docker://{reference}")
        assert isinstance(opened, Image)  # noqa: S101 (registries give nothing else)
        known = f"{name}:{reference.tag or 'pulled'}"
        if output.suffix == ".tar":
            archive.write(output, opened, known, cache=options.open_cache(), progress=progress)
        else:
            layout.write(output, opened, known, progress=progress)
    if output_format == "json":
        click.echo(
            json.dumps(
                {
                    "name": name,
                    "digest": opened.digest,
                    "platform": str(opened.platform),
                    "size": opened.size,
                    "output": str(output),
                },
                indent=2,
            )
        )
    else:
        click.echo(f"{name}@{opened.digest}")
    return 0
