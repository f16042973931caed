"""Keys and links of the sandbox."""

import hashlib
from datetime import timedelta
from urllib.parse import urlsplit

from veza.core.ids import UserId

LINK_LIFETIME = timedelta(minutes=5)


def account_key(user_id: UserId) -> str:
    """Return the idempotency key with which a seller's account is opened."""
    return f"account:{user_id}"


def hash_link(token: str) -> bytes:
    """Return the hash under which the token of a link is stored."""
    return hashlib.sha256(token.encode()).digest()


def origin_of(url: str) -> str:
    """Return scheme and host of a URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
