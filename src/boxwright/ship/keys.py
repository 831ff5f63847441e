"""
Keys of signatures: PEM files as OpenSSL writes them, and cosign's own encrypted ones.

The kind of a key decides the one way in which it signs: ECDSA and RSA (PKCS #1 v1.5) over
SHA-256, as cosign does unless told otherwise, and Ed25519 over the message itself. Nothing
that stands beside a signature has a say in it. Of P-384 a signature over SHA-384 is taken,
too, which cosign 3 makes.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boxwright.errors import KeyFileError, StoreError
from boxwright.oci.digest import Digest, digest_of
from boxwright.ship.document import base64_text, decoded, signed_document

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import (
        EllipticCurvePrivateKey,
        EllipticCurvePublicKey,
    )
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

    _Public = EllipticCurvePublicKey | Ed25519PublicKey | RSAPublicKey
    _Private = EllipticCurvePrivateKey | Ed25519PrivateKey | RSAPrivateKey

Ask = Callable[[str], str]
"""Asks a person for the password of what it is given."""

PASSWORDS = ("BOXWRIGHT_KEY_PASSWORD", "COSIGN_PASSWORD")
"""The variables that hold the password of a key, the first that is set."""

_LARGEST = 64 << 10
_VARIABLE = "env://"
_SERVICES = re.compile(r"(?:awskms|gcpkms|azurekms|hashivault|k8s|pkcs11|gitlab|github)://")
_LABEL = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,64})-----\r?\n")
_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,64})-----\s([A-Za-z0-9+/=\s]*)-----END \1-----")

_COSIGN = "ENCRYPTED SIGSTORE PRIVATE KEY"
_COSIGNS = frozenset({_COSIGN, "ENCRYPTED COSIGN PRIVATE KEY"})
_PRIVATES = _COSIGNS | {
    "PRIVATE KEY",
    "ENCRYPTED PRIVATE KEY",
    "EC PRIVATE KEY",
    "RSA PRIVATE KEY",
}
_PUBLICS = frozenset({"PUBLIC KEY", "RSA PUBLIC KEY"})

_SMALLEST_RSA = 2048
_LARGEST_RSA = 8192

_COSTS = frozenset({(32768, 8, 1), (65536, 8, 1), (131072, 8, 1)})
"""
The parameters of scrypt that go-securesystemslib writes, and accepts.

Any others would let a file take all memory of whoever reads it.
"""
_COST = (65536, 8, 1)
_MEMORY = 160 << 20
_BOX_KEY, _NONCE, _SALT = 32, 24, 32


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that verifies."""

    kind: str
    """`ECDSA P-256`, `ECDSA P-384`, `Ed25519` or `RSA 3072`."""
    der: bytes = field(repr=False)
    """The key as X.509 writes it (SubjectPublicKeyInfo)."""
    _key: _Public = field(repr=False, compare=False)

    @property
    def fingerprint(self) -> Digest:
        """The digest of the key, by which it is known."""
        return digest_of(self.der)

    @property
    def hint(self) -> str:
        """What cosign writes into bundles to say which key it was; it proves nothing."""
        return base64_text(hashlib.sha256(self.der).digest())

    @property
    def pem(self) -> bytes:
        """The key as a file."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        return self._key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Return whether *signature* was made of exactly *message* by this key's private half."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding

        digests: list[hashes.HashAlgorithm] = [hashes.SHA256()]
        if self.kind == "ECDSA P-384":
            digests.append(hashes.SHA384())
        for digest in digests:
            try:
                if isinstance(self._key, ec.EllipticCurvePublicKey):
                    self._key.verify(signature, message, ec.ECDSA(digest))
                elif isinstance(self._key, ed25519.Ed25519PublicKey):
                    self._key.verify(signature, message)
                else:
                    self._key.verify(signature, message, padding.PKCS1v15(), digest)
            except InvalidSignature:
                continue
            return True
        return False


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A key that signs."""

    public: PublicKey
    _key: _Private = field(repr=False, compare=False)

    def sign(self, message: bytes) -> bytes:
        """
        Return the signature of *message*.

        It is the same each time (RFC 6979 for ECDSA): who signs again stores nothing new.
        """
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding

        if isinstance(self._key, ec.EllipticCurvePrivateKey):
            try:
                way = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
                return self._key.sign(message, way)
            except UnsupportedAlgorithm:
                # OpenSSL before 3.2 signs the same thing differently each time.
                return self._key.sign(message, ec.ECDSA(hashes.SHA256()))
        if isinstance(self._key, ed25519.Ed25519PrivateKey):
            return self._key.sign(message)
        return self._key.sign(message, padding.PKCS1v15(), hashes.SHA256())


