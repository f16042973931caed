"""Tracks at their places in releases."""

from msgspec import Struct

from veza.core.ids import ImageId, ReleaseId, TrackId, UserId
from veza.core.visibility import Visibility
from veza.domains.music.tracks.models.tracks import Track


class ReleasePlace(Struct, frozen=True):
    """The place of a track on a release."""

    release_id: ReleaseId
    track_id: TrackId
    disc: int
    number: int


class HeardTrack(Struct, frozen=True):
    """A track of a release for staff, who hears it whatever hides it."""

    id: TrackId
    title: str


class ReleaseTrack(Struct, frozen=True):
    """A track and its place on a release."""

    disc: int
    number: int
    track: Track


class ReleaseTracks(Struct, frozen=True):
    """The tracks of a release that the caller may see, by disc and number."""

    tracks: list[ReleaseTrack]


class NamedPlace(Struct, frozen=True):
    """The place of a track on a release, with the release's names and cover."""

    track_id: TrackId
    release_id: ReleaseId
    disc: int
    number: int
    title: str
    artist_name: str
    owner_id: UserId
    visibility: Visibility
    cover_image_id: ImageId | None
