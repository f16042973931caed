"""Announces credits that a profile is asked to confirm, and artists who did."""

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


class ArtistConfirmed(Struct, frozen=True):
    """A profile confirmed that it is an artist of a track or a release."""

    kind: CreditedKind
    item_id: UUID
    artist_id: UserId
