"""Decides whether an upload may begin, continue and end, and how much storage it reserves."""

from base64 import b64decode
from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from veza.core.errors import required
from veza.domains.platform.uploads.errors import (
    BadMetadata,
    ChunksTooSmall,
    FilenameMissing,
    LengthFixed,
    PartsUnfinished,
    QuotaExceeded,
    QuotaOfObjectsExceeded,
    ResumableTooLarge,
    TooManyBytes,
    TooManyUploads,
    UploadEnded,
    WrongOffset,
)
from veza.domains.platform.uploads.models import (
    CurrentUsage,
    IncomingChunk,
    QuotaLimit,
    ResumableState,
    ResumableUpload,
    StorageQuota,
    StorageUsage,
)

# How much is reserved at a time for an upload of unknown length.
STEP_BYTES = 16 * 1024 * 1024
# How often a process renews its reservations, and how long they last without.
RENEW_EACH_S = 20.0
RESERVED_S = 90.0
RETRY_AFTER_S = 5

# How long a resumable upload is kept after its last bytes, at most in total, and once it has ended.
IDLE = timedelta(days=1)
LIFETIME = timedelta(days=7)
KEPT = timedelta(days=1)
# How long a writer holds an upload without a sign of life: longer than a body may be silent.
LEASE = timedelta(seconds=90)
# The resumable uploads that a member may have open, whether or not bytes are arriving for them.
MAX_RESUMABLE = 100
# The bytes of a request become durable in segments: after so many bytes, or so much time.
SEGMENT_BYTES = 16 * 1024 * 1024
SEGMENT_S = 20.0
# How small the segments of an upload may be on average, and how many may be smaller.
_MIN_SEGMENT_BYTES = 64 * 1024
_FREE_SEGMENTS = 1000
MAX_METADATA_BYTES = 16 * 1024
# The name of what a file is for, among its metadata.
PURPOSE = "purpose"
# The names that clients use for the name of a file.
_FILENAMES = ("filename", "name")
# How often a writer that completes an upload says that it is alive.
RENEW_LEASE_S = 20.0
# When an upload is completed again that could not be because of other systems.
RETRY_COMPLETION_S = 300.0
# The length of requests that pass all usual proxies: Cloudflare refuses 100 MB.
CHUNK_BYTES = 90_000_000


def left_bytes(limit: QuotaLimit, usage: CurrentUsage) -> int:
    """Return how many bytes are neither used nor reserved."""
    return max(0, limit.bytes - usage.bytes - usage.reserved_bytes)


def max_upload_bytes(limit: QuotaLimit, usage: CurrentUsage, largest_bytes: int = 0) -> int:
    """Return how large an upload may become; up to `largest_bytes` it may need no storage."""
    return max(left_bytes(limit, usage), largest_bytes)


def ensure_may_begin(usage: CurrentUsage, limit: QuotaLimit, uploads_at_once: int) -> None:
    """Raise TooManyUploads or QuotaOfObjectsExceeded if no further upload may begin."""
    if usage.uploads >= uploads_at_once:
        raise TooManyUploads(retry_after=RETRY_AFTER_S)
    _ensure_objects(usage.objects + usage.reserved_objects, limit)


def ensure_may_open(usage: CurrentUsage, limit: QuotaLimit) -> None:
    """Raise TooManyUploads or QuotaOfObjectsExceeded if no further resumable upload may begin."""
    if usage.resumable_uploads >= MAX_RESUMABLE:
        raise TooManyUploads("You have too many unfinished uploads: finish or delete some.")
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


def folder_of(upload_id: UUID) -> str:
    """Return the folder of the segments of a resumable upload."""
    return f"uploads/{upload_id}"


def key_of(upload_id: UUID, segment_id: UUID) -> str:
    """Return the storage key of a segment."""
    return f"{folder_of(upload_id)}/{segment_id}"


def ensure_may_append(upload: ResumableUpload, chunk: IncomingChunk) -> None:
    """Raise UploadEnded, WrongOffset, TooManyBytes or ChunksTooSmall if bytes may not follow."""
    if upload.state not in {ResumableState.RECEIVING, ResumableState.RECEIVED}:
        raise UploadEnded
    if upload.concat is not None or upload.final_id is not None:
        raise UploadEnded("A final upload consists of its parts, and takes no bytes.")
    if chunk.offset != upload.offset_bytes:
        raise WrongOffset
    if chunk.body_bytes > upload.length_bytes - upload.offset_bytes:
        raise TooManyBytes
    if upload.segments >= _FREE_SEGMENTS + upload.offset_bytes // _MIN_SEGMENT_BYTES:
        raise ChunksTooSmall


def ensure_length(upload: ResumableUpload, length_bytes: int, most: int) -> bool:
    """Return whether a length is new; `most` is the limit of the purpose.

    Raises LengthFixed for another one than before, or less than what arrived, ResumableTooLarge and
    QuotaExceeded.
    """
    if not upload.is_deferred and length_bytes == upload.length_bytes:
        return False
    if not upload.is_deferred or length_bytes < upload.offset_bytes:
        raise LengthFixed
    if length_bytes > most:
        raise ResumableTooLarge
    if length_bytes > upload.length_bytes:
        raise QuotaExceeded(upload.length_bytes)
    return True


def ensure_parts(found: Sequence[ResumableUpload], part_ids: Sequence[UUID], purpose: str) -> None:
    """Raise PartsUnfinished unless all parts were found, once each, and name no other purpose."""
    if not part_ids or {part.id for part in found} != set(part_ids):
        raise PartsUnfinished
    named = {read_metadata(part.metadata).get(PURPOSE, purpose) for part in found}
    if len(part_ids) != len(found) or named != {purpose}:
        raise PartsUnfinished


def read_metadata(text: str) -> dict[str, str]:
    """Return the metadata that a client sent of an upload (tus 1.0). Raises BadMetadata."""
    if len(text) > MAX_METADATA_BYTES:
        raise BadMetadata
    fields: dict[str, str] = {}
    for pair in filter(None, map(str.strip, text.split(","))):
        name, _, value = pair.partition(" ")
        if name in fields:
            raise BadMetadata
        try:
            fields[name] = b64decode(value.strip(), validate=True).decode()
        except ValueError as error:
            raise BadMetadata from error
    return fields


def filename_of(fields: Mapping[str, str]) -> str:
    """Return the name of the file. Raises FilenameMissing."""
    found = next((fields[name] for name in _FILENAMES if fields.get(name)), None)
    return required(found, FilenameMissing)
