"""What can be refused in this domain."""

from veza.core.errors import Conflict, Forbidden, NotFound


class StreamNotFound(NotFound):
    """There is no such broadcast, or none that the caller may know of."""

    code = "stream_not_found"
    message = "There is no such stream."


class NotYourStream(Forbidden):
    """Only its owner may change a broadcast."""

    code = "not_your_stream"
    message = "Only its owner may do this with a stream."


class TooManyDrafts(Conflict):
    """Somebody announces more broadcasts than anybody has ahead of them."""

    code = "too_many_drafts"
    message = "You have 20 streams to come: change one of them, or go live first."


class StreamNotLive(Conflict):
    """Nobody watches what isn't on air, and it can't be ended either."""

    code = "stream_not_live"
    message = "The stream is not live."


class MayNotStream(Forbidden):
    """This server lets creators broadcast, and nobody else."""

    code = "may_not_stream"
    message = "Only creators may go live here."


class HookRefused(Forbidden):
    """Whoever calls isn't the ingest, or doesn't know the secret."""

    code = "hook_refused"
    message = "Only the ingest may call this."


class PublishRefused(Forbidden):
    """The key lets nobody in: unknown, of a suspended member, or already on air."""

    code = "publish_refused"
    message = "This encoder may not publish."
