"""JSON Web Tokens, with a fixed algorithm and fixed required claims."""

import time
from datetime import timedelta
from typing import Any

import jwt
import msgspec
from msgspec import Struct

from veza.core.clock import LEEWAY, now
from veza.core.ids import new_id

_ALGORITHM = "HS256"
_ISSUER = "veza"


class BadToken(Exception):
    """The signature or the audience of a token is wrong, or it has expired."""


class TokenSigner:
    """Signs and verifies tokens for one audience."""

    def __init__(self, key: bytes, *, audience: str, lifetime: timedelta) -> None:
        self._key = key
        self._audience = audience
        self.lifetime = lifetime

    def sign(self, claims: Struct) -> str:
        """Return a token with the claims, valid for `lifetime`."""
        issued = now()
        payload = msgspec.to_builtins(claims) | {
            "iss": _ISSUER,
            "aud": self._audience,
            "iat": issued,
            "exp": issued + self.lifetime,
            "jti": str(new_id()),
        }
        return jwt.encode(payload, self._key, algorithm=_ALGORITHM)

    def read[C: Struct](self, token: str, claims_type: type[C], *, expired_too: bool = False) -> C:
        """Verify a token and return its claims. Raises BadToken.

        `expired_too` accepts expired tokens, to identify their owner.
        """
        return _convert(self._verify(token, expired_too=expired_too), claims_type)

    def read_with_end[C: Struct](self, token: str, claims_type: type[C]) -> tuple[C, int]:
        """Verify a token; return its claims, and until when it is valid in Unix seconds."""
        payload = self._verify(token, expired_too=False)
        return _convert(payload, claims_type), int(payload["exp"]) + LEEWAY.seconds

    def _verify(self, token: str, *, expired_too: bool) -> dict[str, Any]:
        try:
            return jwt.decode(
                token,
                self._key,
                algorithms=[_ALGORITHM],
                audience=self._audience,
                issuer=_ISSUER,
                # The clock of the node that signed it may differ.
                leeway=LEEWAY,
                options={
                    "require": ["exp", "iat", "aud", "iss", "sub", "jti"],
                    "verify_exp": not expired_too,
                },
            )
        except jwt.InvalidTokenError as error:
            raise BadToken from error


class TokenCache[T]:
    """Remembers what verified tokens said, until they expire: verifying takes about 50 µs.

    Bounded: the older half is forgotten when it is full, and verified again. Whether a session has
    ended is not remembered: check that for each request.
    """

    def __init__(self, max_tokens: int = 8192) -> None:
        self._max_tokens = max_tokens
        self._found: dict[str, tuple[T, int]] = {}

    def find(self, token: str) -> T | None:
        """Return what a token said, unless it has expired or is unknown."""
        found = self._found.get(token)
        if found is None:
            return None
        if time.time() >= found[1]:
            del self._found[token]
            return None
        return found[0]

    def add(self, token: str, said: T, until: int) -> None:
        """Remember a verified token until a time in Unix seconds."""
        if len(self._found) >= self._max_tokens:
            self._found = dict(list(self._found.items())[self._max_tokens // 2 :])
        self._found[token] = said, until

    def __len__(self) -> int:
        """Return the number of remembered tokens."""
        return len(self._found)


def _convert[C: Struct](payload: dict[str, Any], claims_type: type[C]) -> C:
    try:
        return msgspec.convert(payload, claims_type)
    except msgspec.ValidationError as error:
        raise BadToken from error
