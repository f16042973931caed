"""Announces a warranty that ends soon, once for each end date."""

from uuid import UUID

from msgspec import Struct

from veza.core.ids import GearId, UserId


class WarrantyEnding(Struct, frozen=True):
    """The warranty of an item ends soon. Each end date causes one warning."""

    warning_id: UUID
    gear_id: GearId
    owner_id: UserId
