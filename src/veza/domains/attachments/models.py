"""The nouns of the domain, as they are stored and as they are shown."""

from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from veza.core.ids import FileId, ImageId, MessageId, ParcelId
from veza.domains.images.models import ShownImage, SizedImage


class Enclosed(Struct, frozen=True):
    """What is to hang on a message."""

    image_ids: list[ImageId]
    file_id: FileId | None


class StoredParcel(Struct, frozen=True):
    """A file as it was sent, as it is stored."""

    id: ParcelId
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
    file: StoredParcel | None


class Shown(Struct, frozen=True):
    """What hangs on a message, as it is shown."""

    images: list[ShownImage]
    file: SentFile | None


class AttachmentType(StrEnum):
    """What can hang on a message besides a track, which isn't the sender's alone."""

    IMAGE = "image"
    FILE = "file"


class OwnAttachment(Struct, frozen=True):
    """What a member hung on which message, for handing out: an image or a sent file, by its id."""

    id: UUID
    message_id: MessageId
    type: AttachmentType
