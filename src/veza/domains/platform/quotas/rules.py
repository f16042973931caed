"""Decisions without I/O: the one place that says whether an upload fits."""

from veza.domains.platform.quotas.errors import (
    QuotaExceeded,
    QuotaOfObjectsExceeded,
    TooManyUploads,
)
from veza.domains.platform.quotas.models import Held, Limit, Standing, StorageQuota, Usage

# How much is reserved at a time for an upload that doesn't say how long it is.
STEP_BYTES = 16 * 1024 * 1024
# When a process renews its reservations, and after how long one that isn't renewed has ended.
RENEW_EACH_S = 20.0
RESERVED_S = 90
_RETRY_AFTER_S = 5


def left_bytes(limit: Limit, standing: Standing, held: Held | None = None) -> int:
    """Return how many bytes are left beside what is kept and what is reserved."""
    kept = standing.bytes if held is None else held.bytes
    return max(0, limit.bytes - kept - standing.reserved_bytes)


def most_bytes(limit: Limit, standing: Standing, held: Held | None = None) -> int:
    """Return how large an upload may be at most."""
    largest = 0 if held is None else held.largest_bytes
    return max(left_bytes(limit, standing, held), largest)


def ensure_may_begin(standing: Standing, limit: Limit, uploads_at_once: int) -> None:
    """Raise TooManyUploads or QuotaOfObjectsExceeded where no further upload may begin."""
    if standing.uploads >= uploads_at_once:
        raise TooManyUploads(retry_after=_RETRY_AFTER_S)
    _ensure_objects(standing.objects + standing.reserved_objects, limit)


def ensure_fits(size: int, limit: Limit, standing: Standing, held: Held | None = None) -> None:
    """Raise QuotaExceeded where an upload of at least `size` bytes finds no room."""
    if size > most_bytes(limit, standing, held):
        raise QuotaExceeded(left_bytes(limit, standing, held))


def ensure_may_end(size: int, limit: Limit, standing: Standing) -> None:
    """Raise QuotaExceeded or QuotaOfObjectsExceeded where what is stored can't be kept.

    What other uploads have reserved is left aside: each of them is held to this when it ends.
    """
    _ensure_objects(standing.objects, limit)
    left = max(0, limit.bytes - standing.bytes)
    if size > left:
        raise QuotaExceeded(left)


def first_bytes(announced: int, most: int) -> int:
    """Return how much to reserve at the beginning; `announced` is 0 where nothing was said."""
    return min(announced or STEP_BYTES, most)


def next_bytes(size: int, most: int) -> int:
    """Return how much to reserve for an upload that became `size` bytes, and goes on."""
    return min(size + STEP_BYTES, most)


def show_quota(limit: Limit, usage: Usage) -> StorageQuota:
    """Show how much of one kind a member may keep, and does."""
    return StorageQuota(
        kind=usage.kind,
        max_bytes=limit.bytes,
        used_bytes=usage.bytes,
        left_bytes=max(0, limit.bytes - usage.bytes),
        max_objects=limit.objects,
        used_objects=usage.objects,
    )


def _ensure_objects(count: int, limit: Limit) -> None:
    if limit.objects is not None and count >= limit.objects:
        raise QuotaOfObjectsExceeded(limit.objects)
