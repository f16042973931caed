"""A device that holds passkeys, in software: real keys and signatures, and able to lie."""

import hashlib
import json
import secrets
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2 import cbor

ORIGIN, DOMAIN = "http://localhost:8080", "localhost"
_PRESENT, _VERIFIED, _ELIGIBLE, _BACKED_UP, _HAS_KEY = 1, 4, 8, 16, 64

type Json = dict[str, Any]


def to_text(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def to_bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class SoftKey:
    """A passkey on a device, and what the device says of itself: each may be made a lie."""

    origin: str = ORIGIN
    domain: str = DOMAIN
    is_verified: bool = True
    is_backed_up: bool = False
    # Devices that count nothing send 0 always.
    counter: int = 0
    counts: bool = False
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    user_handle: str = ""
    _key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def create(self, options: Json) -> Json:
        """Answer `navigator.credentials.create` as `toJSON` writes it."""
        self.user_handle = options["user"]["id"]
        id_and_length = struct.pack(">H", len(self.credential_id)) + self.credential_id
        held = bytes(16) + id_and_length + self._public_key()
        attestation = {"fmt": "none", "attStmt": {}, "authData": self._facts(_HAS_KEY) + held}
        response = {
            "clientDataJSON": to_text(self._client_data("webauthn.create", options)),
            "attestationObject": to_text(cbor.encode(attestation)),
        }
        return {"id": to_text(self.credential_id), "type": "public-key", "response": response}

    def get(self, options: Json) -> Json:
        """Answer `navigator.credentials.get` as `toJSON` writes it."""
        client_data = self._client_data("webauthn.get", options)
        facts = self._facts()
        signature = self._key.sign(facts + hashlib.sha256(client_data).digest(), ec.ECDSA(SHA256()))
        response = {
            "clientDataJSON": to_text(client_data),
            "authenticatorData": to_text(facts),
            "signature": to_text(signature),
            "userHandle": self.user_handle,
        }
        return {"id": to_text(self.credential_id), "type": "public-key", "response": response}

    def _client_data(self, kind: str, options: Json) -> bytes:
        said = {"type": kind, "challenge": options["challenge"], "origin": self.origin}
        return json.dumps(said | {"crossOrigin": False}).encode()

    def _facts(self, more: int = 0) -> bytes:
        self.counter += self.counts
        backup = _ELIGIBLE | _BACKED_UP if self.is_backed_up else 0
        flags = _PRESENT | (_VERIFIED if self.is_verified else 0) | backup | more
        return hashlib.sha256(self.domain.encode()).digest() + struct.pack(
            ">BI", flags, self.counter
        )

    def _public_key(self) -> bytes:
        point = self._key.public_key().public_numbers()
        x, y = point.x.to_bytes(32, "big"), point.y.to_bytes(32, "big")
        return cbor.encode({1: 2, 3: -7, -1: 1, -2: x, -3: y})
