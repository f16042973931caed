"""Signatures of Stripe's webhooks. Apart from the client, whose SDK takes time to import.

See https://docs.stripe.com/webhooks#verify-manually.
"""

import hmac
import re
import time

TOLERANCE_S = 300

_PART = re.compile(r"(?:^|,)\s*(t|v1)=([0-9a-f]{1,64})(?=\s*(?:,|$))")
# Stripe signs with two secrets while one replaces the other.
_MAX_PARTS = 16


def is_signed(secret: str, body: bytes, header: str) -> bool:
    """Return whether a webhook is signed by Stripe and at most five minutes old."""
    parts = _PART.findall(header)
    times = [value for name, value in parts if name == "t"]
    if len(times) != 1 or len(parts) > _MAX_PARTS or not times[0].isdecimal():
        return False
    try:
        # What Stripe signs is text.
        body.decode()
    except UnicodeDecodeError:
        return False
    expected = hmac.digest(secret.encode(), times[0].encode() + b"." + body, "sha256").hex()
    signatures = [value for name, value in parts if name == "v1"]
    is_valid = any(hmac.compare_digest(expected, signature) for signature in signatures)
    return is_valid and int(times[0]) >= time.time() - TOLERANCE_S
