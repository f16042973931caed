"""What this domain announces to the others."""

from uuid import UUID

from msgspec import Struct

from veza.core.ids import GearId, UserId


class WarrantyEnding(Struct, frozen=True):
    """The warranty of an item is about to end. Of each end there is one warning."""

    warning_id: UUID
    gear_id: GearId
    owner_id: UserId
