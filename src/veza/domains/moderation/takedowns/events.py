"""Announces that an item waits for staff."""

from uuid import UUID

from msgspec import Struct

from veza.core.ids import TakedownId, UserId


class ItemHeld(Struct, frozen=True):
    """An item is held, as it is like one that was taken down, until staff has looked at it."""

    takedown_id: TakedownId
    content_type: str
    content_id: UUID
    owner_id: UserId
