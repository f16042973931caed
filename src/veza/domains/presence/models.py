"""The nouns of the domain."""

from collections.abc import Set as AbstractSet
from enum import StrEnum

from msgspec import Struct

from veza.core.ids import UserId


class Status(StrEnum):
    """Whether somebody is there."""

    ONLINE = "online"
    OFFLINE = "offline"


class Attendance(Struct, frozen=True):
    """Who is in a conversation by this process, and who is no more."""

    here: AbstractSet[UserId]
    gone: AbstractSet[UserId]
