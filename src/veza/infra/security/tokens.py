"""JSON Web Tokens, with a fixed algorithm and fixed required claims."""

from datetime import timedelta

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
        try:
            payload = jwt.decode(
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
            return msgspec.convert(payload, claims_type)
        except (jwt.InvalidTokenError, msgspec.ValidationError) as error:
            raise BadToken from error
