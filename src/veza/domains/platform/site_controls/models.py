"""Announcements by audience, flags by share and role, and the maintenance mode."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from veza.core.access import Role
from veza.core.clock import Moment
from veza.core.ids import AnnouncementId

FLAG_NAME = r"^[a-z0-9_.-]{1,64}$(?!\n)"

# `\S`: not only white space.
Title = Annotated[
    str,
    Meta(min_length=1, max_length=200, pattern=r"\S", examples=["Loudness has come"]),
]
Content = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=5000,
        pattern=r"\S",
        examples=["Each track now shows how loud it is, in LUFS."],
    ),
]
FlagDescription = Annotated[
    str, Meta(max_length=500, examples=["The player that draws the waveform."])
]
SharePercent = Annotated[
    int,
    Meta(
        ge=0,
        le=100,
        description="The percentage of members. Raising it takes the flag from nobody.",
        examples=[25],
    ),
]
FlagRoles = Annotated[
    frozenset[Role],
    Meta(
        description="For exactly these roles; if empty, for all.",
        examples=[["creator"]],
    ),
]
MaintenanceMessage = Annotated[str, Meta(max_length=500, examples=["We move to a larger machine."])]


class AnnouncementType(StrEnum):
    """The urgency of an announcement."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class AnnouncementAudience(StrEnum):
    """The audience of an announcement. Admins see all announcements."""

    EVERYONE = "everyone"
    MEMBERS = "members"
    CREATORS = "creators"
    MODERATORS = "moderators"
    ADMINS = "admins"


class AnnouncementForm(Struct, frozen=True):
    """A new announcement: by default from now on, without an end."""

    title: Title
    content: Content
    type: AnnouncementType = AnnouncementType.INFO
    audience: AnnouncementAudience = AnnouncementAudience.EVERYONE
    starts_at: Moment | None = None
    ends_at: Moment | None = None


class Announcement(Struct, frozen=True):
    """An announcement, its audience, and when it is shown."""

    id: AnnouncementId
    title: str
    content: str
    type: AnnouncementType
    audience: AnnouncementAudience
    starts_at: datetime
    ends_at: datetime | None
    created_at: datetime


class ActiveAnnouncements(Struct, frozen=True):
    """The announcements for the caller at this moment, newest first."""

    announcements: Sequence[Announcement]


class AnnouncementPage(Struct, frozen=True):
    """A page of all announcements, newest first; `total` is the number of all."""

    announcements: list[Announcement]
    total: int


class FlagChange(Struct, frozen=True):
    """The new values of a flag; omitted fields keep their value."""

    enabled: bool
    description: FlagDescription | UnsetType = UNSET
    share_percent: SharePercent | UnsetType = UNSET
    roles: FlagRoles | UnsetType = UNSET


class Flag(Struct, frozen=True):
    """A feature flag: on or off, for a share of the members, and for some roles."""

    name: str
    enabled: bool
    description: str
    share_percent: int
    roles: frozenset[Role]
    created_at: datetime
    updated_at: datetime


class FlagList(Struct, frozen=True):
    """All feature flags, by name."""

    flags: Sequence[Flag]


class EvaluatedFlags(Struct, frozen=True):
    """Every flag, and whether it is on for the caller."""

    flags: Mapping[str, bool]


class DeletedFlag(Struct, frozen=True):
    """The deleted flag."""

    name: str


class MaintenanceChange(Struct, frozen=True):
    """The new maintenance mode. While it is on, omitted fields stay, and null clears them.

    Disabling it clears the message and the planned end.
    """

    enabled: bool
    message: MaintenanceMessage | UnsetType | None = UNSET
    ends_at: Moment | UnsetType | None = UNSET


class StoredMaintenance(Struct, frozen=True):
    """The stored maintenance mode: on since `started_at`, or off."""

    started_at: datetime | None = None
    ends_at: datetime | None = None
    message: str | None = None


class Maintenance(Struct, frozen=True):
    """The state of maintenance mode: its start, its planned end, and the message.

    It continues after `ends_at`, the planned end, until it is disabled.
    """

    enabled: bool
    message: str | None
    started_at: datetime | None
    ends_at: datetime | None


class ControlsSnapshot(Struct, frozen=True):
    """All announcements, flags and the maintenance mode in memory: replaced as a whole."""

    announcements: Sequence[Announcement] = ()
    flags: Mapping[str, Flag] = {}
    maintenance: StoredMaintenance = StoredMaintenance()
