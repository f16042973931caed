"""Refusals: unknown broadcasts, a state that doesn't allow it, and too many of them."""

from veza.core.errors import Conflict, NotFound, TooManyRequests


class BroadcastNotFound(NotFound):
    """There is no such broadcast of the profile."""

    code = "broadcast_not_found"
    message = "There is no such broadcast."


class BroadcastBegun(Conflict):
    """A broadcast is changed and sent as long as it is a draft."""

    code = "broadcast_begun"
    message = "This broadcast is planned or sent already: cancel it, and write another one."


class BroadcastOver(Conflict):
    """A broadcast that was sent or cancelled can't be cancelled."""

    code = "broadcast_over"
    message = "This broadcast is over already."


class TooManyBroadcasts(Conflict):
    """A profile sends as many broadcasts as it may on that day."""

    code = "too_many_broadcasts"
    message = "That is one broadcast too many for a day: choose another one."


class TooManyBroadcastDrafts(Conflict):
    """A profile has as many drafts as it may."""

    code = "too_many_broadcast_drafts"
    message = "You have too many drafts of broadcasts: delete some first."


class TooManyTestMails(TooManyRequests):
    """Too many test mails were asked for."""

    code = "too_many_test_mails"
    message = "You asked for too many test mails: wait, and try again."


class NoTestAddress(Conflict):
    """A test goes to a verified address only."""

    code = "no_test_address"
    message = "Verify your e-mail address first: the test goes there."
