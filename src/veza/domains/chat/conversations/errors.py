"""What can be refused in this domain."""

from veza.core.errors import Conflict, Forbidden, NotFound, TooMany


class ConversationNotFound(NotFound):
    """There is no such conversation, or none that the caller is in."""

    code = "conversation_not_found"
    message = "There is no such conversation."


class MemberNotFound(NotFound):
    """Whoever is meant isn't in the conversation."""

    code = "member_not_found"
    message = "They are not in this conversation."


class CannotReachMember(Forbidden):
    """One of the two blocks the other, or the other is gone."""

    code = "cannot_reach_member"
    message = "You can't reach this member."


class NotYourConversation(Forbidden):
    """Owners and admins see to a conversation, the owner alone to its roles and its end."""

    code = "not_your_conversation"
    message = "You may not do this in this conversation."


class OwnRole(Conflict):
    """A conversation has an owner: they stay it until they name another."""

    code = "own_role"
    message = "Make somebody else the owner first."


class DirectConversation(Conflict):
    """Two people: nobody joins them, and neither goes."""

    code = "direct_conversation"
    message = "This can't be done with a conversation of two."


class ConversationFull(Conflict):
    """A group holds 1,000 members, a room 10,000."""

    code = "conversation_full"
    message = "There is no room for more members."


class SlowModeOn(TooMany):
    """Members of this conversation wait between two messages."""

    code = "slow_mode"
    message = "This conversation is in slow mode: wait a moment before you say more."


class TooManyConversations(TooMany):
    """Somebody makes more conversations than anybody needs."""

    code = "too_many_conversations"
    message = "You have made many conversations: wait a while."
