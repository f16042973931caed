"""Announces a release: a new one, and one that is public for the first time."""

from msgspec import Struct

from veza.core.ids import ReleaseId, UserId


class ReleaseCreated(Struct, frozen=True):
    """A release was created, public or not."""

    release_id: ReleaseId
    owner_id: UserId


class ReleasePublished(Struct, frozen=True):
    """A release is public and has tracks, for the first time."""

    release_id: ReleaseId
    owner_id: UserId