def load_public_key(source: str, *, environ: Mapping[str, str]) -> PublicKey:
    """Return the public key in the file *source*, or in a variable (`env://NAME`)."""
    content, place = _content(source, environ)
    label = _only_label(content, place)
    if label in _PRIVATES:
        raise KeyFileError(
            f"{place} is a private key, and verifying takes the public one",
            hint="name the file `….pub`, and keep the private key where only the signer is",
        )
    if label not in _PUBLICS:
        raise KeyFileError(f"{place} is no public key but `{label}`", hint=_PUBLIC_HINT)
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(content)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise KeyFileError(
            f"{place} is no public key that can be read", hint=_PUBLIC_HINT
        ) from error
    return _public(key, place)


_PUBLIC_HINT = "a public key is a PEM file that begins with `-----BEGIN PUBLIC KEY-----`"


def load_private_key(
    source: str, *, environ: Mapping[str, str], ask: Ask | None = None
) -> PrivateKey:
    """
    Return the private key in the file *source*, or in a variable (`env://NAME`).

    The password of an encrypted one is in one of the variables of PASSWORDS, or else *ask*
    is asked for it. No error shows it, nor anything of the key.
    """
    content, place = _content(source, environ)
    label = _only_label(content, place)
    if label in _PUBLICS:
        raise KeyFileError(
            f"{place} is a public key, and signing takes the private one",
            hint="name the file `….key`",
        )
    if label not in _PRIVATES:
        raise KeyFileError(
            f"{place} is no private key but `{label}`",
            hint="a private key is a PEM file: `boxwright sign --new-key NAME` makes one",
        )
    password = None
    if label.startswith("ENCRYPTED") or b"Proc-Type: 4,ENCRYPTED" in content:
        password = _password(place, environ, ask)
    if label in _COSIGNS:
        content = _open_box(content, password or b"", place)
        return _loaded(content, None, place, der=True)
    return _loaded(content, password, place, der=False)


def new_private_key() -> PrivateKey:
    """Return a new key, ECDSA on P-256: the one kind that all who verify know."""
    from cryptography.hazmat.primitives.asymmetric import ec

    return _private(ec.generate_private_key(ec.SECP256R1()), "the new key")


def write_key_pair(name: Path, key: PrivateKey, password: bytes) -> tuple[Path, Path]:
    """
    Write *key* to `NAME.key`, which *password* encrypts as cosign does it, and to `NAME.pub`.

    The first is readable by nobody else. No file that is there is ever written over.
    """
    private, public = name.with_name(f"{name.name}.key"), name.with_name(f"{name.name}.pub")
    content = encrypted(key, password)
    for path in (private, public):
        if path.exists() or path.is_symlink():
            raise _in_the_way(path)
    _write_new(private, content, 0o600)
    try:
        _write_new(public, key.public.pem, 0o644)
    except KeyFileError:
        private.unlink()
        raise
    return private, public


def encrypted(key: PrivateKey, password: bytes) -> bytes:
    """Return *key* as cosign keeps it: encrypted by *password*, which may be empty."""
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    plain = key._key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())  # noqa: SLF001
    salt, nonce = os.urandom(_SALT), os.urandom(_NONCE)
    box = _secret_box(_derived(password, salt, _COST))
    n, r, p = _COST
    document = {
        "kdf": {"name": "scrypt", "params": {"N": n, "r": r, "p": p}, "salt": base64_text(salt)},
        "cipher": {"name": "nacl/secretbox", "nonce": base64_text(nonce)},
        "ciphertext": base64_text(box.encrypt(plain, nonce).ciphertext),
    }
    text = base64_text(json.dumps(document, separators=(",", ":")).encode())
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return "\n".join(
        (f"-----BEGIN {_COSIGN}-----", *lines, f"-----END {_COSIGN}-----", "")
    ).encode()


def _content(source: str, environ: Mapping[str, str]) -> tuple[bytes, str]:
    """Return what *source* holds, and what errors call it."""
    if source.startswith(_VARIABLE):
        name = source.removeprefix(_VARIABLE)
        place = f"the variable `{name}`"
        if not environ.get(name):
            raise KeyFileError(
                f"{place} that should hold a key is not set", hint="set it to the text of the file"
            )
        return environ[name].encode("utf-8", "surrogateescape"), place
    if _SERVICES.match(source):
        raise KeyFileError(
            f"`{source}` is a key in a service, which Boxwright does not use",
            hint="name a file, or `env://NAME`; cosign signs with services, and Boxwright verifies"
            " that with the public key",
        )
    if "-----BEGIN" in source:
        raise KeyFileError(
            "the option has a key itself, where everybody on this machine sees it",
            hint="name a file, or put it into a variable: `--key env://NAME`",
        )
    path = Path(source).expanduser()
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except OSError as error:
        raise KeyFileError(
            f"the key `{source}` cannot be read ({error.strerror})", hint="check the path"
        ) from error
    if len(content) > _LARGEST:
        raise KeyFileError(f"`{source}` is too large for a key", hint="check the path")
    return content, f"`{source}`"


def _only_label(content: bytes, place: str) -> str:
    labels = _LABEL.findall(content)
    if b"EC PARAMETERS" in labels:
        # `openssl ecparam -genkey` writes the name of the curve before the key.
        labels.remove(b"EC PARAMETERS")
    if len(labels) != 1:
        how = "no key" if not labels else f"{len(labels)} keys"
        raise KeyFileError(f"{place} holds {how}", hint="name a PEM file with one key")
    return str(labels[0], "ascii")


