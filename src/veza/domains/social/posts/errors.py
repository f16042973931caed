"""What can be refused in this domain."""

from veza.core.errors import Conflict, Forbidden, NotFound


class PostNotFound(NotFound):
    """There is no such post, or none that the caller may know of."""

    code = "post_not_found"
    message = "There is no such post."


class NotYourPost(Forbidden):
    """Only its author and moderators may delete a post."""

    code = "not_your_post"
    message = "You may not delete this post."


class TrackNotPublic(Conflict):
    """Everybody sees a post, so its track has to be one that everybody may hear."""

    code = "track_not_public"
    message = "Only a public track that is ready can be shown in a post."
