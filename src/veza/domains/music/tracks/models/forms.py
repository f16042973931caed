"""The metadata of a track as entered, with or without a title, and the row of a new one."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from veza.core.genres import MAX_GENRE_LENGTH
from veza.core.ids import TrackId, UserId
from veza.core.track_metadata import AiParts, AiUse, Bpm, Explicitness, Isrc, MusicalKey, Year
from veza.core.visibility import Visibility
from veza.domains.audiences.models import ForTier
from veza.domains.music.credits.models import Artists, Credits, EnteredCredits

MAX_TITLE_LENGTH = 200
MAX_DESCRIPTION_LENGTH = 5000
MAX_TAG_LENGTH = 50
MAX_TAGS = 20

Title = Annotated[str, Meta(min_length=1, max_length=MAX_TITLE_LENGTH, examples=["Night Ferry"])]
Description = Annotated[str, Meta(max_length=MAX_DESCRIPTION_LENGTH)]
Genre = Annotated[str, Meta(min_length=1, max_length=MAX_GENRE_LENGTH, examples=["ambient"])]
Tag = Annotated[str, Meta(min_length=1, max_length=MAX_TAG_LENGTH)]
Tags = Annotated[list[Tag], Meta(max_length=MAX_TAGS, examples=[["tape", "drone"]])]

# The fields of the forms that text filters read.
FILTERED_TEXTS = ("title", "description", "tags", "artists", "credits")


class TrackDetails(Struct, frozen=True):
    """The metadata of a track but its title."""

    description: Description = ""
    genre: Genre | None = None
    tags: Tags = []
    isrc: Isrc | None = None
    year: Year | None = None
    bpm: Bpm | None = None
    musical_key: MusicalKey | None = None
    is_explicit: Explicitness = None
    ai: AiUse = AiUse.NONE
    ai_parts: AiParts = []
    visibility: Visibility = Visibility.PUBLIC
    tier_id: ForTier | None = None
    downloadable: bool = False


class TrackMetadata(TrackDetails, frozen=True, kw_only=True):
    """The metadata of a track."""

    title: Title


class TrackForm(TrackMetadata, frozen=True, kw_only=True):
    """A new track. Artists that are left out are those in the tags of the file, or its owner."""

    artists: Artists | None = None
    credits: Credits = []


class TrackUpload(TrackDetails, frozen=True, kw_only=True):
    """A track that is uploaded: what is left out is taken from the file, also the title."""

    title: Title | None = None
    artists: Artists | None = None
    credits: Credits = []


class TrackChange(Struct, frozen=True):
    """Changes to a track; omitted fields keep their values.

    Artists and credits are replaced as a whole. Profiles that they name are linked once these
    confirm it; answers of before are kept.
    """

    title: Title | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    genre: Genre | UnsetType | None = UNSET
    tags: Tags | UnsetType = UNSET
    isrc: Isrc | UnsetType | None = UNSET
    year: Year | UnsetType | None = UNSET
    bpm: Bpm | UnsetType | None = UNSET
    musical_key: MusicalKey | UnsetType | None = UNSET
    is_explicit: Explicitness | UnsetType = UNSET
    ai: AiUse | UnsetType = UNSET
    ai_parts: AiParts | UnsetType = UNSET
    visibility: Visibility | UnsetType = UNSET
    tier_id: ForTier | UnsetType | None = UNSET
    downloadable: bool | UnsetType = UNSET
    artists: Artists | UnsetType = UNSET
    credits: Credits | UnsetType = UNSET


def credits_of(form: TrackForm | TrackChange) -> EnteredCredits:
    """Return what is entered of the artists and credits of a track."""
    if isinstance(form, TrackForm):
        artists = UNSET if form.artists is None else form.artists
        return EnteredCredits(artists, form.credits or UNSET)
    return EnteredCredits(form.artists, form.credits)


class NewTrack(Struct, frozen=True):
    """The row of a new track."""

    id: TrackId
    owner_id: UserId
    form: TrackMetadata
    cover_palette: list[int] | None
    cover_placeholder: str | None
