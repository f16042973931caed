"""Limits of mails to one address, and the keys of their counters."""

import hashlib

from veza.core.normalize import normalize_identifier

# To one address, from all members together, within the window.
MAIL_WINDOW_S = 3600
MAX_MAILS_TO_ADDRESS = 5
# Mails that one network asks for, to any address.
MAX_REQUESTS_FROM_IP = 20


def mail_count_key(purpose: str, address: str) -> str:
    """Return the key that counts mails to an address, without revealing it."""
    digest = hashlib.sha256(normalize_identifier(address).encode()).hexdigest()[:32]
    return f"mail:{purpose}:{digest}"
