"""Keys: those of OpenSSL and of cosign are read, each signs in its one way, none leaks."""

from __future__ import annotations

import base64
import hashlib
import json
import stat
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, padding, rsa
from nacl.secret import SecretBox
from tests.conftest import Run

from boxwright.errors import KeyFileError
from boxwright.ship.keys import (
    PrivateKey,
    encrypted,
    load_private_key,
    load_public_key,
    new_private_key,
    write_key_pair,
)

MESSAGE = b"a message"
PASSWORD = "s3cret-word"  # noqa: S105 (not one)


def pem(key: object, password: str | None = None, form: str = "PKCS8") -> bytes:
    assert hasattr(key, "private_bytes")
    found: bytes = key.private_bytes(
        serialization.Encoding.PEM,
        getattr(serialization.PrivateFormat, form),
        serialization.BestAvailableEncryption(password.encode())
        if password
        else serialization.NoEncryption(),
    )
    return found


def public_pem(key: object) -> bytes:
    assert hasattr(key, "public_key")
    found: bytes = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return found


@pytest.fixture(scope="module")
def locked(key: PrivateKey) -> bytes:
    """Return a key as cosign keeps it: making one takes a second, so that guessing does, too."""
    return encrypted(key, PASSWORD.encode())


@pytest.fixture(scope="module")
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@pytest.mark.parametrize("kind", ["ECDSA P-256", "ECDSA P-384", "Ed25519", "RSA 2048"])
def test_every_kind_signs_and_verifies(
    tmp_path: Path, rsa_key: rsa.RSAPrivateKey, kind: str
) -> None:
    made = {
        "ECDSA P-256": ec.generate_private_key(ec.SECP256R1()),
        "ECDSA P-384": ec.generate_private_key(ec.SECP384R1()),
        "Ed25519": ed25519.Ed25519PrivateKey.generate(),
        "RSA 2048": rsa_key,
    }[kind]
    (tmp_path / "a.key").write_bytes(pem(made))
    (tmp_path / "a.pub").write_bytes(public_pem(made))

    private = load_private_key(str(tmp_path / "a.key"), environ={})
    public = load_public_key(str(tmp_path / "a.pub"), environ={})
    signature = private.sign(MESSAGE)

    assert private.public == public
    assert public.kind == kind
    assert public.pem == public_pem(made)
    assert public.verifies(signature, MESSAGE)
    assert not public.verifies(signature, MESSAGE + b"!")
    assert private.sign(MESSAGE) == signature


@pytest.mark.parametrize(
    ("form", "curve"),
    [("TraditionalOpenSSL", ec.SECP256R1()), ("PKCS8", ec.SECP384R1())],
)
def test_forms_of_openssl_are_read_with_and_without_password(
    tmp_path: Path, form: str, curve: ec.EllipticCurve
) -> None:
    made = ec.generate_private_key(curve)
    (tmp_path / "open").write_bytes(pem(made, form=form))
    (tmp_path / "locked").write_bytes(pem(made, PASSWORD, form))

    opened = load_private_key(str(tmp_path / "open"), environ={})
    unlocked = load_private_key(
        str(tmp_path / "locked"), environ={"BOXWRIGHT_KEY_PASSWORD": PASSWORD}
    )

    assert opened.public == unlocked.public


def test_a_key_is_found_in_a_variable(key: PrivateKey, locked: bytes) -> None:
    environ = {"KEY": locked.decode(), "COSIGN_PASSWORD": PASSWORD}

    found = load_private_key("env://KEY", environ=environ)
    public = load_public_key("env://PUB", environ={"PUB": key.public.pem.decode()})

    assert found.public == public == key.public


def test_the_password_is_asked_for_where_no_variable_has_it(
    tmp_path: Path, key: PrivateKey, locked: bytes
) -> None:
    (tmp_path / "a.key").write_bytes(locked)
    asked = []

    def ask(what: str) -> str:
        asked.append(what)
        return PASSWORD

    found = load_private_key(str(tmp_path / "a.key"), environ={}, ask=ask)

    assert found.public == key.public
    assert asked == [f"`{tmp_path / 'a.key'}`"]


