"""Proofs of work: a signed challenge, of which a hash with leading zero bits has to be found.

Nothing is stored for a challenge: it holds its difficulty, its end and a signature over both. That
a challenge is used once is for the caller to remember.
"""

import hashlib
import re
import secrets
import time
from datetime import UTC, datetime

from msgspec import Struct

from veza.core.clock import has_passed
from veza.infra.security.secrets import DerivedKeys

LIFETIME_S = 5 * 60
_PURPOSE = "proof-of-work"
# The bits, the end, a random part and the signature.
_CHALLENGE = re.compile(r"([0-9]{1,2})\.([0-9]{1,12})\.([\w-]{22})\.([\w-]{22})", re.ASCII)


class IssuedProof(Struct, frozen=True):
    """A challenge, the leading zero bits that are needed, and its end."""

    challenge: str
    bits: int
    expires_at: datetime


class ProofsOfWork:
    """Issues challenges, and checks their solutions."""

    def __init__(self, keys: DerivedKeys) -> None:
        self._keys = keys

    def issue(self, bits: int) -> IssuedProof:
        """Return a new challenge."""
        ends = int(time.time()) + LIFETIME_S
        nonce = secrets.token_urlsafe(16)
        signed = f"{bits}.{ends}.{nonce}"
        challenge = f"{signed}.{self._keys.sign(_PURPOSE, signed)}"
        return IssuedProof(challenge, bits, datetime.fromtimestamp(ends, UTC))

    def find_bits(self, challenge: str, solution: str) -> int | None:
        """Return the difficulty of a challenge; None unless it is ours, in time and solved."""
        match = _CHALLENGE.fullmatch(challenge)
        if match is None:
            return None
        signed = challenge.rpartition(".")[0]
        signature = match[4]
        if has_passed(int(match[2])) or not self._keys.is_signed(_PURPOSE, signed, signature):
            return None
        bits = int(match[1])
        return bits if is_solved(challenge, solution, bits) else None


def is_solved(challenge: str, solution: str, bits: int) -> bool:
    """Return whether SHA-256 of `challenge:solution` begins with so many zero bits."""
    digest = hashlib.sha256(f"{challenge}:{solution}".encode()).digest()
    return int.from_bytes(digest) >> (256 - bits) == 0
