"""Announces that members of a tier are asked for more."""

from msgspec import Struct

from veza.core.ids import TierId


class TierPriceRaised(Struct, frozen=True):
    """A month or a year of a tier costs more than before."""

    tier_id: TierId
