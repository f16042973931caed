"""Refuses endpoints and keys that can't be used, and subscriptions of others."""

from veza.core.errors import Invalid, NotFound


class InvalidPushSubscription(Invalid):
    """The endpoint or a key of a subscription can't be used."""

    code = "invalid_push_subscription"
    message = "This subscription can't be used: send it as your browser returned it."


class PushSubscriptionNotFound(NotFound):
    """The caller has no such subscription."""

    code = "push_subscription_not_found"
    message = "This subscription doesn't exist. It may have ended."
