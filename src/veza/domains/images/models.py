"""The nouns of the domain, as they are stored and as they are shown."""

from datetime import datetime

from msgspec import Struct

from veza.core.ids import ImageId, UserId

MAX_IMAGE_BYTES = 10 * 1024 * 1024
IMAGE_SIDE_PX = 1600


class SizedImage(Struct, frozen=True):
    """What of an image is needed to show it: sides in pixels."""

    id: ImageId
    width: int
    height: int


class ShownImage(Struct, frozen=True):
    """An image as it is shown: a JPEG, its sides in pixels.

    The URL of one that isn't public carries a signature of an hour.
    """

    id: ImageId
    url: str
    width: int
    height: int


class ImageForm(Struct, frozen=True):
    """What is said of an image at its upload: nothing but the file."""


class ImageFile(Struct, frozen=True):
    """What was stored of an image: sides in pixels."""

    width: int
    height: int
    size_bytes: int


class DeletedImage(Struct, frozen=True):
    """Which image was deleted."""

    id: ImageId


class ImageFigures(Struct, frozen=True):
    """How many images there are, and what their files take."""

    total: int
    files_bytes: int


class LockedImage(Struct, frozen=True):
    """An image of whoever wants to show it, or wants it deleted, and whether it is shown already.

    Its sides are unknown until its file is stored.
    """

    id: ImageId
    width: int | None
    height: int | None
    is_used: bool


class OwnImage(Struct, frozen=True):
    """An image as its owner is handed it out."""

    id: ImageId
    width: int | None
    height: int | None
    size_bytes: int | None
    created_at: datetime
    used_at: datetime | None


class StoredImage(Struct, frozen=True):
    """An image whose file is there: who may see it, and what is needed to serve it.

    It is hidden while its owner is suspended.
    """

    id: ImageId
    owner_id: UserId
    is_public: bool
    is_hidden: bool
    size_bytes: int
    created_at: datetime


class DeleteImageFiles(Struct, frozen=True):
    """Have the files of images deleted that are gone."""

    image_ids: list[ImageId]
