"""The nouns of the domain, as they are stored and as they are shown."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from veza.core.access import Role
from veza.core.ids import AnnouncementId

FLAG_NAME = r"^[a-z0-9_.-]{1,64}$(?!\n)"

# Something has to be there to read: `\S`.
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
Moment = Annotated[datetime, Meta(tz=True, description="RFC 3339, with an offset or `Z`.")]
FlagDescription = Annotated[
    str, Meta(max_length=500, examples=["The player that draws the waveform."])
]
SharePercent = Annotated[
    int,
    Meta(
        ge=0,
        le=100,
        description="For how many of a hundred members. Raised, it takes the flag from nobody.",
        examples=[25],
    ),
]
FlagRoles = Annotated[
    frozenset[Role],
    Meta(description="For members of exactly these roles; empty: of any.", examples=[["creator"]]),
]
MaintenanceMessage = Annotated[str, Meta(max_length=500, examples=["We move to a larger machine."])]


class AnnouncementType(StrEnum):
    """How urgent an announcement is."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Audience(StrEnum):
    """Whom an announcement is for. Admins see all, as they may do what every role may."""

    EVERYONE = "everyone"
    MEMBERS = "members"
    CREATORS = "creators"
    MODERATORS = "moderators"
    ADMINS = "admins"


class AnnouncementForm(Struct, frozen=True):
    """What is to be announced: from now on, and for ever, unless it says otherwise."""

    title: Title
    content: Content
    type: AnnouncementType = AnnouncementType.INFO
    audience: Audience = Audience.EVERYONE
    starts_at: Moment | None = None
    ends_at: Moment | None = None


class Announcement(Struct, frozen=True):
    """What is announced, to whom, and from when until when."""

    id: AnnouncementId
    title: str
    content: str
    type: AnnouncementType
    audience: Audience
    starts_at: datetime
    ends_at: datetime | None
    created_at: datetime


class ActiveAnnouncements(Struct, frozen=True):
    """What is announced to the caller at this moment, the newest first."""

    announcements: Sequence[Announcement]


class AnnouncementPage(Struct, frozen=True):
    """One page of all announcements, the newest first; `total` counts all of them."""

    announcements: list[Announcement]
    total: int


class DeletedAnnouncement(Struct, frozen=True):
    """What was deleted."""

    id: AnnouncementId


class FlagChange(Struct, frozen=True):
    """How a flag is to be set; what is left out stays as it is."""

    enabled: bool
    description: FlagDescription | UnsetType = UNSET
    share_percent: SharePercent | UnsetType = UNSET
    roles: FlagRoles | UnsetType = UNSET


class Flag(Struct, frozen=True):
    """A feature flag: on or off, for which share of the members, and for which roles."""

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
    """Each flag, and whether it is on for the caller."""

    flags: Mapping[str, bool]


class DeletedFlag(Struct, frozen=True):
    """What was deleted."""

    name: str


class MaintenanceChange(Struct, frozen=True):
    """How maintenance is to be. While it is on, what is left out stays as it is; null takes it out.

    Switching off forgets the message and the planned end.
    """

    enabled: bool
    message: MaintenanceMessage | UnsetType | None = UNSET
    ends_at: Moment | UnsetType | None = UNSET


class StoredMaintenance(Struct, frozen=True):
    """Maintenance as it is stored: on since `started_at`, or off."""

    started_at: datetime | None = None
    ends_at: datetime | None = None
    message: str | None = None


class Maintenance(Struct, frozen=True):
    """Whether the server is under maintenance, since when, until when, and what people are told.

    It goes on beyond `ends_at`, the planned end, until it is switched off.
    """

    enabled: bool
    message: str | None
    started_at: datetime | None
    ends_at: datetime | None


class View(Struct, frozen=True):
    """All that is announced and switched, as a process knows it: swapped as a whole."""

    announcements: Sequence[Announcement] = ()
    flags: Mapping[str, Flag] = {}
    maintenance: StoredMaintenance = StoredMaintenance()
