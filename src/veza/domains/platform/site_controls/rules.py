"""Decisions without I/O: what the clock and the caller make of what is switched."""

import hashlib
import math
from datetime import datetime

from msgspec import UNSET

from veza.core.access import Access, Member, is_enough
from veza.core.errors import Fault, Invalid
from veza.core.ids import UserId
from veza.domains.platform.site_controls.models import (
    Announcement,
    Audience,
    Flag,
    Maintenance,
    MaintenanceChange,
    StoredMaintenance,
)

MAX_CURRENT_ANNOUNCEMENTS = 1000
MAX_ACTIVE_SHOWN = 100
MAX_FLAGS = 500

# How soon to come again where no end is planned, or it has passed.
RETRY_AFTER_S = 60

_WANTED = {
    Audience.EVERYONE: Access.NONE,
    Audience.MEMBERS: Access.USER,
    Audience.CREATORS: Access.CREATOR,
    Audience.MODERATORS: Access.MODERATOR,
    Audience.ADMINS: Access.ADMIN,
}


def ensure_ends_later(starts_at: datetime, ends_at: datetime | None) -> None:
    """Raise Invalid where an announcement would end before it starts."""
    if ends_at is not None and ends_at <= starts_at:
        raise Invalid(details=[Fault("ends_at", "The end must come after the start.")])


def is_active(announcement: Announcement, moment: datetime) -> bool:
    """Tell whether something is announced at a moment."""
    if moment < announcement.starts_at:
        return False
    return announcement.ends_at is None or moment < announcement.ends_at


def is_for(audience: Audience, visitor: Member | None) -> bool:
    """Tell whether somebody belongs to an audience."""
    if visitor is None:
        return audience is Audience.EVERYONE
    return is_enough(visitor.role, _WANTED[audience])


def is_on(flag: Flag, visitor: Member | None) -> bool:
    """Tell whether a flag is on for somebody. Those who aren't signed in can't be told apart.

    So for them it is on only where it is on for everybody.
    """
    if not flag.enabled:
        return False
    if visitor is None:
        return flag.share_percent == 100 and not flag.roles
    if flag.roles and visitor.role not in flag.roles:
        return False
    return place_in_share(flag.name, visitor.id) < flag.share_percent


def place_in_share(name: str, user_id: UserId) -> float:
    """Give a member's place among all, 0 to 100, which is another for each flag and never changes.

    A share reaches from 0 up: who is within it stays so when it grows.
    """
    digest = hashlib.sha256(f"{name}:{user_id}".encode()).digest()
    return int.from_bytes(digest[:6]) / 2**48 * 100


def change_maintenance(
    current: StoredMaintenance, change: MaintenanceChange, moment: datetime
) -> StoredMaintenance:
    """Say how maintenance is after a change. Raises Invalid for a planned end that has passed."""
    if not change.enabled:
        return StoredMaintenance()
    if change.ends_at and change.ends_at <= moment:
        raise Invalid(details=[Fault("ends_at", "The planned end must lie ahead.")])
    message = current.message if change.message is UNSET else change.message
    return StoredMaintenance(
        started_at=current.started_at or moment,
        ends_at=current.ends_at if change.ends_at is UNSET else change.ends_at,
        # A message without a word is none.
        message=message if message and message.strip() else None,
    )


def show_maintenance(stored: StoredMaintenance) -> Maintenance:
    """Show how maintenance is."""
    is_enabled = stored.started_at is not None
    return Maintenance(is_enabled, stored.message, stored.started_at, stored.ends_at)


def retry_after_s(maintenance: StoredMaintenance, moment: datetime) -> int:
    """Tell when to come again: at the planned end, or in a minute."""
    if maintenance.ends_at is None or maintenance.ends_at <= moment:
        return RETRY_AFTER_S
    return math.ceil((maintenance.ends_at - moment).total_seconds())
