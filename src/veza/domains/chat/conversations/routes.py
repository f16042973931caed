"""Direct conversations, groups and rooms: members join, leave, are added and get roles."""

from uuid import UUID

from litestar import Router, delete, get, post, put
from litestar.params import FromPath, JSONBody

from veza.core import pages
from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.ids import ConversationId, UserId
from veza.core.profiles import Right
from veza.domains.auth.accounts.errors import UserNotFound
from veza.domains.chat.conversations import errors
from veza.domains.chat.conversations.models import (
    Conversation,
    ConversationChange,
    ConversationForm,
    ConversationMember,
    ConversationMemberPage,
    ConversationRef,
    MemberForm,
    MemberQuery,
    RoleForm,
)
from veza.domains.chat.conversations.service import conversations, creation
from veza.http.context import context_of
from veza.http.dependencies import AnyRequest, Conn, Tx, database_of, viewer_of
from veza.http.requests.query_parameters import CursorText, PageLimit, read_cursor
from veza.http.responses.envelope import Envelope
from veza.http.services import service_of
from veza.infra.valkey.client import WindowCounters

_MANAGE_ERRORS = [
    errors.ConversationNotFound,
    errors.NotYourConversation,
    errors.DirectConversation,
]


@post(
    "/conversations",
    access=Access.USER,
    activity=Activity.MEMBERSHIP,
    scope=Scope.WRITE,
    may_exist=True,
    errors=[UserNotFound, errors.CannotReachMember, errors.NotOfTier, errors.TooManyConversations],
)
async def create_conversation(
    request: AnyRequest, data: JSONBody[ConversationForm]
) -> Envelope[Conversation]:
    """Create a direct conversation, a group or a room.

    Two members have only one direct conversation: creating another returns the existing one with
    status 200. `member_ids` need not contain the caller's id. The first members of a room with a
    tier must have the tier.
    """
    if len(data.member_ids) > 1:
        # The `activity` of the route already counts one member.
        limits = context_of(request).hourly_limits
        others = len(data.member_ids) - 1
        await limits.count(Activity.MEMBERSHIP, viewer_of(request), times=others)
    counters = service_of(request, WindowCounters)
    created = await creation.create(database_of(request), counters, viewer_of(request), data)
    return Envelope(created.conversation, status_code=201 if created.is_new else 200)


@get(
    "/conversations/{conversation_id:uuid}",
    access=Access.USER,
    scope=Scope.READ,
    errors=[errors.ConversationNotFound],
)
async def show_conversation(
    request: AnyRequest, conversation_id: FromPath[UUID], conn: Conn
) -> Conversation:
    """Get a conversation that the caller is in, or a room that they may join."""
    return await conversations.get_conversation(
        conn, viewer_of(request), ConversationId(conversation_id)
    )


@put(
    "/conversations/{conversation_id:uuid}",
    access=Access.USER,
    activity=Activity.EDIT,
    scope=Scope.WRITE,
    errors=_MANAGE_ERRORS,
)
async def update_conversation(
    request: AnyRequest,
    conversation_id: FromPath[UUID],
    data: JSONBody[ConversationChange],
    tx: Tx,
) -> Conversation:
    """Change the name, visibility, tier or slow mode of a group or room.

    Only its owner and admins may; slow mode does not apply to them. Members who join a room later
    can read what was sent since it became public, or since its tier last changed.
    """
    return await conversations.update_conversation(
        tx, viewer_of(request), ConversationId(conversation_id), data
    )


@delete(
    "/conversations/{conversation_id:uuid}",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=_MANAGE_ERRORS,
)
async def end_conversation(
    request: AnyRequest, conversation_id: FromPath[UUID], tx: Tx
) -> ConversationRef:
    """End a group or room for all its members. Only its owner may."""
    ended = ConversationId(conversation_id)
    await conversations.end(tx, viewer_of(request), ended)
    return ConversationRef(ended)


