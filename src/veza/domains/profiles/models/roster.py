"""The artists of labels."""

from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from veza.core.ids import ProfileId, RosterEntryId
from veza.domains.profiles.models.profiles import Profile, StoredProfile


class RosterScope(StrEnum):
    """The part of an artist's music that a label releases: all, or single releases."""

    ALL = "all"
    RELEASES = "releases"


class RosterForm(Struct, frozen=True):
    """The artist to ask, and whether all of their music is with the label, or only releases."""

    profile_id: UUID
    scope: RosterScope


class StoredRosterEntry(StoredProfile, frozen=True):
    """An entry of a roster, with the profile on its other side."""

    entry_id: RosterEntryId
    label_id: ProfileId
    profile_id: ProfileId
    scope: RosterScope
    is_accepted: bool


class RosterEntry(Struct, frozen=True):
    """An entry of a roster: of a label with the artist, of an artist with the label."""

    id: RosterEntryId
    profile: Profile
    scope: RosterScope
    accepted: bool


class Roster(Struct, frozen=True):
    """The artists of a label, or the labels of an artist."""

    entries: list[RosterEntry]
