"""Decisions without I/O: how often a provider is asked about disputes, and for how long."""

from datetime import datetime, timedelta

# The first time, a provider is asked about the disputes of so long.
BEGUN_WITHIN = timedelta(days=180)
# Later about the time since it was asked last, and so much more: a dispute may be listed late.
LISTED_WITHIN = timedelta(days=1)
# So many are asked for at once, and so many times: more begin only if something is wrong.
LISTED_AT_ONCE = 100
MAX_PAGES = 50
# An open dispute is asked about so often, so many of them at once, until it is so old.
ASKED_AGAIN_AFTER = timedelta(hours=6)
ASKED_AT_ONCE = 50
ENDED_WITHIN = timedelta(days=400)


def list_since(polled_until: datetime | None, moment: datetime) -> datetime:
    """Return since when disputes may have begun of which nobody told us."""
    if polled_until is None:
        return moment - BEGUN_WITHIN
    return polled_until - LISTED_WITHIN
