"""Refuses comments that are hidden, and deleting those of others."""

from veza.core.errors import Forbidden, NotFound


class PostCommentNotFound(NotFound):
    """The comment does not exist, or the caller may not see it."""

    code = "post_comment_not_found"
    message = "This comment doesn't exist, or you don't have access to it."


class NotYourPostComment(Forbidden):
    """Only its author, the post's author and moderators may delete a comment on a post."""

    code = "not_your_post_comment"
    message = "You can only delete your own comments, and comments on your own posts."
