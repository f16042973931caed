"""Decides which announcements and flags apply to a visitor; a share is stable by member."""

import hashlib
import math
from datetime import datetime

from msgspec import UNSET

from veza.core.access import Access, Member, is_enough
from veza.core.clock import require_finite, require_future
from veza.core.errors import FieldError, Invalid
from veza.core.ids import UserId
from veza.domains.platform.site_controls.models import (
    Announcement,
    AnnouncementAudience,
    Flag,
    Maintenance,
    MaintenanceChange,
    StoredMaintenance,
)

MAX_CURRENT_ANNOUNCEMENTS = 1000
MAX_ACTIVE_SHOWN = 100
MAX_FLAGS = 500

# Sent as `Retry-After` if no end is planned, or it has passed.
RETRY_AFTER_S = 60

_REQUIRED_ACCESS = {
    AnnouncementAudience.EVERYONE: Access.NONE,
    AnnouncementAudience.MEMBERS: Access.USER,
    AnnouncementAudience.CREATORS: Access.CREATOR,
    AnnouncementAudience.MODERATORS: Access.MODERATOR,
    AnnouncementAudience.ADMINS: Access.ADMIN,
}


def ensure_ends_later(starts_at: datetime, ends_at: datetime | None) -> None:
    """Raise Invalid if an announcement would end before it starts, or has an infinite moment."""
    require_finite(starts_at, "starts_at")
    require_finite(ends_at, "ends_at")
    if ends_at is not None and ends_at <= starts_at:
        raise Invalid(
            details=[FieldError("ends_at", "The end must be after the start.", "reversed")]
        )


def is_active(announcement: Announcement, moment: datetime) -> bool:
    """Return whether an announcement is shown at a moment."""
    if moment < announcement.starts_at:
        return False
    return announcement.ends_at is None or moment < announcement.ends_at


def is_for(audience: AnnouncementAudience, visitor: Member | None) -> bool:
    """Return whether a visitor belongs to an audience."""
    if visitor is None:
        return audience is AnnouncementAudience.EVERYONE
    return is_enough(visitor.role, _REQUIRED_ACCESS[audience])


def is_on(flag: Flag, visitor: Member | None) -> bool:
    """Return whether a flag is on for a visitor.

    Anonymous visitors can't be distinguished: for them it is on only if it is on for everybody.
    """
    if not flag.enabled:
        return False
    if visitor is None:
        return flag.share_percent == 100 and not flag.roles
    if flag.roles and visitor.role not in flag.roles:
        return False
    return position_in_share(flag.name, visitor.id) < flag.share_percent


def position_in_share(name: str, user_id: UserId) -> float:
    """Return a member's fixed position for a flag, from 0 to 100.

    It differs between flags. A flag is on for positions below its share, so a growing share only
    adds members.
    """
    digest = hashlib.sha256(f"{name}:{user_id}".encode()).digest()
    return int.from_bytes(digest[:6]) / 2**48 * 100


def change_maintenance(
    current: StoredMaintenance, change: MaintenanceChange, moment: datetime
) -> StoredMaintenance:
    """Return the maintenance mode after a change. Raises Invalid for a planned end in the past."""
    if not change.enabled:
        return StoredMaintenance()
    if change.ends_at is not UNSET:
        require_future(change.ends_at, "ends_at", moment)
    message = current.message if change.message is UNSET else change.message
    return StoredMaintenance(
        started_at=current.started_at or moment,
        ends_at=current.ends_at if change.ends_at is UNSET else change.ends_at,
        # A blank message is stored as none.
        message=message if message and message.strip() else None,
    )


def show_maintenance(stored: StoredMaintenance) -> Maintenance:
    """Return the maintenance mode as it is shown."""
    is_enabled = stored.started_at is not None
    return Maintenance(is_enabled, stored.message, stored.started_at, stored.ends_at)


def retry_after_s(maintenance: StoredMaintenance, moment: datetime) -> int:
    """Return the seconds until the planned end, or a minute."""
    if maintenance.ends_at is None or maintenance.ends_at <= moment:
        return RETRY_AFTER_S
    return math.ceil((maintenance.ends_at - moment).total_seconds())