def _password(place: str, environ: Mapping[str, str], ask: Ask | None) -> bytes:
    for name in PASSWORDS:
        if name in environ:
            return environ[name].encode()
    if ask is not None:
        return ask(place).encode()
    raise KeyFileError(
        f"{place} is encrypted, and nobody is there to ask for its password",
        hint=f"set {PASSWORDS[0]} or {PASSWORDS[1]}",
    )


def _loaded(content: bytes, password: bytes | None, place: str, *, der: bool) -> PrivateKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization

    load: Callable[..., Any] = (
        serialization.load_der_private_key if der else serialization.load_pem_private_key
    )
    try:
        key = load(content, password or None)
    except TypeError:
        # An empty password is none.
        raise _wrong_password(place) from None
    except (ValueError, UnsupportedAlgorithm):
        if password is not None:
            raise _wrong_password(place) from None
        raise KeyFileError(
            f"{place} is no private key that can be read",
            hint="`openssl pkey -in FILE -check` says what is wrong with it",
        ) from None
    return _private(key, place)


def _wrong_password(place: str) -> KeyFileError:
    return KeyFileError(
        f"the password of {place} is wrong, or the file is damaged",
        hint=f"check the password, or {PASSWORDS[0]} and {PASSWORDS[1]} where one is set",
    )


def _private(key: Any, place: str) -> PrivateKey:  # noqa: ANN401 (keys of any kind)
    public = getattr(key, "public_key", None)
    if public is None:
        raise KeyFileError(f"{place} is no key that signs", hint=_KINDS_HINT)
    return PrivateKey(_public(public(), place), key)


_KINDS_HINT = "use ECDSA on P-256 or P-384, Ed25519, or RSA of 2048 bits and more"


def _public(key: Any, place: str) -> PublicKey:  # noqa: ANN401 (keys of any kind)
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    curves = {"secp256r1": "ECDSA P-256", "secp384r1": "ECDSA P-384"}
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in curves:
        kind = curves[key.curve.name]
    elif isinstance(key, ed25519.Ed25519PublicKey):
        kind = "Ed25519"
    elif isinstance(key, rsa.RSAPublicKey) and _SMALLEST_RSA <= key.key_size <= _LARGEST_RSA:
        kind = f"RSA {key.key_size}"
    else:
        raise KeyFileError(f"{place} is a key of a kind that is not used here", hint=_KINDS_HINT)
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return PublicKey(kind, der, key)


def _open_box(content: bytes, password: bytes, place: str) -> bytes:
    """Return the key in cosign's file *content*, in DER (go-securesystemslib, `encrypted`)."""
    block = _BLOCK.search(content)
    damaged = KeyFileError(f"{place} is no key as cosign writes it", hint="check the file")
    if block is None:
        raise damaged
    import binascii

    try:
        document = signed_document(binascii.a2b_base64(block[2]), place)
        kdf, cipher = document.member("kdf"), document.member("cipher")
        known = (kdf.member("name").text(), cipher.member("name").text())
        params = kdf.member("params")
        cost = tuple(params.member(each).size() for each in ("N", "r", "p"))
        salt, nonce = decoded(kdf.member("salt")), decoded(cipher.member("nonce"))
        ciphertext = decoded(document.member("ciphertext"))
    except (StoreError, ValueError):
        raise damaged from None
    if known != ("scrypt", "nacl/secretbox") or cost not in _COSTS or len(nonce) != _NONCE:
        raise damaged
    box = _secret_box(_derived(password, salt, cost))
    from nacl.exceptions import CryptoError

    try:
        return bytes(box.decrypt(ciphertext, nonce))
    except (CryptoError, ValueError):
        raise _wrong_password(place) from None


def _derived(password: bytes, salt: bytes, cost: tuple[int, ...]) -> bytes:
    n, r, p = cost
    return hashlib.scrypt(password, salt=salt, n=n, r=r, p=p, maxmem=_MEMORY, dklen=_BOX_KEY)


def _secret_box(key: bytes) -> Any:  # noqa: ANN401 (of an extra)
    try:
        from nacl.secret import SecretBox
    except ImportError:
        raise KeyFileError(
            "keys as cosign encrypts them need the package `pynacl`, which is not installed",
            hint="install it: `pip install 'boxwright[sign]'`; or use a key of OpenSSL's:"
            " `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -aes256`",
        ) from None
    return SecretBox(key)


def _write_new(path: Path, content: bytes, mode: int) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    except FileExistsError:
        raise _in_the_way(path) from None
    except OSError as error:
        raise KeyFileError(
            f"`{path}` cannot be written ({error.strerror})", hint="name another place"
        ) from error
    with os.fdopen(handle, "wb") as file:
        file.write(content)


def _in_the_way(path: Path) -> KeyFileError:
    return KeyFileError(
        f"`{path}` is there already, and keys are never written over", hint="choose another name"
    )
