"""The intervals at which a provider is polled about disputes, and their end."""

from datetime import datetime, timedelta

# The first poll of a provider covers disputes of this time.
FIRST_POLL_COVERS = timedelta(days=180)
# Each poll overlaps with the previous poll by this time: a provider may list a dispute late.
POLL_OVERLAP = timedelta(days=1)
# A poll lists at most this many disputes on this many pages: more would mean an error.
PAGE_SIZE = 100
MAX_PAGES = 50
# An open dispute is checked at this interval, in batches of this size, until it has this age.
CHECK_INTERVAL = timedelta(hours=6)
CHECK_BATCH = 50
MAX_AGE = timedelta(days=400)


def list_since(polled_until: datetime | None, moment: datetime) -> datetime:
    """Return since when unknown disputes may have been opened."""
    if polled_until is None:
        return moment - FIRST_POLL_COVERS
    return polled_until - POLL_OVERLAP
