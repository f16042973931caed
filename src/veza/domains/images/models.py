"""An image as shown, as locked by its owner, and with what decides who may see it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from veza.core.ids import ImageId, UserId

MAX_IMAGE_BYTES = 10 * 1024 * 1024
IMAGE_SIDE_PX = 1600
AVATAR_SIDE_PX = 512
BANNER_SIDE_PX = 2560
# Avatars are stored in these sizes too.
SMALL_SIDES_PX = (64, 128, 256)


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
    """The stored file of an image; sides in pixels, the palette in its stored form.

    `placeholder` is that of `core.placeholders`, `hash` that of `picture_hash`, None if it shows
    too little; `small_bytes` are the sizes of the smaller pictures that are stored beside it.
    """

    width: int
    height: int
    size_bytes: int
    palette: list[int]
    placeholder: str
    hash: int | None = None
    small_bytes: list[int] | None = None


class LockedImage(SizedImage, frozen=True):
    """An image of the caller, locked."""

    is_used: bool
    hash: int | None


class ShownPicture(StrEnum):
    """The kinds of images that are uploaded where they are shown: square, or three to one."""

    AVATAR = "avatar"
    BANNER = "banner"


class ExportedImage(SizedImage, frozen=True):
    """An image in its owner's data export."""

    size_bytes: int
    created_at: datetime
    used_at: datetime | None


class PreparePicture(Struct, frozen=True):
    """Job: make all sizes of a stored picture, before somebody wants one."""

    key: str
    etag: str


class StoredImage(Struct, frozen=True):
    """The data for serving an image, and for deciding who may see it.

    It is hidden while its owner is suspended, and while it is taken down. `is_reserved`: its owner
    reserves text and data mining.
    """

    id: ImageId
    owner_id: UserId
    is_public: bool
    is_hidden: bool
    size_bytes: int
    created_at: datetime
    is_reserved: bool


class PicturedItem(Struct, frozen=True):
    """An item that shows a picture."""

    id: UUID
    owner_id: UserId
    title: str
    image_id: ImageId


class LockedItem(Struct, frozen=True):
    """An item that is locked: its picture, and whether everybody sees it."""

    image_id: ImageId | None
    is_public: bool
