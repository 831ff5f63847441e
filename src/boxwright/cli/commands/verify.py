"""`boxwright verify`: whether an image is signed, and by whom."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from boxwright.cli import options

if TYPE_CHECKING:
    from boxwright.oci.descriptor import Descriptor
    from boxwright.oci.reference import Reference
    from boxwright.store.registry.client import Repository


@click.command("verify")
@options.image
@click.option(
    "--key",
    "keys",
    metavar="FILE",
    multiple=True,
    help="A public key in PEM; `env://NAME` for a variable. Of several one will do.",
)
@click.option(
    "--identity",
    metavar="NAME",
    help="Who signed without a key: an address, or the URI of a workflow (sigstore).",
)
@click.option(
    "--issuer",
    metavar="URL",
    help="Who vouches for --identity: https://token.actions.githubusercontent.com, …",
)
@click.option(
    "--trusted-root",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="With --identity: the trusted_root.json of a sigstore of one's own, or to be offline.",
)
@click.option(
    "--attestation",
    "attestations",
    metavar="KIND",
    multiple=True,
    help="What has to be attested, too: slsaprovenance, cyclonedx, spdx, … or a type. Repeatable.",
)
@options.output_format
@options.quiet
def command(
    image: str,
    keys: tuple[str, ...],
    identity: str | None,
    issuer: str | None,
    trusted_root: Path | None,
    attestations: tuple[str, ...],
    output_format: str,
    *,
    quiet: bool,
) -> int:
    """
    Verify that IMAGE is signed by one of the keys, or by an identity.

    IMAGE is a reference of a registry or an OCI layout. A tag is looked up once, and what is
    verified is the digest that is printed: use that one from then on. The exit status is 1
    where no signature is valid, or an attestation is missing.
    """
    if not keys and not identity:
        raise click.UsageError("name who has to have signed it: --key, or --identity and --issuer")
    if bool(identity) is not bool(issuer):
        raise click.UsageError("--identity and --issuer go together: anybody can claim a name")
    if trusted_root and not identity:
        raise click.UsageError("--trusted-root goes with --identity")
    from boxwright.report.verify_text import unsigned_text, verify_document, verify_text
    from boxwright.ship.keyless import Identity, require
    from boxwright.ship.keys import load_public_key
    from boxwright.ship.statement import predicate_types
    from boxwright.ship.verify import Policy, UnsignedError, verify
    from boxwright.store.open import locate

    for each in attestations:
        predicate_types(each)
    whom = None
    if identity and issuer:
        require()
        whom = Identity(name=identity, issuer=issuer, trusted_root=trusted_root)
    policy = Policy(
        keys=tuple(load_public_key(each, environ=os.environ) for each in keys),
        identity=whom,
        attestations=attestations,
    )
    found = locate(image)
    place, descriptor = _in_layout(found) if isinstance(found, tuple) else _in_registry(found)
    try:
        verified = verify(place, descriptor, policy)
    except UnsignedError as error:
        if output_format == "json":
            click.echo(verify_document(image, error))
        else:
            click.echo(unsigned_text(image, error, quiet=quiet), nl=False)
        return 1
    if output_format == "json":
        click.echo(verify_document(image, verified))
    else:
        click.echo(verify_text(image, verified, quiet=quiet), nl=False)
    return 0


def _in_layout(found: tuple[Path, str | None]) -> tuple[Path, Descriptor]:
    from boxwright.store import layout

    folder, reference = found
    return folder, layout.find(folder, reference)


def _in_registry(reference: Reference) -> tuple[Repository, Descriptor]:
    from boxwright.store.registry.client import Repository

    repository = Repository(reference, options.open_transport())
    return repository, repository.manifest(str(reference.digest or reference.tag)).descriptor
