"""The nouns of the domain, as they are stored and as they are shown."""

from msgspec import Struct

from veza.core.ids import TrackId, UserId


class Suggestions(Struct, frozen=True):
    """Tags that somebody may be typing, the likeliest first."""

    suggestions: list[str]


class TaggedTrack(Struct, frozen=True):
    """A track that everybody may find, and the tags that its owner put on it."""

    id: TrackId
    tags: list[str]


class TagUse(Struct, frozen=True):
    """That a track has a tag: the tag however it is spelt, and how it is spelt there."""

    track_id: TrackId
    key: str
    spelling: str


class RecountTags(Struct, frozen=True):
    """Have the tags of a member's tracks counted, or not, as it is right now."""

    owner_id: UserId
