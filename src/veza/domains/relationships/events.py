"""Announces a new follower, and names the topic of changed blocks."""

from msgspec import Struct

from veza.core.ids import UserId

# In the table of revisions: a block between two members was added or removed. The subject is
# `<member id>:<member id>`.
BLOCKS_CHANGED = "blocks_changed"


class UserFollowed(Struct, frozen=True):
    """A member follows another member, whom they did not follow before."""

    follower_id: UserId
    followed_id: UserId
