"""`boxwright push`: an image into a registry, named after its commit."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from boxwright.cli import options
from boxwright.cli.console import open_progress

if TYPE_CHECKING:
    from boxwright.oci.descriptor import Descriptor
    from boxwright.oci.digest import Digest
    from boxwright.oci.reference import Reference
    from boxwright.progress import Progress
    from boxwright.settings import Settings
    from boxwright.ship.keys import PrivateKey
    from boxwright.ship.push import Shipment
    from boxwright.store.cache import Cache
    from boxwright.store.registry.push import WritableRepository
    from boxwright.store.registry.shared import SharedCache
    from boxwright.store.transport import Transport


@click.command("push")
@click.argument("source", metavar="[DIR|IMAGE]", default=".")
@click.option(
    "--to",
    metavar="REPOSITORY[:TAG]",
    help="Where it goes (default: the setting `registry.repository`).",
)
@click.option(
    "-t",
    "--tag",
    "tags",
    metavar="TAG",
    multiple=True,
    help="A tag besides that of the commit, a version for one. Repeatable.",
)
@click.option("--allow-dirty", is_flag=True, help="Push although files differ from the commit.")
@click.option(
    "--key",
    metavar="FILE",
    help="Sign it with this private key; `env://NAME` for a variable.",
)
@click.option("--no-sbom", is_flag=True, help="Attach no software bill of materials.")
@click.option("--no-provenance", is_flag=True, help="Attach nothing that tells how it was built.")
@click.option(
    "--cache-from",
    metavar="REPOSITORY",
    help="Where layers are shared (default: where the image goes); `none` to share none.",
)
@options.platform
@options.variant
@options.base
@options.bytecode
@click.option(
    "-j", "--jobs", type=click.IntRange(1, 64), help="Processes at once while it is built."
)
@options.output_format
@options.quiet
def command(
    source: str,
    to: str | None,
    tags: tuple[str, ...],
    key: str | None,
    cache_from: str | None,
    platform: str | None,
    variant: str | None,
    base: str | None,
    bytecode: str | None,
    jobs: int | None,
    output_format: str,
    *,
    allow_dirty: bool,
    no_sbom: bool,
    no_provenance: bool,
    quiet: bool,
) -> int:
    """
    Build the project in DIR, or take IMAGE as it is, and put it into a registry.

    The tag is `git-<commit>`; for an image of no commit give one with --tag or --to. What the
    registry has is not sent, and of layers that others pushed nothing is fetched. Prints
    `REPOSITORY@sha256:…`.
    """
    from boxwright.oci.reference import parse_reference
    from boxwright.project.settings_search import SettingsSearch
    from boxwright.settings import Settings
    from boxwright.store.layout import is_layout

    folder = Path(source).expanduser()
    builds = folder.is_dir() and not is_layout(folder)
    if not builds and (variant or base or bytecode):
        raise click.UsageError(
            "--variant, --base and --bytecode are for what is built: name the folder of a project"
        )
    settings = SettingsSearch().of((folder if builds else Path()).absolute()).settings or Settings()
    where = parse_reference(_named(to, settings))
    given = [*tags, *([where.tag] if _has_tag(to) else [])]
    private = _key(key)
    cache = options.open_cache()
    with open_progress(quiet=quiet) as progress:
        transport = options.open_transport(folder if builds else None)
        repository = _repository(where, transport)
        shared = None
        changed: tuple[str, ...] = ()
        if builds:
            from boxwright.build.from_folder import attachments_of_all, build_images, plan_folder
            from boxwright.ship.push import Shipment

            planned = plan_folder(
                folder,
                overrides={
                    "platform": platform,
                    "variant": variant,
                    "base": base,
                    "bytecode": bytecode,
                },
                offline=False,
                environ=os.environ,
            )
            shared = _shared(cache_from, settings, where, transport, cache, progress)
            built = build_images(
                planned,
                tag=None,
                jobs=jobs or os.cpu_count() or 1,
                environ=os.environ,
                cache=cache,
                progress=progress,
            )
            changed = built.revision.changed if built.revision else ()
            opened: contextlib.AbstractContextManager[Shipment] = contextlib.nullcontext(
                Shipment(
                    image=built.content,
                    attachments=attachments_of_all(
                        planned, built, sbom=not no_sbom, provenance=not no_provenance, cache=cache
                    ),
                )
            )
        else:
            opened = _opened(source, platform, transport, cache, progress)
        with opened as shipment:
            from boxwright.ship.push import own_tag, revision_of, ship

            if not given or (builds and revision_of(shipment.images[0])):
                given.insert(0, own_tag(shipment, dirty_allowed=allow_dirty, changed=changed))
            shipped = ship(
                repository,
                shipment,
                list(dict.fromkeys(given)),
                environments=settings.promote.environments,
                sign=_signer(repository, private, shipment if builds else None),
                progress=progress,
            )
        if shared is not None:
            at = shared.reference
            here = (at.registry, at.repository) == (where.registry, where.repository)
            shared.publish(repository if here else _repository(at, transport))
    name = f"{where.registry}/{where.repository}"
    if not quiet:
        from boxwright.report.push_text import pushed_text

        click.echo(pushed_text(shipped, name), err=True)
    if output_format == "json":
        from boxwright.report.push_text import pushed_document

        click.echo(json.dumps(pushed_document(shipped, name), indent=2))
    else:
        click.echo(f"{name}@{shipped.pushed.digest}")
    return 0


def _named(to: str | None, settings: Settings) -> str:
    from boxwright.errors import SettingsError

    named = to or settings.registry.repository
    if named is None:
        raise SettingsError(
            "nobody says where the image goes",
            hint="give `--to registry.example/team/name`, or set `registry.repository`",
        )
    return named


def _has_tag(to: str | None) -> bool:
    """Tell whether *to* names a tag, and not a repository alone."""
    if to is None:
        return False
    if "@" in to:
        raise click.UsageError("--to takes a tag and no digest: that is what the image has")
    return ":" in to.rpartition("/")[2]


def _repository(where: Reference, transport: Transport) -> WritableRepository:
    from boxwright.store.registry.push import WritableRepository

    return WritableRepository(where, transport)


def _shared(
    named: str | None,
    settings: Settings,
    where: Reference,
    transport: Transport,
    cache: Cache,
    progress: Progress,
) -> SharedCache | None:
    """Have *cache* ask the repository where layers are shared, and return that."""
    from boxwright.oci.reference import parse_reference
    from boxwright.store.registry.shared import open_shared

    name = named or settings.registry.cache
    if name == "none":
        return None
    place = parse_reference(name) if name else where
    cache.shared = shared = open_shared(place, transport, cache, progress)
    return shared


@contextlib.contextmanager
def _opened(
    name: str, platform: str | None, transport: Transport, cache: Cache, progress: Progress
) -> Iterator[Shipment]:
    from boxwright.errors import StoreError
    from boxwright.oci.platform import parse_platform
    from boxwright.ship.sources import Source

    if name == "-" and sys.stdin.isatty():
        raise StoreError(
            "standard input is a terminal, which gives no image",
            hint="pipe one into it: `docker save NAME | boxwright push - --to …`",
        )
    try:
        wanted = parse_platform(platform) if platform else None
    except ValueError as error:
        raise StoreError(str(error), hint="name one as `linux/amd64`") from None
    source = Source(
        environ=os.environ, cache=cache, transport=transport, platform=wanted, progress=progress
    )
    with source.shipment(name) as shipment:
        yield shipment


def _key(named: str | None) -> PrivateKey | None:
    """Return the key, before any work is done: a password may be asked for."""
    if named is None:
        return None
    from boxwright.cli.commands.sign import ask_password
    from boxwright.ship.keys import load_private_key

    ask = ask_password if sys.stdin.isatty() else None
    return load_private_key(named, environ=os.environ, ask=ask)


def _signer(
    repository: WritableRepository, key: PrivateKey | None, made: Shipment | None
) -> Callable[[Descriptor], None] | None:
    """Return what signs the image, and attests what was *made* here to tell of it."""
    if key is None:
        return None
    from boxwright.ship.sign import sign

    documents: dict[Digest, list[bytes]] = {}
    for attachment in made.attachments if made else ():
        if attachment.subject is not None:
            documents.setdefault(attachment.subject.digest, []).append(attachment.content)

    def signed(descriptor: Descriptor) -> None:
        sign(repository, descriptor, key, documents=documents)

    return signed
