"""Structs of the domain, as stored and as shown."""

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


class Image(Struct, frozen=True):
    """An image, a JPEG; sides in pixels.

    The URL of an image that isn't public has a signature that is valid for an hour.
    """

    id: ImageId
    url: str
    width: int
    height: int


class ImageForm(Struct, frozen=True):
    """The form fields of an upload: none other than the file."""


class ImageFile(Struct, frozen=True):
    """The stored files of an image; sides in pixels."""

    width: int
    height: int
    size_bytes: int


class DeletedImage(Struct, frozen=True):
    """The image that was deleted."""

    id: ImageId


class ImageStatistics(Struct, frozen=True):
    """The number of images, and the size of their files."""

    total: int
    files_bytes: int


class LockedImage(Struct, frozen=True):
    """An image of the caller, locked; sides in pixels."""

    id: ImageId
    width: int
    height: int
    is_used: bool


class ExportedImage(Struct, frozen=True):
    """An image in its owner's data export."""

    id: ImageId
    width: int
    height: int
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


class DeleteImageFiles(Struct, frozen=True):
    """The job that deletes the files of deleted images."""

    image_ids: list[ImageId]
