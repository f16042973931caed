"""The set-up link lasts 24 hours; wrong tokens are counted for each network."""

import hashlib
import secrets
from datetime import timedelta

LINK_LIFETIME = timedelta(hours=24)


def draw_token() -> str:
    """Return a new token of 256 random bits."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> bytes:
    """Return the stored form of a token. With 256 random bits a plain hash is enough."""
    return hashlib.sha256(token.encode()).digest()


def tries_key(network: str) -> str:
    """Return the key under which the wrong tokens of a network are counted."""
    return f"setup:{network}"
