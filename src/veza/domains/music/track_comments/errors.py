"""Refuses comments across a block, and changing or deleting those of others."""

from veza.core.errors import Forbidden, NotFound


class CannotComment(Forbidden):
    """The track's owner blocks the caller, or the caller blocks the owner."""

    code = "cannot_comment"
    message = "You can't comment on this track."


class CommentNotFound(NotFound):
    """The track has no such comment, or the caller may not see it."""

    code = "comment_not_found"
    message = "This comment doesn't exist. It may have been deleted."


class NotYourComment(Forbidden):
    """Only its author, the track's owner and moderators may delete a comment."""

    code = "not_your_comment"
    message = "You can only delete your own comments, and comments on your own tracks."


class NotTheAuthor(Forbidden):
    """Only its author may edit a comment."""

    code = "not_the_author"
    message = "You can only edit your own comments."
