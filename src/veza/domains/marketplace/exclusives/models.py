"""Items for members, as those who have access see them and as others do."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from veza.core.ids import ImageId, TierId
from veza.core.palettes import CoverPalette


class ExclusiveKind(StrEnum):
    """The kinds of items that are for members."""

    TRACK = "track"
    RELEASE = "release"
    POST = "post"
    ROOM = "room"


class StoredExclusive(Struct, frozen=True):
    """A row of the list. `title` is the beginning of a post, null for those without access."""

    kind: ExclusiveKind
    id: UUID
    title: str | None
    has_cover: bool
    cover_image_id: ImageId | None
    cover_palette: list[int] | None
    cover_placeholder: str | None
    tier_id: TierId
    tier_name: str
    publish_at: datetime | None
    created_at: datetime
    has_access: bool


class Exclusive(Struct, frozen=True):
    """An item for members of a tier, and of higher ones.

    The title of a post is how it begins, and null without access. So is `cover_url`, which is
    signed and expires after an hour. `publish_at` is when a release will be there for everybody.
    """

    kind: ExclusiveKind
    id: UUID
    title: Annotated[str | None, Meta(examples=["Night Ferry (demo)"])]
    cover_url: str | None
    cover_palette: CoverPalette | None
    cover_placeholder: str | None
    tier_id: TierId
    tier_name: str
    publish_at: datetime | None
    created_at: datetime
    has_access: bool


class ExclusivePage(Struct, frozen=True):
    """A page of a profile's items for members, newest first."""

    items: list[Exclusive]
    next_cursor: str | None
    has_more: bool
