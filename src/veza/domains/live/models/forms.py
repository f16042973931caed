"""The forms by which members announce and change streams."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from veza.core.stream_audiences import StreamAudience
from veza.domains.audiences.models import ForTier
from veza.domains.chat.conversations.models import SlowMode
from veza.domains.live.models.audiences import ForBuyers, Guests, StreamPassword
from veza.domains.live.models.plans import StartsAt, StreamCoverId

MAX_TITLE_LENGTH = 200

Title = Annotated[str, Meta(min_length=1, max_length=MAX_TITLE_LENGTH, examples=["Dusk till dub"])]

Description = Annotated[str, Meta(max_length=5000)]

Category = Annotated[str, Meta(max_length=50, examples=["DJ set"])]

Tag = Annotated[str, Meta(min_length=1, max_length=40)]

Tags = Annotated[list[Tag], Meta(max_length=20, examples=[["dub", "vinyl"]])]


class StreamForm(Struct, frozen=True):
    """A stream to announce, to everybody or to an audience that its owner chooses.

    It may have a date, which only a stream that is to come can have. The cover is an image that is
    not shown elsewhere.
    """

    title: Title
    description: Description = ""
    category: Category = ""
    tags: Tags = []
    slow_mode_seconds: SlowMode = 0
    audience: StreamAudience = StreamAudience.PUBLIC
    tier_id: ForTier | None = None
    product_id: ForBuyers | None = None
    password: StreamPassword | None = None
    guests: Guests = []
    starts_at: StartsAt = None
    cover_image_id: StreamCoverId = None


class StreamChange(Struct, frozen=True):
    """Changes to a stream; omitted fields keep their values.

    A replaced or removed cover is deleted.
    """

    title: Title | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    category: Category | UnsetType = UNSET
    tags: Tags | UnsetType = UNSET
    slow_mode_seconds: SlowMode | UnsetType = UNSET
    audience: StreamAudience | UnsetType = UNSET
    tier_id: ForTier | UnsetType | None = UNSET
    product_id: ForBuyers | UnsetType | None = UNSET
    password: StreamPassword | UnsetType | None = UNSET
    guests: Guests | UnsetType = UNSET
    starts_at: StartsAt | UnsetType = UNSET
    cover_image_id: StreamCoverId | UnsetType = UNSET
