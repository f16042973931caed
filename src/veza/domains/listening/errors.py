"""Refusals of listening rooms: not there, too many, changed meanwhile, full."""

from veza.core.errors import Conflict, Forbidden, NotFound, TooManyRequests


class NotListening(NotFound):
    """The members of the conversation don't listen together at the moment."""

    code = "not_listening"
    message = "Nobody listens together in this conversation right now."


class NotYourPlayback(Forbidden):
    """The owner and the admins of a conversation control what is played."""

    code = "not_your_playback"
    message = "Only the host of this room and its controllers can do this."


class ChatStays(Forbidden):
    """A conversation is no room of the caller's own, so that it can't end with the music."""

    code = "chat_stays"
    message = (
        "Only the chat of a room of your own can end with the music, without a tier or a stream:"
        " begin with `ends_conversation` false."
    )


class ListeningChanged(Conflict):
    """Somebody changed the room after the caller read it, or removed the entry."""

    code = "listening_changed"
    message = "Somebody else has changed what plays: look again, then try once more."


class ListeningQueueFull(Conflict):
    """The queue has 200 entries that were not played yet."""

    code = "listening_queue_full"
    message = "The queue holds 200 tracks: remove some first."


class TooManyListeningRooms(Conflict):
    """A member has as many rooms as they can have."""

    code = "too_many_listening_rooms"
    message = "You have 5 rooms in which people listen together: end one of them first."


class TooManyCommands(TooManyRequests):
    """A member changes rooms too often."""

    code = "too_many_commands"
    message = "You change what plays too fast: wait a few seconds."
