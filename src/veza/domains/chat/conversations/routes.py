"""HTTP for conversations: read the request, call the use case, return its result."""

from uuid import UUID

from litestar import Router, delete, get, post, put
from litestar.params import FromPath, JSONBody

from veza.core import pages
from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.ids import ConversationId, UserId
from veza.domains.auth.accounts.errors import UserNotFound
from veza.domains.chat.conversations import errors, service
from veza.domains.chat.conversations.models import (
    Conversation,
    ConversationChange,
    ConversationForm,
    ConversationMember,
    Left,
    MemberForm,
    MemberPage,
    MemberQuery,
    RoleForm,
)
from veza.http.context import context_of
from veza.http.dependencies import AnyRequest, Conn, Tx, database_of, viewer_of
from veza.http.envelope import Envelope
from veza.http.query_parameters import CursorText, PageLimit
from veza.http.services import service_of

_SEES_TO_IT = [
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
    errors=[UserNotFound, errors.CannotReachMember, errors.TooManyConversations],
)
async def create_conversation(
    request: AnyRequest, data: JSONBody[ConversationForm]
) -> Envelope[Conversation]:
    """Make a conversation with one other member, a group, or a room.

    Two members have one conversation: whoever makes another gets the one that there is, with status
    200. One's own id may be left out of `member_ids`.
    """
    if len(data.member_ids) > 1:
        # One is counted already, as for every route with an `activity`.
        limits = context_of(request).hourly_limits
        others = len(data.member_ids) - 1
        await limits.count(Activity.MEMBERSHIP, viewer_of(request).id, times=others)
    lobby = service_of(request, service.Lobby)
    made = await service.create(database_of(request), lobby, viewer_of(request), data)
    return Envelope(made.conversation, status_code=201 if made.is_new else 200)


@get(
    "/conversations/{conversation_id:uuid}",
    access=Access.USER,
    scope=Scope.READ,
    errors=[errors.ConversationNotFound],
)
async def show_conversation(
    request: AnyRequest, conversation_id: FromPath[UUID], conn: Conn
) -> Conversation:
    """Show a conversation that one is in, or a room that one may join."""
    return await service.get_conversation(conn, viewer_of(request), ConversationId(conversation_id))


@put(
    "/conversations/{conversation_id:uuid}",
    access=Access.USER,
    activity=Activity.EDIT,
    scope=Scope.WRITE,
    errors=_SEES_TO_IT,
)
async def update_conversation(
    request: AnyRequest,
    conversation_id: FromPath[UUID],
    data: JSONBody[ConversationChange],
    tx: Tx,
) -> Conversation:
    """Change what a group or room is called, whether anyone may join, or its slow mode.

    For its owner and admins, who needn't wait in slow mode.

    Who joins a room that was private reads what is said after it was opened.
    """
    return await service.update_conversation(
        tx, viewer_of(request), ConversationId(conversation_id), data
    )


@delete(
    "/conversations/{conversation_id:uuid}",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=_SEES_TO_IT,
)
async def end_conversation(request: AnyRequest, conversation_id: FromPath[UUID], tx: Tx) -> Left:
    """End a group or room that one owns, for all: nobody reads it any more."""
    ended = ConversationId(conversation_id)
    await service.end(tx, viewer_of(request), ended)
    return Left(ended)


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
    """Join a room that is open. Joining twice is the same as joining once.

    One reads all that was said since the room was opened.
    """
    return await service.join(tx, viewer_of(request), ConversationId(conversation_id))


@post(
    "/conversations/{conversation_id:uuid}/leave",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[errors.ConversationNotFound, errors.DirectConversation],
)
async def leave_conversation(request: AnyRequest, conversation_id: FromPath[UUID], tx: Tx) -> Left:
    """Leave a group or room.

    Its owner hands it over by leaving: to the oldest admin, or else the oldest member. It ends with
    the last one to leave.
    """
    left = ConversationId(conversation_id)
    await service.leave(tx, viewer_of(request), left)
    return Left(left)


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
) -> MemberPage:
    """List who is in a conversation that one is in, in the order in which they joined."""
    wish = MemberQuery(limit, None if cursor is None else pages.decode_cursor(cursor))
    return await service.list_members(
        conn, viewer_of(request), ConversationId(conversation_id), wish
    )


@post(
    "/conversations/{conversation_id:uuid}/members",
    access=Access.USER,
    activity=Activity.MEMBERSHIP,
    scope=Scope.WRITE,
    errors=[*_SEES_TO_IT, UserNotFound, errors.CannotReachMember, errors.ConversationFull],
)
async def add_member(
    request: AnyRequest, conversation_id: FromPath[UUID], data: JSONBody[MemberForm], tx: Tx
) -> ConversationMember:
    """Let somebody into a group or room, as its owner or admin.

    They read what is said from then on, and in an open room all that was since it was opened.
    Adding somebody twice is the same as once.
    """
    return await service.add_member(
        tx, viewer_of(request), ConversationId(conversation_id), data.user_id
    )


@delete(
    "/conversations/{conversation_id:uuid}/members",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[*_SEES_TO_IT, errors.MemberNotFound],
)
async def remove_member(
    request: AnyRequest, conversation_id: FromPath[UUID], data: JSONBody[MemberForm], tx: Tx
) -> Left:
    """Have somebody leave a group or room: its owner anybody, its admins members, all themselves.

    They read nothing of it any more.
    """
    left = ConversationId(conversation_id)
    await service.remove_member(tx, viewer_of(request), left, data.user_id)
    return Left(left)


@put(
    "/conversations/{conversation_id:uuid}/members/{user_id:uuid}",
    access=Access.USER,
    scope=Scope.WRITE,
    errors=[*_SEES_TO_IT, errors.MemberNotFound, errors.OwnRole],
)
async def set_member_role(
    request: AnyRequest,
    conversation_id: FromPath[UUID],
    user_id: FromPath[UUID],
    data: JSONBody[RoleForm],
    tx: Tx,
) -> ConversationMember:
    """Say what somebody is in one's group or room.

    Whoever makes somebody else its owner hands it over, and is an admin from then on.
    """
    return await service.set_role(
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
)
