"""Encryption of secrets that are stored in the database and shown to their owner again.

AES-256-GCM. Keys are numbered from 1: the last one encrypts, all of them decrypt. The context (the
associated data) ties a ciphertext to its row, so that it cannot be moved to another.
"""

import hashlib
import os
from collections.abc import Callable, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

_NONCE_BYTES = 12


class DecryptionFailed(Exception):
    """A ciphertext cannot be decrypted: its key is missing, or it was modified."""


class Encrypted(Struct, frozen=True):
    """A ciphertext, with the number of its key."""

    content: bytes
    number: int


class Encryptor:
    """Encrypts and decrypts texts.

    `load` returns the keys. It is called again for a key number that is not known yet, because
    another process has added it.
    """

    def __init__(self, load: Callable[[], Sequence[str]]) -> None:
        self._load = load
        self._keys = _read(load())

    @property
    def number(self) -> int:
        """The number of the key that encrypts."""
        return len(self._keys)

    def encrypt(self, text: str, context: str) -> Encrypted:
        """Encrypt a text; the same context is needed to decrypt it."""
        nonce = os.urandom(_NONCE_BYTES)
        content = self._keys[-1].encrypt(nonce, text.encode(), context.encode())
        return Encrypted(nonce + content, self.number)

    def decrypt(self, encrypted: Encrypted, context: str) -> str:
        """Decrypt a text. Raises DecryptionFailed."""
        if encrypted.number > self.number:
            self._keys = _read(self._load())
        if not 0 < encrypted.number <= self.number:
            raise DecryptionFailed
        nonce = encrypted.content[:_NONCE_BYTES]
        content = encrypted.content[_NONCE_BYTES:]
        try:
            return (
                self._keys[encrypted.number - 1].decrypt(nonce, content, context.encode()).decode()
            )
        except (InvalidTag, ValueError) as error:
            raise DecryptionFailed from error


def _read(keys: Sequence[str]) -> list[AESGCM]:
    return [AESGCM(hashlib.sha256(key.encode()).digest()) for key in keys]
