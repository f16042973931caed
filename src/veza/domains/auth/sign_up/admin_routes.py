"""Admins set the mode of sign-up; moderators accept newcomers and delete invitations, too."""

from uuid import UUID

from litestar import Router, delete, get, post, put
from litestar.params import FromPath, JSONBody

from veza.core.access import Access
from veza.core.ids import InvitationId, UserId
from veza.core.pages import BadCursor
from veza.core.step_up import StepUp
from veza.domains.auth.accounts.errors import UserNotFound
from veza.domains.auth.sign_up import errors
from veza.domains.auth.sign_up.models import (
    AdminInvitationPage,
    InvitationHistory,
    SignUpDecision,
    SignUpModeChange,
    SignUpPolicy,
    SignUpRequestPage,
)
from veza.domains.auth.sign_up.service import approval, invitations, registration
from veza.domains.auth.sign_up.service.registration import SignUpContext
from veza.http.dependencies import AnyRequest, Conn, Tx
from veza.http.requests.query_parameters import CursorText, PageLimit, read_cursor
from veza.http.responses.envelope import Deleted
from veza.http.services import service_of


@get("/admin/sign-up", access=Access.MODERATOR, scope=None)
async def show_sign_up_policy(request: AnyRequest, conn: Conn) -> SignUpPolicy:
    """Show who may create an account, and how many newcomers wait for approval."""
    return await registration.get_policy(conn, service_of(request, SignUpContext))


@put("/admin/sign-up", access=Access.ADMIN, scope=None, step_up=StepUp.EVERYBODY)
async def set_sign_up_mode(data: JSONBody[SignUpModeChange], tx: Tx) -> SignUpPolicy:
    """Change who may create an account; it applies on every node at once.

    Newcomers who wait already go on waiting.
    """
    return await registration.set_mode(tx, data.mode)


@get(
    "/admin/sign-up/requests",
    access=Access.MODERATOR,
    scope=None,
    errors=[BadCursor],
)
async def list_sign_up_requests(
    conn: Conn, limit: PageLimit = 20, cursor: CursorText = None
) -> SignUpRequestPage:
    """List the newcomers who wait for approval, the longest waiting first.

    At most a thousand wait. After ninety days they count as declined.
    """
    return await approval.list_requests(conn, limit=limit, cursor=read_cursor(cursor))


@post(
    "/admin/sign-up/requests/{user_id:uuid}/accept",
    access=Access.MODERATOR,
    scope=None,
    status_code=200,
    errors=[errors.SignUpRequestNotFound],
)
async def accept_sign_up(user_id: FromPath[UUID], tx: Tx) -> SignUpDecision:
    """Accept a newcomer, who is told by mail and can sign in from now on."""
    return await approval.accept(tx, UserId(user_id))


@post(
    "/admin/sign-up/requests/{user_id:uuid}/decline",
    access=Access.MODERATOR,
    scope=None,
    status_code=200,
    errors=[errors.SignUpRequestNotFound],
)
async def decline_sign_up(user_id: FromPath[UUID], tx: Tx) -> SignUpDecision:
    """Decline a newcomer, who is told by mail.

    What they wrote is deleted now, and their account is erased after seven days.
    """
    return await approval.decline(tx, UserId(user_id))


@get("/admin/invitations", access=Access.MODERATOR, scope=None, errors=[BadCursor])
async def list_all_invitations(
    conn: Conn, limit: PageLimit = 20, cursor: CursorText = None
) -> AdminInvitationPage:
    """List the invitations of all members, newest first; expired ones for thirty days."""
    return await invitations.list_all(conn, limit=limit, cursor=read_cursor(cursor))


@delete(
    "/admin/invitations/{invitation_id:uuid}",
    access=Access.MODERATOR,
    scope=None,
    status_code=200,
    errors=[errors.InvitationNotFound],
)
async def revoke_invitation(invitation_id: FromPath[UUID], tx: Tx) -> Deleted:
    """Delete an invitation of anybody: its code no longer works."""
    await invitations.revoke(tx, InvitationId(invitation_id))
    return Deleted(invitation_id)


@get(
    "/admin/users/{user_id:uuid}/invitations",
    access=Access.MODERATOR,
    scope=None,
    errors=[UserNotFound],
)
async def show_invitation_history(user_id: FromPath[UUID], conn: Conn) -> InvitationHistory:
    """Show who invited a member, and whom they invited: the newest hundred."""
    return await invitations.get_history(conn, UserId(user_id))


router = Router(
    "/",
    route_handlers=[
        show_sign_up_policy,
        set_sign_up_mode,
        list_sign_up_requests,
        accept_sign_up,
        decline_sign_up,
        list_all_invitations,
        revoke_invitation,
        show_invitation_history,
    ],
    tags=["admin"],
)
