"""`boxwright sign`: sign an image, and what is attested of it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from boxwright.cli import options

if TYPE_CHECKING:
    from boxwright.ship.keyless import Keyless
    from boxwright.ship.keys import PrivateKey
    from boxwright.ship.sign import Signed


@click.command("sign")
@click.argument("image", metavar="[IMAGE]", required=False)
@click.option(
    "--key",
    metavar="FILE",
    help="The private key, as cosign or OpenSSL writes it; `env://NAME` for a variable.",
)
@click.option(
    "--keyless",
    is_flag=True,
    help="Sign as the CI job in which this runs, or in a browser (sigstore; needs the extra).",
)
@click.option(
    "--attest",
    metavar="FILE",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Attest this document, too: CycloneDX, SPDX or a statement of in-toto. Repeatable.",
)
@click.option(
    "--form",
    type=click.Choice(["both", "tag", "bundle"]),
    default="both",
    show_default=True,
    help="How signatures are kept in a registry: as cosign 1 and 2 do (tag), or as cosign 3 does.",
)
@click.option(
    "--new-key",
    metavar="NAME",
    type=click.Path(path_type=Path),
    help="Make a key instead: NAME.key, encrypted as cosign does it, and NAME.pub.",
)
@click.option(
    "--trust-config",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="With --keyless: a sigstore of one's own, instead of the public one.",
)
@options.quiet
def command(
    image: str | None,
    key: str | None,
    attest: tuple[Path, ...],
    form: str,
    new_key: Path | None,
    trust_config: Path | None,
    *,
    keyless: bool,
    quiet: bool,
) -> int:
    """
    Sign IMAGE, and every image of an index.

    IMAGE is a reference of a registry, or an OCI layout, of which what is attached to the
    image is attested, too. What is signed is the digest that is printed. The password of an
    encrypted key is asked for, or in BOXWRIGHT_KEY_PASSWORD or COSIGN_PASSWORD.
    """
    if new_key is not None:
        if image is not None or key or keyless or attest:
            raise click.UsageError("--new-key goes with nothing else")
        return _make_key(new_key, quiet=quiet)
    if image is None:
        raise click.UsageError("name the image that is to be signed")
    if bool(key) is keyless:
        raise click.UsageError("name a --key, or sign with --keyless")
    if trust_config and not keyless:
        raise click.UsageError("--trust-config goes with --keyless")
    from boxwright.store.open import locate

    place = locate(image)
    if isinstance(place, tuple) and attest:
        raise click.UsageError(
            "--attest goes with a registry: of a layout what is in it is attested"
        )
    signer = _signer(key, trust_config)
    if isinstance(place, tuple):
        from boxwright.ship.sign import sign_in_layout
        from boxwright.store import layout

        folder, reference = place
        signed = sign_in_layout(folder, layout.find(folder, reference), signer)
        name = str(folder)
    else:
        from boxwright.ship.sign import FORMS, Form, belonging, sign
        from boxwright.store.registry.push import WritableRepository

        repository = WritableRepository(place, options.open_transport())
        descriptor = repository.manifest(str(place.digest or place.tag)).descriptor
        signed = sign(
            repository,
            descriptor,
            signer,
            documents=belonging([_content(path) for path in attest], descriptor),
            forms=FORMS if form == "both" else frozenset({Form(form)}),
        )
        name = f"{place.registry}/{place.repository}"
    for line in _lines(name, signed, quiet=quiet):
        click.echo(line)
    return 0


def _lines(name: str, signed: tuple[Signed, ...], *, quiet: bool) -> list[str]:
    from boxwright.ship.statement import SIGNATURE

    lines = []
    for each in signed:
        if each.predicate_type == SIGNATURE:
            lines.append(f"{name}@{each.digest}")
        elif not quiet:
            lines.append(f"{name}@{each.digest} {each.predicate_type}")
    return lines


def _signer(key: str | None, trust_config: Path | None) -> PrivateKey | Keyless:
    if key is not None:
        from boxwright.ship.keys import load_private_key

        ask = ask_password if sys.stdin.isatty() else None
        return load_private_key(key, environ=os.environ, ask=ask)
    from boxwright.ship.keyless import keyless

    return keyless(interactive=sys.stdin.isatty(), trust_config=trust_config)


def ask_password(what: str) -> str:
    """Return the password of the key *what*, as a person types it."""
    found = click.prompt(
        f"Password of {what}", hide_input=True, err=True, default="", show_default=False
    )
    return str(found)


def _make_key(name: Path, *, quiet: bool) -> int:
    from boxwright.errors import KeyFileError
    from boxwright.ship.keys import PASSWORDS, new_private_key, write_key_pair

    given = next((os.environ[each] for each in PASSWORDS if each in os.environ), None)
    if given is None:
        if not sys.stdin.isatty():
            raise KeyFileError(
                "a new key needs a password, and nobody is there to ask",
                hint=f"set {PASSWORDS[0]}; empty, the key is as good as open",
            )
        given = str(
            click.prompt(
                "Password of the new key",
                hide_input=True,
                confirmation_prompt=True,
                err=True,
                default="",
                show_default=False,
            )
        )
    private, public = write_key_pair(name, new_private_key(), given.encode())
    if not quiet:
        click.echo(f"keep `{private}` secret; `{public}` is for all who verify", err=True)
    click.echo(public)
    return 0


def _content(path: Path) -> bytes:
    from boxwright.errors import StoreError
    from boxwright.ship.document import LARGEST

    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise StoreError(
            f"`{path}` cannot be read ({error.strerror})", hint="check the path"
        ) from error
    if len(content) > LARGEST:
        raise StoreError(
            f"`{path}` has more than the {LARGEST} bytes that are attested", hint="split it"
        )
    return content
