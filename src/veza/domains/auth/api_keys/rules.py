"""Decisions without I/O: what a key looks like, and until when it may hold."""

import hashlib
import re
from datetime import datetime, timedelta

from veza.core.errors import Fault, Invalid

MAX_KEYS = 100
KEY_BEGINNING = "veza_sk_"
PREFIX_LENGTH = 12
# A revoked key is kept a while, so that its member can still learn when it was used last.
REVOKED_KEPT_FOR = timedelta(days=30)

_KEY = re.compile(rf"{KEY_BEGINNING}[A-Za-z0-9_-]{{43}}")


def looks_like_key(text: str) -> bool:
    """Tell whether a text can be a key at all."""
    return _KEY.fullmatch(text) is not None


def hash_of(key: str) -> bytes:
    """Make what is stored of a key. It is random and long: a slow hash would add nothing."""
    return hashlib.sha256(key.encode()).digest()


def ensure_future(expires_at: datetime | None, moment: datetime) -> None:
    """Raise Invalid where a key would be over before it begins."""
    if expires_at is not None and expires_at <= moment:
        raise Invalid(details=[Fault("expires_at", "This must lie in the future.")])
