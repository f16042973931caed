"""The nouns of the domain, as they are stored and as they are shown."""

from datetime import datetime

from msgspec import Struct

from veza.core.ids import BlobId, FileId, FileSnapshotId, ImageId, MessageId
from veza.domains.images.models import Image, SizedImage


class Enclosed(Struct, frozen=True):
    """What is to hang on a message."""

    image_ids: list[ImageId]
    file_id: FileId | None


class StoredFileSnapshot(Struct, frozen=True):
    """A file as it was sent, as it is stored."""

    id: FileSnapshotId
    name: str
    size_bytes: int
    content_type: str


class SentFile(Struct, frozen=True):
    """A file as it was when it was sent. Who may read the message gets it by its URL."""

    name: str
    size_bytes: int
    content_type: str
    url: str


class Stored(Struct, frozen=True):
    """What hangs on a message, as it is stored."""

    images: list[SizedImage]
    file: StoredFileSnapshot | None


class Shown(Struct, frozen=True):
    """What hangs on a message, as it is shown."""

    images: list[Image]
    file: SentFile | None


class SentImage(Struct, frozen=True):
    """An image on a message, for handing out: what it is stands with the images."""

    id: ImageId
    message_id: MessageId


class ExportedFileSnapshot(Struct, frozen=True):
    """A file that a member sent, as it was then, for handing out."""

    id: FileSnapshotId
    message_id: MessageId
    name: str
    size_bytes: int
    content_type: str
    sha256: str
    created_at: datetime


class PersonalAttachments(Struct, frozen=True):
    """What a member hung on which message."""

    images: list[SentImage]
    files: list[ExportedFileSnapshot]


class SentContent(Struct, frozen=True):
    """A content that a member has in no file any more, and that hangs on a message."""

    id: FileSnapshotId
    name: str
    blob_id: BlobId
    size_bytes: int
