"""What this domain announces to the others."""

from msgspec import Struct

from veza.core.ids import UserId

# In the table of revisions: one blocks the other, or no longer does. The subject is
# `<one member's id>:<the other's id>`.
BLOCKS_CHANGED = "blocks_changed"


class UserFollowed(Struct, frozen=True):
    """Somebody follows a member, whom they didn't follow before."""

    follower_id: UserId
    followed_id: UserId
