"""Refuses messages that are not the caller's, or hidden from them, and a 21st emoji."""

from veza.core.errors import Conflict, Forbidden, NotFound


class MessageNotFound(NotFound):
    """The message does not exist, was deleted, or is not for the caller."""

    code = "message_not_found"
    message = "This message does not exist, or you can't see it."


class NotYourMessage(Forbidden):
    """Only its sender edits a message; its sender and the conversation's admins delete it."""

    code = "not_your_message"
    message = "You can only edit your own messages, and delete those of your groups and rooms."


class TooManyReactions(Conflict):
    """A message can have up to twenty different emoji."""

    code = "too_many_reactions"
    message = "This message has twenty different reactions: use one of them."
