"""What can be refused in this domain."""

from veza.core.errors import Conflict, Invalid, Unauthenticated


class BadChatToken(Unauthenticated):
    """The token is forged, expired or spent, or its session has ended."""

    code = "bad_chat_token"
    message = "The chat token is not valid any more: get another one."


class BadFrame(Invalid):
    """A frame that is no JSON, of no known type, or without what its type wants."""

    code = "bad_frame"
    message = "The frame can't be read."


class NotJoined(Conflict):
    """`join` comes before any other frame of a conversation."""

    code = "not_joined"
    message = "Join the conversation first."


class TooManyJoined(Conflict):
    """A socket can be in so many conversations and no more."""

    code = "too_many_joined"
    message = "This socket is in 100 conversations: leave some first."
