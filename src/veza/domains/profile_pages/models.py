"""Profiles as their own pages show them."""

from typing import Annotated

from msgspec import Meta, Struct

from veza.core.ids import ReleaseId
from veza.domains.auth.accounts.models import NamedMember
from veza.domains.profiles.models.profiles import Profile

# The bars of the ring that takes the place of a missing picture.
RING_PEAKS = 72

Ring = Annotated[
    list[float],
    Meta(
        min_length=RING_PEAKS,
        max_length=RING_PEAKS,
        description="The peaks of the first track of a profile without a picture, from 0 to 1. "
        "Null with a picture, and without a track.",
    ),
]


class PageContents(Struct, frozen=True):
    """The numbers of items that the caller finds on the page, each counted up to 1,000.

    `appearances` are tracks and releases of others that the profile is an artist of, `credits` its
    other contributions, as far as it confirmed them.
    """

    releases: int
    tracks: int
    products: int
    posts: int
    playlists: int
    appearances: int
    credits: int


class KnownFollowers(Struct, frozen=True):
    """The followers of a profile whom the caller follows: how many, and the first three."""

    members: list[NamedMember]
    count: int


class ProfilePage(Profile, frozen=True):
    """A profile with all that only its own page shows.

    `known_followers` are those whom the caller follows, counted up to 100. `looks_like` is a
    member whom the caller follows and who can be taken for this profile, because their names look
    alike; null if the caller follows the profile itself, or if it is verified.
    """

    ring: Ring | None
    contents: PageContents
    known_followers: KnownFollowers
    looks_like: NamedMember | None


class PageSummary(PageContents, frozen=True):
    """The numbers of items of a profile, its pinned release if the viewer may see it, and peaks.

    `peaks` are those of the first track, as `track_media` has them.
    """

    pinned_release_id: ReleaseId | None
    peaks: bytes | None


class KnownFollower(NamedMember, frozen=True):
    """One of the followers whom a viewer follows, and how many there are."""

    total: int
