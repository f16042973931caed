"""Refuses splits of others, and answers to a proposal that was changed meanwhile."""

from veza.core.errors import Conflict, NotFound


class SplitNotFound(NotFound):
    """There is no split that the member is a party of."""

    code = "split_not_found"
    message = "There is no such split, or you are no party of it."


class SplitChanged(Conflict):
    """The member answers to a version that isn't proposed any more."""

    code = "split_changed"
    message = "This proposal was changed, declined or accepted meanwhile: look at it again."