@post(
    "/conversations/{conversation_id:uuid}/join",
    access=Access.USER,
    activity=Activity.MEMBERSHIP,
    scope=Scope.WRITE,
    status_code=200,
    errors=[errors.ConversationNotFound, errors.ConversationFull],
)
async def join_conversation(
    request: AnyRequest, conversation_id: FromPath[UUID], tx: Tx
) -> Conversation:
    """Join a public room, or one of a tier that you have. Joining again changes nothing.

    New members can read all messages since the room became public, or since its tier last changed.
    """
    return await conversations.join(tx, viewer_of(request), ConversationId(conversation_id))


@post(
    "/conversations/{conversation_id:uuid}/leave",
    needs_space=False,
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[errors.ConversationNotFound, errors.DirectConversation],
)
async def leave_conversation(
    request: AnyRequest, conversation_id: FromPath[UUID], tx: Tx
) -> ConversationRef:
    """Leave a group or room.

    When the owner leaves, the oldest admin, or else the oldest member, becomes the owner. The
    conversation ends when its last member leaves.
    """
    left = ConversationId(conversation_id)
    await conversations.leave(tx, viewer_of(request), left)
    return ConversationRef(left)


@get(
    "/conversations/{conversation_id:uuid}/members",
    access=Access.USER,
    scope=Scope.READ,
    errors=[errors.ConversationNotFound, pages.BadCursor],
)
async def list_members(
    request: AnyRequest,
    conversation_id: FromPath[UUID],
    conn: Conn,
    limit: PageLimit = 20,
    cursor: CursorText = None,
) -> ConversationMemberPage:
    """List the members of a conversation, in the order in which they joined."""
    query = MemberQuery(limit, read_cursor(cursor))
    return await conversations.list_members(
        conn, viewer_of(request), ConversationId(conversation_id), query
    )


@post(
    "/conversations/{conversation_id:uuid}/members",
    access=Access.USER,
    activity=Activity.MEMBERSHIP,
    scope=Scope.WRITE,
    errors=[
        *_MANAGE_ERRORS,
        UserNotFound,
        errors.CannotReachMember,
        errors.ConversationFull,
        errors.NotOfTier,
    ],
)
async def add_member(
    request: AnyRequest, conversation_id: FromPath[UUID], data: JSONBody[MemberForm], tx: Tx
) -> ConversationMember:
    """Add a member to a group or room. Only its owner and admins may.

    New members can read what is sent from then on, and in a public room everything since it became
    public. Adding a member again changes nothing.
    """
    return await conversations.add_member(
        tx, viewer_of(request), ConversationId(conversation_id), data.user_id
    )


@delete(
    "/conversations/{conversation_id:uuid}/members",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[*_MANAGE_ERRORS, errors.MemberNotFound],
)
async def remove_member(
    request: AnyRequest, conversation_id: FromPath[UUID], data: JSONBody[MemberForm], tx: Tx
) -> ConversationRef:
    """Remove a member from a group or room.

    Owners may remove anybody, admins plain members, and all members themselves. Removed members can
    no longer read the conversation.
    """
    left = ConversationId(conversation_id)
    await conversations.remove_member(tx, viewer_of(request), left, data.user_id)
    return ConversationRef(left)


@put(
    "/conversations/{conversation_id:uuid}/members/{user_id:uuid}",
    access=Access.USER,
    scope=Scope.WRITE,
    errors=[*_MANAGE_ERRORS, errors.MemberNotFound, errors.OwnRole],
)
async def set_member_role(
    request: AnyRequest,
    conversation_id: FromPath[UUID],
    user_id: FromPath[UUID],
    data: JSONBody[RoleForm],
    tx: Tx,
) -> ConversationMember:
    """Change the role of a member. Only the owner may.

    Making another member the owner makes the caller an admin.
    """
    return await conversations.set_role(
        tx,
        viewer_of(request),
        ConversationId(conversation_id),
        UserId(user_id),
        role=data.role,
    )


router = Router(
    "/",
    route_handlers=[
        create_conversation,
        show_conversation,
        update_conversation,
        end_conversation,
        join_conversation,
        leave_conversation,
        list_members,
        add_member,
        remove_member,
        set_member_role,
    ],
    tags=["conversations"],
    opt={"right": Right.SPEAK},
)
