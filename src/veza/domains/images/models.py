"""An image as shown, as locked by its owner, and with what decides who may see it."""

from datetime import datetime

from msgspec import Struct

from veza.core.ids import ImageId, UserId

MAX_IMAGE_BYTES = 10 * 1024 * 1024
IMAGE_SIDE_PX = 1600


class SizedImage(Struct, frozen=True):
    """The data for showing an image; sides in pixels."""

    id: ImageId
    width: int
    height: int


class Image(SizedImage, frozen=True):
    """An image, a JPEG; sides in pixels.

    The URL of an image that isn't public has a signature that is valid for an hour.
    """

    url: str


class ImageFile(Struct, frozen=True):
    """The stored file of an image; sides in pixels, the palette in its stored form."""

    width: int
    height: int
    size_bytes: int
    palette: list[int]


class LockedImage(SizedImage, frozen=True):
    """An image of the caller, locked."""

    is_used: bool


class ExportedImage(SizedImage, frozen=True):
    """An image in its owner's data export."""

    size_bytes: int
    created_at: datetime
    used_at: datetime | None


class StoredImage(Struct, frozen=True):
    """The data for serving an image, and for deciding who may see it.

    It is hidden while its owner is suspended.
    """

    id: ImageId
    owner_id: UserId
    is_public: bool
    is_hidden: bool
    size_bytes: int
    created_at: datetime
