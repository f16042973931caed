"""Uses of tags by tracks, and suggestions, the most likely first."""

from typing import Annotated

from msgspec import Meta, Struct

from veza.core.ids import TrackId, UserId


class Suggestions(Struct, frozen=True):
    """Suggested tags, the most likely first."""

    suggestions: list[str]


class TaggedTrack(Struct, frozen=True):
    """A public track and its tags."""

    id: TrackId
    tags: list[str]


class TagUse(Struct, frozen=True):
    """A row of `track_tags`: `key` is the same for all spellings of a tag."""

    track_id: TrackId
    key: str
    spelling: str


class RecountTags(Struct, frozen=True):
    """Job: update the counts of the tags and genres of a member's tracks."""

    owner_id: UserId


class CountedGenre(Struct, frozen=True):
    """A genre, and the number of public tracks that have it."""

    name: Annotated[str, Meta(examples=["hip hop"])]
    tracks_count: Annotated[int, Meta(examples=[12])]


class GenreList(Struct, frozen=True):
    """Genres, those with the most tracks first."""

    genres: list[CountedGenre]
