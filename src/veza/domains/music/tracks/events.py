"""What this domain announces to the others."""

from msgspec import Struct

from veza.core.ids import TrackId, UserId


class TrackReady(Struct, frozen=True):
    """A track can be played."""

    track_id: TrackId
    owner_id: UserId
    title: str


class TrackFailed(Struct, frozen=True):
    """A track could not be made playable; `reason` is a sentence for its owner."""

    track_id: TrackId
    owner_id: UserId
    title: str
    reason: str


class TrackChanged(Struct, frozen=True):
    """What is said of a track is another, or who may know of it."""

    track_id: TrackId
    owner_id: UserId


class TrackLiked(Struct, frozen=True):
    """Somebody likes a track, who didn't before."""

    track_id: TrackId
    liker_id: UserId
    owner_id: UserId


class TrackDeleted(Struct, frozen=True):
    """A track is gone; its files are to follow."""

    track_id: TrackId
