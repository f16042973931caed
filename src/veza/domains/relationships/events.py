"""Events of relationships, and the topic in the table of revisions."""

from msgspec import Struct

from veza.core.ids import UserId

# In the table of revisions: one blocks the other, or no longer does. The subject is
# `<one member's id>:<the other's id>`.
BLOCKS_CHANGED = "blocks_changed"


class UserFollowed(Struct, frozen=True):
    """A member follows another one, whom they did not follow before."""

    follower_id: UserId
    followed_id: UserId
