"""Encryption of push messages for one browser (RFC 8291): one record of `aes128gcm`."""

import os
import struct

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from msgspec import Struct

POINT_BYTES = 65
AUTH_BYTES = 16
# Push services accept 4,096 bytes in all; header, tag and delimiter take 103 of them.
MAX_MESSAGE_BYTES = 3_993

_RECORD_BYTES = 4096
_SALT_BYTES = 16
_LAST_RECORD = b"\x02"


class BrowserKeys(Struct, frozen=True):
    """The keys of a browser's subscription: `p256dh`, a point of P-256, and `auth`."""

    p256dh: bytes
    auth: bytes


def is_valid(keys: BrowserKeys) -> bool:
    """Return whether messages can be encrypted for these keys."""
    if len(keys.p256dh) != POINT_BYTES or len(keys.auth) != AUTH_BYTES:
        return False
    try:
        _read_point(keys.p256dh)
    except ValueError:
        return False
    return True


def encrypt(message: bytes, keys: BrowserKeys) -> bytes:
    """Return the body of a request to the push service, which only the browser can decrypt."""
    return encrypt_with(message, keys, ec.generate_private_key(ec.SECP256R1()), _draw_salt())


def encrypt_with(
    message: bytes, keys: BrowserKeys, private_key: ec.EllipticCurvePrivateKey, salt: bytes
) -> bytes:
    """Encrypt with a key pair and a salt that must not be used for another message."""
    assert len(message) <= MAX_MESSAGE_BYTES
    own_point = private_key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    shared = private_key.exchange(ec.ECDH(), _read_point(keys.p256dh))
    info = b"WebPush: info\x00" + keys.p256dh + own_point
    secret = _derive(shared, keys.auth, info, 32)
    key = _derive(secret, salt, b"Content-Encoding: aes128gcm\x00", 16)
    nonce = _derive(secret, salt, b"Content-Encoding: nonce\x00", 12)
    header = salt + struct.pack("!IB", _RECORD_BYTES, len(own_point)) + own_point
    return header + AESGCM(key).encrypt(nonce, message + _LAST_RECORD, None)


def _derive(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


def _read_point(encoded: bytes) -> ec.EllipticCurvePublicKey:
    """Raises ValueError if it is no point of the curve."""
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), encoded)


def _draw_salt() -> bytes:
    return os.urandom(_SALT_BYTES)
