"""Signing and checking JSON Web Tokens, with everything pinned that an attacker could choose."""

from datetime import timedelta

import jwt
import msgspec
from msgspec import Struct

from veza.core.clock import LEEWAY, now
from veza.core.ids import new_id

_ALGORITHM = "HS256"
_ISSUER = "veza"


class BadToken(Exception):
    """The token isn't ours, is not of this kind, or has expired."""


class TokenSigner:
    """Makes and reads tokens of one kind: `audience` keeps the kinds apart."""

    def __init__(self, key: bytes, *, audience: str, lifetime: timedelta) -> None:
        self._key = key
        self._audience = audience
        self.lifetime = lifetime

    def sign(self, claims: Struct) -> str:
        """Make a token of the claims, which lives as long as this kind does."""
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
        """Check a token and give its claims. Raises BadToken.

        `expired_too` reads one whose time is over: for what must only know whose it was.
        """
        try:
            payload = jwt.decode(
                token,
                self._key,
                algorithms=[_ALGORITHM],
                audience=self._audience,
                issuer=_ISSUER,
                # Another node may have signed it, whose clock differs a little.
                leeway=LEEWAY,
                options={
                    "require": ["exp", "iat", "aud", "iss", "sub", "jti"],
                    "verify_exp": not expired_too,
                },
            )
            return msgspec.convert(payload, claims_type)
        except (jwt.InvalidTokenError, msgspec.ValidationError) as error:
            raise BadToken from error
