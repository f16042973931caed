"""A release as entered; a proposal is a body of `POST /releases`."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from veza.core.ids import ImageId, TrackId
from veza.core.visibility import Visibility
from veza.domains.audiences.models import ForTier
from veza.domains.music.credits.models import ArtistForm, Artists, Credits, EnteredCredits
from veza.domains.music.tracks.models.forms import Description, Genre, Tags

MAX_RELEASES = 5_000
MAX_TRACKS = 500

ReleaseTitle = Annotated[str, Meta(min_length=1, max_length=200, examples=["Night Ferry"])]
ArtistName = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=200,
        description="A single displayed artist, if `artists` is left out; null for you.",
        examples=["The Ferrymen"],
    ),
]
Label = Annotated[str, Meta(min_length=1, max_length=200, examples=["Harbour Records"])]
CatalogueNumber = Annotated[str, Meta(min_length=1, max_length=50, examples=["HR-007"])]
Upc = Annotated[
    str,
    Meta(
        min_length=12,
        max_length=20,
        description="The bar code: UPC (12 digits) or EAN (13), with a correct check digit.",
        examples=["036000291452"],
    ),
]
CoverId = Annotated[
    ImageId,
    Meta(description="An image that you uploaded with `POST /images`.", examples=[None]),
]
PublishAt = Annotated[
    datetime,
    Meta(
        tz=True,
        description="When the release is published. It is private until then.",
        examples=[None],
    ),
]
Disc = Annotated[int, Meta(ge=1, le=99, examples=[1])]
Number = Annotated[
    int,
    Meta(
        ge=1,
        le=999,
        description="The number on the disc; null for the one after the previous track.",
        examples=[None],
    ),
]


class ReleaseKind(StrEnum):
    """The kinds of releases."""

    ALBUM = "album"
    EP = "ep"
    SINGLE = "single"
    COMPILATION = "compilation"
    MIX = "mix"


class PlacedTrack(Struct, frozen=True):
    """A track of yours, and its place on a release."""

    track_id: TrackId
    disc: Disc = 1
    number: Number | None = None


PlacedTracks = Annotated[list[PlacedTrack], Meta(max_length=MAX_TRACKS)]


class ReleaseMetadata(Struct, frozen=True):
    """The metadata of a release."""

    title: ReleaseTitle
    artist_name: ArtistName | None = None
    kind: ReleaseKind = ReleaseKind.ALBUM
    description: Description = ""
    label: Label | None = None
    catalogue_number: CatalogueNumber | None = None
    upc: Upc | None = None
    genre: Genre | None = None
    tags: Tags = []
    release_date: date | None = None
    visibility: Visibility = Visibility.PRIVATE
    tier_id: ForTier | None = None
    publish_at: PublishAt | None = None
    cover_image_id: CoverId | None = None


class ReleaseForm(ReleaseMetadata, frozen=True):
    """A new release, with its artists, credits and tracks."""

    artists: Artists | None = None
    credits: Credits = []
    tracks: PlacedTracks = []


class ReleaseImport(Struct, frozen=True):
    """Tracks of yours that become a release."""

    track_ids: Annotated[list[TrackId], Meta(min_length=1, max_length=100)]


class ReleaseProposal(Struct, frozen=True):
    """A release as the tags of its files describe it: `release` is a body of `POST /releases`.

    `to_check` names the fields on which the files disagree, or that they state in part: of several
    values the most frequent is proposed, of a year alone its first day, without an album the title
    of the first track. Tracks whose number is missing or occurs twice have none.
    """

    release: ReleaseForm
    to_check: Annotated[list[str], Meta(examples=[["release_date"]])]


class ReleaseChange(Struct, frozen=True):
    """Changes to a release; omitted fields keep their values.

    Artists and credits are replaced as a whole. Profiles that they name are linked once these
    confirm it; answers of before are kept. A replaced or removed cover is deleted. A visibility
    other than private ends the schedule of a release, unless a new `publish_at` is sent. A tier is
    given to the private tracks of the release that have none, and taken off those that have it.
    """

    title: ReleaseTitle | UnsetType = UNSET
    artist_name: ArtistName | UnsetType | None = UNSET
    kind: ReleaseKind | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    label: Label | UnsetType | None = UNSET
    catalogue_number: CatalogueNumber | UnsetType | None = UNSET
    upc: Upc | UnsetType | None = UNSET
    genre: Genre | UnsetType | None = UNSET
    tags: Tags | UnsetType = UNSET
    release_date: date | UnsetType | None = UNSET
    visibility: Visibility | UnsetType = UNSET
    tier_id: ForTier | UnsetType | None = UNSET
    publish_at: PublishAt | UnsetType | None = UNSET
    cover_image_id: CoverId | UnsetType | None = UNSET
    artists: Artists | UnsetType = UNSET
    credits: Credits | UnsetType = UNSET


class ReleaseTracksForm(Struct, frozen=True):
    """All tracks of a release, in their order."""

    tracks: PlacedTracks


def credits_of(form: ReleaseForm) -> EnteredCredits:
    """Return what is entered of the artists and credits of a new release."""
    artists = form.artists
    if artists is None:
        artists = name_artists(form.artist_name)
    return EnteredCredits(artists, form.credits)


def changed_credits_of(change: ReleaseChange, line: str) -> EnteredCredits:
    """Return what is entered of the artists and credits of a release.

    `line` names its artists as they are: sent back as `artist_name`, it changes nothing.
    """
    artists = change.artists
    if artists is UNSET and change.artist_name is not UNSET and change.artist_name != line:
        artists = name_artists(change.artist_name)
    return EnteredCredits(artists, change.credits)


def name_artists(name: str | None) -> list[ArtistForm]:
    """Return a single artist without a profile, or none: the owner."""
    return [ArtistForm(name)] if name and name.strip() else []
