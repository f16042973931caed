"""Activities of members that others see or are told of, each limited per member and hour."""

from enum import StrEnum


class Activity(StrEnum):
    """A kind of activity. Its value names the setting: `posts` is limited by `VEZA_HOURLY_POSTS`.

    A route that lets members do any of this names the kind as `activity=` beside its path; frames
    of the WebSocket are counted as the routes that do the same.
    """

    # On the wall.
    POST = "posts"
    # Below posts and tracks; reviews of products, and the answers to them.
    COMMENT = "comments"
    # In conversations, sent or edited.
    MESSAGE = "messages"
    # Likes of posts and tracks, reactions to messages.
    REACTION = "reactions"
    FOLLOW = "follows"
    # Conversations that are made or joined, and members who are added to them.
    MEMBERSHIP = "memberships"
    # Tracks, images, products and their files, shares of files, live streams.
    UPLOAD = "uploads"
    # Changes of what others see: tracks, products, streams, conversations, the own profile.
    EDIT = "edits"
