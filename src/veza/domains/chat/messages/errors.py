"""What can be refused in this domain."""

from veza.core.errors import Conflict, Forbidden, NotFound


class MessageNotFound(NotFound):
    """There is no such message, none that the caller may read, or one that was deleted."""

    code = "message_not_found"
    message = "There is no such message."


class NotYourMessage(Forbidden):
    """A message is changed by its sender, and deleted by them or by who sees to the place."""

    code = "not_your_message"
    message = "You may not do this with this message."


class TooManyReactions(Conflict):
    """A message takes twenty kinds of reaction."""

    code = "too_many_reactions"
    message = "This message has all the kinds of reaction that it can hold."
