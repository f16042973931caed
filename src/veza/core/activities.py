"""Activities of members that are visible to others, each limited per member and hour."""

from enum import StrEnum

from veza.core.errors import Forbidden


class Activity(StrEnum):
    """A kind of activity. Its value names the setting: `posts` is limited by `VEZA_HOURLY_POSTS`.

    Routes declare it as `activity=`. Frames of the WebSocket count like the corresponding routes.
    """

    POST = "posts"
    # Comments on posts and tracks; reviews of products, and replies to them.
    COMMENT = "comments"
    # Messages sent or edited.
    MESSAGE = "messages"
    # Likes of posts and tracks, reactions to messages.
    REACTION = "reactions"
    FOLLOW = "follows"
    # Conversations created or joined, and members added to them.
    MEMBERSHIP = "memberships"
    # Tracks, images, products and their files, shares of files, live streams.
    UPLOAD = "uploads"
    # Changes of tracks, products, streams, conversations, or the member's profile.
    EDIT = "edits"


# What a server may keep for members whose address is verified. They can still listen, like, follow.
PUBLISHING = frozenset(Activity) - {Activity.REACTION, Activity.FOLLOW}


class EmailUnverified(Forbidden):
    """On this server only members whose address is verified may publish."""

    code = "email_unverified"
    message = "Verify your e-mail address first: open the link in the mail, or request another one."
