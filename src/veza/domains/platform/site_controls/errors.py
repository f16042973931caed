"""Refuses unknown announcements and flags, and too many; `UnderMaintenance` is in `core`."""

from veza.core.errors import Conflict, NotFound


class AnnouncementNotFound(NotFound):
    """There is no such announcement."""

    code = "announcement_not_found"
    message = "There is no such announcement."


class TooManyAnnouncements(Conflict):
    """Their number is limited, since every process keeps them in memory."""

    code = "too_many_announcements"
    message = "There are 1,000 current announcements, the maximum: delete some first."


class FlagNotFound(NotFound):
    """There is no such feature flag."""

    code = "flag_not_found"
    message = "There is no such feature flag."


class TooManyFlags(Conflict):
    """Their number is limited, since every process keeps them in memory."""

    code = "too_many_flags"
    message = "There are 500 feature flags, the maximum: delete some first."
