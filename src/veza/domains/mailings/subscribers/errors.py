"""Refuses too many subscriptions and imports, and lists without addresses."""

from veza.core.errors import Conflict, Invalid, TooManyRequests, Unavailable


class TooManySubscriptions(TooManyRequests):
    """Too many addresses came from a network."""

    code = "too_many_subscriptions"
    message = "Too many addresses came from your network: wait, and try again."


class SubscriptionsFull(Unavailable):
    """Too many addresses wait to be confirmed at a profile."""

    code = "subscriptions_full"
    message = "Too many addresses wait to be confirmed here: try again tomorrow."


class TooManyImported(Conflict):
    """A profile has imported as many addresses as it may in a day."""

    code = "too_many_imported"
    message = "You have imported as many addresses as you may in a day: go on tomorrow."


class NoAddresses(Invalid):
    """A list has no address."""

    code = "no_addresses"
    message = "There is no e-mail address in this list: it needs one in each line."
