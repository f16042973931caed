"""Attachments, as stored and as shown."""

from datetime import datetime

from msgspec import Struct

from veza.core.ids import BlobId, FileId, FileSnapshotId, ImageId, MessageId
from veza.domains.images.models import Image, SizedImage


class NewAttachments(Struct, frozen=True):
    """The images and the file of a new message."""

    image_ids: list[ImageId]
    file_id: FileId | None


class StoredMessageFile(Struct, frozen=True):
    """The file of a message as stored."""

    id: FileSnapshotId
    name: str
    size_bytes: int
    content_type: str


class MessageFile(Struct, frozen=True):
    """A file as it was when it was sent. Members who can read the message download it by `url`.

    They play audio by `audio_url`, which is null for other files and for those above 200 MiB.
    """

    name: str
    size_bytes: int
    content_type: str
    url: str
    audio_url: str | None


class StoredAttachments(Struct, frozen=True):
    """The images and the file of a message, as stored."""

    images: list[SizedImage]
    file: StoredMessageFile | None


class Attachments(Struct, frozen=True):
    """The images and the file of a message, as shown."""

    images: list[Image]
    file: MessageFile | None


class ExportedMessageImage(Struct, frozen=True):
    """An image of a message in an export of personal data."""

    id: ImageId
    message_id: MessageId


class ExportedMessageFile(Struct, frozen=True):
    """A file of a message in an export of personal data."""

    id: FileSnapshotId
    message_id: MessageId
    name: str
    size_bytes: int
    content_type: str
    sha256: str
    created_at: datetime


class ExportedAttachments(Struct, frozen=True):
    """All images and files that a member sent."""

    images: list[ExportedMessageImage]
    files: list[ExportedMessageFile]


class OrphanedContent(Struct, frozen=True):
    """A content that a member sent, and that is no longer in any of their files."""

    id: FileSnapshotId
    name: str
    blob_id: BlobId
    size_bytes: int
