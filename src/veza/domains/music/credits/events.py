"""Announces credits that a profile is asked to confirm."""

from uuid import UUID

from msgspec import Struct

from veza.core.ids import CreditId, UserId
from veza.domains.music.credits.models import CreditedKind


class CreditAsked(Struct, frozen=True):
    """A profile is asked to confirm credits on a track or a release, of which this is one."""

    credit_id: CreditId
    kind: CreditedKind
    item_id: UUID
    owner_id: UserId
    user_id: UserId
