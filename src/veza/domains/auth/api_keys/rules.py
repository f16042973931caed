"""A member has up to 100 API keys, which start with `veza_sk_` and are stored as a hash."""

import hashlib
import re
from datetime import timedelta

MAX_KEYS = 100
KEY_PREFIX = "veza_sk_"
PREFIX_LENGTH = 12
# Revoked keys stay in the personal data of their member for a while.
REVOKED_KEPT_FOR = timedelta(days=30)

_KEY = re.compile(rf"{KEY_PREFIX}[A-Za-z0-9_-]{{43}}")


def looks_like_key(text: str) -> bool:
    """Return whether a text has the format of a key."""
    return _KEY.fullmatch(text) is not None


def hash_of(key: str) -> bytes:
    """Return the stored hash of a key. Keys are long and random: a slow hash is not needed."""
    return hashlib.sha256(key.encode()).digest()
