"""Identifiers. One NewType per noun, so that a track's id can never be passed for a user's."""

import base64
import os
import time
from datetime import UTC, datetime, timedelta
from typing import NewType
from uuid import UUID

UserId = NewType("UserId", UUID)
SessionId = NewType("SessionId", UUID)
ApiKeyId = NewType("ApiKeyId", UUID)
TrackId = NewType("TrackId", UUID)
CommentId = NewType("CommentId", UUID)
AnnouncementId = NewType("AnnouncementId", UUID)
ReportId = NewType("ReportId", UUID)
ModerationActionId = NewType("ModerationActionId", UUID)
JobId = NewType("JobId", UUID)
AuditEventId = NewType("AuditEventId", UUID)
ImageId = NewType("ImageId", UUID)
PostId = NewType("PostId", UUID)
PostCommentId = NewType("PostCommentId", UUID)
ConversationId = NewType("ConversationId", UUID)
MessageId = NewType("MessageId", UUID)
NotificationId = NewType("NotificationId", UUID)
PostingId = NewType("PostingId", UUID)
SubjectId = NewType("SubjectId", UUID)
WebhookEventId = NewType("WebhookEventId", UUID)
ProductId = NewType("ProductId", UUID)
ProductFileId = NewType("ProductFileId", UUID)
ReviewId = NewType("ReviewId", UUID)
OrderId = NewType("OrderId", UUID)
OrderItemId = NewType("OrderItemId", UUID)
RefundId = NewType("RefundId", UUID)
DisputeId = NewType("DisputeId", UUID)
FlagClearanceId = NewType("FlagClearanceId", UUID)
InvoiceId = NewType("InvoiceId", UUID)
TransferId = NewType("TransferId", UUID)
ReversalId = NewType("ReversalId", UUID)
StreamId = NewType("StreamId", UUID)
BlobId = NewType("BlobId", UUID)
FileId = NewType("FileId", UUID)
FileVersionId = NewType("FileVersionId", UUID)
FileShareId = NewType("FileShareId", UUID)
GearId = NewType("GearId", UUID)
RepairId = NewType("RepairId", UUID)
GearDocumentId = NewType("GearDocumentId", UUID)
ExportId = NewType("ExportId", UUID)
FileSnapshotId = NewType("FileSnapshotId", UUID)

# Before all ids: where whoever goes through all of them begins.
LOWEST_ID = UUID(int=0)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def new_id() -> UUID:
    """Make a UUID of version 7 (RFC 9562): ids sort by the time they were made, to a microsecond.

    The 12 bits after the milliseconds hold the fraction of the millisecond (method 3 of the RFC).
    """
    milliseconds, nanoseconds = divmod(time.time_ns(), 1_000_000)
    fraction = nanoseconds * 4096 // 1_000_000
    random = int.from_bytes(os.urandom(8)) & ((1 << 62) - 1)
    return UUID(int=milliseconds << 80 | 7 << 76 | fraction << 64 | 2 << 62 | random)


def time_of(made: UUID) -> datetime:
    """Tell when one of our ids was made, to a microsecond."""
    fraction = made.int >> 64 & 0xFFF
    return _EPOCH + timedelta(milliseconds=made.int >> 80, microseconds=fraction * 1000 // 4096)


def lowest_id(moment: datetime) -> UUID:
    """Tell the id below which lies all that was made before a moment."""
    microseconds = max(0, (moment - _EPOCH) // timedelta(microseconds=1))
    milliseconds, rest = divmod(microseconds, 1000)
    # The smallest fraction that `time_of` reads as this microsecond or a later one.
    fraction = -(-rest * 4096 // 1000)
    return UUID(int=milliseconds << 80 | 7 << 76 | fraction << 64 | 2 << 62)


def write_short(made: UUID) -> str:
    """Return an id as 26 letters and digits, for providers that accept no longer ones."""
    return base64.b32encode(made.bytes).rstrip(b"=").decode().lower()


def read_short(text: str) -> UUID | None:
    """Read what `write_short` wrote; None for anything else."""
    try:
        made = UUID(bytes=base64.b32decode(text.upper() + "=" * (-len(text) % 8)))
    except ValueError:
        return None
    return made if write_short(made) == text else None
