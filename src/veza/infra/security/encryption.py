"""Sealing: what must be shown again to whom it belongs, and to nobody who reads the database.

AES-256-GCM. Keys have numbers, from 1: the last one seals, all of them open. What is sealed is
bound to what it is about, so that no row can be put in another's place.
"""

import hashlib
import os
from collections.abc import Callable, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

_NONCE_BYTES = 12


class DecryptionFailed(Exception):
    """What was sealed can't be opened: its key is lost, or somebody changed it."""


class Encrypted(Struct, frozen=True):
    """A text that nobody reads without the key of that number."""

    content: bytes
    number: int


class Encryptor:
    """Seals texts, and opens them again.

    `load` reads the keys: again, too, where something was sealed with one that isn't known yet,
    because another process drew it meanwhile.
    """

    def __init__(self, load: Callable[[], Sequence[str]]) -> None:
        self._load = load
        self._keys = _read(load())

    @property
    def number(self) -> int:
        """The number of the key that seals."""
        return len(self._keys)

    def seal(self, text: str, about: str) -> Encrypted:
        """Seal a text that is about something."""
        nonce = os.urandom(_NONCE_BYTES)
        content = self._keys[-1].encrypt(nonce, text.encode(), about.encode())
        return Encrypted(nonce + content, self.number)

    def open(self, sealed: Encrypted, about: str) -> str:
        """Open what was sealed about the same thing. Raises SealBroken."""
        if sealed.number > self.number:
            self._keys = _read(self._load())
        if not 0 < sealed.number <= self.number:
            raise DecryptionFailed
        nonce, content = sealed.content[:_NONCE_BYTES], sealed.content[_NONCE_BYTES:]
        try:
            return self._keys[sealed.number - 1].decrypt(nonce, content, about.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise DecryptionFailed from error


def _read(keys: Sequence[str]) -> list[AESGCM]:
    return [AESGCM(hashlib.sha256(key.encode()).digest()) for key in keys]
