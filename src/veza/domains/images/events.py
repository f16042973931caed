"""Announces a picture that is shown from now on."""

from msgspec import Struct

from veza.core.ids import ImageId, TrackId, UserId


class PictureShown(Struct, frozen=True):
    """A picture that can be recognized is shown: an image, or the cover in the file of a track."""

    owner_id: UserId
    hash: int
    image_id: ImageId | None = None
    track_id: TrackId | None = None
