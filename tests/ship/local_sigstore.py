"""
A sigstore on this machine: identities, certificates and a log, with roots of their own.

What a client asks of the public one, this one gives by the same rules: certificates whose
timestamps a certificate log signed (RFC 6962), and entries with a proof that they are in the
log (here of one entry). The client is the real one.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from boxwright.oci.canonical import canonical_json

ISSUER = "https://issuer.example.com"
IDENTITY = "https://example.com/team/api/.github/workflows/release.yml@refs/heads/main"
SECRET = "s3cret-request-token"  # noqa: S105 (not one)

_ISSUER = x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.1")
_TIMESTAMPS = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
_HOUR = datetime.timedelta(hours=1)


class LocalSigstore:
    """Its keys, and what it is reached by."""

    def __init__(self) -> None:
        self.host = ""
        self.fails = False
        """Whether it refuses to give certificates, repeating what it was sent."""
        self.identity = IDENTITY
        self._root_key, self._log_key, self._ct_key = (
            ec.generate_private_key(ec.SECP256R1()) for _ in range(3)
        )
        self._root = self._make_root()

    def trusted_root(self) -> dict[str, Any]:
        """Return what clients have to know to verify (`trusted_root.json`)."""
        return {
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [self._log("rekor", self._log_key)],
            "ctlogs": [self._log("ct", self._ct_key)],
            "certificateAuthorities": [
                {
                    "subject": {"organization": "here", "commonName": "root"},
                    "uri": f"http://{self.host}",
                    "certChain": {"certificates": [{"rawBytes": _text(_der(self._root))}]},
                    "validFor": {"start": "2020-01-01T00:00:00Z"},
                }
            ],
            "timestampAuthorities": [],
        }

    def trust_config(self) -> dict[str, Any]:
        """Return what clients have to know to sign (`ClientTrustConfig`)."""
        service = {
            "url": f"http://{self.host}",
            "majorApiVersion": 1,
            "validFor": {"start": "2020-01-01T00:00:00Z"},
            "operator": "here",
        }
        return {
            "mediaType": "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json",
            "trustedRoot": self.trusted_root(),
            "signingConfig": {
                "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
                "caUrls": [service],
                "oidcUrls": [service],
                "rekorTlogUrls": [service],
                "rekorTlogConfig": {"selector": "ANY"},
                "tsaUrls": [],
                "tsaConfig": {"selector": "ANY"},
            },
        }

    def environ(self) -> dict[str, str]:
        """Return the variables of a job that may ask who it is."""
        return {
            "GITHUB_ACTIONS": "true",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": SECRET,
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"http://{self.host}/identity?a=b",
        }

    def token(self) -> str:
        """Return the token that says who the job is, signed by nobody: this CA takes any."""
        now = int(time.time())
        claims = {
            "aud": "sigstore",
            "sub": self.identity,
            "iss": ISSUER,
            "iat": now,
            "exp": now + 300,
        }
        parts = ({"alg": "none", "typ": "JWT"}, claims)
        encoded = [base64.urlsafe_b64encode(canonical_json(part)).rstrip(b"=") for part in parts]
        return b".".join((*encoded, b"QQ")).decode()

    def certificates(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return a certificate of the key in *request*, and the root."""
        pem = base64.b64decode(request["certificateSigningRequest"])
        leaf = self._make_leaf(x509.load_pem_x509_csr(pem).public_key())
        chain = [
            each.public_bytes(serialization.Encoding.PEM).decode() for each in (leaf, self._root)
        ]
        return {"signedCertificateEmbeddedSct": {"chain": {"certificates": chain}}}

    def logged(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return the entry of the envelope in *request*, with the proof that it is in the log."""
        proposed = request["spec"]["proposedContent"]
        envelope = json.loads(proposed["envelope"])
        body = canonical_json(
            {
                "apiVersion": "0.0.1",
                "kind": "dsse",
                "spec": {
                    "envelopeHash": _hash(proposed["envelope"].encode()),
                    "payloadHash": _hash(base64.b64decode(envelope["payload"])),
                    "signatures": [
                        {
                            "signature": envelope["signatures"][0]["sig"],
                            "verifier": proposed["verifiers"][0],
                        }
                    ],
                },
            }
        )
        entry: dict[str, Any] = {
            "body": _text(body),
            "integratedTime": int(time.time()),
            "logID": _id(self._log_key).hex(),
            "logIndex": 0,
        }
        root = hashlib.sha256(b"\x00" + body).digest()
        note = f"here - 1\n1\n{_text(root)}\n"
        signed = _id(self._log_key)[:4] + self._sign(self._log_key, note.encode())
        promise = self._sign(self._log_key, canonical_json(entry))
        proof = {
            "logIndex": 0,
            "rootHash": root.hex(),
            "treeSize": 1,
            "hashes": [],
            "checkpoint": f"{note}\n\u2014 here {_text(signed)}\n",
        }
        verification = {"signedEntryTimestamp": _text(promise), "inclusionProof": proof}
        return {root.hex(): {**entry, "verification": verification}}

    def _make_root(self) -> x509.Certificate:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "root")])
        public = self._root_key.public_key()
        return (
            self._builder(name, public)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .sign(self._root_key, hashes.SHA256())
        )

    def _make_leaf(self, public: Any) -> x509.Certificate:  # noqa: ANN401 (keys of any kind)
        name = x509.UniformResourceIdentifier(self.identity)
        builder = (
            self._builder(x509.Name([]), public)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._root_key.public_key()),
                critical=False,
            )
            .add_extension(x509.SubjectAlternativeName([name]), critical=True)
            .add_extension(x509.UnrecognizedExtension(_ISSUER, ISSUER.encode()), critical=False)
        )
        # The log signs all of the certificate but its own signature (RFC 6962, 3.2).
        told = builder.sign(self._root_key, hashes.SHA256()).tbs_certificate_bytes
        when = struct.pack("!Q", int(time.time() * 1000))
        signed = b"".join(
            (
                b"\x00\x00" + when + b"\x00\x01" + _id(self._root_key),
                len(told).to_bytes(3, "big") + told + b"\x00\x00",
            )
        )
        signature = self._sign(self._ct_key, signed)
        timestamp = b"".join(
            (b"\x00" + _id(self._ct_key) + when + b"\x00\x00\x04\x03", _with_length(signature))
        )
        listed = _with_length(_with_length(timestamp))
        # As DER has it: a string of bytes, its length in one byte that says 129 to 255 follow.
        value = b"\x04\x81" + bytes([len(listed)]) + listed
        if len(listed) < 128:
            value = b"\x04" + bytes([len(listed)]) + listed
        return builder.add_extension(
            x509.UnrecognizedExtension(_TIMESTAMPS, value), critical=False
        ).sign(self._root_key, hashes.SHA256())

    def _builder(self, name: x509.Name, public: Any) -> x509.CertificateBuilder:  # noqa: ANN401
        now = datetime.datetime.now(tz=datetime.UTC)
        issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "root")])
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(issuer)
            .public_key(public)
            .serial_number(4711)
            .not_valid_before(now - _HOUR)
            .not_valid_after(now + _HOUR)
        )

    def _log(self, name: str, key: ec.EllipticCurvePrivateKey) -> dict[str, Any]:
        return {
            "baseUrl": f"http://{self.host}/{name}",
            "hashAlgorithm": "SHA2_256",
            "publicKey": {
                "rawBytes": _text(_public(key)),
                "keyDetails": "PKIX_ECDSA_P256_SHA_256",
                "validFor": {"start": "2020-01-01T00:00:00Z"},
            },
            "logId": {"keyId": _text(_id(key))},
        }

    @staticmethod
    def _sign(key: ec.EllipticCurvePrivateKey, message: bytes) -> bytes:
        return key.sign(message, ec.ECDSA(hashes.SHA256()))


@contextmanager
def running() -> Iterator[LocalSigstore]:
    """Have a sigstore run until the block ends."""
    here = LocalSigstore()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert self.headers["Authorization"] == f"bearer {SECRET}"
            self.give(200, {"value": here.token()})

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if here.fails:
                self.give(403, {"message": self.headers.get("Authorization", "")})
            elif self.path == "/api/v2/signingCert":
                self.give(200, here.certificates(request))
            else:
                assert self.path == "/api/v1/log/entries"
                self.give(201, here.logged(request))

        def give(self, status: int, document: dict[str, Any]) -> None:
            content = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    here.host = f"127.0.0.1:{http.server_port}"
    threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield here
    finally:
        http.shutdown()
        http.server_close()


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _public(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _id(key: ec.EllipticCurvePrivateKey) -> bytes:
    return hashlib.sha256(_public(key)).digest()


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _hash(content: bytes) -> dict[str, str]:
    return {"algorithm": "sha256", "value": hashlib.sha256(content).hexdigest()}


def _with_length(content: bytes) -> bytes:
    return struct.pack("!H", len(content)) + content
