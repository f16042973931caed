"""Refusals of streams: not visible or not live, drafts, roles, and keys of encoders."""

from veza.core.errors import Conflict, Forbidden, NotFound, TooManyRequests, Unprocessable


class StreamNotFound(NotFound):
    """The stream does not exist, or the caller may not see it."""

    code = "stream_not_found"
    message = "This stream does not exist."


class NotYourStream(Forbidden):
    """Only its owner may change a stream."""

    code = "not_your_stream"
    message = "Only the owner of this stream can do this."


class StreamLocked(Forbidden):
    """The stream is for those who know its password."""

    code = "stream_locked"
    message = "This stream is protected: send its password to /live/streams/{id}/unlock."


class WrongStreamPassword(Forbidden):
    """The password is wrong."""

    code = "wrong_stream_password"
    message = "The password is wrong: check it, and try again."


class TooManyStreamGuesses(TooManyRequests):
    """Too many wrong passwords for one stream."""

    code = "too_many_stream_guesses"
    message = "Too many wrong passwords for this stream: try again later."


class TooManyDrafts(Conflict):
    """A member has too many streams that have not started."""

    code = "too_many_drafts"
    message = "You have 20 announced streams: change one of them, or go live first."


class StreamNotLive(Conflict):
    """A stream that is not live can be neither watched nor ended."""

    code = "stream_not_live"
    message = "The stream is not live."


class StreamNotToCome(Conflict):
    """Only a stream that is to come can be cancelled, and only a planned one reminds members."""

    code = "stream_not_to_come"
    message = "This stream has begun, has no date, or was cancelled."


class TooManyReminders(Conflict):
    """A member wants to be reminded of too many streams."""

    code = "too_many_reminders"
    message = "You have 500 reminders of streams: take some of them back first."


class CalendarNotFound(NotFound):
    """The address of a calendar is wrong, or was replaced."""

    code = "calendar_not_found"
    message = "This calendar does not exist."


class MayNotStream(Forbidden):
    """Only creators may go live on this server."""

    code = "may_not_stream"
    message = "Only creators can go live on this server."


class HookRefused(Forbidden):
    """The caller is not the ingest: it has the wrong secret or address."""

    code = "hook_refused"
    message = "Only the ingest may call this hook."


class PublishRefused(Forbidden):
    """The key is unknown, of a suspended member, or already publishing."""

    code = "publish_refused"
    message = "This encoder may not publish."


class StillOnAir(Conflict):
    """A profile whose stream is live can't be merged into another."""

    code = "still_on_air"
    message = "This profile is on air: end the stream first."


class AlreadyPublishing(PublishRefused):
    """Another encoder publishes the stream of this key."""

    code = "already_publishing"
    message = "This stream is live already: stop the other encoder first."


class OfferRefused(Unprocessable):
    """An offer of WHIP is malformed, or is not one track of Opus."""

    code = "offer_refused"
    message = "Offer one track of sound in Opus, and nothing else."


class WhipSessionNotFound(NotFound):
    """The session is over, or is received by another machine."""

    code = "whip_session_not_found"
    message = "This session is over."


class TooManyEncoders(TooManyRequests):
    """An address, or all together, have too many connections of encoders, or caused many faults."""

    code = "too_many_encoders"
    message = "Too many encoders connect, or failed to: try again in a minute."
