"""What this domain announces to the others."""

from msgspec import Struct

from veza.core.ids import UserId


class UserFollowed(Struct, frozen=True):
    """Somebody follows a member, whom they didn't follow before."""

    follower_id: UserId
    followed_id: UserId
