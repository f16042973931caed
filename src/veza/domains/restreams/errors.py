"""Refusals of targets: missing, too many, or switched off on this server."""

from veza.core.errors import Conflict, Forbidden, NotFound


class RestreamTargetNotFound(NotFound):
    """The target does not exist, or is another's."""

    code = "restream_target_not_found"
    message = "This target does not exist."


class TooManyRestreamTargets(Conflict):
    """A profile has as many targets as it may have."""

    code = "too_many_restream_targets"
    message = "You have 3 targets: delete one of them first."


class RestreamsOff(Forbidden):
    """This server sends no streams to others."""

    code = "restreams_off"
    message = "This server does not send streams to other platforms."
