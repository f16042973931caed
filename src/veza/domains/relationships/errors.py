"""Refuses relations of members to themselves, following across a block, and too many."""

from veza.core.errors import Conflict, Invalid


class RelationWithSelf(Invalid):
    """A member cannot follow, block or mute themselves."""

    code = "not_with_oneself"
    message = "You can't follow, block or mute yourself."


class MemberBlocked(Conflict):
    """A blocked member cannot be followed."""

    code = "member_blocked"
    message = "You block this member: unblock them first."


class TooManyFollowed(Conflict):
    """The member follows as many as allowed."""

    code = "too_many_followed"
    message = "You follow 5,000 members, the maximum: unfollow some first."


class TooManyBlocked(Conflict):
    """The member blocks as many as allowed."""

    code = "too_many_blocked"
    message = "You block 5,000 members, the maximum: unblock some first."


class TooManyMuted(Conflict):
    """The member mutes as many as allowed."""

    code = "too_many_muted"
    message = "You mute 5,000 members, the maximum: unmute some first."
