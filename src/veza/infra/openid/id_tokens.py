"""Verification of ID tokens (OpenID Connect Core 1.0, section 3.1.3.7)."""

import time
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet
from msgspec import Meta, Struct

from veza.core.foreign_json import decode_json

# Signatures by a key that only the provider has: never `none`, nor a secret that both sides know.
ALGORITHMS = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA", "Ed25519"),
)
# Clocks differ.
_LEEWAY_S = 60
# A token is issued for this exchange.
_MAX_AGE_S = 15 * 60


class UntrustedToken(Exception):
    """A token does not prove anything. The text says why, for the log."""


class UnknownKey(UntrustedToken):
    """No key fits: the provider may have a new one."""


class ExpectedToken(Struct, frozen=True):
    """The claims that a token must have."""

    issuer: str
    client_id: str
    nonce: str


class IdTokenClaims(Struct, frozen=True):
    """The claims that are checked."""

    iss: str
    sub: Annotated[str, Meta(min_length=1, max_length=255)]
    aud: str | list[str]
    exp: int | float
    iat: int | float
    nonce: str | None = None
    azp: str | None = None
    nbf: int | float | None = None


def verify(token: str, keys: KeySet, expected: ExpectedToken) -> dict[str, Any]:
    """Return the claims of a token. Raises UntrustedToken, and UnknownKey if another key may fit.

    The signature is verified first. Of several keys without an id in the token, each is tried.
    """
    payload = _verify_signature(token, keys)
    try:
        claims = decode_json(payload, IdTokenClaims)
        found: dict[str, Any] = decode_json(payload)
    except msgspec.DecodeError as error:
        raise UntrustedToken(f"claims: {error}") from error
    _check(claims, expected)
    return found


def _verify_signature(token: str, keys: KeySet) -> bytes:
    try:
        header = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError) as error:
        raise UntrustedToken("it is no signed token") from error
    if header.get("alg") not in ALGORITHMS:
        raise UntrustedToken("its algorithm is not allowed")
    candidates = _find_keys(keys, header.get("kid"))
    for key in candidates:
        try:
            return jws.deserialize_compact(token, key, list(ALGORITHMS)).payload
        except (JoseError, ValueError):
            # Of another type, or another key of several.
            continue
    if header.get("kid") is not None and candidates:
        raise UntrustedToken("its signature is wrong")
    raise UnknownKey("no key fits")


def _find_keys(keys: KeySet, key_id: object) -> Sequence[Key]:
    """Return the keys that may have signed a token: with its key id, or all for signatures."""
    return [
        key
        for key in keys.keys
        if key.get("use") in {None, "sig"} and (key_id is None or key.kid == key_id)
    ]


def _check(claims: IdTokenClaims, expected: ExpectedToken) -> None:
    now = time.time()
    audience = [claims.aud] if isinstance(claims.aud, str) else claims.aud
    checks = {
        "issuer": claims.iss == expected.issuer,
        "audience": expected.client_id in audience,
        "authorized party": claims.azp == expected.client_id
        or (claims.azp is None and len(audience) == 1),
        "nonce": claims.nonce == expected.nonce,
        "expiry": claims.exp > now - _LEEWAY_S,
        "time of issue": now - _MAX_AGE_S < claims.iat < now + _LEEWAY_S,
        "start": claims.nbf is None or claims.nbf < now + _LEEWAY_S,
    }
    if wrong := [name for name, is_right in checks.items() if not is_right]:
        raise UntrustedToken(f"wrong: {', '.join(wrong)}")
