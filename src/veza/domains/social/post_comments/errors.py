"""What can be refused in this domain."""

from veza.core.errors import Forbidden, NotFound


class PostCommentNotFound(NotFound):
    """There is no such comment on a post, or none that the caller may know of."""

    code = "post_comment_not_found"
    message = "There is no such comment."


class NotYourPostComment(Forbidden):
    """Only its author, the post's author and moderators may delete a comment on a post."""

    code = "not_your_post_comment"
    message = "You may not delete this comment."
