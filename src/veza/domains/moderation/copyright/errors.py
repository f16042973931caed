"""Refusals: too many notices, an old link, a second decision or counter-notice, a wrong owner."""

from veza.core.errors import Conflict, NotFound, TooManyRequests, Unavailable


class TooManyNotices(TooManyRequests):
    """Too many notices were sent from a network."""

    code = "too_many_notices"
    message = "Too many notices came from your network: wait, and try again."


class NoticesFull(Unavailable):
    """Too many notices wait to be confirmed, on the whole server."""

    code = "notices_full"
    message = "Too many notices wait to be confirmed at the moment: try again in some hours."


class NoticeNotFound(NotFound):
    """There is no such notice, or it hides nothing of the caller."""

    code = "notice_not_found"
    message = "There is no such copyright notice."


class NoticeDecided(Conflict):
    """A notice is decided once."""

    code = "notice_decided"
    message = "This notice is already decided."


class AlreadyCountered(Conflict):
    """There is one counter-notice of an owner against a notice."""

    code = "already_countered"
    message = "You have sent a counter-notice against this notice already."


class NothingToCounter(Conflict):
    """Nothing of the caller is hidden by the notice any more."""

    code = "nothing_to_counter"
    message = "Nothing of yours is hidden by this notice: there is nothing to object to."


class NoCounterWaits(Conflict):
    """No counter-notice of this owner waits."""

    code = "no_counter_waits"
    message = "No counter-notice of this member waits: its items came back, or a claim is noted."
