"""
Signatures without a key that is kept, through sigstore (the extra `keyless`).

Who signs proves who they are to an identity provider (a CI job, a person in a browser), gets
a certificate for minutes, and has the signature written into a public log. Who verifies asks
for an identity and its provider instead of a key.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boxwright.errors import KeyFileError, SignatureError

if TYPE_CHECKING:
    from types import ModuleType

_LARGEST = 4 << 20
_SECRETS = (
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "BUILDKITE_AGENT_ACCESS_TOKEN",
    "SIGSTORE_ID_TOKEN",
)
"""Variables by which a job proves who it is."""
_TOKEN = re.compile(r"eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)*")
"""An identity token (RFC 7519), or a part of one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Whom a certificate has to be of."""

    name: str
    """An address, or the URI of a workflow."""
    issuer: str
    """Who vouches for it: `https://token.actions.githubusercontent.com`, …"""
    trusted_root: Path | None = None
    """
    The file of those who may have signed certificates and logs (`trusted_root.json`).

    None for the public sigstore, whose own is fetched and checked (TUF).
    """

    def __str__(self) -> str:
        """Return whom that is, in words."""
        return f"{self.name} (by {self.issuer})"


class Keyless:
    """Signs in the name of whoever runs this."""

    def __init__(self, signer: Any) -> None:  # noqa: ANN401 (of an extra)
        self._signer = signer

    def bundle(self, statement: bytes) -> bytes:
        """Return *statement*, signed and logged, as a bundle."""
        dsse = _sigstore("dsse")
        try:
            signed = self._signer.sign_dsse(dsse.Statement(statement))
        except Exception as error:
            raise _refused("signing without a key failed", error) from error
        text: str = signed.to_json()
        return text.encode()


def keyless(*, interactive: bool, trust_config: Path | None = None) -> Keyless:
    """
    Return who signs as the CI job in which this runs, or as a person in a browser.

    The browser is for *interactive* use only. *trust_config* is the file of a sigstore of
    one's own (`ClientTrustConfig`); without it, it is the public one.
    """
    models, oidc, sign = _sigstore("models"), _sigstore("oidc"), _sigstore("sign")
    try:
        config = (
            models.ClientTrustConfig.from_json(_text(trust_config))
            if trust_config
            else models.ClientTrustConfig.production()
        )
        token = oidc.detect_credential()
        if token is not None:
            identity = oidc.IdentityToken(token)
        elif interactive:
            issuer = oidc.Issuer(config.signing_config.get_oidc_url())
            identity = issuer.identity_token()
        else:
            identity = None
        if identity is not None:
            context = sign.SigningContext.from_trust_config(config)
            return Keyless(sign.Signer(identity, context))
    except (KeyFileError, SignatureError):
        raise
    except Exception as error:
        raise _refused("signing without a key cannot begin", error) from error
    raise KeyFileError(
        "nobody vouches for who signs here: this is no CI job with an identity, and no terminal",
        hint="in GitHub Actions give the job `permissions: id-token: write`; or sign with `--key`",
    )


def verified_statement(content: bytes, identity: Identity) -> tuple[str, bytes]:
    """
    Return type and payload of the bundle *content*, which *identity* signed.

    SignatureError where the certificate, the log or the signature is not as it has to be, or
    of somebody else.
    """
    models, verify = _sigstore("models"), _sigstore("verify")
    errors = _sigstore("errors")
    policy = verify.policy.Identity(identity=identity.name, issuer=identity.issuer)
    try:
        verifier = _verifier(models, verify, identity.trusted_root)
    except (KeyFileError, SignatureError):
        raise
    except Exception as error:
        raise _refused("whom to trust cannot be found out", error) from error
    try:
        kind, payload = verifier.verify_dsse(models.Bundle.from_json(content), policy)
    except errors.Error as error:
        raise _refused("the bundle is not valid", error) from error
    except Exception as error:
        # What is hostile may fail anywhere in a library; no such bundle is a good one.
        raise _refused("the bundle cannot be read", error) from error
    return str(kind), bytes(payload)


def require() -> None:
    """Raise KeyFileError where the extra is not installed."""
    _sigstore("models")


def _verifier(models: ModuleType, verify: ModuleType, trusted_root: Path | None) -> Any:  # noqa: ANN401
    if trusted_root is None:
        return verify.Verifier.production()
    _text(trusted_root)
    root = models.TrustedRoot.from_file(str(trusted_root))
    return verify.Verifier(trusted_root=root)


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except OSError as error:
        raise KeyFileError(
            f"`{path}` cannot be read ({error.strerror})", hint="check the path"
        ) from error
    if len(content) > _LARGEST:
        raise KeyFileError(f"`{path}` is too large for what it should be", hint="check the path")
    return content.decode("utf-8", "replace")


def _refused(what: str, error: Exception) -> SignatureError:
    # What a server answered may repeat what it was sent.
    told = str(error).partition("body=")[0]
    for secret in filter(None, map(os.environ.get, _SECRETS)):
        told = told.replace(secret, "***")
    detail = _TOKEN.sub("***", " ".join(told.split()))[:300] or type(error).__name__
    return SignatureError(f"{what}: {detail}", hint="see https://docs.sigstore.dev")


def _sigstore(name: str) -> ModuleType:
    import importlib

    try:
        return importlib.import_module(f"sigstore.{name}")
    except ImportError as error:
        raise KeyFileError(
            "signatures without a key need the package `sigstore`, which is not installed",
            hint="install it: `pip install 'boxwright[keyless]'`; or use `--key`",
        ) from error
