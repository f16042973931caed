"""Refuses posts that are hidden or of others, and tracks in posts that are not public."""

from veza.core.errors import Conflict, Forbidden, NotFound


class PostNotFound(NotFound):
    """The post does not exist, or the caller may not see it."""

    code = "post_not_found"
    message = "This post doesn't exist, or you don't have access to it."


class NotYourPost(Forbidden):
    """Only its author and moderators may delete a post."""

    code = "not_your_post"
    message = "You can only delete your own posts."


class TrackNotPublic(Conflict):
    """Posts are public, so the track of a post must be public and ready."""

    code = "track_not_public"
    message = "Only a public track that is ready can be added to a post."
