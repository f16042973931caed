"""What can be refused in this domain. That the server is under maintenance, `core` says."""

from veza.core.errors import Conflict, NotFound


class AnnouncementNotFound(NotFound):
    """There is no such announcement."""

    code = "announcement_not_found"
    message = "There is no such announcement."


class TooManyAnnouncements(Conflict):
    """Every process holds them in memory, so there is an end to them."""

    code = "too_many_announcements"
    message = "There are 1,000 announcements that haven't ended: delete some first."


class FlagNotFound(NotFound):
    """There is no such feature flag."""

    code = "flag_not_found"
    message = "There is no such feature flag."


class TooManyFlags(Conflict):
    """Every process holds them in memory, so there is an end to them."""

    code = "too_many_flags"
    message = "There are 500 feature flags: delete some first."
