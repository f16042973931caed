"""Announces tracks that are ready, published, failed, changed, liked or deleted."""

from msgspec import Struct

from veza.core.ids import TrackId, UserId


class TrackReady(Struct, frozen=True):
    """A track was processed and can be played."""

    track_id: TrackId
    owner_id: UserId
    title: str


class TrackPublished(Struct, frozen=True):
    """A track has been public for some minutes for the first time, and is on no release."""

    track_id: TrackId
    owner_id: UserId


class TrackFailed(Struct, frozen=True):
    """A track could not be processed; `reason` is a sentence for its owner."""

    track_id: TrackId
    owner_id: UserId
    title: str
    reason: str


class TrackChanged(Struct, frozen=True):
    """The metadata or the visibility of a track changed."""

    track_id: TrackId
    owner_id: UserId


class TrackLiked(Struct, frozen=True):
    """A member liked a track that they did not like before."""

    track_id: TrackId
    liker_id: UserId
    owner_id: UserId


class TrackDeleted(Struct, frozen=True):
    """A track was deleted; its files are deleted later."""

    track_id: TrackId
