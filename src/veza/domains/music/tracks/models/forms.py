"""The metadata of a track as entered, with or without a title, and the row of a new one."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from veza.core.genres import MAX_GENRE_LENGTH
from veza.core.ids import TrackId, UserId
from veza.core.track_metadata import Bpm, Explicitness, Isrc, MusicalKey, Year
from veza.core.visibility import Visibility

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
FILTERED_TEXTS = ("title", "description", "tags")


class TrackMetadata(Struct, frozen=True):
    """The metadata of a track but its title."""

    description: Description = ""
    genre: Genre | None = None
    tags: Tags = []
    isrc: Isrc | None = None
    year: Year | None = None
    bpm: Bpm | None = None
    musical_key: MusicalKey | None = None
    is_explicit: Explicitness = None
    visibility: Visibility = Visibility.PUBLIC
    downloadable: bool = False


class TrackForm(TrackMetadata, frozen=True, kw_only=True):
    """The metadata of a new track."""

    title: Title


class TrackUpload(TrackMetadata, frozen=True, kw_only=True):
    """The metadata of a track that is uploaded; without a title it has that of the file."""

    title: Title | None = None


class TrackChange(Struct, frozen=True):
    """Changes to a track's metadata; omitted fields keep their values."""

    title: Title | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    genre: Genre | UnsetType | None = UNSET
    tags: Tags | UnsetType = UNSET
    isrc: Isrc | UnsetType | None = UNSET
    year: Year | UnsetType | None = UNSET
    bpm: Bpm | UnsetType | None = UNSET
    musical_key: MusicalKey | UnsetType | None = UNSET
    is_explicit: Explicitness | UnsetType = UNSET
    visibility: Visibility | UnsetType = UNSET
    downloadable: bool | UnsetType = UNSET


class NewTrack(Struct, frozen=True):
    """The row of a new track."""

    id: TrackId
    owner_id: UserId
    form: TrackForm
    cover_palette: list[int] | None
