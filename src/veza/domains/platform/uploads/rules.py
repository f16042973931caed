"""Decisions without I/O: whether an upload fits into a quota, and how much it reserves."""

from veza.domains.platform.uploads.errors import (
    QuotaExceeded,
    QuotaOfObjectsExceeded,
    TooManyUploads,
)
from veza.domains.platform.uploads.models import (
    CurrentUsage,
    QuotaLimit,
    StorageQuota,
    StorageUsage,
)

# How much is reserved at a time for an upload of unknown length.
STEP_BYTES = 16 * 1024 * 1024
# How often a process renews its reservations, and how long they last without.
RENEW_EACH_S = 20.0
RESERVED_S = 90.0
_RETRY_AFTER_S = 5


def left_bytes(limit: QuotaLimit, usage: CurrentUsage) -> int:
    """Return how many bytes are neither used nor reserved."""
    return max(0, limit.bytes - usage.bytes - usage.reserved_bytes)


def max_upload_bytes(limit: QuotaLimit, usage: CurrentUsage, largest_bytes: int = 0) -> int:
    """Return how large an upload may become; up to `largest_bytes` it may need no storage."""
    return max(left_bytes(limit, usage), largest_bytes)


def ensure_may_begin(usage: CurrentUsage, limit: QuotaLimit, uploads_at_once: int) -> None:
    """Raise TooManyUploads or QuotaOfObjectsExceeded if no further upload may begin."""
    if usage.uploads >= uploads_at_once:
        raise TooManyUploads(retry_after=_RETRY_AFTER_S)
    _ensure_objects(usage.objects + usage.reserved_objects, limit)


def ensure_fits(
    size: int, limit: QuotaLimit, usage: CurrentUsage, *, largest_bytes: int = 0
) -> None:
    """Raise QuotaExceeded if there is no space for an upload of at least `size` bytes."""
    if size > max_upload_bytes(limit, usage, largest_bytes):
        raise QuotaExceeded(left_bytes(limit, usage))


def ensure_may_end(size: int, limit: QuotaLimit, usage: CurrentUsage) -> None:
    """Raise QuotaExceeded or QuotaOfObjectsExceeded if the stored files exceed the quota.

    Reservations of other uploads don't count here: each is checked when it ends.
    """
    _ensure_objects(usage.objects, limit)
    left = max(0, limit.bytes - usage.bytes)
    if size > left:
        raise QuotaExceeded(left)


def first_bytes(announced: int, most: int) -> int:
    """Return how much to reserve at the beginning; `announced` is 0 if unknown."""
    return min(announced or STEP_BYTES, most)


def next_bytes(size: int, most: int) -> int:
    """Return how much to reserve for an upload that has reached `size` bytes."""
    return min(size + STEP_BYTES, most)


def show_quota(limit: QuotaLimit, usage: StorageUsage) -> StorageQuota:
    """Return the quota of a kind with its usage."""
    return StorageQuota(
        kind=usage.kind,
        max_bytes=limit.bytes,
        used_bytes=usage.bytes,
        left_bytes=max(0, limit.bytes - usage.bytes),
        max_objects=limit.objects,
        used_objects=usage.objects,
    )


def _ensure_objects(count: int, limit: QuotaLimit) -> None:
    if limit.objects is not None and count >= limit.objects:
        raise QuotaOfObjectsExceeded(limit.objects)
