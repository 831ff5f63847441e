"""`boxwright build`: the image of a project."""

from __future__ import annotations

import os
import time
from pathlib import Path

import click

from boxwright.cli import options
from boxwright.cli.console import open_progress


@click.command("build")
@options.directory
@click.option("-t", "--tag", metavar="NAME[:TAG]", help="What the image is called.")
@click.option(
    "-o",
    "--output",
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="An OCI layout folder, or one archive where PATH ends in .tar (default: dist/image).",
)
@click.option("--load", is_flag=True, help="Into the container engine that runs here.")
@options.platform
@options.variant
@options.base
@options.bytecode
@click.option("--no-sbom", is_flag=True, help="Attach no software bill of materials (CycloneDX).")
@click.option(
    "--cache-from",
    metavar="REPOSITORY",
    help="Take layers that were pushed there before, so that what they are made of need not be"
    " fetched; `none` for nowhere.",
)
@click.option("--no-provenance", is_flag=True, help="Attach no provenance (SLSA).")
@options.offline
@click.option(
    "-j", "--jobs", type=click.IntRange(1, 64), help="Processes at once (default: the cores)."
)
@options.output_format
@options.quiet
def command(
    directory: Path,
    tag: str | None,
    output: Path | None,
    platform: str | None,
    variant: str | None,
    base: str | None,
    bytecode: str | None,
    cache_from: str | None,
    jobs: int | None,
    output_format: str,
    *,
    load: bool,
    no_sbom: bool,
    no_provenance: bool,
    offline: bool,
    quiet: bool,
) -> int:
    """
    Build the image of the project in DIR.

    Prints `NAME@sha256:…` on standard output and nothing else. A layout has the image's
    software bill of materials and its provenance beside it, which `boxwright inspect` shows. For several
    platforms it is one index of their images, the same whichever of these machines builds
    it; with --load only the image for this machine.
    """
    if load and output is not None:
        raise click.UsageError("--load and --output exclude each other: build twice, it is quick")
    from boxwright.build.from_folder import Destination, build_folder, plan_folder
    from boxwright.report.build import build_document, build_table

    started = time.monotonic()
    cache = options.open_cache()
    with open_progress(quiet=quiet) as progress:
        planned = plan_folder(
            directory,
            overrides={
                "platform": platform,
                "variant": variant,
                "base": base,
                "bytecode": bytecode,
            },
            offline=offline,
            environ=os.environ,
        )
        cache_from = cache_from or planned.settings.registry.cache
        if cache_from not in (None, "none"):
            from boxwright.oci.reference import parse_reference
            from boxwright.store.registry.shared import open_shared

            repository = parse_reference(cache_from)
            cache.shared = open_shared(repository, planned.sources.transport, cache, progress)
        built = build_folder(
            planned,
            Destination(
                tag=tag,
                output=output,
                load=load,
                sbom=not no_sbom,
                provenance=not no_provenance,
            ),
            jobs=jobs or os.cpu_count() or 1,
            environ=os.environ,
            cache=cache,
            progress=progress,
        )
    seconds = time.monotonic() - started
    if not quiet:
        click.echo(build_table(built, seconds=seconds), err=True)
    if output_format == "json":
        click.echo(build_document(built, seconds=seconds))
    else:
        click.echo(f"{built.name}@{built.digest}")
    return 0
