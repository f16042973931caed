"""Decisions without I/O: everything here can be tested with plain values."""

import hashlib
from datetime import timedelta
from urllib.parse import urlsplit

from veza.core.ids import UserId

LINK_LIFETIME = timedelta(minutes=5)


def account_key(user_id: UserId) -> str:
    """Give the key under which a seller's account is opened, with any company."""
    return f"account:{user_id}"


def hash_link(token: str) -> bytes:
    """Give what is kept of the token of a link."""
    return hashlib.sha256(token.encode()).digest()


def find_origin(url: str) -> str:
    """Tell where a URL of ours lies, so that another one can be put there."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
