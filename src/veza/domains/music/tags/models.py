"""Types of tags: rows and responses."""

from msgspec import Struct

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
    """Job: update the counts of the tags of a member's tracks."""

    owner_id: UserId
