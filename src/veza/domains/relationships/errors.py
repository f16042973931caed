"""What can be refused in this domain."""

from veza.core.errors import Conflict, Invalid


class NotWithOneself(Invalid):
    """Nobody follows, blocks or mutes themselves."""

    code = "not_with_oneself"
    message = "You can't do this with yourself."


class MemberBlocked(Conflict):
    """Whom one blocks one can't follow."""

    code = "member_blocked"
    message = "You block this member: unblock them first."


class TooManyFollowed(Conflict):
    """A member follows as many as one can."""

    code = "too_many_followed"
    message = "You follow 5,000 members: that is as many as one can."


class TooManyBlocked(Conflict):
    """A member blocks as many as one can."""

    code = "too_many_blocked"
    message = "You block 5,000 members: that is as many as one can."


class TooManyMuted(Conflict):
    """A member mutes as many as one can."""

    code = "too_many_muted"
    message = "You mute 5,000 members: that is as many as one can."
