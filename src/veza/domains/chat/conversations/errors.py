"""Refusals of conversations: roles, blocks, full ones, slow mode, too many created."""

from veza.core.errors import Conflict, Forbidden, NotFound, TooManyRequests


class ConversationNotFound(NotFound):
    """The conversation does not exist, or the caller is not in it."""

    code = "conversation_not_found"
    message = "This conversation does not exist, or you are not in it."


class MemberNotFound(NotFound):
    """The user is not a member of the conversation."""

    code = "member_not_found"
    message = "This user is not in the conversation."


class CannotReachMember(Forbidden):
    """A block exists between the members, or the other account is deleted or suspended."""

    code = "cannot_reach_member"
    message = "You can't send messages to this member."


class NotYourConversation(Forbidden):
    """Owners and admins manage a conversation; only its owner changes roles and ends it."""

    code = "not_your_conversation"
    message = "Your role in this conversation does not allow this: ask its owner."


class NotOfTier(Conflict):
    """A room is for members of a tier or the audience of a stream, and this user is not."""

    code = "not_of_tier"
    message = "This room is for members of a tier or viewers of a stream: only they can be added."


class OwnRole(Conflict):
    """A conversation always has an owner, who cannot give the role up without a successor."""

    code = "own_role"
    message = "Make another member the owner first."


class DirectConversation(Conflict):
    """A direct conversation has exactly two members."""

    code = "direct_conversation"
    message = "This is not possible in a direct conversation."


class ConversationFull(Conflict):
    """A group holds 1,000 members, a room 10,000."""

    code = "conversation_full"
    message = "This conversation is full: no more members can join."


class SlowModeOn(TooManyRequests):
    """Members of this conversation wait between two messages."""

    code = "slow_mode"
    message = "This conversation is in slow mode: wait a moment before you send more."


class TooManyConversations(TooManyRequests):
    """A member creates conversations too fast."""

    code = "too_many_conversations"
    message = "You have created many conversations: try again later."
