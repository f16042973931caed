"""Key material of SRT, as encoders send it."""

import hashlib
import os

from cryptography.hazmat.primitives.keywrap import aes_key_wrap


def wrap_as_encoder(passphrase: str, key: bytes, *, length: int | None = None) -> bytes:
    """Return key material with one key, or with two of a length."""
    size = length or len(key)
    header = bytes([0x12, 0x20, 0x29, 1, 0, 0, 0, 0, 2, 0, 2, 0, 0, 0, 4, size // 4])
    salt = os.urandom(16)
    derived = hashlib.pbkdf2_hmac("sha1", passphrase.encode(), salt[8:], 2048, size)
    return header + salt + aes_key_wrap(derived, key)
