"""The pictures of profiles."""

from datetime import datetime

from msgspec import Struct

from veza.core.ids import ImageId, ProfileId
from veza.domains.images.models import ShownPicture


class ProfilePicture(Struct, frozen=True):
    """One of the pictures of a profile: its avatar, or its banner."""

    profile_id: ProfileId
    kind: ShownPicture


class AvatarFile(Struct, frozen=True):
    """The file of a picture in one of its sizes. `image_id` changes with the picture.

    `is_reserved`: the profile reserves text and data mining.
    """

    image_id: ImageId
    key: str
    size_bytes: int
    created_at: datetime
    is_reserved: bool


class StoredAvatar(Struct, frozen=True):
    """The data for serving the picture of a profile: the bytes of 512 pixels, and of smaller ones.

    `small_bytes` are those of the pictures of 64, 128 and 256 pixels.
    """

    id: ImageId
    size_bytes: int
    small_bytes: list[int]
    created_at: datetime
    is_reserved: bool
