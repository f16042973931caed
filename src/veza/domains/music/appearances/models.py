"""Pages of the tracks and releases that a profile confirmed to be credited on."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from veza.core.ids import CreditId, UserId
from veza.core.pages import Cursor
from veza.domains.music.credits.models import CreditedKind, CreditRole
from veza.domains.music.releases.models.releases import Release
from veza.domains.music.tracks.models.tracks import Track


class AppearanceQuery(Struct, frozen=True):
    """A page of what a profile appears on: as an artist, or with another role."""

    profile_id: UserId
    kind: CreditedKind
    as_artist: bool
    limit: int = 20
    cursor: Cursor | None = None


class StoredAppearance(Struct, frozen=True):
    """A credit of a profile. All but the profile is null in a row for a profile without any."""

    profile_id: UserId
    id: CreditId | None
    item_id: UUID | None
    role: str | None
    name: str | None
    instrument: str | None
    created_at: datetime | None


class ProfileAppearance(Struct, frozen=True):
    """A track or release of another member, of which the profile is an artist, under a name."""

    name: str
    track: Track | None
    release: Release | None


class ProfileAppearances(Struct, frozen=True):
    """A page of tracks or releases of others, the latest credits first."""

    appearances: list[ProfileAppearance]
    next_cursor: str | None
    has_more: bool


class ProfileCredit(Struct, frozen=True):
    """A contribution of a profile to a track or a release."""

    role: CreditRole
    instrument: str | None
    name: str
    track: Track | None
    release: Release | None


class ProfileCredits(Struct, frozen=True):
    """A page of contributions, the latest credits first."""

    credits: list[ProfileCredit]
    next_cursor: str | None
    has_more: bool
