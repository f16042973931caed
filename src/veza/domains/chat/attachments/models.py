"""The nouns of the domain, as they are stored and as they are shown."""

from datetime import datetime

from msgspec import Struct

from veza.core.ids import BlobId, FileId, ImageId, MessageId, ParcelId
from veza.domains.images.models import ShownImage, SizedImage


class NewAttachments(Struct, frozen=True):
    """What is to hang on a message."""

    image_ids: list[ImageId]
    file_id: FileId | None


class StoredMessageFile(Struct, frozen=True):
    """A file as it was sent, as it is stored."""

    id: ParcelId
    name: str
    size_bytes: int
    content_type: str


class MessageFile(Struct, frozen=True):
    """A file as it was when it was sent. Who may read the message gets it by its URL."""

    name: str
    size_bytes: int
    content_type: str
    url: str


class StoredAttachments(Struct, frozen=True):
    """What hangs on a message, as it is stored."""

    images: list[SizedImage]
    file: StoredMessageFile | None


class Attachments(Struct, frozen=True):
    """What hangs on a message, as it is shown."""

    images: list[ShownImage]
    file: MessageFile | None


class ExportedMessageImage(Struct, frozen=True):
    """An image on a message, for handing out: what it is stands with the images."""

    id: ImageId
    message_id: MessageId


class ExportedMessageFile(Struct, frozen=True):
    """A file that a member sent, as it was then, for handing out."""

    id: ParcelId
    message_id: MessageId
    name: str
    size_bytes: int
    content_type: str
    sha256: str
    created_at: datetime


class ExportedAttachments(Struct, frozen=True):
    """What a member hung on which message."""

    images: list[ExportedMessageImage]
    files: list[ExportedMessageFile]


class OrphanedContent(Struct, frozen=True):
    """A content that a member has in no file any more, and that hangs on a message."""

    id: ParcelId
    name: str
    blob_id: BlobId
    size_bytes: int