@pytest.mark.parametrize(
    ("label", "cost"),
    [
        ("ENCRYPTED COSIGN PRIVATE KEY", 15),
        ("ENCRYPTED SIGSTORE PRIVATE KEY", 16),
        ("ENCRYPTED SIGSTORE PRIVATE KEY", 17),
    ],
)
def test_a_key_as_cosign_writes_it_is_read(tmp_path: Path, label: str, cost: int) -> None:
    # Made here of its parts as go-securesystemslib's `encrypted` has them, in one long line.
    made = ec.generate_private_key(ec.SECP256R1())
    salt, nonce = bytes(range(32)), bytes(range(24))
    derived = hashlib.scrypt(
        PASSWORD.encode(), salt=salt, n=1 << cost, r=8, p=1, maxmem=1 << 28, dklen=32
    )
    plain = made.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    document = {
        "kdf": {
            "name": "scrypt",
            "params": {"N": 1 << cost, "r": 8, "p": 1},
            "salt": base64.b64encode(salt).decode(),
        },
        "cipher": {"name": "nacl/secretbox", "nonce": base64.b64encode(nonce).decode()},
        "ciphertext": base64.b64encode(
            SecretBox(derived).encrypt(plain, nonce).ciphertext
        ).decode(),
    }
    body = base64.encodebytes(json.dumps(document).encode()).decode()
    text = f"-----BEGIN {label}-----\n{body}-----END {label}-----\n"
    (tmp_path / "cosign.key").write_text(text)

    found = load_private_key(str(tmp_path / "cosign.key"), environ={"COSIGN_PASSWORD": PASSWORD})

    assert found.public.pem == public_pem(made)


def test_a_new_pair_is_written_as_cosign_does_and_never_over_another(
    tmp_path: Path, key: PrivateKey
) -> None:
    private, public = write_key_pair(tmp_path / "release", key, PASSWORD.encode())

    with pytest.raises(KeyFileError) as failed:
        write_key_pair(tmp_path / "release", new_private_key(), b"")

    assert failed.value.message == f"`{private}` is there already, and keys are never written over"
    assert (private.name, public.name) == ("release.key", "release.pub")
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert private.read_text().startswith("-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n")
    assert max(len(line) for line in private.read_text().splitlines()) == 64
    found = load_private_key(str(private), environ={"COSIGN_PASSWORD": PASSWORD})
    assert found.public == load_public_key(str(public), environ={}) == key.public


def test_a_public_key_in_the_way_leaves_no_private_one(tmp_path: Path, key: PrivateKey) -> None:
    (tmp_path / "release.pub").symlink_to("nowhere")

    with pytest.raises(KeyFileError):
        write_key_pair(tmp_path / "release", key, b"")

    assert [path.name for path in tmp_path.iterdir()] == ["release.pub"]


@pytest.mark.parametrize("password", ["wrong", ""])
@pytest.mark.parametrize("cosign", [True, False])
def test_a_wrong_password_is_told_without_it(
    tmp_path: Path, locked: bytes, password: str, *, cosign: bool
) -> None:
    made = ec.generate_private_key(ec.SECP256R1())
    content = locked if cosign else pem(made, PASSWORD)
    (tmp_path / "a.key").write_bytes(content)

    with pytest.raises(KeyFileError) as failed:
        load_private_key(str(tmp_path / "a.key"), environ={"COSIGN_PASSWORD": password})

    assert failed.value.message == (
        f"the password of `{tmp_path / 'a.key'}` is wrong, or the file is damaged"
    )
    assert failed.value.__cause__ is None


def test_nothing_secret_is_in_the_text_of_a_key(key: PrivateKey) -> None:
    number = key._key.private_numbers().private_value  # type: ignore[union-attr]

    assert repr(key) == f"PrivateKey(public=PublicKey(kind={key.public.kind!r}))"
    assert str(number) not in repr(key)


def dsa_public() -> bytes:
    return public_pem(dsa.generate_private_key(1024))  # noqa: S505 (to be refused)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "holds no key"),
        (b"\x00\xff" * 50, "holds no key"),
        (
            b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
            "is no public key that can be read",
        ),
        (
            b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "is no public key but `CERTIFICATE`",
        ),
        (
            b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
            "is a private key, and verifying takes the public one",
        ),
        (2 * b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "holds 2 keys"),
        pytest.param(
            public_pem(rsa.generate_private_key(65537, 1024)),  # noqa: S505 (to be refused)
            "is a key of a kind that is not used here",
            id="small RSA",
        ),
        pytest.param(
            public_pem(ec.generate_private_key(ec.SECP256K1())),
            "is a key of a kind that is not used here",
            id="other curve",
        ),
        pytest.param(dsa_public(), "is a key of a kind that is not used here", id="DSA"),
    ],
)
def test_what_is_no_public_key_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "a.pub").write_bytes(content)

    with pytest.raises(KeyFileError) as failed:
        load_public_key(str(tmp_path / "a.pub"), environ={})

    assert failed.value.message == f"`{tmp_path / 'a.pub'}` {message}"


