"""The job that remembers a picture, and what is known of one."""

from msgspec import Struct

from veza.core.ids import ImageId, TakedownId
from veza.core.takedowns import ContentCategory


class RememberPicture(Struct, frozen=True):
    """Job: store the hash of a picture that was taken down."""

    takedown_id: TakedownId
    image_id: ImageId


class KnownPicture(Struct, frozen=True):
    """A picture that was taken down, as a new one is like it, and why it was."""

    category: ContentCategory
