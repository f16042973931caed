"""Decides when an address is suppressed."""

import hashlib
from datetime import timedelta

from veza.core.normalize import normalize_identifier
from veza.domains.platform.suppressions.models import StoredSuppression, Suppression

# Mails that could not be delivered, one after the other, until an address gets no bulk mail.
MAX_FAILURES = 5
# After this time without a failure, those before no longer count.
FAILURES_KEPT_FOR = timedelta(days=90)


def hash_address(address: str) -> bytes:
    """Return the stored form of an address. Statements on `email_key` use `hash_key`."""
    return hashlib.sha256(normalize_identifier(address).encode()).digest()


def hash_key(key: str) -> str:
    """Return SQL for the stored form of an address whose key is in a column."""
    return f"sha256(convert_to({key}, 'UTF8'))"


def show(stored: StoredSuppression | None) -> Suppression | None:
    """Return a suppression; None if there is none yet."""
    if stored is None or stored.cause is None or stored.suppressed_at is None:
        return None
    return Suppression(stored.cause, stored.suppressed_at, stored.status)
