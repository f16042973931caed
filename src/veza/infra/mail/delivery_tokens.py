"""Signed tokens in mails, by which reports of their delivery prove which mail they are about.

They are in the Message-ID and in the address for bounces. Nobody can create one for the address of
another, and who gets a mail has only that of their own address.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable
from uuid import UUID

from msgspec import Struct

from veza.core.ids import read_short, write_short
from veza.core.normalize import normalize_identifier

_SIGNATURE_BYTES = 15
_TOKEN = re.compile(r"(?<![a-z2-7])([a-z2-7]{26})-([a-z2-7]{24})(?![a-z2-7])", re.IGNORECASE)


class DeliveryToken(Struct, frozen=True):
    """A token as it came back: the id of the delivery, and an unverified signature."""

    delivery_id: UUID
    signature: str


class DeliveryTokens(Struct, frozen=True):
    """Signs and verifies tokens with a key of the installation."""

    key: bytes

    def write(self, delivery_id: UUID, address: str) -> str:
        """Return the token of a mail: 51 characters that case doesn't distinguish."""
        return f"{write_short(delivery_id)}-{self._sign(delivery_id, address)}"

    def is_of(self, token: DeliveryToken, address: str) -> bool:
        """Return whether this server sent the mail of a token to an address."""
        expected = self._sign(token.delivery_id, address)
        return hmac.compare_digest(expected.encode(), token.signature.encode())

    def find_address(self, token: DeliveryToken, addresses: Iterable[str]) -> str | None:
        """Return the first address to which the mail of a token was sent."""
        return next((each for each in addresses if self.is_of(token, each)), None)

    def _sign(self, delivery_id: UUID, address: str) -> str:
        signed = delivery_id.bytes + normalize_identifier(address).encode()
        digest = hmac.digest(self.key, signed, hashlib.sha256)[:_SIGNATURE_BYTES]
        return base64.b32encode(digest).decode().lower()


def is_token(text: str) -> bool:
    """Return whether a text is what `DeliveryTokens.write` returns, valid or not."""
    return _TOKEN.fullmatch(text) is not None and text.islower()


def find_tokens(text: str) -> list[DeliveryToken]:
    """Return what has the form of tokens in a text, such as a Message-ID."""
    found: list[DeliveryToken] = []
    for match in _TOKEN.finditer(text):
        delivery_id = read_short(match[1].lower())
        if delivery_id is not None:
            found.append(DeliveryToken(delivery_id, match[2].lower()))
    return found