@pytest.mark.parametrize(
    ("change", "value"),
    [
        ("N", 1 << 30),
        ("N", 1),
        ("r", 1 << 20),
        ("name", "none"),
        ("nonce", "AAAA"),
        ("salt", None),
        ("ciphertext", "!"),
    ],
)
def test_a_hostile_key_file_takes_no_memory(
    tmp_path: Path, locked: bytes, change: str, value: object
) -> None:
    lines = locked.decode().splitlines()
    document = json.loads(base64.b64decode("".join(lines[1:-1])))
    for part in (document, document["kdf"], document["kdf"]["params"], document["cipher"]):
        if change in part:
            part[change] = value
    body = base64.b64encode(json.dumps(document).encode()).decode()
    (tmp_path / "a.key").write_text("\n".join((lines[0], body, lines[-1])))

    with pytest.raises(KeyFileError) as failed:
        load_private_key(str(tmp_path / "a.key"), environ={"COSIGN_PASSWORD": ""})

    assert failed.value.message == f"`{tmp_path / 'a.key'}` is no key as cosign writes it"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("env://NONE", "the variable `NONE` that should hold a key is not set"),
        (
            "awskms:///alias/a",
            "`awskms:///alias/a` is a key in a service, which Boxwright does not use",
        ),
        ("nowhere.key", "the key `nowhere.key` cannot be read (No such file or directory)"),
    ],
)
def test_a_key_that_is_not_there_is_told(source: str, message: str) -> None:
    with pytest.raises(KeyFileError) as failed:
        load_private_key(source, environ={})

    assert failed.value.message == message


def test_a_key_in_the_option_itself_is_not_repeated(locked: bytes) -> None:
    text = locked.decode()

    with pytest.raises(KeyFileError) as failed:
        load_private_key(text, environ={})

    assert text.splitlines()[1] not in failed.value.message + failed.value.hint


def test_without_the_extra_the_hint_names_it(
    tmp_path: Path, locked: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.key").write_bytes(locked)
    monkeypatch.setitem(sys.modules, "nacl.secret", None)

    with pytest.raises(KeyFileError) as failed:
        load_private_key(str(tmp_path / "a.key"), environ={"COSIGN_PASSWORD": ""})

    assert "pip install 'boxwright[sign]'" in failed.value.hint


def test_the_kind_of_a_key_decides_and_nothing_else(
    rsa_key: rsa.RSAPrivateKey, tmp_path: Path
) -> None:
    # Valid signatures of the same keys in ways that are not theirs here.
    curve = ec.generate_private_key(ec.SECP256R1())
    (tmp_path / "ec.pub").write_bytes(public_pem(curve))
    (tmp_path / "rsa.pub").write_bytes(public_pem(rsa_key))
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.MAX_LENGTH)

    of_ec = load_public_key(str(tmp_path / "ec.pub"), environ={})
    of_rsa = load_public_key(str(tmp_path / "rsa.pub"), environ={})

    assert not of_ec.verifies(curve.sign(MESSAGE, ec.ECDSA(hashes.SHA384())), MESSAGE)
    assert not of_rsa.verifies(rsa_key.sign(MESSAGE, pss, hashes.SHA256()), MESSAGE)
    assert not of_rsa.verifies(rsa_key.sign(MESSAGE, padding.PKCS1v15(), hashes.SHA512()), MESSAGE)
    assert not of_ec.verifies(b"", MESSAGE)
    assert not of_rsa.verifies(b"\x00" * 256, MESSAGE)


def test_p384_verifies_what_cosign_3_signs(tmp_path: Path) -> None:
    made = ec.generate_private_key(ec.SECP384R1())
    (tmp_path / "a.pub").write_bytes(public_pem(made))

    public = load_public_key(str(tmp_path / "a.pub"), environ={})

    assert public.verifies(made.sign(MESSAGE, ec.ECDSA(hashes.SHA384())), MESSAGE)


@pytest.mark.oracle
@pytest.mark.parametrize("kind", ["ec", "ed25519"])
def test_openssl_makes_keys_and_verifies_with_them(tmp_path: Path, run: Run, kind: str) -> None:
    made = {
        "ec": ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"),
        "ed25519": ("-algorithm", "ed25519"),
    }[kind]
    private, public = tmp_path / "a.key", tmp_path / "a.pub"
    run("openssl", "genpkey", *made, "-aes256", "-pass", f"pass:{PASSWORD}", "-out", private)
    run("openssl", "pkey", "-in", private, "-passin", f"pass:{PASSWORD}", "-pubout", "-out", public)
    key = load_private_key(str(private), environ={"BOXWRIGHT_KEY_PASSWORD": PASSWORD})
    (tmp_path / "message").write_bytes(MESSAGE)
    (tmp_path / "signature").write_bytes(key.sign(MESSAGE))

    said = run(
        "openssl", "pkeyutl", "-verify", "-pubin", "-inkey", public, "-rawin",
        *(() if kind == "ed25519" else ("-digest", "sha256")),
        "-in", tmp_path / "message", "-sigfile", tmp_path / "signature",
    )  # fmt: skip

    assert said.strip() == "Signature Verified Successfully"
    assert key.public == load_public_key(str(public), environ={})
