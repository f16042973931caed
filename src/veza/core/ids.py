"""Ids. Each type has its NewType, so that ids can't be mixed up."""

import base64
import os
import time
from datetime import UTC, datetime, timedelta
from typing import NewType
from uuid import UUID

UserId = NewType("UserId", UUID)
InvitationId = NewType("InvitationId", UUID)
SessionId = NewType("SessionId", UUID)
ApiKeyId = NewType("ApiKeyId", UUID)
IdentityId = NewType("IdentityId", UUID)
AppPasswordId = NewType("AppPasswordId", UUID)
PasskeyId = NewType("PasskeyId", UUID)
TrackId = NewType("TrackId", UUID)
CommentId = NewType("CommentId", UUID)
PlaylistId = NewType("PlaylistId", UUID)
ShowId = NewType("ShowId", UUID)
PlaylistEntryId = NewType("PlaylistEntryId", UUID)
ReleaseId = NewType("ReleaseId", UUID)
TextFilterId = NewType("TextFilterId", UUID)
BulkRunId = NewType("BulkRunId", UUID)
AnnouncementId = NewType("AnnouncementId", UUID)
ReportId = NewType("ReportId", UUID)
ModerationActionId = NewType("ModerationActionId", UUID)
MemberNoteId = NewType("MemberNoteId", UUID)
AppealId = NewType("AppealId", UUID)
TakedownId = NewType("TakedownId", UUID)
CopyrightNoticeId = NewType("CopyrightNoticeId", UUID)
JobId = NewType("JobId", UUID)
AuditEventId = NewType("AuditEventId", UUID)
ProfileId = NewType("ProfileId", UUID)
CreditId = NewType("CreditId", UUID)
ImageId = NewType("ImageId", UUID)
BroadcastId = NewType("BroadcastId", UUID)
BroadcastRecipientId = NewType("BroadcastRecipientId", UUID)
MailSubscriptionId = NewType("MailSubscriptionId", UUID)
PostId = NewType("PostId", UUID)
PostCommentId = NewType("PostCommentId", UUID)
RosterEntryId = NewType("RosterEntryId", UUID)
ProfileInvitationId = NewType("ProfileInvitationId", UUID)
ConversationId = NewType("ConversationId", UUID)
MessageId = NewType("MessageId", UUID)
NotificationId = NewType("NotificationId", UUID)
PushSubscriptionId = NewType("PushSubscriptionId", UUID)
PostingId = NewType("PostingId", UUID)
SubjectId = NewType("SubjectId", UUID)
WebhookEventId = NewType("WebhookEventId", UUID)
ProductId = NewType("ProductId", UUID)
ProductFileId = NewType("ProductFileId", UUID)
CodeBatchId = NewType("CodeBatchId", UUID)
DiscountId = NewType("DiscountId", UUID)
BundleId = NewType("BundleId", UUID)
VariantId = NewType("VariantId", UUID)
TierId = NewType("TierId", UUID)
MembershipId = NewType("MembershipId", UUID)
SplitId = NewType("SplitId", UUID)
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
StreamRecordingId = NewType("StreamRecordingId", UUID)
StreamClipId = NewType("StreamClipId", UUID)
RestreamTargetId = NewType("RestreamTargetId", UUID)
StationId = NewType("StationId", UUID)
StationRotationId = NewType("StationRotationId", UUID)
StationTakeoverId = NewType("StationTakeoverId", UUID)
StationRequestId = NewType("StationRequestId", UUID)
BlobId = NewType("BlobId", UUID)
FileId = NewType("FileId", UUID)
FileVersionId = NewType("FileVersionId", UUID)
FileShareId = NewType("FileShareId", UUID)
GearId = NewType("GearId", UUID)
RepairId = NewType("RepairId", UUID)
GearDocumentId = NewType("GearDocumentId", UUID)
ExportId = NewType("ExportId", UUID)
ArchiveId = NewType("ArchiveId", UUID)
FileSnapshotId = NewType("FileSnapshotId", UUID)
CommissionEntryId = NewType("CommissionEntryId", UUID)

# Less than all other ids: the start of an iteration.
LOWEST_ID = UUID(int=0)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def new_id() -> UUID:
    """Create a UUID of version 7 (RFC 9562). Ids sort by creation time, in microseconds.

    The 12 bits after the milliseconds hold the fraction of the millisecond (method 3 of the RFC).
    """
    return UUID(int=_new_number())


def new_id_text() -> str:
    """Create an id as `new_id` does, as text: without the UUID, in half of the time."""
    digits = f"{_new_number():032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def time_of(value: UUID) -> datetime:
    """Return when an id was created, in microseconds."""
    fraction = value.int >> 64 & 0xFFF
    return _EPOCH + timedelta(milliseconds=value.int >> 80, microseconds=fraction * 1000 // 4096)


def lowest_id(moment: datetime) -> UUID:
    """Return the lowest id of a time: all ids created before are less."""
    microseconds = max(0, (moment - _EPOCH) // timedelta(microseconds=1))
    milliseconds, rest = divmod(microseconds, 1000)
    # The smallest fraction that `time_of` converts to this microsecond or a later one.
    fraction = -(-rest * 4096 // 1000)
    return UUID(int=milliseconds << 80 | 7 << 76 | fraction << 64 | 2 << 62)


def write_short(value: UUID) -> str:
    """Return an id as 26 letters and digits, for providers that allow no longer ids."""
    return base64.b32encode(value.bytes).rstrip(b"=").decode().lower()


def read_short(text: str) -> UUID | None:
    """Parse the result of `write_short`. Return None for any other text."""
    try:
        value = UUID(bytes=base64.b32decode(text.upper() + "=" * (-len(text) % 8)))
    except ValueError:
        return None
    return value if write_short(value) == text else None


def _new_number() -> int:
    milliseconds, nanoseconds = divmod(time.time_ns(), 1_000_000)
    fraction = nanoseconds * 4096 // 1_000_000
    random = int.from_bytes(os.urandom(8)) & ((1 << 62) - 1)
    return milliseconds << 80 | 7 << 76 | fraction << 64 | 2 << 62 | random
