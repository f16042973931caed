"""What can be refused in this domain."""

from veza.core.errors import Forbidden, NotFound


class CannotComment(Forbidden):
    """The author of the track blocks the caller, or the caller them."""

    code = "cannot_comment"
    message = "You can't comment on this track."


class CommentNotFound(NotFound):
    """There is no such comment on this track."""

    code = "comment_not_found"
    message = "There is no such comment."


class NotYourComment(Forbidden):
    """Only its author, the track's owner and moderators may delete a comment."""

    code = "not_your_comment"
    message = "You may not delete this comment."
