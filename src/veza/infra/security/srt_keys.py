"""The key material of SRT: the key of a stream, wrapped by a key that is derived of a passphrase.

An encoder sends it when it connects, and again each some million packets, so it proves that the
encoder knows the passphrase. Layout: RFC draft "The SRT Protocol", 3.2.2; wrapping: RFC 3394.
"""

import hashlib

from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

_HEADER_BYTES = 16
_SALT_BYTES = 16
_CHECK_BYTES = 8
_KEY_BYTES = frozenset({16, 24, 32})
_ITERATIONS = 2048
# Version 1, packet type 2, and the signature "HAI" of Haivision.
_SIGNATURE = b"\x12\x20\x29"
# One key, or two while one follows the other.
MAX_BYTES = _HEADER_BYTES + _SALT_BYTES + _CHECK_BYTES + 2 * max(_KEY_BYTES)


class BadKeyMaterial(Exception):
    """The key material is malformed, or wrapped with another passphrase."""


def rewrap(material: bytes, passphrase: str, other: str) -> bytes:
    """Return the same keys, wrapped with another passphrase. Raises BadKeyMaterial."""
    keys = unwrap(material, passphrase)
    wrapped = aes_key_wrap(_derive(material, other), keys)
    return material[: _HEADER_BYTES + _SALT_BYTES] + wrapped


def unwrap(material: bytes, passphrase: str) -> bytes:
    """Return the keys in the material. Raises BadKeyMaterial if the passphrase is not its own."""
    _ensure_well_formed(material)
    try:
        return aes_key_unwrap(
            _derive(material, passphrase), material[_HEADER_BYTES + _SALT_BYTES :]
        )
    except InvalidUnwrap as error:
        raise BadKeyMaterial from error


def _ensure_well_formed(material: bytes) -> None:
    wrapped = len(material) - _HEADER_BYTES - _SALT_BYTES - _CHECK_BYTES
    if wrapped <= 0 or material[:3] != _SIGNATURE:
        raise BadKeyMaterial
    length = material[15] * 4
    has_salt = material[14] * 4 == _SALT_BYTES
    if not has_salt or length not in _KEY_BYTES or wrapped not in {length, 2 * length}:
        raise BadKeyMaterial


def _derive(material: bytes, passphrase: str) -> bytes:
    """Return the key that wraps: PBKDF2 with the last half of the salt."""
    salt = material[_HEADER_BYTES + _SALT_BYTES // 2 : _HEADER_BYTES + _SALT_BYTES]
    secret = passphrase.encode()
    return hashlib.pbkdf2_hmac("sha1", secret, salt, _ITERATIONS, material[15] * 4)
