"""The time, always with time zone UTC."""

import time
from datetime import UTC, datetime, timedelta

# The maximum difference between the clocks of two nodes (which need NTP). Signatures of other nodes
# are accepted this long before they were issued and after they expired.
LEEWAY = timedelta(seconds=5)


def now() -> datetime:
    """Return the current time."""
    return datetime.now(UTC)


def has_passed(expires: int) -> bool:
    """Return whether a signed expiry, in Unix seconds, has passed on every node."""
    return time.time() > expires + LEEWAY.total_seconds()
