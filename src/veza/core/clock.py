"""The time, always aware and in UTC."""

import time
from datetime import UTC, datetime, timedelta

# By how much the clocks of two nodes may differ. What another node signed is accepted so much
# before it was issued and after it expired. Nodes need NTP all the same.
LEEWAY = timedelta(seconds=5)


def now() -> datetime:
    """Tell the present moment."""
    return datetime.now(UTC)


def has_passed(expires: int) -> bool:
    """Return whether a moment that a node signed, in Unix seconds, has passed on every node."""
    return time.time() > expires + LEEWAY.total_seconds()
