"""Signatures of Hyperswitch's webhooks. Apart from the client, which imports httpx."""

import hmac


def sign(secret: str, body: bytes) -> str:
    """Return the signature of the raw body of a webhook: HMAC-SHA512 in hex."""
    return hmac.digest(secret.encode(), body, "sha512").hex()


def is_signed(secret: str, body: bytes, signature: str) -> bool:
    """Return whether a signature matches a body, compared in constant time."""
    return hmac.compare_digest(sign(secret, body).encode(), signature.lower().encode())
