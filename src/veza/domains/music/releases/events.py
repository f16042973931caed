"""Announces a release that is public and has tracks, for the first time."""

from msgspec import Struct

from veza.core.ids import ReleaseId, UserId


class ReleasePublished(Struct, frozen=True):
    """A release is public and has tracks, for the first time."""

    release_id: ReleaseId
    owner_id: UserId
