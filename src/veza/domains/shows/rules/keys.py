"""Keys of feeds: random, and found by their hash."""

import hashlib
import secrets

from veza.core.ids import ShowId
from veza.domains.shows.rules.shows import feed_path

_BYTES = 32


def generate_key() -> str:
    """Return a random key of 256 bits, URL-safe."""
    return secrets.token_urlsafe(_BYTES)


def hash_key(key: str) -> bytes:
    """Return the stored hash of a key. Keys are random: a slow hash is not needed."""
    return hashlib.sha256(key.encode(errors="replace")).digest()


def feed_url(origin: str, show_id: ShowId, key: str) -> str:
    """Return the address of the feed of a member."""
    return f"{origin}{feed_path(show_id)}?key={key}"
